package release

import (
	"context"
	"fmt"

	"github.com/pinpack/pinpack/internal/artifact"
)

func (t *Target) publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	files, err := files(list, t.o.Key != nil)
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
			t.discard(ctx, r.ID, files)
			return t.receipts(there, files), nil
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
