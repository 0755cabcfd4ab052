package compress

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/testkit"
)

func TestHostileFolders(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "static")
	put(t, top, "victim", "victim")
	put(t, top, "secret.css", prose("secret", 5000))
	for _, name := range []string{"a.css", "b.css", "c.css", "d e\n\xff'\".css", "-rf.css", "hard.css"} {
		put(t, dir, name, prose("a", 5000))
	}
	must(t, os.Chmod(filepath.Join(dir, "a.css"), 0o444))
	must(t, os.Symlink("../victim", filepath.Join(dir, "a.css.gz")))
	must(t, os.Link(filepath.Join(top, "victim"), filepath.Join(dir, "a.css.br")))
	must(t, syscall.Mkfifo(filepath.Join(dir, "b.css.gz"), 0o644))
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe.css"), 0o644))
	must(t, os.Symlink("../secret.css", filepath.Join(dir, "leak.css")))
	must(t, os.Symlink("a.css", filepath.Join(dir, "link.css")))
	must(t, os.Symlink("..", filepath.Join(dir, "up")))
	must(t, os.Symlink("gone", filepath.Join(dir, "c.css.zst")))
	r := compressed(t, dir, Options{})
	if r.Encodings[0].Files != 7 || r.Encodings[0].Written != 7 {
		t.Errorf("report: %+v", r.Encodings[0])
	}
	if text, err := os.ReadFile(filepath.Join(top, "victim")); string(text) != "victim" || err != nil {
		t.Errorf("victim: %q, %v", text, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "leak.css.gz")); !os.IsNotExist(err) {
		t.Error("what is outside was read")
	}
	if info, err := os.Lstat(filepath.Join(dir, "a.css.gz")); err != nil || info.Mode() != 0o444 {
		t.Errorf("a.css.gz: %v, %v", info, err)
	}
	must(t, os.Mkdir(filepath.Join(dir, "-rf.css.gz.d"), 0o755))
	must(t, os.Remove(filepath.Join(dir, "-rf.css.gz")))
	must(t, os.Mkdir(filepath.Join(dir, "-rf.css.gz"), 0o755))
	if _, err := run(t, dir, Options{}); err == nil || err.Error() != `write "-rf.css.gz": a directory has this name` {
		t.Errorf("a directory: %v", err)
	}
}

func TestCancelledLeavesNothingHalf(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "large.txt", "text"+strings.Repeat(noise(3_000_000), 3)+prose("a", 30_000_000))
	put(t, dir, "large.txt.br", "an old one")
	before := testkit.TreeDump(t, dir)
	stop := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		for {
			entries, _ := os.ReadDir(dir)
			if len(entries) > 2 { // a file is in the making
				cancel(stop)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	d, err := asset.Open(dir)
	must(t, err)
	defer d.Close()
	if _, err := Run(ctx, d, Options{Fast: true, Encodings: []string{"br"}}); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, testkit.TreeDump(t, dir)); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
}

// TestTheSameContentIsCompressedOnce is about fingerprinted files beside their
// originals.
func TestTheSameContentIsCompressedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a.css", "a.0123456789ab.css", "copy/a.css", "noise.css", "noise2.css"} {
		put(t, dir, name, map[bool]string{true: noise(5000), false: prose("a", 5000)}[strings.HasPrefix(name, "noise")])
	}
	put(t, dir, "b.css", prose("b", 5000))
	later := day.Add(time.Hour)
	must(t, os.Chtimes(filepath.Join(dir, "copy/a.css"), later, later))
	put(t, dir, "noise2.css.gz", "stale")
	put(t, dir, "copy/a.css.br", "stale")
	r := compressed(t, dir, Options{})
	if c := r.Encodings[0]; c.Files != 4 || c.Written != 4 || c.Removed != 1 || c.Original != 20_000 {
		t.Errorf("report: %+v", c)
	}
	tree := testkit.TreeDump(t, dir)
	for _, ext := range []string{".gz", ".br", ".zst"} {
		if tree["/a.css"+ext] == "" || tree["/a.css"+ext] != tree["/copy/a.css"+ext] || tree["/a.css"+ext] != tree["/a.0123456789ab.css"+ext] || tree["/a.css"+ext] == tree["/b.css"+ext] {
			t.Errorf("%s: %v", ext, tree)
		}
		if info, err := os.Stat(filepath.Join(dir, "copy/a.css"+ext)); err != nil || !info.ModTime().Equal(later) {
			t.Errorf("%s: %v, %v", ext, info, err)
		}
	}
	if c := compressed(t, dir, Options{}).Encodings[0]; c.Written != 0 || c.Files != 4 {
		t.Errorf("again: %+v", c)
	}
}
