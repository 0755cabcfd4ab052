package release

import (
	"context"
	"fmt"
	"net/http"
)

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
