package elfdeps

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/tree"
)

// crafted makes a shared library: a file header, and a dynamic section that says
// which libraries it needs.
func crafted(machine elf.Machine, class elf.Class, data elf.Data, needed ...string) string {
	var order binary.ByteOrder = binary.LittleEndian
	if data == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	strs, dynamic := []byte{0}, &bytes.Buffer{}
	write := func(to *bytes.Buffer, v any) {
		if err := binary.Write(to, order, v); err != nil {
			panic(err)
		}
	}
	for _, lib := range needed {
		if class == elf.ELFCLASS64 {
			write(dynamic, elf.Dyn64{Tag: int64(elf.DT_NEEDED), Val: uint64(len(strs))})
		} else {
			write(dynamic, elf.Dyn32{Tag: int32(elf.DT_NEEDED), Val: uint32(len(strs))})
		}
		strs = append(strs, lib+"\x00"...)
	}
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(class), byte(data), byte(elf.EV_CURRENT)}
	head, section := 64, 64
	if class == elf.ELFCLASS32 {
		head, section = 52, 40
	}
	body := append(strs, dynamic.Bytes()...)
	var out bytes.Buffer
	if class == elf.ELFCLASS64 {
		write(&out, elf.Header64{Ident: ident, Type: uint16(elf.ET_DYN), Machine: uint16(machine), Version: 1,
			Shoff: uint64(head + len(body)), Ehsize: uint16(head), Shentsize: uint16(section), Shnum: 3, Shstrndx: 1})
	} else {
		write(&out, elf.Header32{Ident: ident, Type: uint16(elf.ET_DYN), Machine: uint16(machine), Version: 1,
			Shoff: uint32(head + len(body)), Ehsize: uint16(head), Shentsize: uint16(section), Shnum: 3, Shstrndx: 1})
	}
	out.Write(body)
	for _, s := range []elf.Section64{
		{},
		{Type: uint32(elf.SHT_STRTAB), Off: uint64(head), Size: uint64(len(strs))},
		{Type: uint32(elf.SHT_DYNAMIC), Off: uint64(head + len(strs)), Size: uint64(dynamic.Len()), Link: 1},
	} {
		if class == elf.ELFCLASS64 {
			write(&out, s)
		} else {
			write(&out, elf.Section32{Type: s.Type, Off: uint32(s.Off), Size: uint32(s.Size), Link: s.Link})
		}
	}
	return out.String()
}

var (
	amd64 = crafted(elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB, "libc.so.6")
	arm64 = crafted(elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB, "libc.so.6")
)

func TestArchOfEachMachine(t *testing.T) {
	t.Parallel()
	for _, m := range machines {
		for _, needed := range [][]string{nil, {"libm.so.6", "libc.so.6"}} {
			so := tree.Text("/opt/x/a.so", crafted(m.machine, m.class, m.order, needed...))
			got, err := Arch(tree.Tree{tree.Text("/opt/x/a.py", "import a"), so})
			if got != m.arch || err != nil {
				t.Errorf("%s %s %s: %q, %v; want %q", m.machine, m.class, m.order, got, err, m.arch)
			}
		}
	}
}

func TestArchOfThisProgram(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	e, err := tree.FromFile(self, "/opt/x/bin/x")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Arch(tree.Tree{e}); got != runtime.GOARCH || err != nil {
		t.Errorf("Arch = %q, %v; want %q", got, err, runtime.GOARCH)
	}
}

func TestArchIsAllWithoutNativeFiles(t *testing.T) {
	t.Parallel()
	for name, entries := range map[string]tree.Tree{
		"nothing":            nil,
		"an empty file":      {tree.Text("/a", "")},
		"a short file":       {tree.Text("/a", "\x7fEL")},
		"text":               {tree.Text("/a", "ELF is a format")},
		"links and folders":  {{Path: "/a", Kind: tree.Symlink, Link: "/bin/true"}, {Path: "/b", Kind: tree.Dir}},
		"a Windows launcher": {tree.Text("/a.exe", "MZ\x90\x00"+amd64)},
	} {
		if got, err := Arch(entries); got != All || err != nil {
			t.Errorf("%s: %q, %v; want %q", name, got, err, All)
		}
	}
}

func TestArchRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files map[string]string
		want  []string // lines
	}{
		"two architectures": {
			map[string]string{"/opt/x/a.so": amd64, "/opt/x/b.so": amd64, "/opt/x/c.so": arm64},
			[]string{"find architecture: files for several: amd64: /opt/x/a.so; arm64: /opt/x/c.so: a package is for one"},
		},
		"musl": {
			map[string]string{
				"/opt/x/a.so": crafted(elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB, "libz.so.1", "libc.musl-x86_64.so.1"),
				"/opt/x/b.so": crafted(elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB, "libc.musl-i386.so.1"),
			},
			[]string{
				`read "/opt/x/a.so": needs libc.musl-x86_64.so.1: built for musl, not for glibc: want a manylinux wheel`,
				`read "/opt/x/b.so": needs libc.musl-i386.so.1: built for musl, not for glibc: want a manylinux wheel`,
			},
		},
		"machines that no package is for": {
			map[string]string{
				"/a.so": crafted(elf.EM_SPARCV9, elf.ELFCLASS64, elf.ELFDATA2MSB),
				"/b.so": crafted(elf.EM_X86_64, elf.ELFCLASS32, elf.ELFDATA2LSB), // x32
				"/c.so": crafted(elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2MSB),
			},
			[]string{
				`read "/a.so": for EM_SPARCV9 ELFCLASS64: no package architecture is known for it`,
				`read "/b.so": for EM_X86_64 ELFCLASS32: no package architecture is known for it`,
				`read "/c.so": for EM_PPC64 ELFCLASS64: no package architecture is known for it`,
			},
		},
		"a damaged file": {
			map[string]string{"/a.so": amd64[:30], "/b.so": amd64},
			[]string{`read "/a.so": truncated: want 64 bytes at offset 0 of 30`},
		},
	}
	for name, test := range tests {
		var entries []tree.Entry
		for path, content := range test.files {
			entries = append(entries, tree.Text(path, content))
		}
		sorted, err := tree.Join(entries)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Arch(sorted)
		if err == nil {
			t.Errorf("%s: %q, want an error", name, got)
			continue
		}
		if diff := cmp.Diff(test.want, strings.Split(err.Error(), "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestArchReadsFromDisk(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/a.so"
	if err := os.WriteFile(file, []byte(arm64), 0o600); err != nil {
		t.Fatal(err)
	}
	e := tree.Entry{Path: "/opt/x/a.so", Kind: tree.File, Source: file}
	if got, err := Arch(tree.Tree{e}); got != "arm64" || err != nil {
		t.Errorf("Arch = %q, %v; want arm64", got, err)
	}
	e.Source += "x"
	_, err := Arch(tree.Tree{e})
	if want := `read "/opt/x/a.so": open ` + e.Source + `: no such file or directory`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
