package asset

import (
	"fmt"
	"path"
	"strings"
)

// Globs choose files. A glob without a slash is for the last part of a name;
// another one is for all of it, with ** for any number of directories.
type Globs []string

// Check says which globs are malformed.
func (g Globs) Check() error {
	for _, glob := range g {
		for part := range strings.SplitSeq(glob, "/") {
			if _, err := path.Match(part, ""); err != nil {
				return fmt.Errorf("glob %q: %w: want one such as *.map or vendor/**", glob, err)
			}
		}
	}
	return nil
}

// Match tells whether one of the globs is for the file.
func (g Globs) Match(name string) bool {
	for _, glob := range g {
		if !strings.Contains(glob, "/") {
			if ok, _ := path.Match(glob, path.Base(name)); ok {
				return true
			}
		} else if matchParts(strings.Split(strings.TrimPrefix(glob, "/"), "/"), strings.Split(name, "/")) {
			return true
		}
	}
	return false
}

func matchParts(glob, name []string) bool {
	for i, part := range glob {
		if part == "**" {
			for j := i; j <= len(name); j++ {
				if matchParts(glob[i+1:], name[j:]) {
					return true
				}
			}
			return false
		}
		if i >= len(name) {
			return false
		}
		if ok, _ := path.Match(part, name[i]); !ok {
			return false
		}
	}
	return len(glob) == len(name)
}
