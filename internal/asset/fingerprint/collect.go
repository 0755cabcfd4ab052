package fingerprint

import (
	"context"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/asset/reference"
)

// limit is how large a text may be that is read for references.
const limit = 64 << 20

// read returns a file's content, if it is of a kind that refers to others.
func (r *run) read(n *node) ([]byte, error) {
	data, err := r.dir.Read(n.file, limit)
	if errors.Is(err, asset.ErrTooLarge) {
		p := r.dir.Problem(n.file.Name, nil, 0, err, "%d MB are too much to look for references: exclude the file", n.file.Size>>20)
		p.Line = 0
		return nil, p
	}
	return data, err
}

// collect finds out what a file refers to, and what is wrong with that.
func (r *run) collect(_ context.Context, n *node) error {
	if n.lang == reference.None || n.class == plumbing || n.class == output && r.retained[r.original(n.file.Name)] != n.file.Name {
		return nil
	}
	strict := n.class == renamed || n.class == kept
	data, err := r.read(n)
	if err != nil {
		if strict {
			return err
		}
		return nil
	}
	var errs []error
	seen := map[*node]bool{}
	_, err = reference.Rewrite(n.lang, data, func(ref *reference.Ref) {
		t, inside := r.site.Resolve(n.file.Name, *ref)
		if !inside {
			return
		}
		name, to, ok := r.lookup(t)
		switch {
		case !strict && ok:
			r.pinned.add(name)
		case !strict:
		case ok:
			n.busy = true
			r.refs.Add(1)
			if to != nil && to.class == renamed && !seen[to] {
				seen[to] = true
				n.to = append(n.to, to)
			}
		case !ref.Optional && !r.o.AllowMissing.Match(t.Name):
			errs = append(errs, r.dir.Problem(n.file.Name, data, ref.Offset, ErrMissing, "%s %s leads to no file%s", ref.Where, strconv.Quote(ref.URL), r.instead(t)))
		}
	})
	var s *reference.SyntaxError
	if errors.As(err, &s) {
		if !strict {
			return nil
		}
		errs = append(errs, r.dir.Problem(n.file.Name, data, s.Offset, reference.ErrSyntax, "%s", s.Text))
	}
	slices.SortFunc(n.to, func(a, b *node) int { return strings.Compare(a.file.Name, b.file.Name) })
	return errors.Join(errs...)
}

// lookup finds the file that a reference leads to, by whichever of its names.
// The node is nil for a directory, and for a file whose original is gone.
func (r *run) lookup(t reference.Target) (name string, to *node, ok bool) {
	if now, gone := r.retained[t.Name]; gone {
		return now, nil, true
	}
	name, dir, ok := r.dir.Real(t.Name)
	if !ok || t.Dir && !dir {
		return "", nil, t.Name == "" && t.Dir
	}
	if dir {
		return name, nil, true
	}
	to = r.nodes[name]
	if to.class == output { // it stands for what it was made from
		if original := r.original(name); r.nodes[original] != nil {
			return name, r.nodes[original], true
		}
	}
	return name, to, true
}

// target is the URL that a reference is to have.
func (r *run) target(from string, ref reference.Ref) (url string, to *node) {
	t, inside := r.site.Resolve(from, ref)
	if !inside {
		return ref.URL, nil
	}
	name, to, ok := r.lookup(t)
	switch {
	case !ok:
		return ref.URL, nil
	case to != nil && to.now != "":
		return t.Rename(ref.URL, path.Base(to.now)), to
	case to == nil && r.retained[t.Name] == name && name != "":
		return t.Rename(ref.URL, path.Base(name)), r.nodes[name]
	}
	return ref.URL, to
}

// instead says what a reference that leads nowhere may be meant to lead to.
func (r *run) instead(t reference.Target) string {
	if strings.ContainsAny(t.Name, "*") || t.Name == "" {
		return ""
	}
	for _, n := range r.order {
		if n.class != plumbing && n.class != output && strings.EqualFold(n.file.Name, t.Name) {
			return ": there is " + strconv.Quote(n.file.Name) + ", and servers tell the cases apart"
		}
	}
	return ": want " + strconv.Quote(t.Name)
}
