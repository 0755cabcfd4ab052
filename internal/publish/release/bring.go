package release

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
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

// sweep deletes parts that a dead run left. A run that is alive and misses its
// part makes a new one.
func (t *Target) sweep(ctx context.Context, list []asset, files []file) ([]asset, error) {
	var kept []asset
	for _, a := range list {
		if !part.MatchString(a.Name) || !ours(a.Name, files) {
			kept = append(kept, a)
		} else if err := t.removeAsset(ctx, a.ID); err != nil {
			return nil, fmt.Errorf("delete %q: %w", a.Name, err)
		}
	}
	return kept, nil
}

// replace puts a file in the place of an asset. The old one is deleted once the
// new one is whole on the other side, so that an upload which fails loses
// nothing; GitHub has no way to do both at once.
func (t *Target) replace(ctx context.Context, r *found, f file, old asset) error {
	if err := t.upload(ctx, r, f, f.partName()); err != nil {
		return err
	}
	list, err := t.assets(ctx, r.ID)
	if err != nil {
		return fmt.Errorf("list assets: %w", err)
	}
	fresh, ok := named(list, f.partName())
	if !ok {
		return againError{fmt.Sprintf("the upload of %q has been deleted", f.name)}
	}
	if err := t.removeAsset(ctx, old.ID); err != nil {
		return fmt.Errorf("replace %q: delete the old one: %w", f.name, err)
	}
	err = t.rename(ctx, fresh.ID, f.name)
	switch {
	case err == nil:
		return nil
	case status(err) == http.StatusNotFound, refuses(err, "already_exists"):
		return againError{fmt.Sprintf("another job replaces %q too", f.name)}
	}
	return fmt.Errorf("replace %q: %w", f.name, explain(err))
}

// parallel does the work in several lanes. After an error nothing new is begun,
// and what is under way goes on, for the next run to find it done.
func parallel(work []func() error) error {
	var mu sync.Mutex
	var errs []error
	var group sync.WaitGroup
	for range min(lanes, len(work)) {
		group.Go(func() {
			for {
				mu.Lock()
				if len(work) == 0 || len(errs) > 0 {
					mu.Unlock()
					return
				}
				do := work[0]
				work = work[1:]
				mu.Unlock()
				if err := do(); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	return joined(errs)
}

// joined is all that went wrong, each once. Reasons for another round count only
// if there is none to stop.
func joined(errs []error) error {
	if stop := slices.DeleteFunc(slices.Clone(errs), gone); len(stop) > 0 {
		errs = stop
	}
	var seen []string
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool {
		again := slices.Contains(seen, err.Error())
		seen = append(seen, err.Error())
		return again
	})...)
}
