// Package elfdeps reads the ELF files of a tree: programs, extension modules
// and shared libraries.
package elfdeps

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/tree"
)

// All is the architecture of a tree with nothing native in it.
const All = "all"

// machines names ELF machines by Go's GOARCH.
var machines = []struct {
	machine elf.Machine
	class   elf.Class
	order   elf.Data
	arch    string
}{
	{elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB, "amd64"},
	{elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB, "arm64"},
	{elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB, "arm"},
	{elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB, "386"},
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2LSB, "ppc64le"},
	{elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB, "s390x"},
	{elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB, "riscv64"},
	{elf.EM_LOONGARCH, elf.ELFCLASS64, elf.ELFDATA2LSB, "loong64"},
}

// Arch is the one architecture that the tree's native files are for, as Go's
// GOARCH, or All when there is none. Files for several architectures, or for
// another C library than glibc, are an error that names them all.
func Arch(t tree.Tree) (string, error) {
	by := map[string][]string{}
	var errs []error
	for _, e := range t {
		if e.Kind != tree.File {
			continue
		}
		arch, err := archOf(e)
		if err != nil {
			errs = append(errs, fmt.Errorf("read %q: %w", e.Path, err))
		} else if arch != "" {
			by[arch] = append(by[arch], e.Path)
		}
	}
	if len(errs) > 0 {
		return "", errors.Join(errs...)
	}
	switch len(by) {
	case 0:
		return All, nil
	case 1:
		for arch := range by {
			return arch, nil
		}
	}
	var parts []string
	for arch, paths := range by {
		parts = append(parts, fmt.Sprintf("%s: %s", arch, paths[0]))
	}
	slices.Sort(parts)
	return "", fmt.Errorf("find architecture: files for several: %s: a package is for one", strings.Join(parts, "; "))
}

// archOf is "" for a file that is not ELF.
func archOf(e tree.Entry) (string, error) {
	in, err := e.Open()
	if err != nil {
		return "", err
	}
	defer in.Close()
	var magic [len(elf.ELFMAG)]byte
	if _, err := io.ReadFull(in, magic[:]); err != nil || string(magic[:]) != elf.ELFMAG {
		return "", nil // shorter than the magic number, or something else
	}
	at, ok := in.(io.ReaderAt)
	if !ok {
		at = strings.NewReader(string(e.Data))
	}
	f, err := elf.NewFile(at)
	if err != nil {
		return "", err
	}
	defer f.Close()
	libs, err := f.ImportedLibraries()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		libs = nil // statically linked objects have no dynamic section
	}
	for _, lib := range libs {
		if strings.HasPrefix(lib, "libc.musl-") {
			return "", fmt.Errorf("needs %s: built for musl, not for glibc: want a manylinux wheel", lib)
		}
	}
	for _, m := range machines {
		if f.Machine == m.machine && f.Class == m.class && f.Data == m.order {
			return m.arch, nil
		}
	}
	return "", fmt.Errorf("for %s %s: no package architecture is known for it", f.Machine, f.Class)
}
