package apt

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/debfile"
)

// Entry is a package of a suite, as its index has it.
type Entry struct {
	Suite, Component              string
	Package, Version, Arch        string
	Filename, SHA256              string // relative to the repository; hexadecimal
	Size                          int64  // bytes
	Summary, Homepage, Maintainer string
	text                          string // the stanza, without the blank line after it
}

// Names that make part of file names, by Debian policy.
var (
	packageName    = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]*$`)
	packageVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+:~-]*$`)
	packageArch    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
)

// emptyField is a field without a value, which dpkg leaves out of an index.
var emptyField = regexp.MustCompile(`(?m)^[!-9;-~]+:[ \t]*(?:\n([^ \t])|\z)`)

// fields reads a stanza (deb822(5)): the first line of each field.
func fields(text string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(line, ":"); ok && name != "" && !strings.ContainsAny(name, " \t#") {
			if _, twice := m[name]; !twice {
				m[name] = strings.TrimSpace(value)
			}
		}
	}
	return m
}

// newEntry makes the entry of a package: its control file as it is, and where
// the file is.
func newEntry(control, filename, sum string, size int64) (Entry, error) {
	control = emptyField.ReplaceAllString(strings.ReplaceAll(control, "\r\n", "\n"), "$1")
	control = strings.TrimRight(control, "\n\t ")
	for line := range strings.Lines(control) {
		if strings.TrimSpace(line) == "" {
			return Entry{}, fmt.Errorf("control file: an empty line in it: want one stanza")
		}
	}
	f := fields(control)
	for _, name := range []string{"Filename", "Size", "SHA256", "SHA1", "SHA512", "MD5sum"} {
		if _, ok := f[name]; ok {
			return Entry{}, fmt.Errorf("control file: field %s in it: that is for the index", name)
		}
	}
	return parseEntry(fmt.Sprintf("%s\nFilename: %s\nSize: %d\nSHA256: %s", control, filename, size, sum))
}

// parseEntry reads a stanza of an index.
func parseEntry(text string) (Entry, error) {
	f := fields(text)
	e := Entry{
		Package: f["Package"], Version: f["Version"], Arch: f["Architecture"], Filename: f["Filename"], SHA256: strings.ToLower(f["SHA256"]),
		Summary: f["Description"], Homepage: f["Homepage"], Maintainer: f["Maintainer"], text: text,
	}
	for _, c := range []struct {
		field, value string
		want         *regexp.Regexp
	}{{"Package", e.Package, packageName}, {"Version", e.Version, packageVersion}, {"Architecture", e.Arch, packageArch}} {
		if !c.want.MatchString(c.value) {
			return Entry{}, fmt.Errorf("package %q: %s %q: want %s", e.Package, c.field, c.value, c.want)
		}
	}
	size, err := strconv.ParseInt(f["Size"], 10, 64)
	if err != nil || size < 0 || e.Filename == "" {
		return Entry{}, fmt.Errorf("package %q: no Filename and Size", e.Package)
	}
	e.Filename, e.Size = strings.TrimPrefix(e.Filename, "./"), size
	return e, nil
}

// parsePackages reads an index.
func parsePackages(data string) ([]Entry, error) {
	var list []Entry
	for text := range strings.SplitSeq(data, "\n\n") {
		if text = strings.Trim(text, "\n"); text == "" {
			continue
		}
		e, err := parseEntry(text)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// renderPackages writes an index.
func renderPackages(list []Entry) []byte {
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.text)
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// same tells whether two entries are of one package, version and architecture.
func (e Entry) same(o Entry) bool {
	return e.Component == o.Component && e.Package == o.Package && e.Version == o.Version && e.Arch == o.Arch
}

// order sorts by name, then the newest version first.
func order(list []Entry) {
	slices.SortFunc(list, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), debfile.CompareVersions(b.Version, a.Version), cmp.Compare(b.Version, a.Version),
			cmp.Compare(a.Component, b.Component), cmp.Compare(a.Arch, b.Arch))
	})
}

// retain returns the entries without the oldest ones, of those that have more
// than keep newer ones of the same package, component and architecture. Fresh
// ones stay.
func retain(list []Entry, keep int, fresh func(Entry) bool) []Entry {
	if keep == 0 {
		return list
	}
	order(list)
	seen := map[string]int{}
	return slices.DeleteFunc(list, func(e Entry) bool {
		key := e.Component + " " + e.Package + " " + e.Arch
		seen[key]++
		return seen[key] > keep && !fresh(e)
	})
}
