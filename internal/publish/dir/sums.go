package dir

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/pinpack/pinpack/internal/artifact"
)

const (
	sumsFile = "SHA256SUMS"
	sigFile  = sumsFile + ".asc"
	keyFile  = "KEY.asc" // the public key
)

// sum writes the checksums of all that is in the directory, of which some was
// published right now, and with a key their signature and the public key. Without
// one, build's own signature is taken where that is of the same checksums, and
// checksums that somebody signed stay. Publishers that are at work at the same time
// take turns.
func (t *Target) sum(published, build []artifact.Artifact) error {
	lock, err := os.Open(t.path)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock %q: %w", t.path, err)
	}
	list, err := t.contents(published)
	if err != nil {
		return err
	}
	sums := []byte(artifact.Checksums(list))
	if t.key == nil {
		return t.unsigned(sums, build)
	}
	if old, err := os.ReadFile(filepath.Join(t.path, sigFile)); err == nil && t.key.Verify(bytes.NewReader(sums), old) == nil {
		if there, err := os.ReadFile(filepath.Join(t.path, sumsFile)); err == nil && bytes.Equal(there, sums) {
			return nil // another signature may be as good
		}
	}
	sig, err := t.key.DetachArmored(bytes.NewReader(sums))
	public, publicErr := t.key.Public()
	return errors.Join(err, publicErr, t.write(keyFile, public), t.write(sumsFile, sums), t.write(sigFile, sig))
}

func (t *Target) unsigned(sums []byte, build []artifact.Artifact) error {
	digest := fmt.Sprintf("%x", sha256.Sum256(sums))
	whole := slices.ContainsFunc(build, func(a artifact.Artifact) bool { return a.Name == sumsFile && a.SHA256 == digest })
	if _, err := os.Stat(filepath.Join(t.path, sigFile)); err == nil && !whole {
		return nil
	}
	errs := []error{t.write(sumsFile, sums)}
	for _, a := range build {
		if whole && (a.Name == sigFile || a.Name == keyFile) {
			text, err := os.ReadFile(a.Path)
			if err == nil {
				err = t.write(a.Name, text)
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// contents are the files to sum up: all that are no dot files and none of ours. What
// SHA256SUMS has already is not read again: nothing here ever changes, but what is
// published with overwrite.
func (t *Target) contents(published []artifact.Artifact) ([]artifact.Artifact, error) {
	known := map[string]string{}
	old, _ := os.ReadFile(filepath.Join(t.path, sumsFile)) // there may be none
	for line := range strings.Lines(string(old)) {
		if sum, name, ok := strings.Cut(strings.TrimSpace(line), "  "); ok && len(sum) == 64 {
			known[name] = sum
		}
	}
	for _, a := range published {
		delete(known, a.Name)
	}
	entries, err := os.ReadDir(t.path)
	if err != nil {
		return nil, err
	}
	var list []artifact.Artifact
	for _, e := range entries {
		name := e.Name()
		if !e.Type().IsRegular() || strings.HasPrefix(name, ".") || name == sumsFile || name == sigFile || name == keyFile {
			continue
		}
		sum := known[name]
		if sum == "" {
			if sum, _, err = artifact.Digest(filepath.Join(t.path, name)); err != nil {
				return nil, err
			}
		}
		list = append(list, artifact.Artifact{Name: name, SHA256: sum})
	}
	return list, nil
}

// write replaces a file of ours at once.
func (t *Target) write(name string, text []byte) error {
	tmp, err := os.CreateTemp(t.path, ".pinpack-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return fmt.Errorf("write %q: %w", name, err)
	}
	return os.Rename(tmp.Name(), filepath.Join(t.path, name))
}
