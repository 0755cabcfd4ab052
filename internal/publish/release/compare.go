package release

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// verify holds what GitHub says to hold against what there is to publish.
func (t *Target) verify(ctx context.Context, there []asset, files []file) error {
	for _, f := range files {
		a, ok := named(there, f.name)
		if !ok {
			return againError{fmt.Sprintf("the asset %q is not there any more", f.name)}
		}
		same, err := t.same(ctx, a, f)
		if err != nil {
			return fmt.Errorf("compare %q: %w", f.name, err)
		}
		if !same {
			return againError{fmt.Sprintf("the asset %q has got another content", f.name)}
		}
	}
	return nil
}

// compare is all that can be done with an immutable release.
func (t *Target) compare(ctx context.Context, r *found, files []file) ([]asset, error) {
	there, err := t.assets(ctx, r.ID)
	if err != nil {
		return nil, fmt.Errorf("list assets: %w", err)
	}
	var wrong []string
	for _, f := range files {
		a, ok := named(there, f.name)
		if !ok {
			wrong = append(wrong, fmt.Sprintf("%q is missing", f.name))
			continue
		}
		same, err := t.same(ctx, a, f)
		if err != nil {
			return nil, fmt.Errorf("compare %q: %w", f.name, err)
		}
		if !same {
			wrong = append(wrong, fmt.Sprintf("%q has another content", f.name))
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("it is published and immutable, and %s: want a new tag; where several jobs fill one release, want each to leave it a draft and one after them to publish it", strings.Join(wrong, ", "))
	}
	t.say("release %q is published, immutable, and has all of this", t.o.Tag)
	return there, nil
}

func named(list []asset, name string) (asset, bool) {
	i := slices.IndexFunc(list, func(a asset) bool { return a.Name == name })
	if i < 0 {
		return asset{}, false
	}
	return list[i], true
}
