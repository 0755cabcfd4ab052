package release

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
)

func (t *Target) publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	files, err := files(list)
	if err != nil {
		return nil, err
	}
	for p := (tries{}); ; {
		r, err := t.settle(ctx)
		if err != nil {
			return nil, err
		}
		there, err := t.complete(ctx, &r, files)
		if err == nil {
			t.release = Release{r.ID, r.TagName, r.HTMLURL, r.UploadURL, r.Draft, r.Immutable}
			return t.receipts(there, files), t.discard(ctx, r.ID, files)
		}
		if !gone(err) {
			return nil, err
		}
		if err := t.pause(ctx, &p, err); err != nil {
			return nil, err
		}
	}
}

// complete takes the release from whatever it is to what it should be, and
// returns its assets as they are in the end.
func (t *Target) complete(ctx context.Context, r *found, files []file) ([]asset, error) {
	if r.Immutable && !r.Draft {
		return t.compare(ctx, r, files)
	}
	if err := t.bring(ctx, r, files); err != nil {
		return nil, err
	}
	there, err := t.sums(ctx, r, files)
	if err != nil {
		return nil, err
	}
	if there, err = t.sweep(ctx, there, files); err != nil {
		return nil, err
	}
	if err := t.verify(ctx, there, files); err != nil || !r.Draft {
		return there, err
	}

	// Only now is it known which of several drafts is the one.
	first, err := t.find(ctx)
	switch {
	case err != nil:
		return nil, fmt.Errorf("find it: %w", err)
	case first.ID != r.ID:
		return nil, againError{"another release has the tag now"}
	}
	if *r = first; r.Draft && !t.o.Draft {
		if err := t.reveal(ctx, r); err != nil {
			return nil, err
		}
	}
	// The addresses of a draft's assets are others than those of a release's.
	if there, err = t.assets(ctx, r.ID); err != nil {
		return nil, fmt.Errorf("list assets: %w", err)
	}
	return there, t.verify(ctx, there, files)
}

// reveal publishes the draft. Whatever the answer was, the release itself tells
// whether it is published, by this call or by another job's.
func (t *Target) reveal(ctx context.Context, r *found) error {
	err := t.undraft(ctx, r)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	now, findErr := t.find(ctx)
	switch {
	case findErr != nil && err == nil:
		return fmt.Errorf("find it: %w", findErr)
	case findErr != nil:
	case now.ID != r.ID:
		return againError{"another release has the tag now"}
	case !now.Draft:
		*r = now
		t.say("published release %q: %s", t.o.Tag, r.HTMLURL)
		return nil
	case err == nil:
		return againError{"it is still a draft after it was published"}
	}
	return fmt.Errorf("publish the draft: %w", explainWrite(err))
}

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

func (t *Target) receipts(there []asset, files []file) []artifact.Receipt {
	var list []artifact.Receipt
	for _, f := range files {
		a, _ := named(there, f.name)
		list = append(list, artifact.Receipt{
			Artifact: f.artifact, Target: "release:" + t.o.Repository + "@" + t.o.Tag,
			URL: a.DownloadURL, Digest: "sha256:" + f.sha256,
		})
	}
	return list
}

func named(list []asset, name string) (asset, bool) {
	i := slices.IndexFunc(list, func(a asset) bool { return a.Name == name })
	if i < 0 {
		return asset{}, false
	}
	return list[i], true
}
