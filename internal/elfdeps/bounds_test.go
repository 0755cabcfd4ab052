package elfdeps

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
	"github.com/pinpack/pinpack/internal/tree"
)

// TestScanEndsOnFilesThatSayTooMuch changes the last section header of a file,
// which is at its end, and the number of headers.
func TestScanEndsOnFilesThatSayTooMuch(t *testing.T) {
	t.Parallel()
	// Entries, each with 65535 more, of which every one is an entry, too.
	overlap := strings.Repeat("\x01\x00\xff\xff\x00\x00\x00\x00\x10\x00\x00\x00\x10\x00\x00\x00", 1<<16)
	file := crafted(elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB, "libc.so.6")
	section := func(kind elf.SectionType, offset, size uint64) func([]byte) {
		return func(b []byte) {
			header := b[len(file)-64:]
			binary.LittleEndian.PutUint32(header[4:], uint32(kind))
			binary.LittleEndian.PutUint64(header[24:], offset)
			binary.LittleEndian.PutUint64(header[32:], size)
		}
	}
	for name, test := range map[string]struct {
		damage func([]byte)
		want   string
	}{
		"a section that is larger":     {section(elf.SHT_DYNAMIC, 64, 1<<40), `read SHT_DYNAMIC: truncated: want 1099511627776 bytes at offset 64 of 1048859`},
		"a section that wraps around":  {section(elf.SHT_DYNSYM, 1<<63, 1<<63), `read SHT_DYNSYM: truncated: want 9223372036854775808 bytes at offset 9223372036854775808 of 1048859`},
		"versions that overlap":        {section(elf.SHT_GNU_VERNEED, uint64(len(file)), uint64(len(overlap))), `read SHT_GNU_VERNEED: more than 32768 entries`},
		"more sections than there are": {func(b []byte) { binary.LittleEndian.PutUint16(b[60:], 65535) }, `truncated: want 64 bytes at offset 1048859 of 1048859`},
		"segments that are not there":  {func(b []byte) { binary.LittleEndian.PutUint16(b[56:], 9); b[39] = 1 }, `truncated: want 56 bytes at offset 72057594037927936 of 1048859`},
	} {
		data := []byte(file + overlap)
		test.damage(data)
		_, err := Scan(tree.Tree{tree.Text("/a.so", string(data))})
		if want := `read "/a.so": ` + test.want; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// FuzzScan holds that no file makes us panic, or takes memory that the file has
// not got.
func FuzzScan(f *testing.F) {
	for _, m := range machines {
		f.Add([]byte(crafted(m.machine, m.class, m.order, "libc.so.6", "libx.so.1")))
	}
	if data, err := os.ReadFile("/bin/true"); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e := tree.Text("/opt/app/a.so", string(data))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := Scan(tree.Tree{e})
		runtime.ReadMemStats(&after)
		if used, most := after.TotalAlloc-before.TotalAlloc, uint64(64*len(data)+32<<20); used > most {
			t.Errorf("%d bytes took %d of memory, want %d at most", len(data), used, most)
		}
		if err != nil {
			return
		}
		r.RPM(nil)
		_, _ = r.Deb(System{"debian:12", "amd64", installed}, nil)
	})
}

// BenchmarkScan measures us and dpkg-shlibdeps over the same 500 objects. It is
// not run by go test.
func BenchmarkScan(b *testing.B) {
	root, app := packageRoot(b)
	glibc := output(b, root, testkit.Need(b, "dpkg"), "-L", "libc6")
	names, err := filepath.Glob("/usr/lib/x86_64-linux-gnu/lib*.so.*")
	if err != nil {
		b.Fatal(err)
	}
	modules, err := filepath.Glob("/usr/lib/python3.*/lib-dynload/*.so")
	if err != nil {
		b.Fatal(err)
	}
	names = append(modules, names...)
	for n := 0; n < 500 && len(names) > 0; names = names[1:] {
		if info, err := os.Lstat(names[0]); err == nil && info.Mode().IsRegular() && !strings.Contains(glibc, "/"+filepath.Base(names[0])+"\n") {
			copyTo(b, names[0], app)
			n++
		}
	}
	t := dirTree(b, app, "/opt/app")
	r, err := Scan(t)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r, err := Scan(t)
			if err != nil {
				b.Fatal(err)
			}
			r.RPM(nil)
			if _, err := r.Deb(host(b), nil); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(r.objects)), "objects")
	})
	b.Run("dpkg-shlibdeps", func(b *testing.B) {
		for b.Loop() {
			shlibdeps(b, root, r)
		}
	})
	b.Run("rpm-elfdeps", func(b *testing.B) {
		for b.Loop() {
			rpmElfdeps(b, root, r, false)
		}
	})
}
