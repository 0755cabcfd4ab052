package asset

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openDir(t *testing.T, dir string) *Dir {
	t.Helper()
	d, err := Open(dir)
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

func names(d *Dir) []string {
	var list []string
	for _, f := range d.Files {
		list = append(list, f.Name)
	}
	return list
}

func TestOpenListsWhatIsOfTheFolder(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "static")
	put(t, filepath.Join(top, "secret.css"), "secret")
	put(t, filepath.Join(dir, "a.css"), "a")
	put(t, filepath.Join(dir, "sub/b c\n.css"), "b")
	put(t, filepath.Join(dir, "sub/\xff.css"), "latin")
	put(t, filepath.Join(dir, ".git/config"), "x")
	put(t, filepath.Join(dir, ".well-known/x"), "x")
	put(t, filepath.Join(dir, ".pinpack-0123456789abcdef.tmp"), "left by a kill")
	for link, to := range map[string]string{
		"in.css": "sub/../a.css", "out.css": "../secret.css", "abs.css": filepath.Join(top, "secret.css"), "gone.css": "gone",
		"loop": "loop", "loop1": "loop2", "loop2": "loop1", "updir": "..", "subdir": "sub", "sub/self": ".", "via.css": "subdir/../a.css",
	} {
		must(t, os.Symlink(to, filepath.Join(dir, link)))
	}
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe.css"), 0o644))
	d := openDir(t, dir)
	want := []string{".well-known/x", "a.css", "in.css", "sub/b c\n.css", "sub/\xff.css", "via.css"}
	if diff := cmp.Diff(want, names(d)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	var skipped []string
	for _, s := range d.SkippedFiles() {
		skipped = append(skipped, s.Name)
	}
	slices.Sort(skipped)
	if diff := cmp.Diff([]string{"abs.css", "gone.css", "loop", "loop1", "loop2", "out.css", "pipe.css", "updir"}, skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if _, err := os.Lstat(filepath.Join(dir, ".pinpack-0123456789abcdef.tmp")); !os.IsNotExist(err) {
		t.Error("the temporary file is still there")
	}
	for _, name := range []string{"out.css", "abs.css", "pipe.css", "../secret.css", "gone.css"} {
		if f, err := d.Open(name); err == nil {
			f.Close()
			t.Errorf("%q can be opened", name)
		}
	}
	for name, want := range map[string]string{"subdir/b c\n.css": "sub/b c\n.css", "sub/self/self/b c\n.css": "sub/b c\n.css", "a.css": "a.css", "updir/secret.css": "", "nope": ""} {
		if real, _, ok := d.Real(name); real != want || ok != (want != "") {
			t.Errorf("%q leads to %q, %v: want %q", name, real, ok, want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "file"), "")
	d := openDir(t, dir)
	for name, want := range map[string]string{
		dir:                         "another pinpack works on it",
		filepath.Join(dir, "file"):  "want a directory",
		filepath.Join(dir, "nope"):  "no such file or directory",
		filepath.Join(dir, "file/"): "",
	} {
		if _, err := Open(name); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "open folder ") {
			t.Errorf("%q: %v", name, err)
		}
	}
	must(t, d.Close())
	openDir(t, dir)
}

func TestDeepFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at, err := os.OpenRoot(dir)
	must(t, err)
	name := ""
	for range 300 { // longer than any path may be
		must(t, at.Mkdir("directory-directory", 0o755))
		next, err := at.OpenRoot("directory-directory")
		must(t, err)
		at.Close()
		at, name = next, name+"directory-directory/"
	}
	must(t, at.WriteFile("a.css", []byte("a"), 0o644))
	at.Close()
	d := openDir(t, dir)
	if diff := cmp.Diff([]string{name + "a.css"}, names(d)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if changed, err := d.Put(name+"a.css", []byte("b"), d.Files[0]); !changed || err != nil {
		t.Errorf("write: %v, %v", changed, err)
	}
	must(t, d.root.RemoveAll("directory-directory"))
}

func TestPutReplacesNamesAndNotFiles(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "static")
	outside := filepath.Join(top, "outside")
	put(t, outside, "outside")
	put(t, filepath.Join(dir, "a"), "a")
	must(t, os.Chmod(filepath.Join(dir, "a"), 0o440))
	must(t, os.Chtimes(filepath.Join(dir, "a"), time.Unix(1, 2), time.Unix(3, 4)))
	must(t, os.Symlink(outside, filepath.Join(dir, "soft")))
	must(t, os.Link(outside, filepath.Join(dir, "hard")))
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	must(t, os.Mkdir(filepath.Join(dir, "dir"), 0o755))
	d := openDir(t, dir)
	like, _ := d.Find("a")
	for _, name := range []string{"soft", "hard", "pipe", "new", "a"} {
		changed, err := d.Put(name, []byte("new"), like)
		if !changed || err != nil {
			t.Errorf("%s: %v, %v", name, changed, err)
		}
		info, err := os.Lstat(filepath.Join(dir, name))
		must(t, err)
		if info.Mode() != 0o440 || !info.ModTime().Equal(time.Unix(3, 4)) {
			t.Errorf("%s: %v, %v", name, info.Mode(), info.ModTime())
		}
		if changed, err := d.Put(name, []byte("new"), like); changed || err != nil {
			t.Errorf("%s again: %v, %v", name, changed, err)
		}
	}
	if _, err := d.Put("dir", []byte("new"), like); err == nil {
		t.Error("a directory was replaced")
	}
	if text, err := os.ReadFile(outside); string(text) != "outside" || err != nil {
		t.Errorf("outside is %q, %v", text, err)
	}
	want := map[string]string{"/a": "file 0440 11507a0e", "/soft": "file 0440 11507a0e", "/hard": "file 0440 11507a0e", "/pipe": "file 0440 11507a0e", "/new": "file 0440 11507a0e", "/dir": "dir 0755"}
	if diff := cmp.Diff(want, testkit.TreeDump(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestReadKnowsChange(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a"), "four")
	d := openDir(t, dir)
	for _, text := range []string{"longer", "few"} {
		put(t, filepath.Join(dir, "a"), text)
		if _, err := d.Read(d.Files[0], 100); err == nil || err.Error() != `read "a": it changed meanwhile` {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := d.Read(d.Files[0], 3); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func TestGlobs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		glob, name string
		want       bool
	}{
		{"*.map", "a/b.js.map", true}, {"*.map", "a.mapx", false}, {"a/*.js", "a/b.js", true}, {"a/*.js", "b/a/b.js", false}, {"a/*.js", "a/b/c.js", false},
		{"a/**", "a/b/c.js", true}, {"**/b/*.js", "a/b/c.js", true}, {"**/b/*.js", "b/c.js", true}, {"a/**/c.js", "a/c.js", true}, {"/a.js", "a.js", true}, {"/a.js", "b/a.js", false}, {"[ab].js", "x/a.js", true},
	} {
		if got := (Globs{test.glob}).Match(test.name); got != test.want {
			t.Errorf("%q for %q: %v", test.glob, test.name, got)
		}
	}
	if err := (Globs{"a/[b"}).Check(); err == nil || err.Error() != `glob "a/[b": syntax error in pattern: want one such as *.map or vendor/**` {
		t.Errorf("malformed: %v", err)
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	d := openDir(t, t.TempDir())
	d.Path = "static"
	text := []byte("é\nab\xe2\x82\xacc")
	var errs []error
	for _, offset := range []int{7, 2, 3, 0, 99} {
		errs = append(errs, d.Problem("x/a.css", text, offset, nil, "at %d", offset))
	}
	got := Problems([]error{errors.Join(errs[:2]...), errors.Join(errs[2:]...)}).Error()
	want := "static/x/a.css:1:1: at 0\nstatic/x/a.css:1:2: at 2\nstatic/x/a.css:2:1: at 3\nstatic/x/a.css:2:4: at 99\n"
	if !strings.HasPrefix(got, "static/x/a.css:1:1: at 0\n") || len(strings.Split(got, "\n")) != 5 {
		t.Errorf("got\n%s\nwant like\n%s", got, want)
	}
	for len(errs) < 60 {
		errs = append(errs, d.Problem("y", nil, 0, nil, "more"))
	}
	if got := Problems(errs).Error(); !strings.HasSuffix(got, "\nand 10 more like these") {
		t.Errorf("many: %s", got)
	}
}

func TestEach(t *testing.T) {
	t.Parallel()
	list := make([]int, 1000)
	for i := range list {
		list[i] = i
	}
	problem := &Problem{File: "f", Text: "p"}
	err := Each(t.Context(), list, func(_ context.Context, i int) error {
		if i%100 == 0 {
			return problem
		}
		return nil
	})
	if n := strings.Count(err.Error(), "f: p"); n != 10 {
		t.Errorf("%d problems: %v", n, err)
	}
	broken := errors.New("disk full")
	n := 0
	err = Each(t.Context(), list[:1], func(context.Context, int) error { n++; return broken })
	if !errors.Is(err, broken) || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(broken)
	if err := Each(ctx, list, func(context.Context, int) error { t.Error("called"); return nil }); !errors.Is(err, broken) {
		t.Errorf("cancelled: %v", err)
	}
}
