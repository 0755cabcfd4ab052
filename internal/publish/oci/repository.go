package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	registry "github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/pinpack/pinpack/internal/publish/retry"
	"github.com/pinpack/pinpack/internal/publish/target"
)

// Repository is a repository of a registry that has let us in.
type Repository struct {
	repo        name.Repository
	setup       target.Setup
	policy      retry.Policy
	credentials credentials
	transport   http.RoundTripper
}

// Dial lets the registry know who we are, and asks for the right to push and
// pull, and to pull from others.
func Dial(ctx context.Context, a Address, s target.Setup, others ...name.Repository) (*Repository, error) {
	scopes := []string{a.Repository.Scope(registry.PushScope)}
	for _, o := range others {
		if o.RegistryStr() == a.Repository.RegistryStr() && o.String() != a.Repository.String() {
			scopes = append(scopes, o.Scope(registry.PullScope))
		}
	}
	return dial(ctx, a.Repository, s, a.PlainHTTP, true, scopes)
}

// DialToRead is Dial for a repository that is only read. REGISTRY_PASSWORD is for
// it only if it is in the registry that is published to: our own.
func DialToRead(ctx context.Context, repo name.Repository, s target.Setup, plainHTTP, own bool) (*Repository, error) {
	return dial(ctx, repo, s, plainHTTP, own, []string{repo.Scope(registry.PullScope)})
}

func dial(ctx context.Context, repo name.Repository, s target.Setup, plainHTTP, own bool, scopes []string) (*Repository, error) {
	c, err := findCredentials(s, repo, own)
	if err != nil {
		return nil, err
	}
	r := &Repository{repo: repo, setup: s, credentials: c}
	r.policy = retry.Policy{Now: s.Now, Sleep: sleep, Say: s.Say}
	inner := http.DefaultTransport
	if s.Client != nil && s.Client.Transport != nil {
		inner = s.Client.Transport
	}
	patient := &transport{inner: inner, policy: r.policy, plainHTTP: plainHTTP, stall: stall}
	r.transport, err = registry.NewWithContext(ctx, repo.Registry, c.auth, registry.NewUserAgent(patient, "pinpack"), scopes)
	if err != nil {
		return nil, r.explain("log in to "+repo.RegistryStr(), err)
	}
	return r, nil
}

// sleep is how pauses pass; tests have no time for them.
var sleep = retry.Sleep

// options are for calls of go-containerregistry. Attempts are ours to repeat: its
// own pauses do not end with the context.
func (r *Repository) options(ctx context.Context) []remote.Option {
	return []remote.Option{
		remote.WithContext(ctx), remote.WithTransport(r.transport),
		remote.WithRetryPredicate(func(error) bool { return false }),
	}
}

// Found is a manifest that a registry has.
type Found struct {
	v1.Descriptor
	Raw []byte
}

// Get reads the manifest under a tag or a digest; nil where there is none.
func (r *Repository) Get(ctx context.Context, reference string) (*Found, error) {
	ref := r.reference(reference)
	d, err := remote.Get(ref, r.options(ctx)...)
	var refused *registry.Error
	if errors.As(err, &refused) && refused.StatusCode == http.StatusNotFound {
		return nil, nil
	} else if err != nil {
		return nil, r.explain("read "+ref.Name(), err)
	}
	return &Found{d.Descriptor, d.Manifest}, nil
}

// manifest is raw content with its type, as remote.Put takes it.
type manifest struct {
	raw       []byte
	mediaType types.MediaType
}

func (m manifest) RawManifest() ([]byte, error)        { return m.raw, nil }
func (m manifest) MediaType() (types.MediaType, error) { return m.mediaType, nil }

// Put writes a manifest under a tag, or under its digest. What it names must be
// there.
func (r *Repository) Put(ctx context.Context, reference string, raw []byte, mediaType types.MediaType) error {
	ref := r.reference(reference)
	return r.explain("write "+ref.Name(), remote.Put(ref, manifest{raw, mediaType}, r.options(ctx)...))
}

func (r *Repository) reference(s string) name.Reference {
	if strings.Contains(s, ":") {
		return r.repo.Digest(s)
	}
	return r.repo.Tag(s)
}

// Name is the whole name of the repository, without a tag.
func (r *Repository) Name() string { return r.repo.Name() }

// Retry makes a call again while connections break.
func (r *Repository) Retry(ctx context.Context, what string, call func() error) error {
	return r.explain(what, r.policy.Do(ctx, what, func(context.Context) error {
		err := call()
		if transient(err) {
			return retry.Again{Err: err}
		}
		return err
	}))
}

// Remote is what go-containerregistry needs to read images of the repository.
func (r *Repository) Remote(ctx context.Context) []remote.Option { return r.options(ctx) }

// explain says who was refused, and what would help.
func (r *Repository) explain(what string, err error) error {
	if err == nil {
		return nil
	}
	var refused *registry.Error
	if !errors.As(err, &refused) {
		return fmt.Errorf("%s: %w", what, err)
	}
	who := "nobody: no credentials were found"
	if r.credentials.from != "" {
		who = "credentials from " + r.credentials.from
	}
	switch refused.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return &Refused{r.repo.RegistryStr(), fmt.Sprintf("%s: the registry refuses %s: %s", what, who, reason(refused))}
	}
	return fmt.Errorf("%s: %s", what, reason(refused))
}

// reason is what the registry said, without what it asked us to do.
func reason(e *registry.Error) string {
	var list []string
	for _, d := range e.Errors {
		text := strings.TrimSpace(d.Message)
		if text == "" {
			text = string(d.Code)
		}
		list = append(list, text)
	}
	if list == nil {
		return fmt.Sprintf("%d %s", e.StatusCode, http.StatusText(e.StatusCode))
	}
	return fmt.Sprintf("%s (%d)", strings.Join(list, "; "), e.StatusCode)
}

// Refused is the error of a registry that does not let us do what we must.
type Refused struct{ Registry, text string }

func (e *Refused) Error() string { return e.text }

// Check asks whether a push will be taken: it begins an upload and cancels it.
func (r *Repository) Check(ctx context.Context) error {
	client := &http.Client{Transport: r.transport}
	do := func(method, url string) (*http.Response, error) {
		req, err := http.NewRequestWithContext(ctx, method, url, nil)
		if err != nil {
			return nil, err
		}
		return client.Do(req)
	}
	base := r.repo.Scheme() + "://" + r.repo.RegistryStr() + "/v2/" + r.repo.RepositoryStr()
	resp, err := do(http.MethodPost, base+"/blobs/uploads/")
	if err == nil {
		err = registry.CheckError(resp, http.StatusAccepted, http.StatusCreated)
		resp.Body.Close()
	}
	if err != nil {
		return r.explain("push to "+r.repo.Name(), err)
	}
	if at, err := resp.Location(); err == nil {
		if resp, err := do(http.MethodDelete, at.String()); err == nil { // one that stays goes away by itself
			resp.Body.Close()
		}
	}
	return nil
}

func parse[T any](raw []byte) (T, error) {
	var v T
	err := json.Unmarshal(raw, &v)
	return v, err
}
