package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

const (
	lanes = 3 // uploads at the same time
	looks = 3 // at an upload that may be another job's, before it counts as dead
)

// bring uploads what the release lacks. What another content has the name of is
// reported before anything is uploaded, or replaced if that is wanted.
func (t *Target) bring(ctx context.Context, r *found, files []file) error {
	there, err := t.standing(ctx, r, files)
	if err != nil {
		return err
	}
	var work []func() error
	var conflicts []error
	for _, f := range files {
		a, ok := named(there, f.name)
		if !ok {
			work = append(work, func() error { return t.upload(ctx, r, f, f.name) })
			continue
		}
		same, err := t.same(ctx, a, f)
		switch {
		case err != nil:
			return fmt.Errorf("compare %q: %w", f.name, err)
		case same:
			t.say("%s is there already", f.name)
		case t.o.Overwrite:
			work = append(work, func() error { return t.replace(ctx, r, f, a) })
		default:
			conflicts = append(conflicts, conflict(f, a))
		}
	}
	if err := errors.Join(conflicts...); err != nil {
		return err
	}
	return parallel(work)
}

func conflict(f file, a asset) error {
	has := a.Digest
	if has == "" {
		has = fmt.Sprintf("%d bytes", a.Size)
	}
	return fmt.Errorf("the release has another content under the name %q (%s, not sha256:%s): want a new version or iteration, that asset deleted, or the input overwrite", f.name, has, f.sha256)
}

// standing lists the release's assets after what dead runs left of our files
// has been deleted. An upload that is under way for another job has some time
// to end first.
func (t *Target) standing(ctx context.Context, r *found, files []file) ([]asset, error) {
	for p := (tries{}); ; {
		list, err := t.assets(ctx, r.ID)
		if err != nil {
			return nil, fmt.Errorf("list assets: %w", err)
		}
		half := slices.DeleteFunc(slices.Clone(list), func(a asset) bool { return a.State == uploaded || !ours(a.Name, files) })
		if len(half) == 0 {
			return list, nil
		}
		if p.n < looks {
			if err := t.pause(ctx, &p, fmt.Errorf("%q is being uploaded by another run, or was left so", half[0].Name)); err != nil {
				return nil, err
			}
			continue
		}
		for _, a := range half {
			t.say("deleted what an upload of %s left half-way", a.Name)
			if err := t.removeAsset(ctx, a.ID); err != nil {
				return nil, fmt.Errorf("delete half an asset %q: %w", a.Name, err)
			}
		}
		p = tries{}
	}
}
