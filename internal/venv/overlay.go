package venv

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// overlayFile makes the virtualenv see the overlay while the steps run. Settle
// removes it.
const overlayFile = "_pinpack_overlay.pth"

// ShowOverlay lets the virtualenv's interpreter import from a directory, after
// everything of its own: what is shipped is what is tested, should both have a
// module.
func (e Env) ShowOverlay(dir string) error {
	// The project's build has run by now and may have left links here: none may
	// lead our writing out of the virtualenv.
	root, err := os.OpenRoot(e.Dir)
	if err != nil {
		return fmt.Errorf("show overlay: %w", err)
	}
	defer root.Close()
	text := fmt.Sprintf("import site; site.addsitedir(%q)\n", dir)
	site, err := filepath.Rel(e.Dir, e.Site())
	if err != nil {
		return fmt.Errorf("show overlay: %w", err)
	}
	if err := root.WriteFile(filepath.Join(site, overlayFile), []byte(text), 0o644); err != nil {
		return fmt.Errorf("show overlay: %w", err)
	}
	return nil
}

// Sound holds that every link in the virtualenv stays in it, but for that to
// its interpreter. Settle writes to what it finds, as ourselves; a step must
// not have led it elsewhere.
func (e Env) Sound() error {
	real, err := filepath.EvalSymlinks(e.Dir)
	if err != nil {
		return fmt.Errorf("look through virtualenv: %w", err)
	}
	interpreter, err := filepath.EvalSymlinks(e.Python.Path)
	if err != nil {
		return fmt.Errorf("look through virtualenv: %w", err)
	}
	return filepath.WalkDir(e.Dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.Type() != fs.ModeSymlink {
			return err
		}
		to, err := filepath.EvalSymlinks(name)
		if err != nil {
			return fmt.Errorf("look through virtualenv: link %q leads nowhere", strings.TrimPrefix(name, e.Dir+"/"))
		}
		if to != interpreter && !under(real, to) {
			return fmt.Errorf("look through virtualenv: link %q leads to %q: want what is shipped in the virtualenv itself", strings.TrimPrefix(name, e.Dir+"/"), to)
		}
		return nil
	})
}

// Snapshot remembers what is in the virtualenv: kind, size and time of change
// of each path. Compiled modules are left out: importing makes them, and
// Settle makes them anew.
type Snapshot map[string]string

// Snapshot takes one.
func (e Env) Snapshot() (Snapshot, error) {
	s := Snapshot{}
	err := filepath.WalkDir(e.Dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "__pycache__" {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		s[strings.TrimPrefix(name, e.Dir+"/")] = fmt.Sprintf("%s %d %d", info.Mode(), info.Size(), info.ModTime().UnixNano())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look through virtualenv: %w", err)
	}
	return s, nil
}

// Unchanged is an error that names what is not as it was.
func (e Env) Unchanged(before Snapshot) error {
	after, err := e.Snapshot()
	if err != nil {
		return err
	}
	var changed []string
	for name, was := range before {
		switch is, ok := after[name]; {
		case !ok:
			changed = append(changed, name+" is gone")
		case is != was:
			changed = append(changed, name+" was changed")
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			changed = append(changed, name+" is new")
		}
	}
	if changed == nil {
		return nil
	}
	slices.Sort(changed)
	more := ""
	if n := len(changed) - 5; n > 0 {
		changed, more = changed[:5], fmt.Sprintf(" and %d more", n)
	}
	return fmt.Errorf("changed the virtualenv, which would ship it untested: %s%s", strings.Join(changed, ", "), more)
}
