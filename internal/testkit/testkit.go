// Package testkit holds what the tests of several packages share: trees and
// packages as maps of one-line entries, wheels and an index that serves them,
// and the programs a test needs. Only tests import it.
package testkit

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"testing"
)

// SHA256 returns the SHA-256 of the file at path in hexadecimal, as lock files
// and checksum files write it. A file that cannot be read ends the test.
func SHA256(t testing.TB, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		t.Fatalf("read %q: %v", path, err)
	}
	return hex.EncodeToString(hash.Sum(nil))
}
