package elfdeps

import (
	"debug/elf"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
	"github.com/pinpack/pinpack/internal/tree"
)

func TestObjectsAreRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	source := filepath.Join(dir, "m.c")
	write(t, source, "#include <math.h>\n#include <stdio.h>\nvoid Py_Init(void);\nint f(double x) { Py_Init(); return printf(\"%f\", pow(x, x)); }\n")
	output(t, dir, testkit.Need(t, "gcc"), "-shared", "-fPIC", "-O0", "-o", "m.so", source, "-lm",
		"-Wl,-soname,libm1.so.1,--hash-style=both,--disable-new-dtags,-rpath,$ORIGIN/x")
	e, err := tree.FromFile(filepath.Join(dir, "m.so"), "/opt/app/m.so")
	if err != nil {
		t.Fatal(err)
	}
	o, err := readObject(e)
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(filepath.Join(dir, "m.so"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	needed, err := f.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(needed, o.needed); diff != "" || len(needed) == 0 {
		t.Errorf("needed (-debug/elf +ours):\n%s", diff)
	}
	want, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	var symbols []string
	for _, s := range want {
		if s.Section == elf.SHN_UNDEF {
			symbols = append(symbols, s.Name+"@"+s.Version)
		}
	}
	var got []string
	for _, s := range o.symbols {
		got = append(got, s.name+"@"+s.version)
	}
	if diff := cmp.Diff(symbols, got); diff != "" || !strings.Contains(strings.Join(got, " "), "Py_Init@ ") {
		t.Errorf("symbols (-debug/elf +ours):\n%s", diff)
	}
	if o.soname != "libm1.so.1" || o.rpath != "$ORIGIN/x" || o.runpath != "" || o.gnuHash || o.interp != "" || o.machine.arch != runtime.GOARCH {
		t.Errorf("got %+v", o)
	}
}

func TestScanPassesOverWhatNeedsNothing(t *testing.T) {
	t.Parallel()
	gcc, dir := testkit.Need(t, "gcc"), t.TempDir()
	source := filepath.Join(dir, "m.c")
	write(t, source, "void _start(void) { for (;;); }\n")
	output(t, dir, gcc, "-c", "-o", "m.o", source)
	output(t, dir, "ar", "rc", "libm.a", "m.o")
	write(t, filepath.Join(dir, "libm.so"), "/* GNU ld script */\nINPUT(libm.so.1)\n")
	write(t, filepath.Join(dir, "run"), "#!/bin/sh\n")
	write(t, filepath.Join(dir, "empty.so"), "")
	write(t, filepath.Join(dir, "core"), crafted(elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB)[:16]+"\x04\x00"+crafted(elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB)[18:])
	if r := scanDir(t, dir, "/opt/app"); r.Arch != All || len(r.objects) != 0 {
		t.Errorf("got %+v, want nothing", r)
	}
	output(t, dir, gcc, "-static", "-nostdlib", "-o", "static", source)
	r := scanDir(t, dir, "/opt/app")
	deps, err := r.Deb(System{"debian:12", "amd64", broken{}}, nil)
	if r.Arch != runtime.GOARCH || len(r.objects) != 1 || r.Floor != (Floor{}) || r.RPM(nil) != nil || deps != nil || err != nil {
		t.Errorf("a static program: %+v, %q, %q, %v; want its architecture only", r, r.RPM(nil), deps, err)
	}
}

func TestScanRefusesOtherLibcs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	build(t, dir, []built{{"bin/a", "libx.so", "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1"}}, nil)
	write(t, filepath.Join(dir, "v.map"), "GLIBC_PRIVATE { f; };\n")
	write(t, filepath.Join(dir, "v.c"), "void f(void) {}\n")
	write(t, filepath.Join(dir, "u.c"), "void f(void);\nvoid g(void) { f(); }\n")
	gcc := testkit.Need(t, "gcc")
	output(t, dir, gcc, "-shared", "-fPIC", "-nostdlib", "-o", "libv.so", "v.c", "-Wl,-soname,libv.so,--version-script=v.map")
	output(t, dir, gcc, "-shared", "-fPIC", "-nostdlib", "-o", "u.so", "u.c", "libv.so")
	_, err := Scan(dirTree(t, dir, "/opt"))
	want := `read "/opt/bin/a": needs /lib/ld-musl-x86_64.so.1: built for musl, not for glibc: want a manylinux wheel
read "/opt/u.so": needs GLIBC_PRIVATE of libv.so: runs with one build of glibc only: want a file that is no part of glibc`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}
