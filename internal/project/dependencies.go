package project

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
)

// requirements reads a list of dependency specifiers and keeps the good ones as they
// are written.
func (t table) requirements(key string) []string {
	return t.src.valid(t.key(key), t.strs(key))
}

// valid records what is no dependency specifier, and returns the others.
func (s *source) valid(key string, list []string) []string {
	return slices.DeleteFunc(list, func(text string) bool {
		_, err := pep508.Parse(text)
		if err != nil {
			s.wrong(key, "%w", err)
		}
		return err != nil
	})
}

// optional reads lists of requirements by extra.
func optional(t table) map[string][]string {
	var extras map[string][]string
	for _, name := range slices.Sorted(maps.Keys(t.values)) {
		if normal, ok := t.newName(name, extras); ok {
			extras = with(extras, normal, t.requirements(name))
		}
	}
	return extras
}

// newName returns a key's normal form, and false for one that is no name or is there
// already.
func (t table) newName(key string, taken map[string][]string) (string, bool) {
	normal := pep508.NormalizeName(key)
	_, double := taken[normal]
	switch {
	case !pep508.ValidName(key):
		t.wrong(key, "want a name of letters, digits, '.', '_' and '-', beginning and ending with a letter or digit")
	case double:
		t.wrong(key, "%q is there already: want it once", normal)
	default:
		return normal, true
	}
	return "", false
}

// readGroups reads [dependency-groups] with what each includes of the others:
// https://packaging.python.org/en/latest/specifications/dependency-groups/
func readGroups(t table) map[string][]string {
	g := groups{t: t, keys: map[string]string{}}
	taken := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(t.values)) {
		if normal, ok := t.newName(key, taken); ok {
			g.keys[normal], taken[normal] = key, nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.keys)) {
		g.resolve(name)
	}
	return g.done
}

// groups resolves dependency groups, each once.
type groups struct {
	t     table
	keys  map[string]string // normalised name to name as written
	done  map[string][]string
	chain []string // the groups being resolved, each included by the one before
}

func (g *groups) resolve(name string) []string {
	if list, ok := g.done[name]; ok {
		return list
	}
	g.chain = append(g.chain, name)
	key := g.keys[name]
	var list []string
	for i, item := range g.t.array(key) {
		at := fmt.Sprintf("%s[%d]", key, i)
		if text, ok := item.(string); ok {
			list = append(list, g.t.src.valid(g.t.key(at), []string{text})...)
		} else if values, ok := convert[map[string]any](g.t, at, item); ok {
			list = append(list, g.include(table{g.t.src, g.t.key(at), values})...)
		}
	}
	g.chain = g.chain[:len(g.chain)-1]
	var once []string
	for _, text := range list {
		if !slices.Contains(once, text) {
			once = append(once, text)
		}
	}
	g.done = with(g.done, name, once)
	return once
}

// include reads {include-group = "name"}.
func (g *groups) include(item table) []string {
	name := pep508.NormalizeName(item.str("include-group"))
	switch {
	case len(item.values) != 1 || !item.has("include-group"):
		item.wrong("include-group", "want a requirement, or {include-group = \"NAME\"}")
	case slices.Contains(g.chain, name):
		item.wrong("include-group", "the group includes itself, by %s: want no circle", strings.Join(append(g.chain, name), " -> "))
	case g.keys[name] == "" && !item.src.reported(item.key("include-group")):
		item.wrong("include-group", "%q is no group here: want one of %s", name, strings.Join(slices.Sorted(maps.Keys(g.keys)), ", "))
	case g.keys[name] != "":
		return g.resolve(name)
	}
	return nil
}

// readIndexes reads [[tool.uv.index]], [[tool.poetry.source]] and
// [[tool.pdm.source]]. What is wrong with them is for these tools to say.
func readIndexes(tool table) []Index {
	var list []Index
	for _, place := range []struct{ tool, key string }{{"uv", "index"}, {"poetry", "source"}, {"pdm", "source"}} {
		tables, _ := tool.values[place.tool].(map[string]any)
		sources, _ := tables[place.key].([]map[string]any)
		for _, s := range sources {
			name, _ := s["name"].(string)
			url, _ := s["url"].(string)
			if name != "" && url != "" {
				list = append(list, Index{name, url})
			}
		}
	}
	return list
}
