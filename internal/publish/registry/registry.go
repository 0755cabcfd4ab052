// Package registry publishes to package services over HTTP: a table of those for
// which a request for each file is all it takes, and code for the others.
package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/retry"
	"github.com/pinpack/pinpack/internal/publish/target"
)

// Target is a place at a service.
type Target struct {
	kind    *Kind
	name    string // its URL, without secrets
	at      address
	client  *client
	setup   target.Setup
	secrets map[string]string // by the variable
	service service
}

// service is what differs between services.
type service interface {
	// check asks whether the place is there and the credentials are good.
	check(ctx context.Context) error
	// put brings the files there, of which there is at least one. done is called
	// for each that is there, also when others fail.
	put(ctx context.Context, list []artifact.Artifact, done func(artifact.Artifact, string)) error
}

// stall is for how long nothing may move in a request. Services take their time
// to rebuild their indexes before they answer.
const stall = 5 * time.Minute

// Open reads a target's URL and finds the credentials. It speaks to no server.
func Open(k *Kind, link string, s target.Setup) (*Target, error) {
	mask := s.Mask
	if mask == nil {
		mask = func(string) {}
	}
	at, err := k.parse(link)
	if err != nil {
		return nil, err
	}
	getenv := s.Getenv
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	login, loginErr := k.logIn(at.user, getenv, mask)
	t := &Target{kind: k, name: target.Name(link), at: at, setup: s}
	h := s.Client
	if h == nil {
		h = http.DefaultClient
	}
	t.client = &client{http: h, login: login, retry: retry.Policy{Now: s.Now, Say: s.Say}, stall: stall, wanted: k.wanted()}
	t.secrets = map[string]string{}
	for _, name := range k.secrets {
		t.secrets[name] = getenv(name)
		mask(t.secrets[name])
	}
	if k.code != nil {
		t.service = k.code(t)
	} else {
		t.service, err = newRows(t, getenv, mask)
	}
	return t, errors.Join(loginErr, err)
}

// Check asks the service whether it takes what it will be sent.
func (t *Target) Check(ctx context.Context) error { return t.service.check(ctx) }

// Takes tells whether files like this one go there.
func (t *Target) Takes(a artifact.Artifact) bool {
	_, ok := t.route(a.Format)
	if a.OfBuild() && t.kind.passes() && !strings.Contains(t.at.template, "{version}") {
		return false // the next build has a file of the name, too
	}
	if wanted := t.at.lists["format"]; len(wanted) > 0 {
		return ok && slices.Contains(wanted, a.Format)
	}
	return ok
}

// Publish brings the files to the service. One that is there already is a success,
// another content under its name an error, unless it may be replaced.
func (t *Target) Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	var wanted []artifact.Artifact
	for _, a := range list {
		if t.Takes(a) {
			wanted = append(wanted, a)
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	var mu sync.Mutex
	var receipts []artifact.Receipt
	err := t.service.put(ctx, wanted, func(a artifact.Artifact, link string) {
		mu.Lock()
		defer mu.Unlock()
		receipts = append(receipts, artifact.Receipt{Artifact: a.Name, Target: t.name, URL: link, Digest: "sha256:" + a.SHA256})
	})
	slices.SortStableFunc(receipts, func(a, b artifact.Receipt) int { return strings.Compare(a.Artifact, b.Artifact) })
	return receipts, err
}

// each puts one file after the other, or several at the same time. One that fails
// keeps none of the others.
func (t *Target) each(ctx context.Context, list []artifact.Artifact, put func(context.Context, artifact.Artifact) error) error {
	width := 1
	if t.kind.parallel {
		width = 4
	}
	errs := make([]error, len(list))
	slots := make(chan struct{}, width)
	var group sync.WaitGroup
	for i, a := range list {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				errs[i] = context.Cause(ctx)
				return
			}
			if err := put(ctx, a); err != nil {
				errs[i] = fmt.Errorf("publish %q: %w", a.Name, err)
			}
		})
	}
	group.Wait()
	return joined(ctx, errs)
}

// joined is all errors, and the reason only where the work was cancelled.
func joined(ctx context.Context, errs []error) error {
	if ctx.Err() != nil && errors.Join(errs...) != nil {
		return context.Cause(ctx)
	}
	return errors.Join(errs...)
}

// ErrOther is in the chain when there is another file of the name.
var ErrOther = errors.New("there is another content under this name: want a new version or iteration, or the input overwrite")

// ErrUnknown is in the chain when there is a file of the name, and the service does
// not say which.
var ErrUnknown = errors.New("there is a file of this name, and the service does not say whether it is the same: want a new version or iteration, or if-exists=skip in the target's URL")
