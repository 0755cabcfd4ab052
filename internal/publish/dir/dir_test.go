package dir

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
)

// packages writes files and describes them as artifacts.
func packages(t *testing.T, contents ...string) []artifact.Artifact {
	t.Helper()
	dir := t.TempDir()
	var list []artifact.Artifact
	for i, content := range contents {
		name := string(rune('a'+i)) + "_1.0-1_all.deb"
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		sum, size, err := artifact.Digest(path)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, artifact.Artifact{Path: path, Name: name, Format: "deb", Size: size, SHA256: sum})
	}
	return list
}

func open(t *testing.T, path, work string) *Target {
	t.Helper()
	target, err := Open(path, work, nil)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestPublishCopies(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	list := packages(t, "one", "two")
	for name, path := range map[string]string{
		"relative to the working directory": "new/deep",
		"absolute":                          filepath.Join(work, "other"),
		"of a name with an end slash":       "slash/",
		"of another name":                   "./x/../dots",
	} {
		at := filepath.Clean(path)
		if !filepath.IsAbs(at) {
			at = filepath.Join(work, at)
		}
		got, err := open(t, path, work).Publish(t.Context(), list)
		if err != nil {
			t.Fatal(err)
		}
		var want []artifact.Receipt
		for _, a := range list {
			want = append(want, artifact.Receipt{Artifact: a.Name, Target: "dir:" + at, URL: "file://" + at + "/" + a.Name, Digest: "sha256:" + a.SHA256})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: receipts (-want +got):\n%s", name, diff)
		}
		files := map[string]string{"/a_1.0-1_all.deb": "file 0644 7692c3ad", "/b_1.0-1_all.deb": "file 0644 3fc4ccfe"}
		if diff := cmp.Diff(files, testkit.TreeDump(t, at)); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", name, diff)
		}
	}
}

func TestPublishAgainIsASuccess(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	target, list := open(t, "out", work), packages(t, "one")
	first, err := target.Publish(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(filepath.Join(work, "out", list[0].Name))
	if err != nil {
		t.Fatal(err)
	}
	again, err := open(t, "out", work).Publish(t.Context(), list)
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Errorf("%v; receipts (-first +again):\n%s", err, diff)
	}
	after, err := os.Stat(filepath.Join(work, "out", list[0].Name))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was replaced, %v", err)
	}
}

func TestPublishKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	target := open(t, "out", work)
	if _, err := target.Publish(t.Context(), packages(t, "old")); err != nil {
		t.Fatal(err)
	}
	before := testkit.TreeDump(t, work)
	receipts, err := target.Publish(t.Context(), packages(t, "new", "other"))
	want := `publish "a_1.0-1_all.deb": ` + work + `/out has another content under this name: want a new version or iteration, that file gone, or the input overwrite`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if len(receipts) != 1 || receipts[0].Artifact != "b_1.0-1_all.deb" {
		t.Errorf("receipts %v, want the other package's", receipts)
	}
	before["/out/b_1.0-1_all.deb"] = "file 0644 d9298a10"
	if diff := cmp.Diff(before, testkit.TreeDump(t, work)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestPublishReplacesOnRequest(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	target := open(t, "out", work)
	if _, err := target.Publish(t.Context(), packages(t, "old")); err != nil {
		t.Fatal(err)
	}
	target.Overwrite = true
	for range 2 {
		if receipts, err := target.Publish(t.Context(), packages(t, "one")); err != nil || len(receipts) != 1 {
			t.Fatalf("%v, %v", receipts, err)
		}
		files := map[string]string{"/out": "dir 0755", "/out/a_1.0-1_all.deb": "file 0644 7692c3ad"}
		if diff := cmp.Diff(files, testkit.TreeDump(t, work)); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
	}
}

func TestPublishLeavesNothingHalf(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	target, list := open(t, "out", work), packages(t, "one", "two")
	if err := os.Remove(list[0].Path); err != nil {
		t.Fatal(err)
	}
	_, err := target.Publish(t.Context(), list)
	want := `publish "a_1.0-1_all.deb": open ` + list[0].Path + `: no such file or directory`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	files := map[string]string{"/out": "dir 0755", "/out/b_1.0-1_all.deb": "file 0644 3fc4ccfe"}
	if diff := cmp.Diff(files, testkit.TreeDump(t, work)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestPublishStopsWhenCancelled(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	cause := errors.New("the reason")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	receipts, err := open(t, "out", work).Publish(ctx, packages(t, "one"))
	if !errors.Is(err, cause) || receipts != nil {
		t.Errorf("Publish = %v, %v; want the cause of the cancellation", receipts, err)
	}
	if diff := cmp.Diff(map[string]string{"/out": "dir 0755"}, testkit.TreeDump(t, work)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestOpenWritesNothing(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	open(t, "new/deep", work)
	open(t, ".", work)
	if diff := cmp.Diff(map[string]string{}, testkit.TreeDump(t, work)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// asNobody does work without root's right to write everywhere, which the file
// system takes from the thread.
func asNobody(work func()) {
	if os.Geteuid() == 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		_ = syscall.Setfsuid(65534)
		defer func() { _ = syscall.Setfsuid(0) }()
	}
	work()
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	file := filepath.Join(work, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(work, "locked")
	if err := errors.Join(os.Mkdir(locked, 0o755), os.Chmod(locked, 0o555), os.Chmod(filepath.Dir(work), 0o755)); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		path, want string
		is         error
	}{
		"no path":           {"", "no path: want dir:PATH", nil},
		"a file":            {"file", `"` + file + `" is no directory`, nil},
		"below a file":      {"file/x/y", "stat " + file + "/x/y: not a directory", nil},
		"not writable":      {"locked", `write into "` + locked + `": permission denied`, fs.ErrPermission},
		"below that":        {"locked/x/y", `write into "` + locked + `": permission denied`, fs.ErrPermission},
		"a name with a NUL": {"x\x00y", "stat " + work + "/x\x00y: invalid argument", nil},
	}
	for name, test := range tests {
		var err error
		asNobody(func() { _, err = Open(test.path, work, nil) })
		if err == nil || err.Error() != test.want || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s:\ngot  %v\nwant %s", name, err, test.want)
		}
	}
}

// TestPublishTheSameAtOnce: several jobs of a matrix may have made one package for
// all architectures.
func TestPublishTheSameAtOnce(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	list := packages(t, strings.Repeat("one", 1<<18))
	var group sync.WaitGroup
	for range 16 {
		target := open(t, "out", work)
		group.Go(func() {
			if receipts, err := target.Publish(t.Context(), list); err != nil || len(receipts) != 1 {
				t.Errorf("%v, %v", receipts, err)
			}
		})
	}
	group.Wait()
	if entries, err := os.ReadDir(filepath.Join(work, "out")); err != nil || len(entries) != 1 {
		t.Errorf("left %v, %v", entries, err)
	}
}
