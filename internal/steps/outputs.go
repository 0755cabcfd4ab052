package steps

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/pinpack/pinpack/internal/step"
)

// product is one file or link that a step made. Folders are made as they are needed.
type product struct {
	Path string      `json:"path"` // slash path in the project
	Mode fs.FileMode `json:"mode"` // permissions
	Link string      `json:"link,omitempty"`
	Sum  string      `json:"sum,omitempty"` // SHA-256 of the content
	file string      // where it is now
}

// collect lists what matches the step's outputs in the place where it ran.
func (a *attempt) collect(p place) ([]product, error) {
	list, err := a.matching(p.work.Dir)
	if err != nil {
		return nil, fmt.Errorf("collect outputs: %w", err)
	}
	if len(a.step.Outputs) > 0 && len(list) == 0 {
		return nil, fmt.Errorf("made nothing that matches its outputs %q", a.step.Outputs)
	}
	for i, o := range list {
		if o.Link != "" {
			continue
		}
		if list[i].Sum, err = digest(o.file); err != nil {
			return nil, fmt.Errorf("collect outputs: %w", err)
		}
	}
	return list, nil
}

// matching lists files and links below a project's folder that match the outputs.
func (a *attempt) matching(project string) ([]product, error) {
	var list []product
	dir := filepath.Join(project, filepath.FromSlash(a.step.Dir))
	globs := a.step.Rooted(a.step.Outputs...)
	if slices.ContainsFunc(a.step.Outputs, func(g string) bool { return strings.HasPrefix(path.Clean(g), "../") }) {
		dir = project
	}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == dir {
			return filepath.SkipAll
		} else if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "node_modules" || d.Name() == ".git" {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(project, name)
		if err != nil || d.Name() == "node_modules" || !step.Match(globs, filepath.ToSlash(rel)) {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		o := product{Path: filepath.ToSlash(rel), file: name}
		switch {
		case d.Type() == fs.ModeSymlink:
			o.Link, err = os.Readlink(name)
		case d.Type().IsRegular():
			o.Mode = info.Mode().Perm()
		default:
			return fmt.Errorf("%q: want files and links only", rel)
		}
		list = append(list, o)
		return err
	})
	return list, err
}

// deliver makes what matches the outputs in the project exactly what the step made:
// what it did not make goes.
func (a *attempt) deliver(list []product) error {
	before, err := a.matching(a.pl.Source)
	if err != nil {
		return fmt.Errorf("bring outputs: %w", err)
	}
	// The project's code may have been at work here: no link may lead us out of it.
	root, err := os.OpenRoot(a.pl.Source)
	if err != nil {
		return fmt.Errorf("bring outputs: %w", err)
	}
	defer root.Close()
	var owner syscall.Stat_t
	if err := syscall.Stat(a.pl.Source, &owner); err != nil {
		return fmt.Errorf("bring outputs: %w", err)
	}
	for _, b := range before {
		if slices.ContainsFunc(list, func(o product) bool { return o.Path == b.Path }) {
			continue
		}
		if err := root.Remove(b.Path); err != nil {
			return fmt.Errorf("bring outputs: %w", err)
		}
		for dir := path.Dir(b.Path); dir != "." && dir != a.step.Dir && root.Remove(dir) == nil; dir = path.Dir(dir) {
		}
	}
	for _, o := range list {
		if err := bring(root, o, int(owner.Uid), int(owner.Gid)); err != nil {
			return fmt.Errorf("bring output %q: %w", o.Path, err)
		}
	}
	return nil
}

// bring puts one file or link into the project, and gives it to whom that belongs.
func bring(root *os.Root, o product, uid, gid int) error {
	var own []string
	for dir := path.Dir(o.Path); dir != "."; dir = path.Dir(dir) {
		if _, err := root.Lstat(dir); err == nil {
			break
		}
		own = append(own, dir)
	}
	if err := root.MkdirAll(path.Dir(o.Path), 0o755); err != nil {
		return err
	}
	if err := root.Remove(o.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if o.Link != "" {
		if err := root.Symlink(o.Link, o.Path); err != nil {
			return err
		}
	} else if err := fill(root, o); err != nil {
		return err
	}
	for _, name := range append(own, o.Path) {
		if err := root.Lchown(name, uid, gid); err != nil {
			return err
		}
	}
	return nil
}

func fill(root *os.Root, o product) error {
	in, err := os.Open(o.file)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := root.OpenFile(o.Path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Chmod(o.Mode), out.Close())
}

// digest is the SHA-256 of a file.
func digest(file string) (string, error) {
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// contains tells whether a file holds one of some words.
func contains(file string, words []string) (bool, error) {
	text, err := os.ReadFile(file)
	for _, w := range words {
		if w != "" && strings.Contains(string(text), w) {
			return true, err
		}
	}
	return false, err
}
