package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
)

// pdmWorkspaceHash is PDM's Workspace.content_hash: the hash of the project in dir, and
// in the root of a workspace one of that and of its members'.
func pdmWorkspaceHash(fsys fs.FS, dir string, pyproject map[string]any) string {
	hash := pdmHash(pyproject)
	workspace := tableAt(pyproject, "tool", "pdm", "workspace")
	if len(workspace) == 0 {
		return hash
	}
	all := sha256.New()
	fmt.Fprint(all, hash)
	for _, member := range pdmMembers(fsys, dir, workspace["members"]) {
		// A member whose file cannot be read hashes as an empty one: the lock is stale.
		doc, _, _ := readBeside(fsys, path.Join(dir, member, "pdm.lock"), "pyproject.toml")
		fmt.Fprintf(all, "\x00%s\x00%s", member, pdmHash(doc))
	}
	return hex.EncodeToString(all.Sum(nil))
}

// pdmMembers returns the folders of a workspace's members, relative to dir.
func pdmMembers(fsys fs.FS, dir string, patterns any) []string {
	var members []string
	list, _ := patterns.([]any)
	for _, pattern := range list {
		text, _ := pattern.(string)
		found, _ := fs.Glob(fsys, path.Join(dir, text, "pyproject.toml"))
		for _, name := range found {
			member := path.Dir(name)
			if dir != "." {
				member = strings.TrimPrefix(member, dir+"/")
			}
			members = append(members, member)
		}
	}
	slices.Sort(members)
	return slices.Compact(members)
}

// pdmHash is PDM's PyProject.content_hash.
func pdmHash(pyproject map[string]any) string {
	project, settings := tableAt(pyproject, "project"), tableAt(pyproject, "tool", "pdm")
	return pythonHash(map[string]any{
		"sources":               or(settings["source"], []any{}),
		"dependencies":          or(project["dependencies"], []any{}),
		"dev-dependencies":      pdmGroups(pyproject, settings),
		"optional-dependencies": or(project["optional-dependencies"], map[string]any{}),
		"requires-python":       or(project["requires-python"], ""),
		"resolution":            or(settings["resolution"], map[string]any{}),
	}, ", ", ": ")
}

// pdmGroups joins [dependency-groups] and PDM's older table under normalised names.
func pdmGroups(pyproject, settings map[string]any) map[string]any {
	groups := map[string]any{}
	for _, table := range []map[string]any{tableAt(pyproject, "dependency-groups"), tableAt(settings, "dev-dependencies")} {
		for _, name := range slices.Sorted(maps.Keys(table)) {
			group := pep508.NormalizeName(name)
			earlier, _ := groups[group].([]any)
			more, _ := table[name].([]any)
			groups[group] = slices.Concat(earlier, more)
		}
	}
	return groups
}

func or(value, missing any) any {
	if value == nil {
		return missing
	}
	return value
}
