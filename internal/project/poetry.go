package project

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// readPoetry reads [tool.poetry], as Poetry before 2.0 has it:
// https://python-poetry.org/docs/1.8/pyproject/
func readPoetry(tool table) Project {
	t := tool.table("poetry")
	p := Project{
		File:         t.src.file,
		Name:         t.str("name"),
		Version:      t.str("version"),
		Summary:      oneLine(t.str("description")),
		License:      t.str("license"),
		LicenseFiles: t.src.defaultLicenseFiles(),
		URLs:         t.strMap("urls"),
		Scripts:      poetryScripts(t),
	}
	for _, label := range []string{"homepage", "repository", "documentation"} {
		if url := t.str(label); url != "" {
			p.URLs = with(p.URLs, label, url)
		}
	}
	for _, author := range t.strs("authors") {
		p.Authors = append(p.Authors, parsePerson(author))
	}
	for _, maintainer := range t.strs("maintainers") {
		p.Maintainers = append(p.Maintainers, parsePerson(maintainer))
	}
	p.Readme, p.ReadmeType = poetryReadme(t)

	// A plugin that takes the version from git leaves a placeholder here.
	if tool.table("poetry-dynamic-versioning").boolean("enable") {
		p.Version, p.Dynamic = "", append(p.Dynamic, "version")
	} else if p.Version == "" {
		t.wrong("version", "missing: want a version")
	}
	constraint, ok := poetryPython(t)
	if p.RequiresPython = constraint; !ok {
		p.Dynamic = append(p.Dynamic, "requires-python")
	}
	t.src.check(p, t.key("name"), t.key("version"), t.key("dependencies.python"), t.key("scripts"))
	return p
}

// poetryReadme reads one path or a list of them.
func poetryReadme(t table) (text, contentType string) {
	var files []string
	if _, ok := t.values["readme"].([]any); ok {
		files = t.strs("readme")
	} else if file := t.str("readme"); file != "" {
		files = []string{file}
	}
	var texts []string
	for _, file := range files {
		texts = append(texts, t.src.read(t.key("readme"), file))
		contentType = typeByName(path.Base(files[0]))
	}
	return strings.Join(texts, "\n"), contentType
}

// poetryScripts reads scripts given as text or as tables; files to be copied
// (type = "file") are no console scripts.
func poetryScripts(t table) map[string]string {
	var scripts map[string]string
	t = t.table("scripts")
	for _, name := range slices.Sorted(maps.Keys(t.values)) {
		reference := ""
		if values, ok := t.values[name].(map[string]any); ok {
			script := table{t.src, t.key(name), values}
			if script.str("type") == "file" {
				continue
			}
			if reference = script.str("reference"); reference == "" {
				reference = script.str("callable")
			}
		} else {
			reference = t.str(name)
		}
		scripts = with(scripts, name, reference)
	}
	return trimReferences(scripts)
}

// poetryPython returns the Python requirement as PEP 440 specifiers, or false when
// only Poetry can tell: it has unions ("^2.7 || ^3.6"), specifiers have not.
func poetryPython(t table) (string, bool) {
	dependencies := t.table("dependencies")
	constraint := ""
	if values, ok := dependencies.values["python"].(map[string]any); ok {
		constraint = table{t.src, dependencies.key("python"), values}.str("version")
	} else {
		constraint = dependencies.str("python")
	}
	if strings.Contains(constraint, "|") {
		return "", false
	}
	// "> =3.9" is one term: the blanks inside terms go, those between them part them.
	constraint = blankAfterOperator.ReplaceAllString(constraint, "$1")
	var specs []string
	for _, term := range strings.FieldsFunc(constraint, func(r rune) bool { return r == ',' || r == ' ' }) {
		specs = append(specs, poetryTerm(term)...)
	}
	return strings.Join(specs, ","), true
}

var blankAfterOperator = regexp.MustCompile(`([<>=!~^])\s+`)

// poetryTerm turns one constraint into specifiers:
// https://python-poetry.org/docs/dependency-specification/#version-constraints
func poetryTerm(term string) []string {
	version := strings.TrimLeft(term, "^~<>=!")
	operator := strings.TrimSuffix(term, version)
	numbers := strings.Split(version, ".")
	switch operator {
	case "^": // up to the next change of the first number that is not zero
		i := slices.IndexFunc(numbers, func(n string) bool { return strings.Trim(n, "0") != "" })
		if i < 0 {
			i = len(numbers) - 1
		}
		return []string{">=" + version, "<" + next(numbers, i)}
	case "~": // up to the next minor version, or major where there is no minor
		return []string{">=" + version, "<" + next(numbers, min(1, len(numbers)-1))}
	case "", "=":
		if term == "*" {
			return nil
		}
		return []string{"==" + version}
	default:
		return []string{term}
	}
}

// next returns the release after all those that begin with numbers[:i+1]. What is no
// number stays, for the check of the whole to name it.
func next(numbers []string, i int) string {
	if n, err := strconv.Atoi(numbers[i]); err == nil {
		return strings.Join(append(slices.Clone(numbers[:i]), fmt.Sprint(n+1)), ".")
	}
	return strings.Join(numbers, ".")
}

// with returns m with one entry more.
func with[V any](m map[string]V, key string, value V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = value
	return m
}
