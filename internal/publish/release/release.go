// Package release publishes packages as the assets of a GitHub release.
//
// A release is made as a draft, filled, compared with what was to be in it, and
// published by one call at the very end: whoever sees it sees it whole. All of
// it can be done again at any time. What is there with the right digest stays,
// what a dead run left half-way is replaced, and jobs that work on the same tag
// at the same time end with one release that has the assets of all of them.
//
// It is the only package that may import go-github.
package release

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/retry"
	"github.com/pinpack/pinpack/internal/signature"
)

// Options says what is published, where, and by whom.
type Options struct {
	APIURL     string // required: GITHUB_API_URL, of github.com, ghe.com or an own server
	Token      string // required: it may write contents
	Repository string // required: OWNER/NAME
	Tag        string // required: it is in the repository already; "refs/tags/" before it is cut off

	Name          string // the release's title; empty: the tag
	Notes         string // its text; what is over 125,000 characters is cut off
	GenerateNotes bool   // GitHub's list of changes after them
	Draft         bool   // leave the release a draft
	Prerelease    bool
	MakeLatest    string // "true", "false", "legacy", or empty for GitHub's rule; not for a prerelease
	Overwrite     bool   // replace an asset of the same name and another content

	// Key signs SHA256SUMS, and its public part is published beside it; nil: nothing
	// is signed. The jobs that fill one release want the same key.
	Key *signature.Key

	Now      func() time.Time                                 // required
	Client   *http.Client                                     // nil: http.DefaultClient
	Sleep    func(ctx context.Context, d time.Duration) error // nil: a timer
	Say      func(line string)                                // nil: silence
	Progress func(name string, done, total int64)             // nil: silence; goes back to 0 when an upload starts again
}

// Release is the release that a Target published into.
type Release struct {
	ID        int64
	Tag       string
	URL       string // its page
	UploadURL string // as the API gives it, a URI template
	Draft     bool
	Immutable bool
}

// Target is the release of one tag, which may not exist yet.
type Target struct {
	o       Options
	base    *url.URL      // of the API, with a slash at its end
	repo    string        // its path below base
	limit   time.Duration // of one call
	stall   time.Duration // for which an upload may stand still
	made    []int64       // drafts made by this Target
	release Release

	mu    sync.Mutex       // of what uploads share
	known map[int64]string // SHA-256 of assets that were downloaded to learn it
}

// Open checks all that can be checked before there is anything to publish: the
// options, that the repository and the tag are there, and that the token may
// write releases. It changes nothing. An error about a token is an
// ErrPermission and has the lines to add to the workflow.
func Open(ctx context.Context, o Options) (*Target, error) {
	o.Tag = strings.TrimPrefix(o.Tag, "refs/tags/")
	base, err := o.check()
	if err != nil {
		return nil, err
	}
	if o.Client == nil {
		o.Client = http.DefaultClient
	}
	if o.Sleep == nil {
		o.Sleep = retry.Sleep
	}
	t := &Target{
		o: o, base: base, repo: "repos/" + o.Repository,
		limit: time.Minute, stall: 2 * time.Minute,
		known: map[int64]string{},
	}
	if err := t.checkAccess(ctx); err != nil {
		return nil, fmt.Errorf("release %q in %s: %w", o.Tag, o.Repository, err)
	}
	return t, nil
}

// Release returns the release as Publish left it.
func (t *Target) Release() Release {
	return t.release
}

// Publish brings the packages and a file SHA256SUMS into the tag's release, and
// publishes it if it is a draft and is not to stay one. Then it reads back what
// GitHub holds: a nil error means that every package is there, byte for byte.
// Nothing is published before it is complete, and an error says that the next
// run has something left to do; what is done by then stays for it to find.
//
// A package has there the name that StoredName tells. SHA256SUMS has a line for
// every asset, also for those of other jobs and people. A release that was
// published before gets what it lacks. One that is published and immutable is
// compared only.
func (t *Target) Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	receipts, err := t.publish(ctx, list)
	if err != nil {
		return nil, fmt.Errorf("release %q in %s: %w", t.o.Tag, t.o.Repository, err)
	}
	return receipts, nil
}

// say tells people a line. Uploads speak at the same time.
func (t *Target) say(format string, args ...any) {
	if t.o.Say == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.o.Say(fmt.Sprintf(format, args...))
}

func (t *Target) progress(name string, done, total int64) {
	if t.o.Progress == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.o.Progress(name, done, total)
}
