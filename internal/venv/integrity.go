package venv

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pinpack/pinpack/internal/plan"
)

// furniture is what belongs to the virtualenv itself, as globs below it.
var furniture = []string{
	"pyvenv.cfg", "lib64", "bin/python*", "bin/activate*", "bin/Activate.ps1", "bin/deactivate*", "bin/pydoc.bat",
	".gitignore", "CACHEDIR.TAG", ".lock", "lib/python3*/site-packages/" + overlayFile,
}

// row is one RECORD's row for a file.
type row struct{ by, hash string }

// checkRecords holds every file of the virtualenv against the RECORDs. Where two
// distributions bring the same file, it may be as either has it.
func (e Env) checkRecords(installed []Distribution) []error {
	rows := map[string][]row{}
	var errs []error
	for _, d := range installed {
		list, err := readRecord(filepath.Join(d.Info, "RECORD"))
		if err != nil {
			errs = append(errs, fmt.Errorf("distribution %q: %w", d.Name, err))
			continue
		}
		for _, fields := range list {
			name, err := filepath.Rel(e.Dir, e.resolve(fields[0]))
			if err != nil || !filepath.IsLocal(name) {
				errs = append(errs, fmt.Errorf("distribution %q: its RECORD names %q, outside of the virtualenv", d.Name, fields[0]))
				continue
			}
			sum := ""
			if len(fields) > 1 {
				sum = fields[1]
			}
			rows[name] = append(rows[name], row{d.Name, sum})
		}
	}
	var stray, changed []string
	found := map[string]bool{}
	err := filepath.WalkDir(e.Dir, func(file string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(file, e.Dir+"/")
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "__pycache__" || e.Bundle != nil && name == plan.BundleDir):
			return filepath.SkipDir
		case d.IsDir():
			return nil
		}
		found[name] = true
		owners, ok := rows[name]
		if !ok {
			if !isFurniture(name) {
				stray = append(stray, name)
			}
			return nil
		}
		same, err := matches(file, owners)
		if !same {
			changed = append(changed, fmt.Sprintf("%s (%s)", name, owners[0].by))
		}
		return err
	})
	var missing []string
	for _, name := range sortedKeys(rows) {
		if !found[name] && !strings.HasSuffix(name, ".pyc") {
			missing = append(missing, fmt.Sprintf("%s (%s)", name, rows[name][0].by))
		}
	}
	if err != nil {
		errs = append(errs, err)
	}
	for _, kind := range []struct {
		what  string
		names []string
	}{{"in no RECORD", stray}, {"not as its RECORD says", changed}, {"in a RECORD, and not there", missing}} {
		if kind.names != nil {
			errs = append(errs, fmt.Errorf("%s: %s", kind.what, firstFew(kind.names)))
		}
	}
	return errs
}

// resolve makes a RECORD's path, which is relative to site-packages, absolute.
func (e Env) resolve(row string) string {
	name := filepath.FromSlash(row)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(e.Site(), name)
}

func isFurniture(name string) bool {
	for _, glob := range furniture {
		if ok, _ := path.Match(glob, name); ok {
			return true
		}
	}
	return false
}

// matches tells whether a file has one of the recorded hashes. A row without one
// says nothing of the content: RECORD's own, and that of a signature.
func matches(file string, rows []row) (bool, error) {
	for _, r := range rows {
		if r.hash == "" {
			return true, nil
		}
		ok, err := hasHash(file, r.hash)
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// hasHash compares with a hash as RECORD writes it: algorithm=digest, in the
// URL-safe base64 without padding.
func hasHash(file, want string) (bool, error) {
	algorithm, digest, _ := strings.Cut(want, "=")
	var h hash.Hash
	switch algorithm {
	case "sha256":
		h = sha256.New()
	case "sha384":
		h = sha512.New384()
	case "sha512":
		h = sha512.New()
	default:
		return false, fmt.Errorf("hash %q: want sha256, sha384 or sha512", want)
	}
	in, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil // a link that leads nowhere; Sound tells of those
	} else if err != nil {
		return false, err
	}
	defer in.Close()
	if _, err := io.Copy(h, in); err != nil {
		return false, err
	}
	return strings.TrimRight(digest, "=") == base64.RawURLEncoding.EncodeToString(h.Sum(nil)), nil
}
