package fingerprint

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/asset/manifest"
)

// made remembers a file that was written.
func (r *run) made(name string, existed bool) {
	r.written.Add(1)
	if !existed {
		r.fresh.add(name)
	}
}

// takeBack removes what this run has made.
func (r *run) takeBack() error {
	var errs []error
	for name := range r.fresh.names {
		errs = append(errs, r.dir.Remove(name))
	}
	return errors.Join(errs...)
}

// original is the file that an output was made from.
func (r *run) original(name string) string {
	original, _, _ := manifest.Split(name)
	return original
}

// finish removes outputs that nothing stands for any more, and originals if
// they are not to stay, and counts.
func (r *run) finish() error {
	current := map[string]bool{}
	for _, now := range r.mapping() {
		current[now] = true
	}
	var gone []string
	for _, n := range r.order {
		name := n.file.Name
		switch {
		case r.pinned.names[name]:
		case n.class == output && !current[name]:
			gone = append(gone, name)
		case n.class == renamed && r.o.RemoveOriginals:
			gone = append(gone, name)
		}
	}
	for _, name := range gone {
		for _, file := range append(asset.Variants(name), name) {
			if file != name && !r.has(file) {
				continue
			}
			if err := r.dir.Remove(file); err != nil {
				return err
			}
			r.report.Removed++
		}
	}
	for name, now := range r.mapping() {
		if name == now {
			r.report.Kept++
		} else {
			r.report.Fingerprinted++
		}
	}
	r.report.References, r.report.Written = int(r.refs.Load()), int(r.written.Load())
	r.report.Manifests, r.report.Skipped = r.manifestFiles(), r.dir.SkippedFiles()
	return nil
}

var algorithms = map[string]func() hash.Hash{"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}

// integrity says anew what a file hashes to (Subresource Integrity), by the
// algorithms that were used. What has options or is unknown stays.
func (r *run) integrity(was, name string) (string, error) {
	used := map[string]bool{}
	for token := range strings.FieldsSeq(was) {
		algorithm, _, _ := strings.Cut(token, "-")
		if algorithms[algorithm] == nil || strings.Contains(token, "?") {
			return was, nil
		}
		used[algorithm] = true
	}
	var list []string
	for _, algorithm := range slices.Sorted(maps.Keys(used)) {
		f, err := r.dir.Open(name)
		if err != nil {
			return was, err
		}
		h := algorithms[algorithm]()
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return was, err
		}
		list = append(list, algorithm+"-"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	now := strings.Join(list, " ")
	if len(list) == 1 && strings.TrimSpace(was) == now {
		return was, nil
	}
	return now, nil
}
