// Package inspect reads packages that pinpack made, .deb and .rpm alike, and tells
// what is in them and what changes between two. A package may be anybody's: what
// is kept of it in memory is bounded.
package inspect

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Package is what is in a package, in words that do not depend on its format where
// that can be.
type Package struct {
	Format      string `json:"format"` // of artifact.Formats
	Name        string `json:"name"`
	Version     string `json:"version"` // in the format's own notation, with epoch and release
	Arch        string `json:"arch"`    // in the format's own notation
	Summary     string `json:"summary"`
	Description string `json:"description,omitempty"`
	Maintainer  string `json:"maintainer,omitempty"`
	Homepage    string `json:"homepage,omitempty"`
	License     string `json:"license,omitempty"` // only an .rpm says it
	Section     string `json:"section,omitempty"`

	Relations map[string][]string `json:"relations"` // by kind, "depends", in the format's own notation
	Scripts   map[string]string   `json:"scripts"`   // maintainer scripts by the format's names
	Files     []File              `json:"files"`     // sorted by path
	Texts     map[string]string   `json:"texts"`     // of units and configuration, by path

	InstalledSize int64             `json:"installed_size"` // bytes of the files
	Distributions []Distribution    `json:"distributions"`
	Build         Build             `json:"-"`
	BuildInfo     json.RawMessage   `json:"build_info"` // build-info.json
	SBOM          map[string]string `json:"-"`          // documents by the names of their files
	Signatures    []Signature       `json:"signatures"`
}

// File is a path of a package.
type File struct {
	Path         string `json:"path"`
	Kind         string `json:"kind"` // "file", "dir", "symlink", or "other"
	Mode         uint32 `json:"mode"` // permission bits
	Owner        string `json:"owner"`
	Group        string `json:"group"`
	Size         int64  `json:"size,omitempty"`   // bytes of a file
	SHA256       string `json:"sha256,omitempty"` // of a file
	Link         string `json:"link,omitempty"`   // a symlink's target
	Config       bool   `json:"config,omitempty"` // an administrator's changes are kept
	Distribution string `json:"distribution,omitempty"`
}

// Distribution is a Python distribution and what it takes.
type Distribution struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Files   int    `json:"files"`
	Size    int64  `json:"size"` // bytes, compiled modules included
}

// Build is what build-info.json says, as far as it is shown.
type Build struct {
	Name, Version, Iteration, Commit string
	Modified                         bool
	Built                            time.Time
	System, Prefix                   string
	Python, Interpreter              string
	Bundle                           *struct{ Stripped bool }
	Lock                             []string
	Glibc                            struct{ Version string }
	Distributions                    []Distribution
}

// Signature is one of a package.
type Signature struct {
	Kind   string    `json:"kind"`             // "debsigs", "dpkg-sig", or the RPM tag
	KeyID  string    `json:"key_id,omitempty"` // of the key or subkey that is said to have made it
	Time   time.Time `json:"time,omitzero"`
	Hash   string    `json:"hash,omitempty"`
	Status string    `json:"status"`        // "not checked", "good", "bad", "unknown key"
	By     string    `json:"by,omitempty"`  // fingerprint of the key that it was checked with
	Why    string    `json:"why,omitempty"` // it is bad
}

// Limits of what is kept of a package.
const (
	maxFiles   = 1 << 20   // paths
	maxPaths   = 256 << 20 // bytes of paths and links
	maxText    = 512 << 10 // bytes of one unit or configuration file
	maxTexts   = 32 << 20  // bytes of all
	maxRecord  = 32 << 20  // bytes of build-info.json, of one SBOM, of one RECORD
	maxRecords = 256 << 20 // bytes of all RECORDs
	maxPayload = 1 << 40   // bytes of the payload, unpacked; it is read and not kept
)

// ErrForeign is in the chain when a package is somebody else's.
var ErrForeign = errors.New("no build-info.json in it: want a package that pinpack made")

// Open reads a package. keys are public keys that its signatures are checked with,
// as of now; nil: they are not checked.
func Open(name string, keys *Keys) (Package, error) {
	f, err := os.Open(name)
	if err != nil {
		return Package{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("no regular file")
	}
	var p Package
	if err == nil {
		p, err = Read(f, info.Size(), keys)
	}
	if err != nil {
		return Package{}, fmt.Errorf("inspect %q: %w", name, err)
	}
	return p, nil
}

// Read reads a package of some bytes.
func Read(r io.ReaderAt, size int64, keys *Keys) (Package, error) {
	magic := make([]byte, 8)
	n, err := r.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return Package{}, err
	}
	g := &gatherer{p: Package{
		Relations: map[string][]string{}, Scripts: map[string]string{}, Texts: map[string]string{}, SBOM: map[string]string{},
		Files: []File{}, Distributions: []Distribution{}, Signatures: []Signature{},
	}}
	switch whole := io.NewSectionReader(r, 0, size); {
	case n == 8 && string(magic) == "!<arch>\n":
		err = g.deb(whole, keys)
	case n >= 4 && string(magic[:4]) == "\xed\xab\xee\xdb":
		err = g.rpm(whole, keys)
	default:
		err = errors.New("no package: it begins neither as a .deb nor as an .rpm")
	}
	if err == nil {
		err = g.finish()
	}
	if err != nil {
		return Package{}, err
	}
	return g.p, nil
}
