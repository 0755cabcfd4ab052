// Package lock reads lock files: every distribution an application needs, pinned to
// a version and known by its hashes.
package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Lock is what every lock file becomes.
type Lock struct {
	Format       string        `json:"format"` // its name, "requirements.txt"
	Files        []string      `json:"files"`  // every file read, included ones too, in the order of reading
	Options      []Option      `json:"options,omitempty"`
	Requirements []Requirement `json:"requirements"`          // in the order of the files
	Constraints  []Requirement `json:"constraints,omitempty"` // as the -c files give them; every requirement meets them
}

// Requirement is one distribution. Check tells whether it is pinned and hashed.
type Requirement struct {
	Name      string   `json:"name"`             // normalised (PEP 503)
	Version   string   `json:"version"`          // of the == pin, as written; "" when not pinned
	Specifier string   `json:"-"`                // version specifiers without blanks, "==3.0.3"; "" for any version
	Extras    []string `json:"extras,omitempty"` // normalised, sorted
	Marker    string   `json:"marker,omitempty"` // PEP 508, as written; "" for always
	URL       string   `json:"url,omitempty"`    // direct reference ("name @ url"), as written; "" otherwise
	Hashes    []string `json:"hashes"`           // "sha256:" or a stronger algorithm and lower-case hexadecimal digits
	File      string   `json:"file"`             // where it is declared
	Line      int      `json:"line"`             // its first line there, from 1
}

// Option is a setting for the installer that a lock file makes.
type Option struct {
	Name  string `json:"name"`            // long form without dashes, "index-url"
	Value string `json:"value,omitempty"` // environment variables (${NAME}) not expanded; "" for a flag
	File  string `json:"file"`
	Line  int    `json:"line"`
}

// ErrNotFound is wrapped by Find's error when a project has no lock file that this
// package reads.
var ErrNotFound = errors.New("find lock file")

// format is one kind of lock file.
type format struct {
	name   string                 // the file's own name, which Find looks for
	match  func(base string) bool // whether a file named by the user is of this kind
	relock string                 // the commands that make one with pins and hashes
	read   func(fsys fs.FS, names []string) (Lock, error)
}

// formats are the kinds of lock file that can be read, in order of preference.
var formats = []format{
	{
		name:   "requirements.txt",
		match:  func(base string) bool { return path.Ext(base) == ".txt" || strings.HasPrefix(base, "requirements") },
		relock: `"uv pip compile --generate-hashes pyproject.toml -o requirements.txt" or "pip-compile --generate-hashes"`,
		read:   readRequirements,
	},
}

// unread are the kinds that cannot be read yet, and the way from each to one that can.
var unread = []struct{ pattern, export string }{
	{"uv.lock", "uv export --frozen --no-dev --no-emit-project -o requirements.txt"},
	{"pylock.toml", "uv pip compile --generate-hashes pyproject.toml -o requirements.txt"},
	{"pylock.*.toml", "uv pip compile --generate-hashes pyproject.toml -o requirements.txt"},
	{"poetry.lock", "poetry export -f requirements.txt -o requirements.txt"},
	{"pdm.lock", "pdm export --prod -f requirements -o requirements.txt"},
	{"Pipfile.lock", "pipenv requirements --hash > requirements.txt"},
}

// Read reads the named lock files, slash paths in fsys, as one lock. They must be of
// one format, and the error names everything that is wrong in any of them. An empty
// lock is valid: not every application has dependencies.
//
// Read takes what is not pinned or has no hash; see Check. What it could read comes
// with the error, so that Check can tell all that is wrong besides.
func Read(fsys fs.FS, names ...string) (Lock, error) {
	if len(names) == 0 {
		return Lock{}, errors.New("read lock: no file named: want at least one")
	}
	var chosen *format
	for _, name := range names {
		f, err := formatOf(name)
		if err != nil {
			return Lock{}, err
		}
		if chosen != nil && chosen.name != f.name {
			return Lock{}, fmt.Errorf("read lock %q: it is a %s beside a %s: want lock files of one format", name, f.name, chosen.name)
		}
		chosen = f
	}
	return chosen.read(fsys, names)
}

func formatOf(name string) (*format, error) {
	base := path.Base(name)
	if export := exportOf(base); export != "" {
		return nil, fmt.Errorf("read lock %q: this format is not read yet: want it exported with %q", name, export)
	}
	var known []string
	for i := range formats {
		if formats[i].match(base) {
			return &formats[i], nil
		}
		known = append(known, formats[i].name)
	}
	return nil, fmt.Errorf("read lock %q: unknown format: want a file like %s", name, strings.Join(known, ", "))
}

// exportOf returns the command that turns a file of a format not read yet into one
// that is, or "".
func exportOf(base string) string {
	for _, u := range unread {
		if ok, _ := path.Match(u.pattern, base); ok {
			return u.export
		}
	}
	return ""
}

// Find returns the lock files in the root of fsys that Read should be given: those of
// the most preferred format. When there are none, the error wraps ErrNotFound and
// says how to make one, from a lock file of another format if there is one.
func Find(fsys fs.FS) ([]string, error) {
	var looked []string
	for _, f := range formats {
		if info, err := fs.Stat(fsys, f.name); err == nil && !info.IsDir() {
			return []string{f.name}, nil
		}
		looked = append(looked, f.name)
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	var errs []error
	for _, entry := range entries {
		if export := exportOf(entry.Name()); export != "" {
			errs = append(errs, fmt.Errorf("%w: %q is of a format not read yet: export it with %q", ErrNotFound, entry.Name(), export))
		}
	}
	if len(errs) == 0 {
		return nil, fmt.Errorf("%w: no %s in the project's root: make one with %s",
			ErrNotFound, strings.Join(looked, ", "), formats[0].relock)
	}
	return nil, errors.Join(errs...)
}
