package testkit

import (
	"fmt"
	"strings"
)

// readControl takes in the one paragraph of a deb's control file.
//
// See deb-control(5), deb-version(7).
func (p *Package) readControl(text string) error {
	last := ""
	for _, line := range lines(text) {
		if line[0] == ' ' || line[0] == '\t' {
			if last == "" {
				return fmt.Errorf("line %q continues nothing", line)
			}
			p.Fields[last] += "\n" + line
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" {
			return fmt.Errorf("malformed line %q", line)
		}
		if _, ok := p.Fields[name]; ok {
			return fmt.Errorf("field %q is there twice", name)
		}
		p.Fields[name] = strings.TrimSpace(value)
		last = name
	}
	for _, name := range []string{"Package", "Version", "Architecture"} {
		if p.Fields[name] == "" {
			return fmt.Errorf("field %q is missing", name)
		}
	}
	p.Name, p.Arch = p.Fields["Package"], p.Fields["Architecture"]
	p.Epoch, p.Version, p.Release = splitDebVersion(p.Fields["Version"])
	p.Requires = splitRelations(p.Fields["Depends"])
	p.Provides = splitRelations(p.Fields["Provides"])
	p.Conflicts = splitRelations(p.Fields["Conflicts"])
	p.Replaces = splitRelations(p.Fields["Replaces"])
	p.Recommends = splitRelations(p.Fields["Recommends"])
	p.Suggests = splitRelations(p.Fields["Suggests"])
	return nil
}

// splitDebVersion splits [epoch:]upstream[-revision]; upstream versions may hold
// hyphens, so the revision is what follows the last.
func splitDebVersion(full string) (epoch, version, release string) {
	version = full
	if before, after, ok := strings.Cut(version, ":"); ok {
		epoch, version = before, after
	}
	if i := strings.LastIndex(version, "-"); i >= 0 {
		version, release = version[:i], version[i+1:]
	}
	return epoch, version, release
}

func splitRelations(list string) []string {
	var relations []string
	for _, relation := range strings.Split(list, ",") {
		if relation = strings.TrimSpace(relation); relation != "" {
			relations = append(relations, relation)
		}
	}
	return relations
}
