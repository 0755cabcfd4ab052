package fingerprint

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/asset/manifest"
	"github.com/pinpack/pinpack/internal/asset/reference"
)

// writeAll writes the fingerprinted files, the manifests, then the files that
// keep their names, and removes what is stale. If the first does not come to
// its end, what it has made goes again.
func (r *run) writeAll(ctx context.Context, levels [][][]*node) error {
	for _, groups := range levels {
		if err := asset.Each(ctx, groups, r.group); err != nil {
			return errors.Join(err, r.takeBack())
		}
	}
	for _, m := range r.manifests {
		err := r.dir.MakeDirs(m.File)
		if err == nil {
			err = r.put(m.File, m.Render(r.mapping()), asset.File{Mode: 0o644})
		}
		if err != nil {
			return err
		}
	}
	// Pages come last: they may say what the others hash to.
	var others, pages []*node
	for _, n := range r.order {
		switch {
		case n.class != kept || !n.busy:
		case n.lang == reference.HTML:
			pages = append(pages, n)
		default:
			others = append(others, n)
		}
	}
	for _, list := range [][]*node{others, pages} {
		if err := asset.Each(ctx, list, r.keep); err != nil {
			return err
		}
	}
	return r.finish()
}

// group gives a group of files their names.
func (r *run) group(ctx context.Context, group []*node) error {
	if !group[0].cyclic {
		n := group[0]
		if !n.busy {
			return r.copy(ctx, n)
		}
		data, err := r.rewrite(n, nil)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		return r.named(n, sum[:], data)
	}
	// In a circle no name can be known before the others. So the names are
	// made from all contents, with the references within as they were.
	all := sha256.New()
	sums := make([][32]byte, len(group))
	for i, n := range group {
		data, err := r.rewrite(n, group)
		if err != nil {
			return err
		}
		sums[i] = sha256.Sum256(data)
		fmt.Fprintf(all, "%s\x00%x\x00", n.file.Name, sums[i])
	}
	for i, n := range group {
		own := sha256.Sum256(append(all.Sum(nil), sums[i][:]...))
		n.now = manifest.Hashed(n.file.Name, hex.EncodeToString(own[:])[:manifest.Digits])
	}
	for _, n := range group {
		data, err := r.rewrite(n, nil)
		if err == nil {
			err = r.put(n.now, data, n.file)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *run) named(n *node, sum, data []byte) error {
	n.now = manifest.Hashed(n.file.Name, hex.EncodeToString(sum)[:manifest.Digits])
	return r.put(n.now, data, n.file)
}

func (r *run) put(name string, data []byte, like asset.File) error {
	existed := r.has(name)
	changed, err := r.dir.Put(name, data, like)
	if changed {
		r.made(name, existed)
	}
	return err
}

// rewrite returns a file's content with the names that what it refers to has
// now, but for those of the group without.
func (r *run) rewrite(n *node, without []*node) ([]byte, error) {
	data, err := r.read(n)
	if err != nil {
		return nil, err
	}
	var failed error
	out, err := reference.Rewrite(n.lang, data, func(ref *reference.Ref) {
		url, to := r.target(n.file.Name, *ref)
		if to != nil && within(without, to) {
			return
		}
		ref.URL = url
		if ref.Integrity == "" || to == nil {
			return
		}
		if to.cyclic && to.group == n.group {
			failed = r.dir.Problem(n.file.Name, data, ref.Offset, nil, "%s %q: the hash of a file that refers back to this one cannot be known", ref.Where, ref.URL)
			return
		}
		integrity, err := r.integrity(ref.Integrity, to.now)
		ref.Integrity, failed = integrity, errors.Join(failed, err)
	})
	return out, errors.Join(err, failed)
}

func within(group []*node, n *node) bool {
	for _, m := range group {
		if m == n {
			return true
		}
	}
	return false
}

// keep rewrites a file that keeps its name.
func (r *run) keep(_ context.Context, n *node) error {
	data, err := r.rewrite(n, nil)
	if err != nil {
		return err
	}
	return r.put(n.file.Name, data, n.file)
}

// small is what is read into memory rather than twice from the file.
const small = 4 << 20

// copy fingerprints a file that refers to nothing.
func (r *run) copy(ctx context.Context, n *node) error {
	if n.file.Size <= small {
		data, err := r.dir.Read(n.file, small)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		return r.named(n, sum[:], data)
	}
	in, err := r.dir.Open(n.file.Name)
	if err != nil {
		return err
	}
	defer in.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, asset.Cancellable(ctx, in)); err != nil {
		return fmt.Errorf("read %q: %w", n.file.Name, err)
	}
	n.now = manifest.Hashed(n.file.Name, hex.EncodeToString(sum.Sum(nil))[:manifest.Digits])
	if f, ok := r.dir.Find(n.now); ok && !f.Link && f.Size == n.file.Size {
		if same, err := r.same(ctx, n.now, sum.Sum(nil)); same || err != nil {
			return err
		}
	}
	return r.copyTo(ctx, n, in)
}

func (r *run) same(ctx context.Context, name string, want []byte) (bool, error) {
	f, err := r.dir.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, asset.Cancellable(ctx, f))
	return err == nil && bytes.Equal(sum.Sum(nil), want), err
}

func (r *run) copyTo(ctx context.Context, n *node, in io.ReadSeeker) error {
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	existed := r.has(n.now)
	t, err := r.dir.Create(n.now)
	if err != nil {
		return err
	}
	defer t.Abort()
	if _, err := io.Copy(t.File, asset.Cancellable(ctx, in)); err != nil {
		return fmt.Errorf("write %q: %w", n.now, err)
	}
	if err := t.Commit(n.file); err != nil {
		return err
	}
	r.made(n.now, existed)
	return nil
}
