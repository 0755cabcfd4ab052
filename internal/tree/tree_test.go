package tree

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// put writes a file with exactly this mode, whatever the umask is.
func put(t *testing.T, name string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(filepath.Base(name)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFromDirNormalisesModes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	put(t, at("bin/tool"), 0o700)
	put(t, at("bin/group"), 0o610)
	put(t, at("lib/secret"), 0o600)
	put(t, at("lib/open"), 0o666)
	put(t, at("lib/setuid"), 0o755|os.ModeSetuid)
	put(t, at("lib/read only"), 0o444)
	must(t, os.Symlink("../lib/gone", at("bin/link")))
	must(t, os.Symlink("lib", at("todir")))
	must(t, os.Mkdir(at("empty"), 0o755))
	must(t, os.Chmod(at("empty"), 0o2777|os.ModeSetgid))
	must(t, os.Chmod(at("lib"), 0o700))
	want := []Entry{
		{Path: "/opt/x", Kind: Dir, Mode: 0o755},
		{Path: "/opt/x/bin", Kind: Dir, Mode: 0o755},
		{Path: "/opt/x/bin/group", Kind: File, Mode: 0o755, Source: at("bin/group"), Size: 5},
		{Path: "/opt/x/bin/link", Kind: Symlink, Mode: 0o777, Link: "../lib/gone"},
		{Path: "/opt/x/bin/tool", Kind: File, Mode: 0o755, Source: at("bin/tool"), Size: 4},
		{Path: "/opt/x/empty", Kind: Dir, Mode: 0o755},
		{Path: "/opt/x/lib", Kind: Dir, Mode: 0o755},
		{Path: "/opt/x/lib/open", Kind: File, Mode: 0o644, Source: at("lib/open"), Size: 4},
		{Path: "/opt/x/lib/read only", Kind: File, Mode: 0o644, Source: at("lib/read only"), Size: 9},
		{Path: "/opt/x/lib/secret", Kind: File, Mode: 0o644, Source: at("lib/secret"), Size: 6},
		{Path: "/opt/x/lib/setuid", Kind: File, Mode: 0o755, Source: at("lib/setuid"), Size: 6},
		{Path: "/opt/x/todir", Kind: Symlink, Mode: 0o777, Link: "lib"},
	}
	got, err := FromDir(dir, "/opt/x")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v; entries (-want +got):\n%s", err, diff)
	}
	// The directory may be named by a link, as builds/current often is.
	link := filepath.Join(t.TempDir(), "current")
	must(t, os.Symlink(dir, link))
	got, err = FromDir(link, "/opt/x")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("by way of a link: %v; entries (-want +got):\n%s", err, diff)
	}
}

func TestFromDirRefusesWhatCannotBePackaged(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		make func(name string) error
		want string
	}{
		"fifo": {
			func(name string) error { return syscall.Mkfifo(name, 0o644) },
			"a p--------- cannot be packaged: want a file, directory or symlink",
		},
		"socket": {
			func(name string) error {
				l, err := net.ListenUnix("unix", &net.UnixAddr{Name: name})
				if err == nil {
					l.SetUnlinkOnClose(false)
					err = l.Close()
				}
				return err
			},
			"a S--------- cannot be packaged: want a file, directory or symlink",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "tree") // a socket's path is short
			must(t, err)
			t.Cleanup(func() { os.RemoveAll(dir) })
			odd := filepath.Join(dir, "odd")
			must(t, test.make(odd))
			_, err = FromDir(dir, "/opt/x")
			if want := `list files: list "` + odd + `": ` + test.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			_, err = FromFile(odd, "/opt/x")
			if want := `list "` + odd + `": ` + test.want; err == nil || err.Error() != want {
				t.Errorf("FromFile:\ngot  %v\nwant %s", err, want)
			}
		})
	}
	if list, err := FromDir("/nowhere/at/all", "/"); err == nil || err.Error() != "list files: lstat /nowhere: no such file or directory" {
		t.Errorf("a missing directory: %v, %v", list, err)
	}
}

func TestFromFileFollowsLinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "tool"), 0o711)
	link := filepath.Join(dir, "link")
	must(t, os.Symlink("tool", link))
	got, err := FromFile(link, "/usr/share/x/tool")
	want := Entry{Path: "/usr/share/x/tool", Kind: File, Mode: 0o755, Source: link, Size: 4}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v; entry (-want +got):\n%s", err, diff)
	}
	if _, err := FromFile(filepath.Join(dir, "gone"), "/x"); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestOpenGivesTheBytes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "on disk")
	put(t, file, 0o600)
	fromDisk, err := FromFile(file, "/a")
	must(t, err)
	for want, e := range map[string]Entry{
		"on disk":     fromDisk,
		"from memory": Text("/b", "from memory"),
		"":            Text("/c", ""),
	} {
		in, err := e.Open()
		must(t, err)
		got, err := io.ReadAll(in)
		if string(got) != want || err != nil || in.Close() != nil || e.Size != int64(len(want)) {
			t.Errorf("%s holds %q, %v (size %d); want %q", e.Path, got, err, e.Size, want)
		}
	}
	if _, err := (Entry{Kind: File, Source: file + "x"}).Open(); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestJoinSortsAndMergesDirectories(t *testing.T) {
	t.Parallel()
	dir := func(name string) Entry { return Entry{Path: name, Kind: Dir, Mode: 0o755} }
	got, err := Join(
		[]Entry{Text("/opt/x/b", "123"), dir("/opt/x"), Text("/opt/x.d", "1")},
		nil,
		[]Entry{dir("/opt/x"), Text("/opt/x/a", "12")},
	)
	must(t, err)
	want := Tree{dir("/opt/x"), Text("/opt/x.d", "1"), Text("/opt/x/a", "12"), Text("/opt/x/b", "123")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	if got.Size() != 6 {
		t.Errorf("size %d, want 6", got.Size())
	}
}

func TestJoinReportsEveryClash(t *testing.T) {
	t.Parallel()
	link := Entry{Path: "/e", Kind: Symlink, Link: "d"}
	_, err := Join(
		[]Entry{Text("/a", ""), {Path: "/b", Kind: Dir, Mode: 0o755}, {Path: "/c", Kind: Dir, Mode: 0o755}, {Path: "/d", Kind: Dir}, link, {Path: "/f", Kind: Dir, Group: "x"}},
		[]Entry{Text("/a", ""), Text("/b", ""), {Path: "/c", Kind: Dir, Mode: 0o700}, {Path: "/d", Kind: Dir, Owner: "x"}, {Path: "/f", Kind: Dir}},
		[]Entry{Text("/e/deep/file", ""), Text("/a/file", ""), Text("/b/file", "")},
	)
	want := "join files: two sources for the same path: " + strings.Join([]string{
		"/a (a file and a file)", "/b (a dir and a file)", "/c (a dir and a dir)", "/d (a dir and a dir)", "/f (a dir and a dir)",
		"/a/file (below the file /a)", "/e/deep/file (below the symlink /e)",
	}, ", ")
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
