package elfdeps

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// image reads parts of an ELF file. No part is larger than the file, whatever
// its headers say, and strings share the memory of their table: debug/elf, which
// is made for files that one trusts, takes memory without such a bound.
//
// See https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
type image struct {
	r       io.ReaderAt
	size    uint64
	class   elf.Class
	data    elf.Data
	order   binary.ByteOrder
	kind    elf.Type
	machine elf.Machine
	header  elf.Header64 // its offsets and sizes; of an ELFCLASS32 file, too
}

// section is what a section header says.
type section struct {
	kind         elf.SectionType
	link         uint32
	offset, size uint64
}

// isELF tells whether r begins like an ELF file.
func isELF(r io.ReaderAt) bool {
	var magic [len(elf.ELFMAG)]byte
	_, err := r.ReadAt(magic[:], 0)
	return (err == nil || err == io.EOF) && string(magic[:]) == elf.ELFMAG
}

// readImage reads the header of an ELF file of size bytes.
func readImage(r io.ReaderAt, size int64) (*image, error) {
	m := &image{r: r, size: uint64(size)}
	ident, err := m.read(0, elf.EI_NIDENT)
	if err != nil {
		return nil, err
	}
	m.class, m.data, m.order = elf.Class(ident[elf.EI_CLASS]), elf.Data(ident[elf.EI_DATA]), binary.LittleEndian
	if m.data == elf.ELFDATA2MSB {
		m.order = binary.BigEndian
	}
	if m.class == elf.ELFCLASS64 {
		err = m.decode(0, &m.header)
	} else {
		var h elf.Header32
		err = m.decode(0, &h)
		m.header = elf.Header64{Type: h.Type, Machine: h.Machine, Phoff: uint64(h.Phoff), Shoff: uint64(h.Shoff),
			Phentsize: h.Phentsize, Phnum: h.Phnum, Shentsize: h.Shentsize, Shnum: h.Shnum}
	}
	m.kind, m.machine = elf.Type(m.header.Type), elf.Machine(m.header.Machine)
	return m, err
}

// read returns n bytes at an offset.
func (m *image) read(offset, n uint64) ([]byte, error) {
	if offset > m.size || n > m.size-offset {
		return nil, fmt.Errorf("truncated: want %d bytes at offset %d of %d", n, offset, m.size)
	}
	b := make([]byte, n)
	if _, err := m.r.ReadAt(b, int64(offset)); err != nil {
		return nil, fmt.Errorf("at offset %d: %w", offset, err)
	}
	return b, nil
}

// decode reads a struct of debug/elf at an offset.
func (m *image) decode(offset uint64, to any) error {
	b, err := m.read(offset, uint64(binary.Size(to)))
	if err != nil {
		return err
	}
	return binary.Read(bytes.NewReader(b), m.order, to)
}

// word reads an address or offset of b's field, which is as wide as the class.
func (m *image) word(b []byte) uint64 {
	if m.class == elf.ELFCLASS64 {
		return m.order.Uint64(b)
	}
	return uint64(m.order.Uint32(b))
}

// sections returns the section headers. A file need not have any.
func (m *image) sections() ([]section, error) {
	list := make([]section, m.header.Shnum)
	for i := range list {
		at := m.header.Shoff + uint64(i)*uint64(m.header.Shentsize)
		var h elf.Section64
		if m.class == elf.ELFCLASS64 {
			if err := m.decode(at, &h); err != nil {
				return nil, err
			}
		} else {
			var h32 elf.Section32
			if err := m.decode(at, &h32); err != nil {
				return nil, err
			}
			h = elf.Section64{Type: h32.Type, Off: uint64(h32.Off), Size: uint64(h32.Size), Link: h32.Link}
		}
		list[i] = section{elf.SectionType(h.Type), h.Link, h.Off, h.Size}
	}
	return list, nil
}

// contents reads the first section of a kind and the strings of the section that
// it names; it is empty where there is no such section.
func (m *image) contents(list []section, kind elf.SectionType) (b []byte, names string, err error) {
	for _, s := range list {
		if s.kind != kind {
			continue
		}
		if b, err = m.read(s.offset, s.size); err != nil {
			return nil, "", fmt.Errorf("read %s: %w", kind, err)
		}
		if int(s.link) < len(list) && list[s.link].kind == elf.SHT_STRTAB {
			table, err := m.read(list[s.link].offset, list[s.link].size)
			if err != nil {
				return nil, "", fmt.Errorf("read %s: %w", elf.SHT_STRTAB, err)
			}
			names = string(table)
		}
		return b, names, nil
	}
	return nil, "", nil
}

// interpreter is the path of the dynamic loader; "": the file is no program.
func (m *image) interpreter() (string, error) {
	for i := range uint64(m.header.Phnum) {
		at := m.header.Phoff + i*uint64(m.header.Phentsize)
		var h elf.Prog64
		if m.class == elf.ELFCLASS64 {
			if err := m.decode(at, &h); err != nil {
				return "", err
			}
		} else {
			var h32 elf.Prog32
			if err := m.decode(at, &h32); err != nil {
				return "", err
			}
			h = elf.Prog64{Type: h32.Type, Off: uint64(h32.Off), Filesz: uint64(h32.Filesz)}
		}
		if elf.ProgType(h.Type) == elf.PT_INTERP {
			b, err := m.read(h.Off, h.Filesz)
			return strings.TrimRight(string(b), "\x00"), err
		}
	}
	return "", nil
}

// maxName bounds the search for the end of a name.
const maxName = 64 << 10

// nameAt is the string of a table at an offset; "" beyond its end.
func nameAt(table string, offset uint64) string {
	if offset >= uint64(len(table)) {
		return ""
	}
	name := table[offset:min(offset+maxName, uint64(len(table)))]
	name, _, _ = strings.Cut(name, "\x00")
	return name
}
