package lock

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// format is one kind of lock file.
type format struct {
	name   string                 // the file's own name, which is looked for
	match  func(base string) bool // whether a file named by the user is of this kind
	relock string                 // the commands that make one with pins and hashes
	// read reads the selected files. What it could read comes with its error. It
	// follows what the format has of its own, such as groups; requirements that keep a
	// marker are chosen by Load.
	read func(fsys fs.FS, s Selection) (Lock, error)
}

// formats are the kinds of lock file that can be read, in order of preference.
//
// Lock files that stand beside each other have to agree, so the order decides only
// whose files and hashes are taken: what was written for installers first, then what
// the tools keep for themselves, and last the one format that need not be locked.
var formats = []format{
	{name: "pylock.toml", match: isPylock, relock: `"uv export --format pylock.toml -o pylock.toml" or "pip lock"`, read: readPylock},
	{name: "uv.lock", match: named("uv.lock"), relock: `"uv lock"`, read: readUV},
	{name: "poetry.lock", match: named("poetry.lock"), relock: `"poetry lock"`, read: readPoetry},
	{name: "pdm.lock", match: named("pdm.lock"), relock: `"pdm lock"`, read: readPDM},
	{name: "Pipfile.lock", match: named("Pipfile.lock"), relock: `"pipenv lock"`, read: readPipfile},
	{
		name:   "requirements.txt",
		match:  func(base string) bool { return path.Ext(base) == ".txt" || strings.HasPrefix(base, "requirements") },
		relock: `"uv pip compile --generate-hashes pyproject.toml -o requirements.txt" or "pip-compile --generate-hashes"`,
		read:   readRequirements,
	},
}

func named(name string) func(base string) bool {
	return func(base string) bool { return base == name }
}

// isPylock tells whether a file is named as the specification has it: pylock.toml or
// pylock.NAME.toml.
func isPylock(base string) bool {
	name, ok := strings.CutPrefix(base, "pylock.")
	name, ok2 := strings.CutSuffix(name, "toml")
	return ok && ok2 && (name == "" || strings.Index(name, ".") == len(name)-1)
}

// formatOf returns the one format of the named files.
func formatOf(names []string) (format, error) {
	var chosen format
	for _, name := range names {
		f, err := lookUpFormat(name)
		switch {
		case err != nil:
			return format{}, err
		case chosen.name != "" && chosen.name != f.name:
			return format{}, fmt.Errorf("read lock %q: it is a %s beside a %s: want lock files of one format", name, f.name, chosen.name)
		}
		chosen = f
	}
	if len(names) > 1 && chosen.name != "requirements.txt" {
		return format{}, fmt.Errorf("read lock %q: want one %s: it holds everything", names, chosen.name)
	}
	return chosen, nil
}

func lookUpFormat(name string) (format, error) {
	var known []string
	for _, f := range formats {
		if f.match(path.Base(name)) {
			return f, nil
		}
		known = append(known, f.name)
	}
	return format{}, fmt.Errorf("read lock %q: unknown format: want a file like %s", name, strings.Join(known, ", "))
}
