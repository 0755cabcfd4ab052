package step

import (
	"fmt"
	"path"
	"regexp"
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

// Rooted are globs relative to the step's folder as ones relative to the project.
func (s Step) Rooted(globs ...string) []string {
	list := make([]string, len(globs))
	for i, g := range globs {
		list[i] = path.Join(special.ReplaceAllString(s.Dir, `\$0`), g)
	}
	return list
}

var special = regexp.MustCompile(`[*?\[\\]`)

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

// globs reads globs relative to the step's folder, which is read before them: keys are
// read in the order of their names.
func globs(field func(*Step) *[]string) func(*Step, any) error {
	return func(s *Step, v any) error {
		return many(field, func(p string) error {
			if local(s.Dir) != nil || local(path.Join(s.Dir, p)) != nil || path.IsAbs(p) || p == "" {
				if err := local(p); err != nil {
					return err
				}
			}
			if _, err := path.Match(strings.ReplaceAll(p, "**", "*"), ""); err != nil {
				return fmt.Errorf("glob %q: %w", p, err)
			}
			return nil
		})(s, v)
	}
}
