package project

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
)

// readSetup reads setup.cfg, or learns from a setup.py that everything is dynamic.
// https://setuptools.pypa.io/en/latest/userguide/declarative_config.html
func readSetup(fsys fs.FS) (Project, error) {
	_, err := fs.Stat(fsys, "setup.py")
	script := err == nil
	text, err := fs.ReadFile(fsys, "setup.cfg")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Project{}, fmt.Errorf("read %q: %w", "setup.cfg", err)
	}
	file, err := parseINI(string(text), "=:")
	if err != nil {
		return Project{}, fmt.Errorf("setup.cfg: %w", err)
	}
	var p Project
	switch {
	case file["metadata"] != nil:
		src := &source{fsys: fsys, file: "setup.cfg"}
		p = readSetupCfg(src, file)
		if p.Name == "" && script {
			p.Dynamic = append(p.Dynamic, "name")
		}
		src.check(p, "metadata.name", "metadata.version", "options.python_requires", "options.entry_points.console_scripts")
		if err := errors.Join(src.errs...); err != nil {
			return Project{}, err
		}
	case script:
		p = Project{File: "setup.py", Dynamic: append([]string{"name"}, fields...)}
	default:
		return Project{}, ErrNoMetadata
	}
	return p, nil
}

// readSetupCfg reads [metadata] and [options]. Every key that is not there may
// still be set by a setup.py or by a plugin such as setuptools-scm, and is dynamic.
func readSetupCfg(src *source, file ini) Project {
	metadata, options := canonical(file["metadata"]), canonical(file["options"])
	p := Project{
		File:           src.file,
		Name:           metadata["name"],
		Version:        static(metadata["version"]),
		Summary:        oneLine(static(first(metadata, "description", "summary"))),
		ReadmeType:     metadata["long_description_content_type"],
		License:        static(first(metadata, "license", "licence")),
		RequiresPython: options["python_requires"],
		URLs:           pairs(metadata["project_urls"]),
		Scripts:        trimReferences(pairs(file["options.entry_points"]["console_scripts"])),
	}
	if url := first(metadata, "url", "home_page"); url != "" {
		p.URLs = with(p.URLs, "Homepage", url)
	}
	p.Dependencies = src.valid("options.install_requires", lines(static(options["install_requires"])))
	extras := file["options.extras_require"]
	for _, extra := range slices.Sorted(maps.Keys(extras)) {
		if pep508.ValidName(extra) { // ":python_version < '3'" is an older way to write a marker
			list := src.valid("options.extras_require."+extra, lines(static(extras[extra])))
			p.OptionalDependencies = with(p.OptionalDependencies, pep508.NormalizeName(extra), list)
		}
	}
	p.Authors = person(metadata["author"], metadata["author_email"])
	p.Maintainers = person(metadata["maintainer"], metadata["maintainer_email"])

	p.Readme = metadata["long_description"]
	if names, ok := strings.CutPrefix(p.Readme, "file:"); ok {
		var texts []string
		for _, name := range items(names) {
			texts = append(texts, src.read("metadata.long_description", name))
			if p.ReadmeType == "" {
				p.ReadmeType = typeByName(name)
			}
		}
		p.Readme = strings.Join(texts, "\n")
	}
	if patterns := items(first(metadata, "license_files", "license_file")); len(patterns) > 0 {
		p.LicenseFiles = src.glob("metadata.license_files", patterns)
	} else {
		p.LicenseFiles = src.defaultLicenseFiles()
	}
	p.Dynamic = p.open()
	return p
}

// static returns a value, or "" for one that only a build can tell.
func static(value string) string {
	if strings.HasPrefix(value, "attr:") || strings.HasPrefix(value, "file:") {
		return ""
	}
	return value
}

// lines reads a value that is a list of requirements, in which commas and blanks have
// another meaning. A comment may follow one.
func lines(value string) []string {
	var list []string
	for line := range strings.SplitSeq(value, "\n") {
		line, _, _ = strings.Cut(line, " #")
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// canonical spells keys as setuptools does: "Author-Email" is "author_email".
func canonical(section map[string]string) map[string]string {
	m := make(map[string]string, len(section))
	for key, value := range section {
		m[strings.ReplaceAll(strings.ToLower(key), "-", "_")] = value
	}
	return m
}

func first(section map[string]string, keys ...string) string {
	i := slices.IndexFunc(keys, func(key string) bool { return section[key] != "" })
	if i < 0 {
		return ""
	}
	return section[keys[i]]
}

// person pairs a name with an address, each of which may be missing or be a list.
func person(name, email string) []Person {
	if p := parsePeople(email); len(p) == 1 && p[0].Name == "" {
		return []Person{{name, p[0].Email}}
	} else if len(p) > 0 {
		return p
	}
	return parsePeople(name)
}
