package verify

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
)

// Target is a system to verify on.
type Target struct {
	Format string `json:"format"` // of the packages that it takes
	Image  string `json:"image"`  // an image, "debian:12", or the path of a root directory or tarball
}

// families tells from an image's name which packages its systems take. The
// first image is where packages of the format are verified by default.
var families = []struct {
	format, image string
	names         []string
}{
	{"deb", "debian:12", []string{"debian", "ubuntu"}},
	{"rpm", "almalinux:9", []string{"almalinux", "rockylinux", "fedora", "centos", "oraclelinux", "amazonlinux", "ubi8", "ubi9", "ubi10"}},
}

// ParseTarget reads a target as it is given to us, "debian:12", or "rpm=IMAGE"
// where the name does not tell the format.
func ParseTarget(s string) (Target, error) {
	format, image, found := strings.Cut(s, "=")
	if found && slices.Contains(artifact.FormatNames(), format) && image != "" {
		return Target{format, image}, nil
	}
	name, _, _ := strings.Cut(path.Base(s), ":")
	name, _, _ = strings.Cut(name, "@")
	for _, f := range families {
		if slices.Contains(f.names, name) && !isPath(s) {
			return Target{f.format, s}, nil
		}
	}
	return Target{}, fmt.Errorf("target %q: which packages does it take: want deb=%s or rpm=%s", s, s, s)
}

// DefaultTarget is where packages of a format are verified if nobody says where:
// on what the building system is, "debian:13", where that takes them, since they
// are built for it.
func DefaultTarget(format, system string) Target {
	if t, err := ParseTarget(system); err == nil && t.Format == format {
		return t
	}
	for _, f := range families {
		if f.format == format {
			return Target{f.format, f.image}
		}
	}
	return Target{Format: format}
}

// isPath tells a root on this machine from the name of an image.
func isPath(image string) bool {
	return filepath.IsAbs(image) || strings.HasPrefix(image, "./") || strings.HasPrefix(image, "../")
}

// formatOf is the format of a package file, by its name; "" for other files.
func formatOf(file string) string {
	ext := strings.TrimPrefix(path.Ext(file), ".")
	if slices.Contains(artifact.FormatNames(), ext) {
		return ext
	}
	return ""
}

func quoted(list []string) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(words, ", ")
}
