package venv

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/pinpack/pinpack/internal/lock"
)

// buildProject builds the project's wheel in a copy of its tree, so that the
// checkout stays as it is, and what an earlier build left in it is not shipped.
func (f *frontend) buildProject(ctx context.Context) (string, error) {
	w := work{from: f.pl.Dir}
	if !f.pl.Whole() {
		return f.buildCopy(ctx, f.pl.Source, "project", w)
	}
	w.sub = filepath.FromSlash(f.pl.Dir)
	return f.buildCopy(ctx, f.pl.Root, "project", w)
}

// buildLocal builds the wheel of a workspace's member or a path dependency, whose
// path is relative to root. The whole of root is copied for it: it may read what
// is beside it.
func (f *frontend) buildLocal(ctx context.Context, root string, l lock.Local) (string, error) {
	return f.buildCopy(ctx, root, "local-"+l.Name, work{name: l.Name, from: l.Path, sub: filepath.FromSlash(l.Path)})
}

func (f *frontend) buildCopy(ctx context.Context, root, label string, w work) (string, error) {
	in, err := f.workIn(label)
	if err != nil {
		return "", err
	}
	w.dir = in.dir
	if err := copySource(root, w.source(), f.pl.Out); err != nil {
		return "", fmt.Errorf("copy %q: %w", root, err)
	}
	return f.build(ctx, w)
}
