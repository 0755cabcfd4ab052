// Package dir publishes into a directory of this machine.
package dir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/signature"
)

// Target is a directory that collects packages. Each version stays, so that an
// older one can be installed again.
type Target struct {
	path string
	key  *signature.Key // nil: no checksums are written
	// Overwrite replaces a file of the same name and another content.
	Overwrite bool
}

// Open checks that packages can be put into the directory, or that it can be
// made: its nearest existing parent must let us write. With a key, the directory
// has SHA256SUMS of all that is in it, signed.
func Open(path, workDir string, key *signature.Key) (*Target, error) {
	if path == "" {
		return nil, errors.New("no path: want dir:PATH")
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(workDir, path)
	}
	for at := path; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if errors.Is(err, os.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("%q is no directory", at)
		}
		probe, err := os.CreateTemp(at, ".pinpack-*")
		if err != nil {
			return nil, fmt.Errorf("write into %q: %w", at, errors.Unwrap(err))
		}
		probe.Close()
		return &Target{path: filepath.Clean(path), key: key}, os.Remove(probe.Name())
	}
}

// Publish copies the packages. Each appears at once and whole. The same file
// again is a success; another content under the same name is an error, and what
// is there stays.
func (t *Target) Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	if err := os.MkdirAll(t.path, 0o755); err != nil {
		return nil, err
	}
	var done []artifact.Receipt
	var errs []error
	var sums []artifact.Artifact // a directory has many builds: they are made anew for all of them
	for _, a := range list {
		if err := context.Cause(ctx); err != nil {
			return done, errors.Join(append(errs, err)...)
		}
		if a.OfBuild() {
			sums = append(sums, a)
			continue
		}
		to := filepath.Join(t.path, a.Name)
		if err := put(a, to, t.Overwrite); err != nil {
			errs = append(errs, err)
			continue
		}
		done = append(done, t.receipt(a.Name, a.SHA256))
	}
	if len(done) > 0 && (t.key != nil || len(sums) > 0) {
		if err := t.sum(list, sums); err != nil {
			errs = append(errs, fmt.Errorf("write checksums in %q: %w", t.path, err))
		}
		for _, a := range sums {
			if sum, _, err := artifact.Digest(filepath.Join(t.path, a.Name)); err == nil {
				done = append(done, t.receipt(a.Name, sum))
			}
		}
	}
	return done, errors.Join(errs...)
}

func (t *Target) receipt(name, sum string) artifact.Receipt {
	return artifact.Receipt{Artifact: name, Target: "dir:" + t.path, URL: "file://" + filepath.Join(t.path, name), Digest: "sha256:" + sum}
}

func put(a artifact.Artifact, to string, overwrite bool) error {
	sum, _, err := artifact.Digest(to)
	switch {
	case err == nil && sum == a.SHA256:
		return nil
	case err == nil && !overwrite:
		return fmt.Errorf("publish %q: %s has another content under this name: want a new version or iteration, that file gone, or the input overwrite", a.Name, filepath.Dir(to))
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("publish %q: %w", a.Name, err)
	}
	there := err == nil
	tmp, err := os.CreateTemp(filepath.Dir(to), ".pinpack-*")
	if err != nil {
		return fmt.Errorf("publish %q: %w", a.Name, err)
	}
	defer os.Remove(tmp.Name())
	if err := copyTo(tmp, a.Path); err != nil {
		return fmt.Errorf("publish %q: %w", a.Name, err)
	}
	if there { // it may be replaced
		if err := os.Rename(tmp.Name(), to); err != nil {
			return fmt.Errorf("publish %q: %w", a.Name, err)
		}
		return nil
	}
	// A link, other than a rename, does not replace what came in the meantime.
	if err := os.Link(tmp.Name(), to); errors.Is(err, os.ErrExist) {
		return put(a, to, overwrite) // which may be the same
	} else if err != nil {
		return fmt.Errorf("publish %q: %w", a.Name, err)
	}
	return nil
}

func copyTo(tmp *os.File, from string) error {
	in, err := os.Open(from)
	if err != nil {
		tmp.Close()
		return err
	}
	defer in.Close()
	_, err = io.Copy(tmp, in)
	if err == nil {
		err = tmp.Chmod(0o644)
	}
	if err == nil {
		err = tmp.Sync()
	}
	return errors.Join(err, tmp.Close())
}
