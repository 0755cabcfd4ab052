// Package sbom writes what is inside of a package for machines: as CycloneDX 1.6
// (https://cyclonedx.org/docs/1.6/json/) and as SPDX 2.3
// (https://spdx.github.io/spdx-spec/v2.3/). The same contents give the same bytes.
package sbom

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/pinpack/pinpack/internal/license"
)

// Format is a format of SBOMs.
type Format struct {
	Name  string // the input's word
	Ext   string // of files, without a dot before it
	write func(Contents) ([]byte, error)
}

// Formats is the table of formats, in the order in which they are listed to people.
var Formats = []Format{
	{"cyclonedx", "cdx.json", writeCycloneDX},
	{"spdx", "spdx.json", writeSPDX},
}

// Find finds a format by name.
func Find(name string) (Format, bool) {
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// Write renders the contents of one package.
func (f Format) Write(c Contents) ([]byte, error) {
	text, err := f.write(c)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", f.Name, err)
	}
	return text, nil
}

// Kind says what a component is.
type Kind string

// The kinds of components.
const (
	Application Kind = "application" // the package itself
	Library     Kind = "library"     // a distribution, a shared library, a system package
	Interpreter Kind = "interpreter" // Python
)

// Contents is what is inside of one package.
type Contents struct {
	Package    Component   // the package itself
	Components []Component // sorted as they are to be shown
	Tools      []Component // what built it and is not in it
	Time       time.Time   // when it was built
	Builder    string      // pinpack's version; "" when there is none
	Notes      []Property  // of the build
}

// Component is one thing in a package, or one that the package needs.
type Component struct {
	ID         string // unique in the contents
	Kind       Kind
	Name       string
	Version    string
	PURL       string // package URL (https://github.com/package-url/purl-spec); "" where there is none
	CPE        string
	License    license.License
	Copyright  string
	Summary    string
	Authors    []Person
	Hashes     []Hash   // of the thing itself
	File       string   // name of the file that Hashes are of
	Downloads  []Source // where it comes from, with the hashes that were locked
	Links      []Link
	Path       string // in the package
	In         string // ID of the component that brings it; ""
	DependsOn  []string
	External   bool // not in the package: the system brings it
	Constraint string
	Properties []Property
}

// Person is an author or a maintainer; one of the two may be empty.
type Person struct{ Name, Email string }

// Hash is an algorithm as lock files name it, "sha256", and lower-case hexadecimal digits.
type Hash struct{ Algorithm, Value string }

// Source is where a component may have come from: several hashes stand for several
// files, of which one was installed.
type Source struct {
	URL    string
	Hashes []Hash
}

// Link is a page about a component.
type Link struct{ Kind, URL string }

// Property is a name and a value.
type Property struct{ Name, Value string }

// namespace is that of the identifiers of our documents.
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/pinpack/pinpack/sbom"))

// serial is a UUID (version 5) made of the contents.
func serial(c Contents, format string) (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return uuid.NewSHA1(namespace, append([]byte(format+"\n"), text...)).String(), nil
}

func (c Contents) all() []Component {
	return append([]Component{c.Package}, c.Components...)
}

// isWeb tells whether a text can stand where a URL is wanted.
func isWeb(url string) bool {
	return (strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")) && !strings.ContainsAny(url, " \t\r\n\"<>\\^`{|}")
}
