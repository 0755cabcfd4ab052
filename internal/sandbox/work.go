package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/tree"
)

// Work is the copy of a checkout that the project's code works on.
type Work struct {
	Dir    string // the copy
	source string
	before map[string]string
}

// Copy copies a checkout for the other user, but for the directory out, where
// results go. The copy's Git configuration is without credentials.
func (s *Sandbox) Copy(source, out string) (*Work, error) {
	w := &Work{Dir: filepath.Join(s.scratch, "work"), source: source}
	err := tree.Copy(source, w.Dir, func(rel string, d fs.DirEntry) tree.Choice {
		if filepath.Join(source, rel) == out || filepath.ToSlash(rel) == ".git/config" {
			return tree.Leave
		}
		return tree.Take
	})
	if err == nil {
		err = copyGitConfig(source, w.Dir)
	}
	if err == nil {
		err = s.Run.Own(w.Dir)
	}
	if err == nil {
		w.before, err = snapshot(w.Dir)
	}
	if err != nil {
		return w, fmt.Errorf("copy %q: %w", source, err)
	}
	return w, nil
}

// CopyTo copies a directory, in which the project's code may have been at work, to
// one that the Runner's programs then work on.
func CopyTo(run *command.Runner, source, to string, choose func(rel string, d fs.DirEntry) tree.Choice) (*Work, error) {
	w := &Work{Dir: to, source: source}
	err := tree.Copy(source, to, choose)
	if err == nil {
		err = run.Own(to)
	}
	if err == nil {
		w.before, err = snapshot(to)
	}
	if err != nil {
		return w, fmt.Errorf("copy %q: %w", source, err)
	}
	return w, nil
}

// In is a directory that is worked on itself.
func In(dir string) (*Work, error) {
	before, err := snapshot(dir)
	return &Work{Dir: dir, source: dir, before: before}, err
}

// Accept takes what is in the copy now for what was in it from the beginning.
func (w *Work) Accept() (err error) {
	w.before, err = snapshot(w.Dir)
	return err
}

// Changed lists the regular files that are new or changed, sorted.
func (w *Work) Changed() ([]string, error) {
	after, err := snapshot(w.Dir)
	var list []string
	for name, is := range after {
		if w.before[name] != is {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list, err
}

// Return brings new and changed regular files back into the checkout. They
// belong to whom the checkout belongs. A path that leads out of it is refused. It
// may be called several times.
func (w *Work) Return() error {
	if w.Dir == w.source {
		return nil
	}
	after, err := snapshot(w.Dir)
	if err != nil {
		return err
	}
	to, err := os.OpenRoot(w.source)
	if err != nil {
		return err
	}
	defer to.Close()
	var owner syscall.Stat_t
	if err := syscall.Stat(w.source, &owner); err != nil {
		return err
	}
	before := w.before
	w.before = after
	var errs []error
	for name, is := range after {
		if before[name] != is {
			if err := bring(w.Dir, to, name, int(owner.Uid), int(owner.Gid)); err != nil {
				errs = append(errs, fmt.Errorf("bring %q back: %w", name, err))
			}
		}
	}
	return errors.Join(errs...)
}

// bring copies one file and gives it, and the directories made for it, away.
func bring(from string, to *os.Root, name string, uid, gid int) error {
	// Nothing of the user runs any more, so what is a file here stays one.
	data, err := os.ReadFile(filepath.Join(from, name))
	if err != nil {
		return err
	}
	var made []string
	for dir := filepath.Dir(name); dir != "."; dir = filepath.Dir(dir) {
		if _, err := to.Stat(dir); err == nil {
			break
		}
		made = append(made, dir)
	}
	if err := to.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	info, err := os.Lstat(filepath.Join(from, name))
	if err != nil {
		return err
	}
	if err := to.WriteFile(name, data, info.Mode().Perm()); err != nil {
		return err
	}
	for _, path := range append(made, name) {
		if err := to.Lchown(path, uid, gid); err != nil {
			return err
		}
	}
	return nil
}

// unwanted are folders whose contents are of no use to later steps.
var unwanted = []string{".git", "__pycache__", "node_modules", ".venv", ".pytest_cache"}

// ErrGone is in the chain when the project's code removed the folder it ran in.
var ErrGone = errors.New("the folder that it ran in is gone: want it to stay, for it is a copy of the project that others need")

// snapshot remembers the regular files of a tree: size and time of change. What is
// closed to us in it, or goes away meanwhile, has none.
func snapshot(dir string) (map[string]string, error) {
	s := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case name == dir && errors.Is(err, fs.ErrNotExist):
			return ErrGone
		case name != dir && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)):
			return nil
		case err != nil:
			return err
		}
		if d.IsDir() {
			for _, u := range unwanted {
				if d.Name() == u {
					return filepath.SkipDir
				}
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return err
		}
		s[strings.TrimPrefix(name, dir+"/")] = fmt.Sprintf("%s %d %d", info.Mode(), info.Size(), info.ModTime().UnixNano())
		return nil
	})
	return s, err
}
