// Package workflow publishes packages as artifacts of a GitHub Actions run, from
// inside the step: protocol v4 of actions/upload-artifact, as its source has it
// (github.com/actions/toolkit, packages/artifact).
//
// An artifact is made by calls of two services. The results service (Twirp in
// JSON) creates it and gives a signed URL; the content goes there in blocks, as
// an Azure block blob; the results service finalizes it, told size and hash.
// Before that nobody sees it, so that what is seen is whole.
package workflow

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/retry"
)

// Options say where artifacts go and what they are. Functions that are not given
// do nothing, or what their comment says.
type Options struct {
	ResultsURL string // required: ACTIONS_RESULTS_URL
	Token      string // required: ACTIONS_RUNTIME_TOKEN

	Name         string // of the zip; required unless Files
	Retention    int    // in days; 0: the repository's default
	MaxRetention int    // in days, from GITHUB_RETENTION_DAYS; 0: not known
	Compression  int    // of the zip: 0 stores, 1 to 9 deflate; packages are compressed already
	Files        bool   // an artifact for each package, not zipped, in place of one zip
	Overwrite    bool   // replace an artifact of the same name

	RunURL string // {server}/{owner}/{repository}/actions/runs/{id}; without it receipts have no URL

	Client   *http.Client                                     // http.DefaultClient
	Sleep    func(ctx context.Context, d time.Duration) error // sleeps, or returns when ctx ends
	Now      func() time.Time                                 // required with Retention
	Mask     func(secret string)                              // is told each secret before anything is said
	Say      func(line string)                                // what a person may want to know, such as a second attempt
	Progress func(name string, done, total int64)             // bytes of an artifact; total is an estimate where the zip is compressed
}

// Target is the workflow run that this process is a step of.
type Target struct {
	Options
	origin  string
	ids     ids
	stall   time.Duration // what one request may take
	block   int           // bytes in a block
	secrets []string      // kept out of lines and errors
}

// What a publication may end in; the errors say more.
var (
	// ErrExists: another artifact has the name already.
	ErrExists = errors.New("this run has an artifact of this name already")
	// ErrQuota: the account may store no more artifacts.
	ErrQuota = errors.New("the account's storage for artifacts is used up")
)

// Available tells whether artifacts can be uploaded from here; if not, why, as a
// sentence for people.
func Available(resultsURL, token string) (ok bool, reason string) {
	if resultsURL == "" || token == "" {
		return false, `ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN are not set, as in a "run:" step, on another CI, and on servers without artifacts v4: want a "uses:" step, or actions/upload-artifact after this one`
	}
	if _, err := parseToken(token); err != nil {
		return false, err.Error()
	}
	return true, ""
}

// Open checks all that can be checked before there is anything to upload. It
// calls nobody. What is wrong is reported at once.
func Open(o Options) (*Target, error) {
	t := &Target{Options: o, stall: 5 * time.Minute, block: 8 << 20, secrets: []string{o.Token}}
	var errs []error
	note := func(err error) { errs = append(errs, err) }
	var err error
	t.origin, err = origin(o.ResultsURL)
	note(err)
	t.ids, err = parseToken(o.Token)
	note(err)
	if !o.Files {
		note(checkName("artifact name", o.Name))
	}
	if o.Retention < 0 {
		note(fmt.Errorf("artifact retention of %d days: want 1 or more, or 0 for the repository's default", o.Retention))
	}
	if o.Retention > 0 && o.Now == nil {
		note(errors.New("artifact retention without a clock: want Options.Now"))
	}
	if o.Compression < 0 || o.Compression > 9 {
		note(fmt.Errorf("artifact compression %d: want 0 (none) to 9 (most)", o.Compression))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	t.fill()
	if o.MaxRetention > 0 && o.Retention > o.MaxRetention {
		t.say("artifacts are kept for %d days, not %d: the repository allows no more", o.MaxRetention, o.Retention)
		t.Retention = o.MaxRetention
	}
	return t, nil
}

// fill puts something behind each function that may be missing.
func (t *Target) fill() {
	if t.Client == nil {
		t.Client = http.DefaultClient
	}
	if t.Sleep == nil {
		t.Sleep = retry.Sleep
	}
	if t.Mask == nil {
		t.Mask = func(string) {}
	}
	if t.Say == nil {
		t.Say = func(string) {}
	}
	if t.Progress == nil {
		t.Progress = func(string, int64, int64) {}
	}
	t.RunURL = strings.TrimRight(t.RunURL, "/")
}

// Publish uploads the packages: in one zip with their SHA256SUMS, or each as it
// is. An artifact with the same content under the same name is a success.
// Nothing is uploaded unless each file is what its Artifact says.
func (t *Target) Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	if len(list) == 0 {
		return nil, nil
	}
	entries, err := inspect(ctx, list)
	if err != nil {
		return nil, err
	}
	if !t.Files {
		placed, err := t.zipped(list, entries).run(ctx)
		if err != nil {
			return nil, fmt.Errorf("upload artifact %q: %w", t.Name, err)
		}
		var receipts []artifact.Receipt
		for _, e := range entries {
			receipts = append(receipts, t.receipt(e.name, t.Name, placed))
		}
		return receipts, nil
	}
	var receipts []artifact.Receipt
	var errs []error
	for _, e := range entries {
		placed, err := t.plain(e).run(ctx)
		if err == nil {
			receipts = append(receipts, t.receipt(e.name, e.name, placed))
			continue
		}
		errs = append(errs, fmt.Errorf("upload artifact %q: %w", e.name, err))
		if !errors.Is(err, ErrExists) {
			break // what holds for one artifact only lets the others pass
		}
	}
	return receipts, errors.Join(errs...)
}

func (t *Target) receipt(file, name string, p placed) artifact.Receipt {
	r := artifact.Receipt{Artifact: file, Target: "workflow:" + name, Digest: "sha256:" + p.sha256}
	if t.RunURL != "" && p.id != "" {
		r.URL = t.RunURL + "/artifacts/" + p.id
	}
	return r
}
