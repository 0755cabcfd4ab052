package elfdeps

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pinpack/pinpack/internal/tree"
)

// object is a program or shared library: what the dynamic loader reads of it.
type object struct {
	path       string
	machine    machine
	executable bool   // anyone may execute it
	interp     string // the dynamic loader that a program names
	soname     string
	needed     []string
	rpath      string    // DT_RPATH, not expanded; "" where there is a RUNPATH
	runpath    string    // DT_RUNPATH, not expanded
	gnuHash    bool      // it has the GNU hash table only
	versions   []version // what it wants of libraries
	symbols    []symbol  // what it leaves to libraries

	external map[string]bool // those of needed that the tree does not bring; set by linker.link
}

type version struct{ library, name string }

type symbol struct{ name, version string }

// readObject reads a file of a tree; nil: it is neither a program nor a shared
// library, but a script, relocatable object, core dump or anything else.
func readObject(e tree.Entry) (*object, error) {
	in, err := e.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var at io.ReaderAt = bytes.NewReader(e.Data)
	size := int64(len(e.Data))
	if file, ok := in.(*os.File); ok {
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		at, size = file, info.Size()
	}
	if !isELF(at) {
		return nil, nil
	}
	m, err := readImage(at, size)
	if err != nil || m.kind != elf.ET_DYN && m.kind != elf.ET_EXEC {
		return nil, err
	}
	o := &object{path: e.Path, executable: e.Mode&0o111 != 0}
	if o.interp, err = m.interpreter(); err != nil {
		return nil, err
	}
	sections, err := m.sections()
	if err != nil {
		return nil, err
	}
	if err := o.readDynamic(m, sections); err != nil {
		return nil, err
	}
	names, err := o.readVersions(m, sections)
	if err != nil {
		return nil, err
	}
	if err := o.readSymbols(m, sections, names); err != nil {
		return nil, err
	}
	return o, o.check(m)
}

// readDynamic reads the dynamic section; a statically linked program has none.
func (o *object) readDynamic(m *image, sections []section) error {
	b, names, err := m.contents(sections, elf.SHT_DYNAMIC)
	width := 8
	if m.class == elf.ELFCLASS32 {
		width = 4
	}
	var gnuHash, sysvHash bool
	for ; len(b) >= 2*width && elf.DynTag(m.word(b)) != elf.DT_NULL; b = b[2*width:] {
		value := m.word(b[width:])
		switch elf.DynTag(m.word(b)) {
		case elf.DT_NEEDED:
			if name := nameAt(names, value); name != "" {
				o.needed = append(o.needed, name)
			}
		case elf.DT_SONAME:
			o.soname = nameAt(names, value)
		case elf.DT_RPATH:
			o.rpath = nameAt(names, value)
		case elf.DT_RUNPATH:
			o.runpath = nameAt(names, value)
		case elf.DT_HASH:
			sysvHash = true
		case elf.DT_GNU_HASH:
			gnuHash = true
		}
	}
	if o.runpath != "" {
		o.rpath = ""
	}
	o.gnuHash = gnuHash && !sysvHash
	return err
}

// readVersions reads which versions the object wants, and returns their names by
// the number that the symbols use.
//
// See https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html
func (o *object) readVersions(m *image, sections []section) (map[uint16]string, error) {
	b, names, err := m.contents(sections, elf.SHT_GNU_VERNEED)
	numbers := map[uint16]string{}
	left := maxVersions
	for ; len(b) >= 16 && left > 0; left-- {
		library := nameAt(names, uint64(m.order.Uint32(b[4:])))
		count, next := m.order.Uint16(b[2:]), m.order.Uint32(b[12:])
		aux := from(b, m.order.Uint32(b[8:]))
		for ; count > 0 && len(aux) >= 16 && left > 0; count, left = count-1, left-1 {
			v := version{library, nameAt(names, uint64(m.order.Uint32(aux[8:])))}
			if number := m.order.Uint16(aux[6:]); numbers[number] == "" {
				numbers[number] = v.name
				o.versions = append(o.versions, v)
			}
			aux = from(aux, m.order.Uint32(aux[12:]))
		}
		b = from(b, next)
	}
	if left <= 0 {
		return nil, fmt.Errorf("read %s: more than %d entries", elf.SHT_GNU_VERNEED, maxVersions)
	}
	return numbers, err
}

// maxVersions is how many numbers there are for versions. Entries of a damaged
// file may overlap, and be many more.
const maxVersions = 1 << 15

// from is the rest of b behind n bytes, which an entry says that its successor
// is away; nothing where there is no successor.
func from(b []byte, n uint32) []byte {
	if n == 0 || uint64(n) > uint64(len(b)) {
		return nil
	}
	return b[n:]
}

// readSymbols reads the undefined symbols.
func (o *object) readSymbols(m *image, sections []section, versions map[uint16]string) error {
	b, names, err := m.contents(sections, elf.SHT_DYNSYM)
	if err != nil {
		return err
	}
	numbers, _, err := m.contents(sections, elf.SHT_GNU_VERSYM)
	size, index := elf.Sym64Size, 6
	if m.class == elf.ELFCLASS32 {
		size, index = elf.Sym32Size, 14
	}
	for i := 0; len(b) >= size; i, b = i+1, b[size:] {
		name := nameAt(names, uint64(m.order.Uint32(b)))
		if name == "" || elf.SectionIndex(m.order.Uint16(b[index:])) != elf.SHN_UNDEF {
			continue
		}
		s := symbol{name: name}
		if len(numbers) >= 2*i+2 {
			s.version = versions[m.order.Uint16(numbers[2*i:])&0x7fff]
		}
		o.symbols = append(o.symbols, s)
	}
	return err
}

// check refuses what no package of ours can run: another C library than glibc,
// glibc's private interfaces, machines that no package is for.
func (o *object) check(m *image) error {
	for _, lib := range o.needed {
		if strings.HasPrefix(lib, "libc.musl-") {
			return fmt.Errorf("needs %s: built for musl, not for glibc: want a manylinux wheel", lib)
		}
	}
	if strings.Contains(o.interp, "/ld-musl-") {
		return fmt.Errorf("needs %s: built for musl, not for glibc: want a manylinux wheel", o.interp)
	}
	for _, v := range o.versions {
		if v.name == "GLIBC_PRIVATE" {
			return fmt.Errorf("needs GLIBC_PRIVATE of %s: runs with one build of glibc only: want a file that is no part of glibc", v.library)
		}
	}
	for _, known := range machines {
		if m.machine == known.machine && m.class == known.class && m.data == known.order {
			o.machine = known
			return nil
		}
	}
	return fmt.Errorf("for %s %s: no package architecture is known for it", m.machine, m.class)
}
