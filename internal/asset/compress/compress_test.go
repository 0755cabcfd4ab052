package compress

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/testkit"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	must(t, os.MkdirAll(filepath.Dir(name), 0o755))
	must(t, os.WriteFile(name, []byte(text), 0o644))
	must(t, os.Chtimes(name, day, day))
}

var day = time.Date(2026, 11, 25, 1, 2, 3, 456789000, time.UTC)

func run(t testing.TB, dir string, o Options) (Report, error) {
	t.Helper()
	d, err := asset.Open(dir)
	must(t, err)
	defer d.Close()
	return Run(t.Context(), d, o)
}

func compressed(t testing.TB, dir string, o Options) Report {
	t.Helper()
	r, err := run(t, dir, o)
	must(t, err)
	return r
}

// prose shrinks well, and is another text with another seed.
func prose(seed string, size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		b.WriteString(strings.Repeat(seed, i%7+1) + " { color: rgb(" + strings.Repeat("1", i%5+1) + ") }\n")
	}
	return b.String()[:size]
}

// noise does not shrink.
func noise(size int) string {
	b := make([]byte, size)
	x := uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x >> 16)
	}
	return string(b)
}

func variantsIn(t *testing.T, dir string) string {
	t.Helper()
	var list []string
	must(t, filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
		if ext := filepath.Ext(name); ext == ".gz" || ext == ".br" || ext == ".zst" {
			rel, _ := filepath.Rel(dir, name)
			list = append(list, rel)
		}
		return err
	}))
	return strings.Join(list, " ")
}

func TestWhatIsCompressed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.css": prose("a", 5000), "UPPER.HTML": prose("b", 5000), "small.css": prose("c", 500), "empty.css": "", "x.wasm": prose("\x00asm", 5000),
		"photo.jpg": prose("d", 5000), "font.woff2": prose("e", 5000), "LICENSE": prose("f", 5000), "blob": noise(5000), "noise.css": noise(5000),
		"really.png.css": "\x89PNG\x0d\x0a\x1a\x0a" + prose("g", 5000), "zipped.js": "PK\x03\x04" + prose("h", 5000), "gzipped.txt": "\x1f\x8b\x08" + prose("i", 5000),
		"a.tar.gz": prose("j", 5000), "out/of.txt": prose("k", 5000), "unknown.xyz": prose("l", 5000), "skip/a.js": prose("m", 5000),
	} {
		put(t, dir, name, text)
	}
	r := compressed(t, dir, Options{MinSize: MinSize, Exclude: asset.Globs{"skip/**"}})
	var want []string
	for _, name := range []string{"LICENSE", "UPPER.HTML", "a.css", "out/of.txt", "unknown.xyz", "x.wasm"} {
		want = append(want, name+".br", name+".gz", name+".zst")
	}
	got := strings.Fields(strings.Replace(variantsIn(t, dir), "a.tar.gz ", "", 1))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("variants (-want +got):\n%s", diff)
	}
	if r.Files != 7 || r.Encodings[1].Files != 6 || r.Encodings[1].Encoding != "br" || r.Encodings[1].Original != 30000 {
		t.Errorf("report: %+v", r)
	}
}

// TestRealTools has the usual programs read what we write.
func TestRealTools(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	texts := map[string]string{"a.css": prose("a", 1100), "b.js": prose("b", 200_000), "large.json": prose("c", 3_000_000) + noise(2_000_000)}
	for name, text := range texts {
		put(t, dir, name, text)
	}
	for _, fast := range []bool{true, false} {
		if fast || !testing.Short() {
			compressed(t, dir, Options{Fast: fast, Force: true, Encodings: map[bool][]string{false: {"gzip", "zstd"}, true: nil}[fast]})
		}
		for name, text := range texts {
			if data, err := os.ReadFile(filepath.Join(dir, name+".gz")); err != nil || string(data[3:8]) != "\x00\x00\x00\x00\x00" {
				t.Errorf("%s: the header has flags or a time: %x, %v", name, data[:10], err)
			}
			for ext, tool := range map[string]string{".gz": "gzip", ".br": "brotli", ".zst": "zstd"} {
				file := filepath.Join(dir, name+ext)
				out, err := exec.Command(testkit.Need(t, tool), "-dc", file).Output()
				if err != nil || string(out) != text {
					t.Errorf("%s, fast %v: %v, %d bytes", name+ext, fast, err, len(out))
				}
				info, err := os.Stat(file)
				must(t, err)
				if !info.ModTime().Equal(day) || info.Mode() != 0o644 {
					t.Errorf("%s: %v, %v", name+ext, info.ModTime(), info.Mode())
				}
			}
		}
	}
}

func TestAgainChangesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "a.css", prose("a", 5000))
	put(t, dir, "sub/b.js", prose("b", 30_000))
	first := compressed(t, dir, Options{})
	before := testkit.TreeDump(t, dir)
	inode := inodeOf(t, dir, "a.css.br")
	second := compressed(t, dir, Options{})
	if diff := cmp.Diff(before, testkit.TreeDump(t, dir)); diff != "" || inodeOf(t, dir, "a.css.br") != inode {
		t.Errorf("files (-first +second):\n%s", diff)
	}
	for i := range second.Encodings {
		if second.Encodings[i].Written != 0 || first.Encodings[i].Written != 2 {
			t.Errorf("written: %+v, then %+v", first.Encodings[i], second.Encodings[i])
		}
		second.Encodings[i].Written = 2
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("report (-first +second):\n%s", diff)
	}
	// The same bytes elsewhere, and when made anew.
	other := t.TempDir()
	put(t, other, "a.css", prose("a", 5000))
	put(t, other, "sub/b.js", prose("b", 30_000))
	compressed(t, other, Options{})
	compressed(t, dir, Options{Force: true})
	if diff := cmp.Diff(testkit.TreeDump(t, other), testkit.TreeDump(t, dir)); diff != "" || inodeOf(t, dir, "a.css.br") == inode {
		t.Errorf("files (-elsewhere +forced):\n%s", diff)
	}
}

func inodeOf(t *testing.T, dir, name string) uint64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, name))
	must(t, err)
	return info.Sys().(*syscall.Stat_t).Ino
}

func TestStaleVariants(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "a.css", prose("a", 5000))
	put(t, dir, "b.css", prose("b", 5000))
	put(t, dir, "c.css", prose("c", 5000))
	put(t, dir, "d.css", prose("d", 5000))
	put(t, dir, "e.css", prose("e", 5000))
	compressed(t, dir, Options{})
	put(t, dir, "a.css", prose("A", 5000))                                                           // another text at the same time
	put(t, dir, "b.css", noise(5000))                                                                // does not shrink any more
	must(t, os.Remove(filepath.Join(dir, "c.css")))                                                  // gone
	put(t, dir, "d.css.gz", "no gzip")                                                               // broken
	must(t, exec.Command("sh", "-c", `cd "$1" && rm e.css.gz && gzip -k -9 e.css`, "sh", dir).Run()) // with name and time
	must(t, os.Chtimes(filepath.Join(dir, "e.css.br"), time.Now(), time.Now()))                      // right, but for the time
	must(t, os.Rename(filepath.Join(dir, "e.css.zst"), filepath.Join(dir, "x")))                     //
	must(t, os.Symlink("x", filepath.Join(dir, "e.css.zst")))                                        // right, by way of a link
	r := compressed(t, dir, Options{})
	if diff := cmp.Diff([]string{"c.css.br", "c.css.gz", "c.css.zst"}, r.Orphans); diff != "" {
		t.Errorf("orphans (-want +got):\n%s", diff)
	}
	want := []Count{
		{Encoding: "gzip", Files: 3, Written: 3, Removed: 1, Original: 15000}, {Encoding: "br", Files: 3, Written: 1, Removed: 1, Original: 15000}, {Encoding: "zstd", Files: 3, Written: 1, Removed: 1, Original: 15000},
	}
	for i := range r.Encodings {
		r.Encodings[i].Compressed = 0
	}
	if diff := cmp.Diff(want, r.Encodings); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	fresh := t.TempDir()
	for _, name := range []string{"a.css", "b.css", "d.css", "e.css"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		put(t, fresh, name, string(text))
	}
	compressed(t, fresh, Options{})
	compressed(t, dir, Options{Prune: true, Force: true})
	must(t, os.Remove(filepath.Join(dir, "x")))
	if diff := cmp.Diff(testkit.TreeDump(t, fresh), testkit.TreeDump(t, dir)); diff != "" {
		t.Errorf("files (-fresh +pruned):\n%s", diff)
	}
	// What is not chosen, or too small now, stays if it is right.
	put(t, dir, "a.css", prose("B", 5000))
	compressed(t, dir, Options{Encodings: []string{"br"}, MinSize: 100_000})
	if got, want := variantsIn(t, dir), "d.css.br d.css.gz d.css.zst e.css.br e.css.gz e.css.zst"; got != want {
		t.Errorf("variants: %s\nwant      %s", got, want)
	}
}

func TestWrongOptions(t *testing.T) {
	t.Parallel()
	_, err := run(t, t.TempDir(), Options{Encodings: []string{"deflate"}, Exclude: asset.Globs{"["}})
	var wrong *asset.OptionError
	want := "encoding \"deflate\": want some of gzip, br, zstd\nglob \"[\": syntax error in pattern: want one such as *.map or vendor/**"
	if !errors.As(err, &wrong) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
