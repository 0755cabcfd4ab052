// Package lock reads lock files: every distribution an application needs, pinned to
// a version and known by its hashes.
package lock

import "fmt"

// Lock is what every lock file becomes.
type Lock struct {
	Format           string        `json:"format"`                      // its name, "requirements.txt"
	Files            []string      `json:"files"`                       // every file read, included ones too, in the order of reading
	Beside           []string      `json:"beside,omitempty"`            // lock files of other formats that say the same and were passed over
	Options          []Option      `json:"options,omitempty"`           // settings for the installer, in the order of the files
	Requirements     []Requirement `json:"requirements"`                // in the order of the files
	Constraints      []Requirement `json:"constraints,omitempty"`       // as the -c files give them; every requirement meets them
	BuildConstraints []Requirement `json:"build_constraints,omitempty"` // what builds of source distributions may use, as the lock has it
	Overrides        []Requirement `json:"overrides,omitempty"`         // these count, whatever distributions say that they need of the same name
	Locals           []Local       `json:"locals,omitempty"`            // built from the repository, not taken from an index
	Left             []Requirement `json:"left,omitempty"`              // locked, and not for this interpreter: their markers are false
	Stale            []string      `json:"stale,omitempty"`             // why the lock is older than what the project says it depends on
}

// Requirement is one distribution. Check tells whether it is pinned and hashed.
type Requirement struct {
	Name      string   `json:"name"`             // normalised (PEP 503)
	Version   string   `json:"version"`          // of the == pin, as written; "" when not pinned
	Specifier string   `json:"-"`                // version specifiers without blanks, "==3.0.3"; "" for any version
	Extras    []string `json:"extras,omitempty"` // normalised, sorted
	Marker    string   `json:"marker,omitempty"` // PEP 508, as written; "" for always
	URL       string   `json:"url,omitempty"`    // direct reference ("name @ url"), as written; "" otherwise
	Index     string   `json:"index,omitempty"`  // the package index that it was locked from, without credentials; "" for the configured one
	Hashes    []string `json:"hashes"`           // "sha256:" or a stronger algorithm and lower-case hexadecimal digits
	File      string   `json:"file"`             // where it is declared
	Line      int      `json:"line"`             // its first line there, from 1; 0 when not known

	Files map[string]string `json:"-"` // by hash: the file's URL without credentials, or its name; of locks that say so
}

// Option is a setting for the installer that a lock file makes.
type Option struct {
	Name  string `json:"name"`            // long form without dashes, "index-url"
	Value string `json:"value,omitempty"` // environment variables (${NAME}) not expanded; "" for a flag
	File  string `json:"file"`
	Line  int    `json:"line"`
}

// at returns where a requirement is declared, "requirements.txt:3".
func (r Requirement) at() string { return place(r.File, r.Line) }

func place(file string, line int) string {
	if line == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}
