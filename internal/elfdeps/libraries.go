package elfdeps

import (
	_ "embed"
	"slices"
	"strings"
)

// librariesTable says of itself where it is from.
//
//go:embed libraries.tsv
var librariesTable string

// shipped returns the package of a library in a release such as "debian:12", for
// systems that do not have it installed; in a release that the table does not
// know, all packages that it goes by, as alternatives. nil: no package.
func shipped(soname, release string) *library {
	var releases []string
	for line := range strings.Lines(librariesTable) {
		fields := strings.Fields(line)
		switch {
		case fields[0] == "soname":
			releases = fields[1:]
		case fields[0] == soname:
			packages := fields[1:]
			if i := slices.Index(releases, release); i >= 0 {
				packages = packages[i : i+1]
			}
			return alternatives(packages)
		}
	}
	return nil
}

func alternatives(packages []string) *library {
	var known []string
	for _, p := range packages {
		if p != "-" && !slices.Contains(known, p) {
			known = append(known, p)
		}
	}
	if known == nil {
		return nil
	}
	return &library{templates: []string{strings.Join(known, " | ")}}
}
