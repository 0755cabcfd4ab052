package lock

import (
	"slices"

	"github.com/pinpack/pinpack/internal/pep508"
)

// pipfileSections are the tables of a Pipfile that are no categories of packages of
// the project's own.
var pipfileSections = []string{"source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv", "default", "develop"}

// pipfileFresh tells whether a lock was made from a Pipfile, as Pipenv does in
// Pipfile.calculate_hash. Before 2026 it took the names as they are written.
func pipfileFresh(hash string, pipfile map[string]any) bool {
	asWritten := func(name string) string { return name }
	return hash == pipfileHash(pipfile, pep508.NormalizeName) || hash == pipfileHash(pipfile, asWritten)
}

func pipfileHash(pipfile map[string]any, normalize func(string) string) string {
	section := func(name string) map[string]any {
		normalized := map[string]any{}
		for name, value := range tableAt(pipfile, name) {
			normalized[normalize(name)] = value
		}
		return normalized
	}
	content := map[string]any{
		"_meta": map[string]any{
			"sources": or(pipfile["source"], []any{
				map[string]any{"name": "pypi", "url": "https://pypi.org/simple", "verify_ssl": true},
			}),
			"requires": or(pipfile["requires"], map[string]any{}),
		},
		"default": section("packages"),
		"develop": section("dev-packages"),
	}
	for category := range pipfile {
		if !slices.Contains(pipfileSections, category) {
			content[category] = section(category)
		}
	}
	return pythonHash(content, ",", ":")
}
