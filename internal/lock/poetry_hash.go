package lock

import "regexp"

// poetryBy finds the version of Poetry in the first line of what it wrote.
var poetryBy = regexp.MustCompile(`^#[^\n]* Poetry ([^ \n]+)`)

// poetryFresh tells whether a lock was made from the dependencies in pyproject.toml,
// as Poetry itself does in Locker.is_fresh.
func poetryFresh(text, hash string, pyproject map[string]any) bool {
	if poetryHash(pyproject, true) == hash {
		return true
	}
	by := poetryBy.FindStringSubmatch(text)
	return by != nil && within(by[1], "<2.3") && poetryHash(pyproject, false) == hash
}

// poetryHash is Locker._get_content_hash: of [project], [dependency-groups] (since
// Poetry 2.3) and [tool.poetry], what dependencies are made of. Without the former two
// the keys of the latter stand at the top and count as null where they are missing.
func poetryHash(pyproject map[string]any, withGroups bool) string {
	standard := map[string]any{}
	for _, key := range []string{"requires-python", "dependencies", "optional-dependencies"} {
		if value, ok := tableAt(pyproject, "project")[key]; ok {
			standard[key] = value
		}
	}
	content := map[string]any{}
	if len(standard) > 0 {
		content["project"] = standard
	}
	if groups := tableAt(pyproject, "dependency-groups"); len(groups) > 0 && withGroups {
		content["dependency-groups"] = groups
	}
	own := map[string]any{}
	for _, key := range []string{"dependencies", "source", "extras", "dev-dependencies", "group"} {
		if value, ok := tableAt(pyproject, "tool", "poetry")[key]; ok || len(content) == 0 && key != "group" {
			own[key] = value
		}
	}
	if len(content) == 0 {
		return pythonHash(own, ", ", ": ")
	}
	content["tool"] = map[string]any{"poetry": own}
	return pythonHash(content, ", ", ": ")
}
