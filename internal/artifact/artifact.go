// Package artifact names finished files and says where they went. It also holds
// the table of package formats.
package artifact

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Artifact is a finished package file.
type Artifact struct {
	Path    string `json:"path"`    // on this machine
	Name    string `json:"name"`    // the file's base name
	Format  string `json:"format"`  // of Formats, or what a file beside the packages is
	Package string `json:"package"` // the package's name
	Version string `json:"version"` // in the format's own notation, with epoch and release
	Arch    string `json:"arch"`    // in the format's own notation
	Size    int64  `json:"size"`    // bytes
	SHA256  string `json:"sha256"`  // lower-case hexadecimal
}

// OfBuild tells whether the file says something of all files of one build, under a
// name that each build has.
func (a Artifact) OfBuild() bool {
	return slices.Contains([]string{"SHA256SUMS", "SHA256SUMS.asc", "KEY.asc", "pinpack.json"}, a.Name)
}

// Receipt says that a target holds an artifact.
type Receipt struct {
	Artifact string `json:"artifact"`         // the artifact's Name
	Target   string `json:"target"`           // the target's URL as the user gave it, without secrets
	URL      string `json:"url"`              // where the file can be fetched
	Digest   string `json:"digest,omitempty"` // as the target reports it
	// Subject is what attestations are about, NAME@DIGEST, where that is no file.
	Subject string `json:"subject,omitempty"`
}

// Format is a package format that pinpack writes.
type Format struct {
	Name   string            // the input's word and the file's extension
	Arches map[string]string // Go's GOARCH, and "all", in the format's own words
}

// Formats is the table of package formats, in the order in which they are
// listed to people.
var Formats = []Format{
	{"deb", map[string]string{"all": "all", "amd64": "amd64", "arm64": "arm64", "arm": "armhf", "386": "i386", "ppc64le": "ppc64el", "s390x": "s390x", "riscv64": "riscv64", "loong64": "loong64"}},
	{"rpm", map[string]string{"all": "noarch", "amd64": "x86_64", "arm64": "aarch64", "arm": "armv7hl", "386": "i686", "ppc64le": "ppc64le", "s390x": "s390x", "riscv64": "riscv64", "loong64": "loongarch64"}},
}

// FormatNames lists the known formats.
func FormatNames() []string {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = f.Name
	}
	return names
}

// FormatFor finds a format by name.
func FormatFor(name string) (Format, error) {
	for _, f := range Formats {
		if f.Name == name {
			return f, nil
		}
	}
	return Format{}, fmt.Errorf("unknown format %q: want %s", name, strings.Join(FormatNames(), " or "))
}

// IsPackage tells whether it is a package, and no file that goes beside them.
func (a Artifact) IsPackage() bool { return slices.Contains(FormatNames(), a.Format) }

// Packages are those of the list that are packages: what repositories take.
func Packages(list []Artifact) []Artifact {
	var found []Artifact
	for _, a := range list {
		if a.IsPackage() {
			found = append(found, a)
		}
	}
	return found
}

// Checksums renders a SHA256SUMS file for `sha256sum --check`, sorted by name, so
// that it is the same wherever the packages go.
func Checksums(list []Artifact) string {
	var b strings.Builder
	for _, a := range slices.SortedFunc(slices.Values(list), func(a, b Artifact) int { return strings.Compare(a.Name, b.Name) }) {
		fmt.Fprintf(&b, "%s  %s\n", a.SHA256, a.Name)
	}
	return b.String()
}

// Digest reads a file and returns its SHA-256 in lower-case hexadecimal and its
// size in bytes.
func Digest(name string) (sum string, size int64, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	if err != nil {
		return "", 0, fmt.Errorf("read %q: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}
