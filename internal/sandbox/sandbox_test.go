package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/pinpack/pinpack/internal/command"
)

// asRoot skips where only root can do what is tested. CI is root.
func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("not root: only root can run programs as another user")
		}
		t.Skip("not root: only root can run programs as another user")
	}
}

func put(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// scratch is a directory that the other user can get to.
func scratch(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "pinpack-sandbox-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestStorage(t *testing.T) {
	config := `[core]
	repositoryformatversion = 0
	fsmonitor = /bin/evil
	hooksPath = /tmp/hooks
	bare = false
[remote "origin"]
	url = https://x:token@github.com/me/app
[http "https://github.com/"]
	extraheader = AUTHORIZATION: basic secret
[includeIf "gitdir:/github/workspace/.git"]
	path = /github/runner_temp/credentials
[extensions]
	worktreeConfig = true
[credential]
	helper = store
`
	want := "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[extensions]\n\tworktreeConfig = true\n"
	if diff := cmp.Diff(want, storage(config)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSandbox runs a program on a copy: what it makes comes back, what is
// closed is closed meanwhile, and nobody's rights are others afterwards.
func TestSandbox(t *testing.T) {
	asRoot(t)
	checkout := filepath.Join(scratch(t), "checkout")
	put(t, filepath.Join(checkout, "kept.txt"), "1", 0o644)
	put(t, filepath.Join(checkout, "changed.txt"), "1", 0o600)
	put(t, filepath.Join(checkout, "dist", "old.deb"), "d", 0o644)
	put(t, filepath.Join(checkout, ".git", "config"), "[http]\n\textraheader = secret\n", 0o644)
	outside := filepath.Join(filepath.Dir(checkout), "outside")
	if err := os.Mkdir(outside, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(checkout, "leads")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{checkout, filepath.Join(checkout, "kept.txt")} {
		if err := os.Chown(name, 1001, 1001); err != nil {
			t.Fatal(err)
		}
	}
	run := &command.Runner{Env: []string{"PATH=" + command.DefaultPath}}
	box, err := Enter(run, scratch(t), []string{checkout, "/nowhere/at/all"})
	if err != nil {
		t.Fatal(err)
	}
	work, err := box.Copy(checkout, filepath.Join(checkout, "dist"))
	if err != nil {
		t.Fatal(err)
	}
	script := `
		cat ` + checkout + `/kept.txt && exit 11
		test -e dist && exit 12
		grep -q secret .git/config && exit 13
		test "$HOME" != / && touch "$HOME/x" "$TMPDIR/y" || exit 14
		echo 2 > changed.txt; mkdir -p made/deep; echo 3 > made/deep/new.txt
		rm leads; mkdir leads; echo 4 > leads/escaped.txt
		ln -s /etc/passwd link.txt; echo 5 > .git/hook
		id -u; id -G`
	out, err := box.Run.Output(t.Context(), command.Program{Name: "sh", Args: []string{"-c", script}, Dir: work.Dir})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ids := strings.Fields(out)
	if len(ids) != 2 || ids[0] != ids[1] || !strings.HasPrefix(ids[0], "64") {
		t.Errorf("ran with user and groups %q", ids)
	}
	err = work.Return()
	if err == nil || !strings.Contains(err.Error(), `bring "leads/escaped.txt" back: `) {
		t.Errorf("a path that leads out: %v", err)
	}
	if entries, _ := os.ReadDir(outside); len(entries) != 0 {
		t.Error("something was written out of the checkout")
	}
	if err := box.Leave(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"kept.txt": "1", "changed.txt": "2\n", "made/deep/new.txt": "3\n", "dist/old.deb": "d"} {
		data, err := os.ReadFile(filepath.Join(checkout, name))
		if err != nil || string(data) != want {
			t.Errorf("%s holds %q, want %q: %v", name, data, want, err)
		}
	}
	for _, name := range []string{"changed.txt", "made", "made/deep", "made/deep/new.txt"} {
		var st syscall.Stat_t
		if err := syscall.Stat(filepath.Join(checkout, name), &st); err != nil || st.Uid != 1001 {
			t.Errorf("%s belongs to %d, want 1001: %v", name, st.Uid, err)
		}
	}
	for _, not := range []string{"link.txt", ".git/hook"} {
		if _, err := os.Lstat(filepath.Join(checkout, not)); err == nil {
			t.Errorf("%s came back", not)
		}
	}
	if info, err := os.Stat(checkout); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the checkout has mode %v afterwards, %v", info.Mode(), err)
	}
}

func TestEnterRefuses(t *testing.T) {
	asRoot(t)
	dir := scratch(t)
	inside := filepath.Join(dir, "scratch")
	if err := os.Mkdir(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	box, err := Enter(&command.Runner{}, inside, []string{dir})
	if err == nil || !strings.Contains(err.Error(), "which is closed to the project's code: want TMPDIR elsewhere") {
		t.Errorf("scratch in a closed directory: %v", err)
	}
	if err := box.Leave(); err != nil {
		t.Error(err)
	}
}

func TestOwner(t *testing.T) {
	asRoot(t)
	dir := t.TempDir()
	put(t, filepath.Join(dir, "before"), "", 0o644) // root's already
	if err := os.Chown(dir, 1001, 1002); err != nil {
		t.Fatal(err)
	}
	o, err := Watch(dir)
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "new", "file"), "", 0o644)
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := o.GiveBack(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]uint32{"before": 0, "new": 1001, "new/file": 1001, "link": 1001} {
		var st syscall.Stat_t
		if err := syscall.Lstat(filepath.Join(dir, name), &st); err != nil || st.Uid != want {
			t.Errorf("%s belongs to %d, want %d: %v", name, st.Uid, want, err)
		}
	}
	var st syscall.Stat_t
	if err := syscall.Stat("/etc/hostname", &st); err == nil && st.Uid == 1001 {
		t.Error("what a link names was given away")
	}
	none, err := Watch(filepath.Join(dir, "nowhere"))
	if err != nil || none.GiveBack() != nil {
		t.Errorf("no directory: %v", err)
	}
}

func TestClosedFoldersArePassedOver(t *testing.T) {
	dir := scratch(t)
	put(t, filepath.Join(dir, "a/x"), "x", 0o644)
	put(t, filepath.Join(dir, "b/y"), "y", 0o644)
	for name, mode := range map[string]os.FileMode{"": 0o755, "b": 0} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if os.Geteuid() == 0 { // to whom nothing is closed: this thread is somebody else for a while
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := unix.Setfsuid(65534); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = unix.Setfsuid(0) }()
	}
	if _, err := os.ReadDir(filepath.Join(dir, "b")); !errors.Is(err, os.ErrPermission) {
		t.Fatalf("the folder is not closed: %v", err)
	}
	got, err := snapshot(dir)
	if err != nil || len(got) != 1 || got["a/x"] == "" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := snapshot(filepath.Join(dir, "gone")); !errors.Is(err, ErrGone) {
		t.Errorf("got %v: want ErrGone", err)
	}
}
