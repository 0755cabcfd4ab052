package testkit

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTreeDump(t *testing.T) {
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	must(os.MkdirAll(at("opt/app"), 0o755))
	must(os.WriteFile(at("opt/app/run"), []byte("data"), 0o644))
	must(os.WriteFile(at("opt/app/empty"), nil, 0o600))
	must(os.Symlink("../x", at("opt/link")))
	must(os.Symlink("app", at("opt/todir")))
	must(syscall.Mkfifo(at("pipe"), 0o600))
	must(os.Chmod(at("opt"), 0o755))
	must(os.Chmod(at("opt/app"), 0o750|fs.ModeSetgid))
	must(os.Chmod(at("opt/app/run"), 0o755|fs.ModeSetuid))

	want := map[string]string{
		"/opt":           "dir 0755",
		"/opt/app":       "dir 2750",
		"/opt/app/empty": "file 0600 empty",
		"/opt/app/run":   "file 4755 3a6eb079",
		"/opt/link":      "symlink ../x",
		"/opt/todir":     "symlink app",
		"/pipe":          "fifo 0600",
	}
	if diff := cmp.Diff(want, TreeDump(t, dir)); diff != "" {
		t.Error("tree (-want +got):\n" + diff)
	}
}

func TestTreeDumpEndsTestWithoutDirectory(t *testing.T) {
	got := ending(t, func(t testing.TB) { TreeDump(t, "/nowhere") })
	if want := `fatal: dump tree "/nowhere": lstat /nowhere: no such file or directory`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFormatTree(t *testing.T) {
	got := FormatTree(map[string]string{"/b": "symlink a", "/a b": "file 0644 empty", "/": "dir 0755"})
	if want := "/ dir 0755\n/a b file 0644 empty\n/b symlink a\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
