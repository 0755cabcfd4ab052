package testkit

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// GitHub is a GitHub that behaves, as far as releases go: it has state, it is
// strict, and each exchange is held against GitHub's own description of its
// API. What breaks that description, or is none of its calls, fails the test.
//
// It serves as an enterprise server does: the API below /api/v3, uploads below
// /api/uploads, and the content of assets from another host, which refuses to
// see a token. Its methods may be called while it serves.
type GitHub struct {
	t      testing.TB
	server *httptest.Server
	store  *httptest.Server // of contents
	rules  *openAPI

	mu       sync.Mutex
	repos    map[string]*githubRepo
	tokens   map[string]GitHubAccess
	faults   []*GitHubFault
	requests []string
	nextID   int64
	noDigest bool
}

// GitHubAccess is what a token may do.
type GitHubAccess int

// A token that is not known is refused as an expired one is.
const (
	GitHubRead  GitHubAccess = 1 + iota // contents: read
	GitHubWrite                         // contents: write
)

type githubRepo struct {
	name      string // OWNER/NAME
	tags      []string
	immutable bool
	releases  []*GitHubRelease
	published []GitHubRelease
}

// GitHubRelease is a release as it is at one moment.
type GitHubRelease struct {
	ID         int64
	Tag        string
	Name       string
	Body       string
	Draft      bool
	Prerelease bool
	Immutable  bool
	MakeLatest string // of the call that published it
	Assets     []*GitHubAsset
}

// GitHubAsset is a file of a release.
type GitHubAsset struct {
	ID          int64
	Name        string
	Label       string
	ContentType string
	Content     []byte
	Starter     bool // its upload has not come to its end
}

// NewGitHub serves until the test ends.
func NewGitHub(t testing.TB) *GitHub {
	t.Helper()
	g := &GitHub{t: t, rules: githubRules(t), repos: map[string]*githubRepo{}, tokens: map[string]GitHubAccess{}, nextID: 1000}
	g.server = httptest.NewServer(g)
	t.Cleanup(g.server.Close)
	// Contents are on another host. It has an address, since not every test
	// machine knows the name localhost.
	other, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Fatal(err)
	}
	g.store = &httptest.Server{Listener: other, Config: &http.Server{Handler: g}}
	g.store.Start()
	t.Cleanup(g.store.Close)
	return g
}

// APIURL is what GITHUB_API_URL is to be.
func (g *GitHub) APIURL() string {
	return g.server.URL + "/api/v3"
}

// AddRepo makes the repository OWNER/NAME with tags that were pushed.
func (g *GitHub) AddRepo(name string, tags ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.repos[name] = &githubRepo{name: name, tags: tags}
}

// AddToken makes a token that is valid for every repository.
func (g *GitHub) AddToken(token string, access GitHubAccess) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens[token] = access
}

// RemoveToken has a token expire.
func (g *GitHub) RemoveToken(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.tokens, token)
}

// Freeze makes every release immutable that is published from now on.
func (g *GitHub) Freeze(repo string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.repos[repo].immutable = true
}

// HideDigests makes it an older server, which tells no digest of an asset.
func (g *GitHub) HideDigests() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.noDigest = true
}

// AddRelease puts a release there, as another job or a person does, and returns
// its ID, which is a new one if it is 0. The assets need names and contents only.
func (g *GitHub) AddRelease(repo string, r GitHubRelease) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.ID == 0 {
		r.ID = g.id()
	}
	r = r.clone()
	for _, a := range r.Assets {
		a.ID = g.id()
	}
	g.repos[repo].releases = append(g.repos[repo].releases, &r)
	return r.ID
}

// AddAsset puts an asset into a release.
func (g *GitHub) AddAsset(repo string, release int64, a GitHubAsset) {
	g.mu.Lock()
	defer g.mu.Unlock()
	a.ID = g.id()
	r := g.repos[repo].release(release)
	r.Assets = append(r.Assets, &a)
}

// Publish publishes a release, as another job or a person does.
func (g *GitHub) Publish(repo string, release int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.publish(g.repos[repo], g.repos[repo].release(release))
}

// Remove deletes a release.
func (g *GitHub) Remove(repo string, release int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.repos[repo]
	p.releases = slices.DeleteFunc(p.releases, func(r *GitHubRelease) bool { return r.ID == release })
}

// RemoveAsset deletes an asset, if it is there.
func (g *GitHub) RemoveAsset(repo string, release int64, name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.repos[repo].release(release)
	r.Assets = slices.DeleteFunc(r.Assets, func(a *GitHubAsset) bool { return a.Name == name })
}

// Releases returns the repository's releases, the oldest first.
func (g *GitHub) Releases(repo string) []GitHubRelease {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []GitHubRelease
	for _, r := range g.repos[repo].releases {
		list = append(list, r.clone())
	}
	return list
}

// Published returns each release as it was in the moment of its publication.
func (g *GitHub) Published(repo string) []GitHubRelease {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.repos[repo].published)
}

// Requests returns the calls so far, in the order of their ends: method, path
// below the API, and status; 0 is a connection that was cut.
func (g *GitHub) Requests() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.requests)
}

// Writes returns those of Requests that are no GET.
func (g *GitHub) Writes() []string {
	return slices.DeleteFunc(g.Requests(), func(r string) bool { return strings.HasPrefix(r, "GET ") })
}

func (g *GitHub) id() int64 {
	g.nextID++
	return g.nextID
}

func (r *GitHubRelease) clone() GitHubRelease {
	c := *r
	c.Assets = nil
	for _, a := range r.Assets {
		copied := *a
		c.Assets = append(c.Assets, &copied)
	}
	return c
}

// Asset returns the asset of that name, or nil.
func (r GitHubRelease) Asset(name string) *GitHubAsset {
	for _, a := range r.Assets {
		if a.Name == name {
			return a
		}
	}
	return nil
}

func (p *githubRepo) release(id int64) *GitHubRelease {
	for _, r := range p.releases {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func (p *githubRepo) asset(id int64) (*GitHubRelease, *GitHubAsset) {
	for _, r := range p.releases {
		for _, a := range r.Assets {
			if a.ID == id {
				return r, a
			}
		}
	}
	return nil, nil
}

func (g *GitHub) publish(repo *githubRepo, r *GitHubRelease) {
	r.Draft, r.Immutable = false, repo.immutable
	repo.published = append(repo.published, r.clone())
}

func (r GitHubRelease) String() string {
	state := "published"
	if r.Draft {
		state = "draft"
	}
	var names []string
	for _, a := range r.Assets {
		name := a.Name
		if a.Starter {
			name += " (starter)"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return fmt.Sprintf("%s %s: %s", r.Tag, state, strings.Join(names, ", "))
}
