package interpreter

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// eachFile calls a function with every regular file of the copy, by its path
// below it.
func (c *bundling) eachFile(do func(name string, data []byte) error) error {
	return filepath.WalkDir(c.to, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(c.to, path)
		if err != nil {
			return err
		}
		if err := do(name, data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
}

// relocate frees every file from the prefix that it is a copy from.
func (c *bundling) relocate(context.Context) error {
	names := map[string]string{}
	for _, l := range c.libraries {
		names[l.Soname] = l.Name
	}
	return c.eachFile(func(name string, data []byte) error {
		was := bytes.Clone(data)
		if !isELF(data) {
			data = c.rewrite(data)
		} else if err := c.relink(name, data, names); err != nil {
			return err
		}
		if bytes.Equal(data, was) {
			return nil
		}
		return os.WriteFile(filepath.Join(c.to, name), data, 0o644) // which keeps its mode
	})
}

// relink changes a native file in place: its libraries have other names, and
// are found from where the file is. The program's way to them serves all that is
// loaded into it, as DT_RPATH does and DT_RUNPATH does not (ld.so(8)): libraries
// that find each other have no run path of their own.
func (c *bundling) relink(name string, data []byte, names map[string]string) error {
	o, err := readObject(data)
	if errors.Is(err, errStatic) {
		return nil
	} else if err != nil {
		return err
	}
	if err := o.rename(names); err != nil {
		return err
	}
	back, err := filepath.Rel(filepath.Dir(name), "lib")
	if err != nil {
		return err
	}
	path, tag := strings.TrimSuffix("$ORIGIN/"+back, "/."), elf.DT_RUNPATH
	if name == c.exe {
		tag = elf.DT_RPATH
	}
	present := o.runPath()
	if name == c.exe || present != nil {
		fits, err := o.setRunPath(path, tag)
		if err != nil {
			return err
		}
		if name == c.exe && !fits && c.hasLibraries() {
			return fmt.Errorf("its run path %q has no room for %q, so that it would not find its libraries: want an interpreter of python-build-standalone, or one linked with -Wl,-rpath,'%s'", strings.Join(present, ":"), path, path)
		}
	}
	c.mask(data)
	return nil
}

// hasLibraries tells whether something has to be found in the bundle's lib.
func (c *bundling) hasLibraries() bool {
	if len(c.libraries) > 0 {
		return true
	}
	found, err := filepath.Glob(filepath.Join(c.to, "lib", "*.so*"))
	return err == nil && found != nil
}

// private tells whether the prefix is a place of this machine only. Other files
// than those of Python name /usr/local, and mean the server's.
func (c *bundling) private() bool { return !strings.HasPrefix(c.from.Prefix+"/", "/usr/") }

// rewrite puts the final path in the place of the prefix, in a text file.
func (c *bundling) rewrite(data []byte) []byte {
	if !c.private() || bytes.IndexByte(data, 0) >= 0 {
		return data
	}
	return bytes.ReplaceAll(data, []byte(c.from.Prefix), []byte(c.final))
}

// mask overwrites the prefix in a native file, but for its last part, with
// slashes. Nobody reads it there, as the interpreter finds its library from
// where it is. The length stays, and so do the last characters: the linker may
// have let another string end in them.
func (c *bundling) mask(data []byte) {
	if !c.private() {
		return
	}
	prefix := []byte(c.from.Prefix)
	last := len(filepath.Base(c.from.Prefix))
	for {
		at := bytes.Index(data, prefix)
		if at < 0 {
			return
		}
		for i := range len(prefix) - last {
			data[at+i] = '/'
		}
		data = data[at+len(prefix):]
	}
}
