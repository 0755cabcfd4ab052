package interpreter

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// object is an ELF file in memory whose dynamic section is changed in place:
// nothing moves and nothing grows, so that what the linker wrote stays right. See
// https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html.
type object struct {
	data    []byte
	file    *elf.File
	dynamic []byte // entries of 16 bytes each: a tag and a value
	strings []byte // .dynstr: what the entries name by offset
}

// errStatic is an ELF file without a dynamic section.
var errStatic = errors.New("it is not dynamically linked")

// isELF tells an ELF file by its first bytes.
func isELF(data []byte) bool { return bytes.HasPrefix(data, []byte(elf.ELFMAG)) }

// readObject reads an ELF file of 64 bits.
func readObject(data []byte) (*object, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if f.Class != elf.ELFCLASS64 {
		return nil, fmt.Errorf("it is %s: want ELFCLASS64", f.Class)
	}
	section := func(t elf.SectionType) ([]byte, error) {
		s := f.SectionByType(t)
		if s == nil {
			return nil, errStatic
		}
		return within64(data, s.Offset, s.FileSize)
	}
	o := &object{data: data, file: f}
	if o.dynamic, err = section(elf.SHT_DYNAMIC); err != nil {
		return nil, err
	}
	link := int(f.SectionByType(elf.SHT_DYNAMIC).Link)
	if link >= len(f.Sections) {
		return nil, errors.New("its dynamic section names no strings")
	}
	o.strings, err = within64(data, f.Sections[link].Offset, f.Sections[link].FileSize)
	return o, err
}

func within64(data []byte, offset, size uint64) ([]byte, error) {
	if offset > uint64(len(data)) || size > uint64(len(data))-offset {
		return nil, errors.New("a section of it is outside of the file")
	}
	return data[offset : offset+size], nil
}

// entry is one of the dynamic section's.
func (o *object) entry(i int) (elf.DynTag, uint64) {
	at := o.dynamic[16*i:]
	return elf.DynTag(o.file.ByteOrder.Uint64(at)), o.file.ByteOrder.Uint64(at[8:])
}

// offsets finds the strings of all entries with one of the tags.
func (o *object) offsets(tags ...elf.DynTag) (entries []int, offsets []uint64) {
	for i := range len(o.dynamic) / 16 {
		tag, value := o.entry(i)
		if tag == elf.DT_NULL {
			break
		}
		if slices.Contains(tags, tag) && value < uint64(len(o.strings)) {
			entries, offsets = append(entries, i), append(offsets, value)
		}
	}
	return entries, offsets
}

func (o *object) text(offset uint64) string {
	text, _, _ := bytes.Cut(o.strings[offset:], []byte{0})
	return string(text)
}

// runPath is where the loader looks for the libraries that the object needs.
func (o *object) runPath() []string {
	_, offsets := o.offsets(elf.DT_RUNPATH, elf.DT_RPATH)
	var dirs []string
	for _, at := range offsets {
		dirs = append(dirs, strings.Split(o.text(at), ":")...)
	}
	return dirs
}

// setRunPath puts another run path in the place of the present one, under the
// tag given. Where that is "" or there is no room for it, the object has none
// afterwards, and the answer is false.
func (o *object) setRunPath(path string, tag elf.DynTag) (fits bool, err error) {
	entries, offsets := o.offsets(elf.DT_RUNPATH, elf.DT_RPATH)
	for n, at := range offsets {
		old := o.text(at)
		if err := o.alone(at, old); err != nil {
			return false, err
		}
		place := o.strings[at : at+uint64(len(old))]
		clear(place)
		if n == 0 && path != "" && len(path) <= len(old) {
			copy(place, path)
			o.file.ByteOrder.PutUint64(o.dynamic[16*entries[n]:], uint64(tag))
			fits = true
		}
	}
	for n, i := range slices.Backward(entries) {
		if n > 0 || !fits {
			o.drop(i)
		}
	}
	return fits, nil
}

// drop takes an entry out of the dynamic section: the ones behind it move up.
func (o *object) drop(i int) {
	end := len(o.dynamic) / 16 * 16
	copy(o.dynamic[16*i:], o.dynamic[16*(i+1):end])
	clear(o.dynamic[end-16 : end])
}

// alone is an error where the linker let another string end in the same bytes.
func (o *object) alone(at uint64, text string) error {
	shared := at > 0 && o.strings[at-1] != 0
	for _, name := range o.names() {
		shared = shared || name != "" && name != text && strings.HasSuffix(text, name)
	}
	if shared {
		return fmt.Errorf("its run path %q shares its bytes with another string", text)
	}
	return nil
}

// names are the strings that the object uses for anything but run paths.
func (o *object) names() []string {
	symbols, _ := o.file.DynamicSymbols()
	var names []string
	for _, s := range symbols {
		names = append(names, s.Name, s.Version)
	}
	_, offsets := o.offsets(elf.DT_NEEDED, elf.DT_SONAME)
	for _, at := range offsets {
		names = append(names, o.text(at))
	}
	versions, _ := o.file.DynamicVersions()
	for _, v := range versions {
		names = append(names, v.Name)
	}
	return names
}

// rename gives libraries other names of the same length, where the object needs
// them, wants symbols of a version from them, or is one.
func (o *object) rename(names map[string]string) error {
	_, offsets := o.offsets(elf.DT_NEEDED, elf.DT_SONAME)
	offsets = append(offsets, o.versionFiles()...)
	done := map[uint64]bool{}
	for _, at := range offsets {
		old := o.text(at)
		name, ok := names[old]
		if !ok || done[at] {
			continue
		}
		if len(name) != len(old) || at > 0 && o.strings[at-1] != 0 {
			return fmt.Errorf("rename %q to %q: it shares its bytes with another string", old, name)
		}
		copy(o.strings[at:], name)
		done[at] = true
	}
	return nil
}

// versionFiles are the names of libraries in .gnu.version_r. See
// https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html.
func (o *object) versionFiles() []uint64 {
	s := o.file.SectionByType(elf.SHT_GNU_VERNEED)
	if s == nil {
		return nil
	}
	at, err := within64(o.data, s.Offset, s.FileSize)
	var offsets []uint64
	for err == nil && len(at) >= 16 {
		if file := uint64(o.file.ByteOrder.Uint32(at[4:])); file < uint64(len(o.strings)) {
			offsets = append(offsets, file)
		}
		next := o.file.ByteOrder.Uint32(at[12:])
		if next == 0 || uint64(next) > uint64(len(at)) {
			break
		}
		at = at[next:]
	}
	return offsets
}
