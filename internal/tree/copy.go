package tree

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Copy copies a directory, file by file, with its modes. Symbolic links stay
// what they are, and are not followed; sockets and the like are left out. For
// each entry but the directory itself, choose says what becomes of it.
func Copy(from, to string, choose func(rel string, d fs.DirEntry) Choice) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		choice := Take
		if name != from && choose != nil {
			choice = choose(rel, d)
		}
		switch {
		case choice == Leave && d.IsDir():
			return filepath.SkipDir
		case choice == Leave:
			return nil
		case choice == LinkTo:
			if err := os.Symlink(name, target); err != nil || !d.IsDir() {
				return err
			}
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case d.Type() == fs.ModeSymlink:
			link, err := os.Readlink(name)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case d.Type().IsRegular():
			info, err := d.Info()
			if err != nil {
				return err
			}
			return copyFile(name, target, info.Mode().Perm())
		}
		return nil
	})
}

// Choice is what Copy does with an entry.
type Choice int

// The choices.
const (
	Take   Choice = iota // copy it
	Leave                // leave it out, with all that is in it
	LinkTo               // make a symbolic link to it
)

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}
