//go:build acceptance

package acceptance

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoTraces builds where every directory has a name of its own, at the prefix
// and elsewhere, and searches all bytes of the packages for those names.
func TestNoTraces(t *testing.T) {
	needRoot(t)
	base := t.TempDir()
	for _, p := range projects {
		for _, path := range []string{"prefix", "stage"} {
			t.Run(p.folder+"/"+path, func(t *testing.T) {
				here := filepath.Join(base, path, p.folder)
				b := builder{home: filepath.Join(base, "homeofthebuilder"), temp: filepath.Join(here, "tempofthebuilder")}
				work := filepath.Join(here, "workspaceofthebuilder")
				for _, dir := range []string{b.home, b.temp, work} {
					if err := os.MkdirAll(dir, 0o755); err != nil {
						t.Fatal(err)
					}
				}
				dir := filepath.Join(work, "checkoutofthebuilder")
				checkout(t, p.folder, dir)
				r := b.build(t, work, dir, "--build-path", path)
				// Each of the directories that the build knew is below base.
				traces := []string{base, "ofthebuilder"}
				for _, format := range []string{"deb", "rpm"} {
					search(t, r.file(t, format), traces)
				}
				if left, err := os.ReadDir(b.temp); err != nil || len(left) > 0 {
					t.Errorf("left in $TMPDIR: %v (%v)", left, err)
				}
			})
		}
	}
}

// search looks through a package: the file itself, for its headers, and then
// everything that is packed in it.
func search(t *testing.T, file string, traces []string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := read(t, file)
	parts := map[string][]byte{filepath.Base(file): data}
	for path, body := range p.Contents {
		parts[path] = body
		if strings.HasSuffix(path, ".gz") {
			parts[path+", unpacked"] = unzip(t, body)
		}
	}
	contents := len(parts)
	p.Contents = nil
	if parts["names, links and fields"], err = json.Marshal(p); err != nil {
		t.Fatal(err)
	}
	size := 0
	for path, body := range parts {
		size += len(body)
		for _, trace := range traces {
			if bytes.Contains(body, []byte(trace)) {
				t.Errorf("%s: %s names %q", filepath.Base(file), path, trace)
			}
		}
	}
	if contents < 20 {
		t.Errorf("%s: searched %d files only", filepath.Base(file), contents)
	}
	t.Logf("%s: searched %d files, %d bytes", filepath.Base(file), contents, size)
}

func unzip(t *testing.T, body []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
