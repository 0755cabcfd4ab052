package dir

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/signature"
)

func key(t *testing.T) *signature.Key {
	t.Helper()
	text, err := os.ReadFile("../../signature/testdata/keys/ed25519.asc")
	if err != nil {
		t.Fatal(err)
	}
	k, err := signature.Read(string(text), "", time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestSignedChecksums has several publishers fill one directory at the same time:
// the checksums have all of it, and are signed.
func TestSignedChecksums(t *testing.T) {
	t.Parallel()
	work, k := t.TempDir(), key(t)
	old := filepath.Join(work, "old_0.9-1_all.deb") // put there by hand
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	list := packages(t, "one", "two", "three", "four")
	var wait sync.WaitGroup
	for _, a := range list {
		target, err := Open(work, "", k)
		if err != nil {
			t.Fatal(err)
		}
		wait.Go(func() {
			for range 2 { // again is a success
				if _, err := target.Publish(t.Context(), []artifact.Artifact{a}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	sum, _, err := artifact.Digest(old)
	if err != nil {
		t.Fatal(err)
	}
	want := artifact.Checksums(append(list, artifact.Artifact{Name: filepath.Base(old), SHA256: sum}))
	sums, err := os.ReadFile(filepath.Join(work, sumsFile))
	if err != nil || string(sums) != want {
		t.Errorf("%v, %s\nwant\n%s", err, sums, want)
	}
	sig, err := os.ReadFile(filepath.Join(work, sigFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Verify(bytes.NewReader(sums), sig); err != nil {
		t.Error(err)
	}
	public, err := k.Public()
	if there, readErr := os.ReadFile(filepath.Join(work, keyFile)); err != nil || readErr != nil || !bytes.Equal(there, public) {
		t.Errorf("no public key: %v, %v", err, readErr)
	}
}

// TestNothingToSign: a directory that got nothing has no checksums of nothing.
func TestNothingToSign(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	target, err := Open(work, "", key(t))
	if err != nil {
		t.Fatal(err)
	}
	list := packages(t, "one")
	if err := os.Remove(list[0].Path); err != nil {
		t.Fatal(err)
	}
	if _, err := target.Publish(t.Context(), list); err == nil {
		t.Error("published a file that is not there")
	}
	if entries, err := os.ReadDir(work); err != nil || len(entries) > 0 {
		t.Errorf("there is %v, %v", entries, err)
	}
}
