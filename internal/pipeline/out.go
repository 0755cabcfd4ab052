package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/payload"
	"github.com/pinpack/pinpack/internal/signature"
)

// out is the directory for the results. They are made in a directory of their
// own inside of it, on the same file system, and moved at the end.
type out struct {
	dir, staging string
	made         string // the outermost directory that we made, or ""
}

const (
	sumsFile   = "SHA256SUMS"
	sigFile    = sumsFile + ".asc"
	keyFile    = "KEY.asc" // the public key
	resultFile = "pinpack.json"
)

func openOut(dir string) (*out, error) {
	o := &out{dir: dir}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		o.made = at
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make output directory: %w", err)
	}
	var err error
	if o.staging, err = os.MkdirTemp(dir, ".pinpack-"); err != nil {
		return nil, errors.Join(fmt.Errorf("make output directory: %w", err), o.close())
	}
	return o, nil
}

// close removes what was not moved out, and the directory itself if we made it
// for nothing.
func (o *out) close() error {
	err := removeAll(o.staging)
	for at := o.dir; o.made != ""; at = filepath.Dir(at) {
		if os.Remove(at) != nil || at == o.made {
			break
		}
	}
	return err
}

// commit moves the packages into place, with their checksums and the result.
// Those of an earlier build go. If any move fails, all are taken back.
func (o *out) commit(r *Result, key *signature.Key) error {
	for _, list := range [][]artifact.Artifact{r.Packages, r.Beside} {
		for i := range list {
			list[i].Path = filepath.Join(o.dir, list[i].Name)
		}
	}
	if err := os.WriteFile(filepath.Join(o.staging, sumsFile), []byte(artifact.Checksums(r.All())), 0o644); err != nil {
		return fmt.Errorf("write checksums: %w", err)
	}
	if err := writeJSON(filepath.Join(o.staging, resultFile), r); err != nil {
		return err
	}
	names := []string{sumsFile}
	if key != nil {
		if err := o.sign(key); err != nil {
			return err
		}
		names = append(names, sigFile, keyFile)
	}
	for _, a := range r.All() {
		names = append(names, a.Name)
	}
	names = append(names, resultFile)
	old := filepath.Join(o.staging, "old")
	if err := os.Mkdir(old, 0o755); err != nil {
		return fmt.Errorf("move results: %w", err)
	}
	var undo []func() error
	move := func(from, to string) error {
		if err := os.Rename(from, to); err != nil {
			return err
		}
		undo = append(undo, func() error { return os.Rename(to, from) })
		return nil
	}
	err := func() error {
		for _, name := range o.earlier(names) {
			if info, err := os.Lstat(filepath.Join(o.dir, name)); err == nil && info.IsDir() {
				return fmt.Errorf("%q is a directory", name) // somebody's: not ours to remove
			}
			if err := move(filepath.Join(o.dir, name), filepath.Join(old, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		for _, name := range names {
			if err := move(filepath.Join(o.staging, name), filepath.Join(o.dir, name)); err != nil {
				return err
			}
		}
		return nil
	}()
	if err == nil {
		return nil
	}
	for i := len(undo) - 1; i >= 0; i-- {
		err = errors.Join(err, undo[i]())
	}
	return fmt.Errorf("move results into %q: %w", o.dir, err)
}

// sign writes the signature of the checksums, and the public key.
func (o *out) sign(key *signature.Key) error {
	sums, err := os.ReadFile(filepath.Join(o.staging, sumsFile))
	if err != nil {
		return fmt.Errorf("sign checksums: %w", err)
	}
	sig, err := key.DetachArmored(bytes.NewReader(sums))
	public, publicErr := key.Public()
	if err := errors.Join(err, publicErr); err != nil {
		return fmt.Errorf("sign checksums: %w", err)
	}
	for name, text := range map[string][]byte{sigFile: sig, keyFile: public} {
		if err := os.WriteFile(filepath.Join(o.staging, name), text, 0o644); err != nil {
			return fmt.Errorf("sign checksums: %w", err)
		}
	}
	return nil
}

// earlier lists what stands in the way, and the packages of the build before with
// what went with them.
func (o *out) earlier(names []string) []string {
	var before Result
	if data, err := os.ReadFile(filepath.Join(o.dir, resultFile)); err == nil {
		_ = json.Unmarshal(data, &before) // somebody else's file is replaced by its name alone
	}
	seen := map[string]bool{}
	var list []string
	add := func(name string) {
		if !seen[name] && name == filepath.Base(name) {
			list, seen[name] = append(list, name), true
		}
	}
	for _, name := range names {
		add(name)
	}
	if before.Signer != "" {
		add(sigFile)
		add(keyFile)
	}
	packages := map[string]bool{}
	for _, a := range before.Packages {
		if _, err := artifact.FormatFor(strings.TrimPrefix(filepath.Ext(a.Name), ".")); err == nil {
			packages[a.Name] = true
			add(a.Name)
		}
	}
	for _, a := range before.Beside {
		for _, ext := range payload.BesideExtensions() {
			if name, ok := strings.CutSuffix(a.Name, "."+ext); ok && packages[name] {
				add(a.Name)
			}
		}
	}
	return list
}

// record writes the result anew, once it says where the packages went.
func (o *out) record(r Result) error {
	tmp := filepath.Join(o.staging, resultFile)
	if err := writeJSON(tmp, r); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(o.dir, resultFile)); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

func writeJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = os.WriteFile(name, append(data, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// removeAll removes a directory, also one in which somebody took their own
// right to write away.
func removeAll(dir string) error {
	if dir == "" {
		return nil
	}
	err := os.RemoveAll(dir)
	if errors.Is(err, fs.ErrPermission) {
		_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				return os.Chmod(name, 0o700)
			}
			return nil
		})
		err = os.RemoveAll(dir)
	}
	return err
}
