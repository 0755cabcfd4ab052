package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/publish/store/storetest"
	"github.com/pinpack/pinpack/internal/testkit"
)

func openDir(t testing.TB, name, work string) *store.Dir {
	t.Helper()
	d, err := store.OpenDir(name, work)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDirIsAStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() store.Store {
		work := t.TempDir()
		return func() store.Store { return openDir(t, "new/deep", work) }
	})
}

func TestDirWritesWhatServersServe(t *testing.T) {
	work := t.TempDir()
	d := openDir(t, work, "/")
	_, unlock, err := d.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Write(t.Context(), "a/b", store.Bytes([]byte("one"))); err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"/a": "dir 0755", "/a/b": "file 0644 7692c3ad"}, testkit.TreeDump(t, work)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if got, want := d.URL("a/b c"), "file://"+work+"/a/b%20c"; got != want {
		t.Errorf("URL = %q, want %q", got, want)
	}
}

func TestDirStaysInside(t *testing.T) {
	work := t.TempDir()
	outside := filepath.Join(work, "outside")
	if err := errors.Join(os.MkdirAll(filepath.Join(outside, "sub"), 0o755), os.MkdirAll(filepath.Join(work, "repo"), 0o755),
		os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o644),
		os.Symlink("../outside", filepath.Join(work, "repo/link")), os.Symlink("../outside/secret", filepath.Join(work, "repo/file"))); err != nil {
		t.Fatal(err)
	}
	d := openDir(t, "repo", work)
	for _, name := range []string{"link/secret", "file"} {
		if _, _, err := d.Read(t.Context(), name); err == nil {
			t.Errorf("Read(%q) leaves the directory", name)
		}
	}
	for _, name := range []string{"link/new", "link/sub/new"} {
		if err := d.Write(t.Context(), name, store.Bytes([]byte("one"))); err == nil {
			t.Errorf("Write(%q) leaves the directory", name)
		}
	}
	if err := d.Remove(t.Context(), "link/secret"); err == nil {
		t.Error("Remove leaves the directory")
	}
	if list, err := d.List(t.Context(), ""); err != nil || len(list) != 0 {
		t.Errorf("List = %v, %v", list, err)
	}
	// A link that is a file's name is replaced, and not followed.
	if err := d.Write(t.Context(), "file", store.Bytes([]byte("one"))); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"/secret": "file 0644 2d711642", "/sub": "dir 0755"}
	if diff := cmp.Diff(want, testkit.TreeDump(t, outside)); diff != "" {
		t.Errorf("outside (-want +got):\n%s", diff)
	}
}

func TestDirSweepsWhatAKilledWriterLeft(t *testing.T) {
	work := t.TempDir()
	left := filepath.Join(work, ".pinpack-tmp/half")
	if err := errors.Join(os.Mkdir(filepath.Dir(left), 0o755), os.WriteFile(left, []byte("x"), 0o644)); err != nil {
		t.Fatal(err)
	}
	_, unlock, err := openDir(t, work, "/").Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{}, testkit.TreeDump(t, work)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func TestDirCheck(t *testing.T) {
	work := t.TempDir()
	if err := os.WriteFile(filepath.Join(work, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"file": `"` + work + `/file" is no directory`, "new/deep": "", ".": ""} {
		err := openDir(t, path, work).Check(t.Context())
		if (want == "") != (err == nil) || err != nil && err.Error() != want {
			t.Errorf("Check of %q: %v, want %q", path, err, want)
		}
	}
	if _, err := store.OpenDir("", work); err == nil {
		t.Error("no path: want an error")
	}
	if diff := cmp.Diff(map[string]string{"/file": "file 0644 empty"}, testkit.TreeDump(t, work)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
