package steps

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pinpack/pinpack/internal/step"
	"github.com/pinpack/pinpack/internal/tree"
)

// An entry of the cache is a directory, named by the key: a list of what was made,
// with its own digest in the first line, and each file by its digest. It appears
// whole, by a rename, and is used whole or not at all.
const listFile = "list"

// load finds what a step with the same key made. Whatever is wrong with the entry,
// it counts as not there, and goes.
func (r *Runner) load(key string) ([]product, bool) {
	if key == "" {
		return nil, false
	}
	dir := filepath.Join(r.Cache, key)
	list, err := readEntry(dir)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			r.Host.Warn(fmt.Sprintf("cache of steps: %v: the step is run", err))
			_ = os.RemoveAll(dir) // else storing fails, and says so
		}
		return nil, false
	}
	_ = os.Chtimes(dir, r.Clock(), r.Clock()) // it is only younger than it looks
	return list, true
}

func readEntry(dir string) ([]product, error) {
	text, err := os.ReadFile(filepath.Join(dir, listFile))
	if errors.Is(err, os.ErrNotExist) {
		if _, dirErr := os.Lstat(dir); dirErr == nil {
			return nil, fmt.Errorf("entry %q has no list", filepath.Base(dir))
		}
	}
	if err != nil {
		return nil, err
	}
	sum, rest, _ := bytes.Cut(text, []byte("\n"))
	if string(sum) != sumOf(rest) {
		return nil, fmt.Errorf("entry %q is damaged", filepath.Base(dir))
	}
	var list []product
	if err := json.Unmarshal(rest, &list); err != nil {
		return nil, fmt.Errorf("entry %q: %w", filepath.Base(dir), err)
	}
	for i, o := range list {
		if !filepath.IsLocal(o.Path) {
			return nil, fmt.Errorf("entry %q: path %q", filepath.Base(dir), o.Path)
		}
		if o.Link != "" {
			continue
		}
		list[i].file = filepath.Join(dir, o.Sum)
		got, err := digest(list[i].file)
		if err != nil || got != o.Sum {
			return nil, fmt.Errorf("entry %q: file %q is damaged", filepath.Base(dir), o.Path)
		}
	}
	return list, nil
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// store keeps what a step made. That it cannot is no failure of the step.
func (r *Runner) store(key string, list []product, s step.Step) {
	if key == "" {
		return
	}
	for _, o := range list {
		if found, err := contains(o.file, []string{r.Scratch}); o.Link == "" && (found || err != nil) {
			r.Host.Detail(fmt.Sprintf("%s is not kept in the cache: %q names the folder it was made in", s.Name, o.Path))
			return
		}
	}
	if err := r.write(key, list); err != nil {
		r.Host.Warn(fmt.Sprintf("%s is not kept in the cache: %v", s.Name, err))
	}
}

func (r *Runner) write(key string, list []product) error {
	if err := os.MkdirAll(r.Cache, 0o755); err != nil {
		return err
	}
	r.prune()
	tmp, err := os.MkdirTemp(r.Cache, ".new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for _, o := range list {
		to := filepath.Join(tmp, o.Sum)
		if _, err := os.Lstat(to); o.Link != "" || err == nil {
			continue
		}
		if err := tree.Copy(o.file, to, nil); err != nil {
			return err
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(tmp, listFile), append([]byte(sumOf(text)+"\n"), text...), 0o644); err != nil {
		return err
	}
	err = os.Rename(tmp, filepath.Join(r.Cache, key))
	if errors.Is(err, os.ErrExist) {
		return nil // another build was faster: it is the same
	}
	return err
}

// keep is for how long an entry that nobody uses is kept.
const keep = 30 * 24 * time.Hour

// prune removes what was not used for long, and what a killed build left.
func (r *Runner) prune() {
	entries, _ := os.ReadDir(r.Cache)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && r.Clock().Sub(info.ModTime()) > keep {
			_ = os.RemoveAll(filepath.Join(r.Cache, e.Name())) // another build may be removing it
		}
	}
}
