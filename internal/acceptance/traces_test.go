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
