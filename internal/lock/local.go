package lock

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
	"github.com/pinpack/pinpack/internal/project"
)

// Local is a distribution that is built from a folder of the repository: a
// workspace's member or a path dependency.
type Local struct {
	Name string `json:"name"` // normalised; "" where only a build can tell
	Path string `json:"path"` // slash path in fsys
	File string `json:"file"` // where it is locked
	Line int    `json:"line,omitempty"`
}

var windowsDrive = regexp.MustCompile(`^[A-Za-z]:[\\/]`)

// cutPath splits what a requirements file may say of a path: "./lib[extra] ; marker",
// "name @ ./lib", "file:lib". It returns false for what is no path.
func cutPath(text string) (name, location, marker string, ok bool) {
	location, marker, _ = strings.Cut(text, ";")
	location = strings.TrimSpace(location)
	if before, after, found := strings.Cut(location, "@"); found {
		before, _, _ = strings.Cut(before, "[")
		if before = strings.TrimSpace(before); pep508.ValidName(before) {
			name, location = pep508.NormalizeName(before), strings.TrimSpace(after)
		}
	}
	if scheme.MatchString(location) && !windowsDrive.MatchString(location) {
		rest, file := strings.CutPrefix(location, "file:")
		return name, rest, marker, file && !strings.HasPrefix(rest, "/")
	}
	return name, location, marker, !strings.HasPrefix(location, "${") && // the index that a variable names
		(strings.HasPrefix(location, ".") || strings.HasPrefix(location, "~") || strings.ContainsAny(location, `/\`) || isArchive(location))
}

func isArchive(location string) bool {
	return slices.Contains([]string{".whl", ".zip", ".gz", ".bz2", ".xz", ".tgz"}, strings.ToLower(path.Ext(location)))
}

// addLocal adds a folder of the repository that a lock file in dir names, unless it is
// the project itself, which is built in any case.
func (l *Lock) addLocal(fsys fs.FS, s Selection, local Local, dir string) error {
	location, _, _ := strings.Cut(local.Path, "[")
	local.Path = path.Join(dir, strings.TrimSpace(location))
	switch {
	case local.Path == s.Dir:
		return nil
	case path.IsAbs(location), !fs.ValidPath(local.Path), strings.ContainsAny(location, `~\`):
		return fmt.Errorf("%s: a path outside of the repository: want a folder in it, or \"name==version\"", clip(location))
	case isArchive(location):
		return fmt.Errorf("%s: a local archive is not taken: want the folder it is built from, or \"name==version\"", clip(location))
	}
	sub, err := fs.Sub(fsys, local.Path)
	if err != nil {
		return fmt.Errorf("%s: %w", clip(location), err)
	}
	p, err := project.Read(sub)
	if err != nil {
		return fmt.Errorf("%s: %w", clip(location), err)
	}
	name := pep508.NormalizeName(p.Name)
	if local.Name != "" && name != "" && name != local.Name {
		return fmt.Errorf("%s: its name is %q in %s: want %q as in the lock", clip(location), name, p.File, local.Name)
	}
	if local.Name == "" {
		local.Name = name
	}
	if !slices.ContainsFunc(l.Locals, func(other Local) bool { return other.Path == local.Path }) {
		l.Locals = append(l.Locals, local)
	}
	return nil
}
