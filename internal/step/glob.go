package step

import (
	"path"
	"strings"
)

// Match tells whether a slash path matches one of the globs: * and ? stay within a
// folder, ** stands for any folders, also none, and a glob that names a folder takes
// all that is in it.
func Match(globs []string, name string) bool {
	for _, g := range globs {
		if match(strings.Split(path.Clean(g), "/"), strings.Split(name, "/")) {
			return true
		}
	}
	return false
}

func match(glob, name []string) bool {
	for len(glob) > 0 {
		if glob[0] == "**" {
			for i := range len(name) + 1 {
				if match(glob[1:], name[i:]) {
					return true
				}
			}
			return false
		}
		if len(name) == 0 {
			return false
		}
		if ok, _ := path.Match(glob[0], name[0]); !ok && glob[0] != "." {
			return false
		} else if glob[0] != "." {
			name = name[1:]
		}
		glob = glob[1:]
	}
	return true // what is in a folder that matches does, too
}
