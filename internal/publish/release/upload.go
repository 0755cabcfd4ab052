package release

import (
	"context"
	"fmt"
	"net/http"
)

// upload brings one file under the name, over as many tries as it takes. After
// each it looks what the last one left: the whole file may be there although the
// answer was lost, or a dead half that keeps the name from being used again.
func (t *Target) upload(ctx context.Context, r *found, f file, name string) error {
	for p := (tries{}); ; {
		a, err := t.post(ctx, r, f, name)
		if err == nil {
			err := t.checkStored(ctx, a, f, name)
			if err == nil {
				t.say("uploaded %s (%d bytes)", name, f.size)
			}
			return err
		}
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("upload %q: %w", name, context.Cause(ctx))
		case status(err) == http.StatusNotFound:
			return againError{"the release has been deleted"}
		case says(err, "immutable release"):
			return againError{"it has been published by another job, and is immutable"}
		}
		exists := refuses(err, "already_exists")
		wait := err
		if exists {
			wait = fmt.Errorf("another run has begun to upload %q", name)
		}
		if err := t.pause(ctx, &p, wait); err != nil {
			return fmt.Errorf("upload %q: %w", name, explain(err))
		}
		done, err := t.takeStock(ctx, r, f, name, exists && p.n <= looks)
		if done || err != nil {
			return err
		}
	}
}

// takeStock looks for what the last try left, and makes way for the next.
func (t *Target) takeStock(ctx context.Context, r *found, f file, name string, alive bool) (done bool, err error) {
	list, err := t.assets(ctx, r.ID)
	if err != nil {
		return false, fmt.Errorf("list assets: %w", err)
	}
	a, ok := named(list, name)
	switch {
	case !ok:
		return false, nil
	case a.State == uploaded:
		same, err := t.same(ctx, a, f)
		if err != nil {
			return false, fmt.Errorf("compare %q: %w", name, err)
		}
		if same {
			return true, nil
		}
		if !part.MatchString(name) { // a part's name tells its content
			return false, againError{fmt.Sprintf("another run has uploaded another content as %q", name)}
		}
	case alive:
		return false, nil
	}
	if err := t.removeAsset(ctx, a.ID); err != nil {
		return false, fmt.Errorf("delete what the last try left of %q: %w", name, err)
	}
	return false, nil
}

// checkStored holds GitHub's answer to an upload against the file. What is not
// right is deleted at once.
func (t *Target) checkStored(ctx context.Context, a asset, f file, name string) error {
	same, err := t.same(ctx, a, f)
	if err != nil {
		return fmt.Errorf("compare %q: %w", name, err)
	}
	if same && a.Name == name {
		return nil
	}
	if err := t.removeAsset(ctx, a.ID); err != nil {
		return fmt.Errorf("upload %q: delete it, since GitHub stored it wrong: %w", name, err)
	}
	if a.Name != name {
		return fmt.Errorf("upload %q: GitHub stored it as %q, and it was deleted again: want a name of ASCII letters, digits, and .-_+@ only", name, a.Name)
	}
	return fmt.Errorf("upload %q: GitHub stored other bytes (%s, %d bytes) than those packed (sha256:%s, %d bytes), and they were deleted again: want the file unchanged while it is published, and this run again",
		name, a.Digest, a.Size, f.sha256, f.size)
}
