package lock

import (
	"path"

	"github.com/pinpack/pinpack/internal/pep508"
)

// pdmIndexes are package indexes of which the project says what they are for.
type pdmIndexes []struct {
	url      string
	packages []string // patterns of names
}

// of returns the index that a package is taken from, and "" for the configured one.
func (indexes pdmIndexes) of(name string) string {
	for _, index := range indexes {
		for _, pattern := range index.packages {
			if ok, _ := path.Match(pattern, pep508.NormalizeName(name)); ok {
				return index.url
			}
		}
	}
	return ""
}

// addPDMSources reads [[tool.pdm.source]], as pdm.lock does not tell what is from
// where: https://pdm-project.org/latest/usage/config/#configure-the-package-indexes.
// Sources that may answer for any name become options.
func (g *gatherer) addPDMSources(pyproject map[string]any, text string) pdmIndexes {
	var indexes pdmIndexes
	sources, _ := tableAt(pyproject, "tool", "pdm")["source"].([]map[string]any)
	lines := headerLines(text, "[[tool.pdm.source]]")
	for i, source := range sources {
		address, _ := source["url"].(string)
		var packages []string
		patterns, _ := source["include_packages"].([]any)
		for _, pattern := range patterns {
			text, _ := pattern.(string)
			packages = append(packages, pep508.NormalizeName(text))
		}
		option := "extra-index-url"
		switch {
		case source["type"] == "find_links":
			option = "find-links"
		case source["name"] == "pypi":
			option = "index-url"
		}
		switch {
		case address == "":
		case len(packages) > 0 && option != "find-links":
			indexes = append(indexes, struct {
				url      string
				packages []string
			}{indexOf(address), packages})
		default:
			file := path.Join(path.Dir(g.file()), "pyproject.toml")
			g.lock.Options = append(g.lock.Options, Option{option, address, file, item(lines, i)})
		}
	}
	return indexes
}
