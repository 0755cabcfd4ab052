package project

import (
	"maps"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep440"
	"github.com/pinpack/pinpack/internal/pep508"
)

// fields are the keys of [project] that a build may leave to its backend and that
// this package reads.
var fields = []string{"version", "description", "readme", "requires-python", "license", "license-files",
	"authors", "maintainers", "urls", "scripts"}

// readPEP621 reads [project] as PEP 621 and PEP 639 have it:
// https://packaging.python.org/en/latest/specifications/pyproject-toml/
func readPEP621(t table) Project {
	p := Project{
		File:           t.src.file,
		Name:           t.str("name"),
		Version:        t.str("version"),
		Summary:        oneLine(t.str("description")),
		RequiresPython: t.str("requires-python"),
		Authors:        people(t, "authors"),
		Maintainers:    people(t, "maintainers"),
		URLs:           t.strMap("urls"),
		Scripts:        trimReferences(t.strMap("scripts")),
		Dynamic:        t.strs("dynamic"),

		Dependencies:         t.requirements("dependencies"),
		OptionalDependencies: optional(t.table("optional-dependencies")),
	}
	for _, key := range p.Dynamic {
		if key == "name" {
			t.wrong("dynamic", "\"name\" cannot be dynamic: want it as project.name")
		} else if t.has(key) {
			t.wrong(key, "given, and listed in project.dynamic: want one of the two")
		}
	}
	if !t.has("version") && !slices.Contains(p.Dynamic, "version") {
		t.wrong("version", "missing: want a version, or \"version\" in project.dynamic")
	}
	if t.table("entry-points").has("console_scripts") {
		t.wrong("entry-points.console_scripts", "want these in project.scripts")
	}
	p.Readme, p.ReadmeType = readme(t)
	p.License, p.LicenseFiles = license(t)
	t.src.check(p, t.key("name"), t.key("version"), t.key("requires-python"), t.key("scripts"))
	return p
}

// readme reads the key "readme": a path, or a table of file or text and content type.
func readme(t table) (text, contentType string) {
	file, key := "", "readme"
	if inner, ok := t.values["readme"].(map[string]any); ok {
		r := table{t.src, t.key("readme"), inner}
		text, file, contentType = r.str("text"), r.str("file"), r.str("content-type")
		key = "readme.file"
		if r.has("text") == r.has("file") {
			t.wrong("readme", "want one of \"file\" and \"text\"")
		}
	} else {
		file = t.str("readme")
	}
	if file != "" {
		text = t.src.read(t.key(key), file)
	}
	if contentType == "" && (file != "" || text != "") {
		contentType = typeByName(file)
	}
	return text, contentType
}

// license reads "license", an SPDX expression or the older table of text or file,
// and "license-files".
func license(t table) (text string, files []string) {
	if inner, ok := t.values["license"].(map[string]any); ok {
		l := table{t.src, t.key("license"), inner}
		if l.has("text") == l.has("file") {
			t.wrong("license", "want an SPDX expression such as \"MIT\"")
		}
		if file := l.str("file"); file != "" {
			return "", t.src.glob(l.key("file"), []string{file})
		}
		text = l.str("text")
	} else {
		text = t.str("license")
	}
	if !t.has("license-files") {
		return text, t.src.defaultLicenseFiles()
	}
	return text, t.src.glob(t.key("license-files"), t.strs("license-files"))
}

func people(t table, key string) []Person {
	var list []Person
	for i, who := range t.tables(key) {
		p := Person{who.str("name"), who.str("email")}
		if p == (Person{}) {
			t.wrong(key, "item %d is empty: want a name, an email or both", i+1)
			continue
		}
		list = append(list, p)
	}
	return list
}

// check records what no project may have, whichever file it is read from. The keys
// are what that file calls the values.
func (s *source) check(p Project, name, version, requires, scripts string) {
	switch {
	case p.Name == "" && !slices.Contains(p.Dynamic, "name") && !s.reported(name):
		s.wrong(name, "missing: want the distribution's name")
	case p.Name != "" && !pep508.ValidName(p.Name):
		s.wrong(name, "%q is no name of a distribution: want letters, digits, '.', '_' and '-', "+
			"beginning and ending with a letter or digit", p.Name)
	}
	if p.Version != "" {
		if _, err := pep440.Parse(p.Version); err != nil {
			s.wrong(version, "%w", err)
		}
	}
	if _, err := pep440.ParseSpecifiers(p.RequiresPython); err != nil {
		s.wrong(requires, "%w", err)
	}
	for _, script := range slices.Sorted(maps.Keys(p.Scripts)) {
		if err := checkScript(script, p.Scripts[script]); err != nil {
			s.wrong(scripts, "%w", err)
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
