package project

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Installed is what the metadata of an installed distribution says.
type Installed struct {
	Project
	Expression   string            // License-Expression
	LicenseWords string            // License: words or a text
	Classifiers  []string          //
	Tags         []string          // of the wheel that it is from, "cp311-cp311-manylinux_2_17_x86_64"
	Texts        map[string]string // its licence files, notices included, by slash path in the .dist-info directory
}

// licenseNames are what licence files are called that the metadata does not name.
var licenseNames = []string{"LICEN[CS]E*", "COPYING*", "NOTICE*", "COPYRIGHT*", "AUTHORS*"}

// ReadInstalled reads a .dist-info directory. Metadata that is against its
// specification, as many wheels have it, is read as far as that is possible.
func ReadInstalled(info fs.FS) (Installed, error) {
	text, err := readLimited(info, "METADATA")
	if err != nil {
		return Installed{}, err
	}
	p, h, err := parseMetadata(text)
	if err != nil {
		p, h, err = parseMetadata("Metadata-Version: 2.1\n" + plain(text))
	}
	if err != nil {
		return Installed{}, err
	}
	i := Installed{
		Project: p, Expression: h.get("license-expression"), LicenseWords: h.get("license"), Classifiers: h["classifier"], Texts: map[string]string{},
	}
	if wheel, err := readLimited(info, "WHEEL"); err == nil {
		for line := range strings.Lines(wheel) {
			if tag, ok := strings.CutPrefix(line, "Tag:"); ok {
				i.Tags = append(i.Tags, strings.TrimSpace(tag))
			}
		}
	}
	var names []string
	for _, name := range h["license-file"] {
		for _, file := range []string{path.Join("licenses", name), path.Clean(name), path.Base(name)} {
			if d, err := fs.Stat(info, file); err == nil && !d.IsDir() {
				names = append(names, file)
				break
			}
		}
	}
	err = fs.WalkDir(info, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		named := slices.ContainsFunc(licenseNames, func(glob string) bool {
			ok, _ := path.Match(glob, strings.ToUpper(path.Base(name)))
			return ok
		})
		if strings.HasPrefix(name, "licenses/") || named && path.Dir(name) == "." {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return Installed{}, err
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if i.Texts[name], err = readLimited(info, name); err != nil {
			return Installed{}, err
		}
	}
	return i, nil
}

// plain keeps the lines of a header that are fields.
func plain(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		name, _, ok := strings.Cut(line, ":")
		switch {
		case line == "\n":
			return b.String()
		case ok && !strings.ContainsAny(name, " \t") && !strings.EqualFold(name, "metadata-version"):
			b.WriteString(line)
		}
	}
	return b.String()
}
