package venv

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// pack writes an archive of the members, whose bodies are their names.
func pack(t *testing.T, members ...tar.Header) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "a.tar.gz")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(file)
	w := tar.NewWriter(z)
	for _, h := range members {
		body := ""
		if h.Typeflag == tar.TypeReg {
			body = h.Name
		}
		h.Size = int64(len(body))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	for _, closer := range []interface{ Close() error }{w, z, file} {
		if err := closer.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

func TestUnpack(t *testing.T) {
	reg := func(name string, mode int64) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode}
	}
	archive := pack(t, tar.Header{Typeflag: tar.TypeDir, Name: "a-1/empty/", Mode: 0o700}, reg("./a-1/x.py", 0o600), reg("a-1/bin/run", 0o4750),
		tar.Header{Typeflag: tar.TypeSymlink, Name: "a-1/bin/link", Linkname: "../x.py"}, tar.Header{Typeflag: tar.TypeLink, Name: "a-1/hard", Linkname: "a-1/x.py"})
	to := t.TempDir()
	top, err := unpack(archive, to)
	if top != "a-1" || err != nil {
		t.Fatalf("top %q, error %v", top, err)
	}
	got := testkit.TreeDump(t, to)
	for name, entry := range got {
		got[name] = strings.Join(strings.Fields(entry)[:2], " ")
	}
	want := map[string]string{"/a-1": "dir 0755", "/a-1/bin": "dir 0755", "/a-1/bin/link": "symlink ../x.py", "/a-1/bin/run": "file 0755", "/a-1/empty": "dir 0755", "/a-1/hard": "file 0644", "/a-1/x.py": "file 0644"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnpackStaysInside(t *testing.T) {
	reg := func(name string) tar.Header { return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644} }
	link := func(name, to string) tar.Header {
		return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to}
	}
	for name, members := range map[string][]tar.Header{
		"above":             {reg("../x")},
		"absolute":          {reg("/etc/x")},
		"through":           {reg("a/../../x")},
		"link above":        {link("a/l", "../../x")},
		"link absolute":     {link("a/l", "/etc")},
		"by a chain":        {link("a/b", "."), link("a/c", "b/.."), reg("a/c/../../x")},
		"through a chain":   {link("a/d", "."), link("a/e", "d/../.."), reg("a/e/y")},
		"hard link above":   {{Typeflag: tar.TypeLink, Name: "a/h", Linkname: "../secret"}},
		"hard link to link": {link("a/l", "x"), {Typeflag: tar.TypeLink, Name: "a/h", Linkname: "a/l"}},
		"device":            {{Typeflag: tar.TypeChar, Name: "a/null"}},
		"fifo":              {{Typeflag: tar.TypeFifo, Name: "a/f"}},
		"two folders":       {reg("a/x"), reg("b/x")},
		"no folder":         {reg("x")},
		"nothing":           {},
	} {
		dir := t.TempDir()
		to := filepath.Join(dir, "to")
		if err := os.Mkdir(to, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("s"), 0o644); err != nil {
			t.Fatal(err)
		}
		if top, err := unpack(pack(t, members...), to); err == nil {
			t.Errorf("%s: no error, top %q", name, top)
		}
		if entries, _ := os.ReadDir(dir); len(entries) != 2 {
			t.Errorf("%s: %v is there", name, entries)
		}
	}
}

func TestUnpackZip(t *testing.T) {
	write := func(names ...string) string {
		name := filepath.Join(t.TempDir(), "a.zip")
		file, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(file)
		for _, n := range names {
			w, err := z.Create(n)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte(n)); err != nil && !strings.HasSuffix(n, "/") {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return name
	}
	if top, err := unpack(write("a-1/", "a-1/x/y.py"), t.TempDir()); top != "a-1" || err != nil {
		t.Errorf("top %q, error %v", top, err)
	}
	if _, err := unpack(write("a-1/x", "../y"), t.TempDir()); err == nil {
		t.Error("no error for a member above")
	}
	for _, name := range []string{"a.zip", "a.tar.gz"} {
		broken := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(broken, []byte("no archive"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := unpack(broken, t.TempDir()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
