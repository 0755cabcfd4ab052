package interpreter

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Detach makes a native file, which an installer built with an interpreter,
// independent of where that is. Interpreters such as pyenv's have what is built
// with them look for libraries in their own prefix: that becomes the one of the
// bundle, final, where there is room for it, else nothing. Other files are left
// alone.
func Detach(name, prefix, final string) error {
	data, err := os.ReadFile(name)
	if err != nil || !isELF(data) {
		return err
	}
	o, err := readObject(data)
	if errors.Is(err, errStatic) {
		return nil
	}
	changed := false
	if err == nil {
		changed, err = o.detach(prefix, final)
	}
	if err != nil {
		return fmt.Errorf("detach %q from %q: %w", name, prefix, err)
	}
	if !changed {
		return nil
	}
	return os.WriteFile(name, data, 0o644) // which keeps its mode
}

func (o *object) detach(prefix, final string) (changed bool, err error) {
	var dirs []string
	for _, dir := range o.runPath() {
		if rest, ok := strings.CutPrefix(filepath.Clean(dir)+"/", prefix+"/"); ok {
			dir, changed = filepath.Join(final, rest), true
		}
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	if !changed {
		return false, nil
	}
	tag := elf.DT_RUNPATH
	if entries, _ := o.offsets(elf.DT_RUNPATH); entries == nil {
		tag = elf.DT_RPATH
	}
	_, err = o.setRunPath(strings.Join(dirs, ":"), tag)
	return err == nil, err
}
