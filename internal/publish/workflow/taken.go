package workflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
)

// taken deals with a name that is in use (409) for the time n, counted from 0.
// Either what is there is what we bring, then it is ok; or the next
// CreateArtifact may pass; or it is an error.
//
// The service keeps a name from CreateArtifact on, but shows only what has been
// finalized. A name that is taken by nothing to be seen is being uploaded by
// another job at this moment, or was left by an upload that was cut off or whose
// FinalizeArtifact was refused: overwriting as upload-artifact does it, by
// looking for the artifact, cannot free that one.
func (u *upload) taken(ctx context.Context, n int) (there placed, ok bool, err error) {
	var e stored
	err = u.retry(ctx, "call ListArtifacts", func(ctx context.Context, _ int) (err error) {
		e, err = u.find(ctx)
		return err
	})
	if err != nil {
		return placed{}, false, err
	}
	if e.Name != "" {
		same, err := u.same(e)
		switch {
		case err != nil:
			return placed{}, false, err
		case same:
			return placed{e.DatabaseID.String(), u.sum}, true, nil
		case !u.Overwrite:
			return placed{}, false, fmt.Errorf("%w (id %s, %s), with another content: want %s", ErrExists, e.DatabaseID, e.Digest, u.otherName())
		case n+1 >= attempts:
			return placed{}, false, fmt.Errorf("%w, made anew each time it was deleted: want %s", ErrExists, u.otherName())
		}
		return placed{}, false, u.remove(ctx, e.ids)
	}
	switch {
	case n < 2:
		return placed{}, false, u.pause(ctx, n, 0, "the name %q is taken, and nothing is there yet", u.name)
	case n == 2:
		// With our own job's ids: nothing of another job is touched.
		u.say("the name %q is taken by an upload that was not finished: deleting it, if it is this job's", u.name)
		if err := u.remove(ctx, u.ids); ctx.Err() != nil {
			return placed{}, false, err
		}
		return placed{}, false, nil
	}
	return placed{}, false, fmt.Errorf("%w, begun and not finished: want %s, or the job run again", ErrExists, u.otherName())
}

// same tells whether an artifact has the content that we bring.
func (u *upload) same(e stored) (bool, error) {
	if u.sum == "" {
		h := sha256.New()
		if err := u.write(h); err != nil {
			return false, err
		}
		u.sum = hex.EncodeToString(h.Sum(nil))
	}
	return strings.EqualFold(e.Digest, "sha256:"+u.sum), nil
}

// remove deletes the artifact of our name that the job with these ids made. That
// there is none is fine.
func (u *upload) remove(ctx context.Context, of ids) error {
	err := u.retry(ctx, "call DeleteArtifact", func(ctx context.Context, _ int) error {
		_, err := must(u.call(ctx, "DeleteArtifact", deleteRequest{of, u.name}))
		return err
	})
	if statusOf(err) == http.StatusNotFound {
		return nil
	}
	return err
}

func (u *upload) otherName() string {
	if u.Files {
		return `files whose names differ between the jobs of a matrix, or one zip for each job, with its own "artifact-name"`
	}
	return `another "artifact-name", one for each job of a matrix, or leave to overwrite`
}
