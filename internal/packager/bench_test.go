package packager

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/files"

	"github.com/pinpack/pinpack/internal/tree"
)

// aVirtualenv makes about 20 MB that compress as a virtualenv does: many modules
// of text, their bytecode, and some large extension modules.
func aVirtualenv(b *testing.B) tree.Tree {
	b.Helper()
	dir, numbers := b.TempDir(), rand.New(rand.NewPCG(1, 1))
	// Words that come back as often as those of a language do, of text or of code.
	words := func(n int, letters string) func(size int) []byte {
		known, often := make([]string, n), rand.NewZipf(numbers, 1.1, 4, uint64(n-1))
		for i := range known {
			for range 3 + numbers.IntN(10) {
				known[i] += letters[numbers.IntN(len(letters)):][:1]
			}
		}
		return func(size int) []byte {
			var text bytes.Buffer
			for text.Len() < size {
				text.WriteString(known[often.Uint64()])
				text.WriteByte(" .,(=\n"[numbers.IntN(6)])
			}
			return text.Bytes()
		}
	}
	module := words(3000, "etaoinshrdlucmfwypvbgkjqxz_")
	bytecode := words(6000, "\x00\x01d\x02\x83|\x04\xa0\x08\x10t\x97\xff\x7f")
	put := func(name string, content []byte) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for i := range 800 {
		name := fmt.Sprintf("lib/pkg%d/mod%d", i%40, i)
		put(name+".py", module(8<<10))
		put(name+".pyc", bytecode(6<<10))
	}
	for i := range 8 {
		put(fmt.Sprintf("lib/pkg%d/_speedups.bin", i), bytecode(1100<<10))
	}
	entries, err := tree.FromDir(dir, "/opt/shop")
	if err != nil {
		b.Fatal(err)
	}
	all, err := tree.Join(entries)
	if err != nil {
		b.Fatal(err)
	}
	return all
}

// BenchmarkWrite measures both packages of one tree: ours, with what --compression
// auto chooses, against nFPM's own defaults, one package after the other.
func BenchmarkWrite(b *testing.B) {
	all := aVirtualenv(b)
	ours := func(compression string) func(b *testing.B) int64 {
		return func(b *testing.B) (size int64) {
			list, err := Write(b.Context(), thePlan(compression, compression), all, b.TempDir(), b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			for _, a := range list {
				size += a.Size
			}
			return size
		}
	}
	for _, bench := range []struct {
		name string
		run  func(b *testing.B) int64
	}{
		{"nFPM", func(b *testing.B) int64 { return nfpmDefaults(b, all) }},
		{"zstd", ours("zstd:3")},
		{"gzip", ours("gzip:6")},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(2 * all.Size())
			var size int64
			for b.Loop() {
				size = bench.run(b)
			}
			b.ReportMetric(float64(size)/1e6, "packed-MB")
		})
	}
}

// nfpmDefaults is what somebody writes who has nFPM pack a folder, without any
// setting.
func nfpmDefaults(b *testing.B, all tree.Tree) (size int64) {
	b.Helper()
	var contents files.Contents
	for _, e := range all {
		if e.Kind == tree.File {
			contents = append(contents, &files.Content{Source: e.Source, Destination: e.Path})
		}
	}
	for _, pkg := range thePlan("", "").Packages {
		info := nfpm.WithDefaults(&nfpm.Info{
			Name: "shop", Arch: "all", Version: "2.0.0", Maintainer: "a <a@example.org>", Description: "A shop.", MTime: built, DisableGlobbing: true,
			Overridables: nfpm.Overridables{Contents: contents, Depends: pkg.Depends[:1]},
		})
		f, err := os.Create(filepath.Join(b.TempDir(), pkg.Format))
		if err != nil {
			b.Fatal(err)
		}
		if err := packagers[pkg.Format].Package(info, f); err != nil {
			b.Fatal(err)
		}
		n, err := f.Seek(0, io.SeekCurrent)
		if err != nil || f.Close() != nil {
			b.Fatal(err)
		}
		size += n
	}
	return size
}
