package testkit

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// SDist writes a source distribution NAME-VERSION.tar.gz with the given files
// into dir and returns its path. It is the same bytes on every machine and day.
func SDist(t testing.TB, dir, name, version string, files map[string]string) string {
	t.Helper()
	var body bytes.Buffer
	z := gzip.NewWriter(&body)
	w := tar.NewWriter(z)
	top := name + "-" + version + "/"
	for _, file := range slices.Sorted(maps.Keys(files)) {
		h := &tar.Header{Name: top + file, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(files[file])), ModTime: time.Unix(1600000000, 0)}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[file])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name+"-"+version+".tar.gz")
	if err := os.WriteFile(path, body.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
