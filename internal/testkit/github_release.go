package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// githubReleaseFields are those of the calls that make and change a release.
type githubReleaseFields struct {
	TagName         *string `json:"tag_name"`
	TargetCommitish *string `json:"target_commitish"`
	Name            *string `json:"name"`
	Body            *string `json:"body"`
	Draft           *bool   `json:"draft"`
	Prerelease      *bool   `json:"prerelease"`
	MakeLatest      *string `json:"make_latest"`
	GenerateNotes   *bool   `json:"generate_release_notes"`
}

func (g *GitHub) getRepo(c *githubCall) githubReply {
	// A workflow's token sees push as false, whatever it may do.
	return githubReply{status: 200, body: g.rules.object("full-repository", map[string]any{
		"full_name": c.repo.name, "name": c.params["repo"],
		"permissions": map[string]bool{"admin": false, "push": false, "pull": false},
	})}
}

func (g *GitHub) getRef(c *githubCall) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	tag, ok := strings.CutPrefix(c.params["ref"], "tags/")
	if !ok || !slices.Contains(c.repo.tags, tag) {
		return notFound
	}
	return githubReply{status: 200, body: g.rules.object("git-ref", map[string]any{"ref": "refs/tags/" + tag})}
}

func (g *GitHub) generateNotes(c *githubCall) githubReply {
	return githubReply{status: 200, body: map[string]any{"name": "v", "body": "## What's changed"}}
}

// getByTag finds published releases only.
func (g *GitHub) getByTag(c *githubCall) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range c.repo.releases {
		if r.Tag == c.params["tag"] && !r.Draft {
			return githubReply{status: 200, body: g.release(c.repo, r)}
		}
	}
	return notFound
}

// latest finds the newest release that is neither a draft nor a pre-release.
func (g *GitHub) latest(c *githubCall) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, r := range slices.Backward(c.repo.releases) {
		if !r.Draft && !r.Prerelease {
			return githubReply{status: 200, body: g.release(c.repo, r)}
		}
	}
	return notFound
}

// listReleases shows drafts to those only who may write.
func (g *GitHub) listReleases(c *githubCall) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []any
	for _, r := range slices.Backward(c.repo.releases) {
		if !r.Draft || c.access == GitHubWrite {
			list = append(list, g.release(c.repo, r))
		}
	}
	return g.page(c, list)
}

// page cuts one page out of a list, and says where the next one is.
func (g *GitHub) page(c *githubCall, list []any) githubReply {
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(c.r.URL.Query().Get(name)); err == nil && n > 0 {
			return n
		}
		return otherwise
	}
	size, page := min(number("per_page", 30), 100), number("page", 1)
	from, to := min((page-1)*size, len(list)), min(page*size, len(list))
	reply := githubReply{status: 200, header: http.Header{}, body: append([]any{}, list[from:to]...)}
	if to < len(list) {
		next := *c.r.URL
		query := next.Query()
		query.Set("page", strconv.Itoa(page+1))
		next.RawQuery = query.Encode()
		reply.header.Set("Link", fmt.Sprintf(`<%s%s>; rel="next"`, g.server.URL, next.String()))
	}
	return reply
}

// fields decodes a body that has no field but the documented ones.
func (c *githubCall) fields(to any) error {
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.DisallowUnknownFields()
	return d.Decode(to)
}

func (g *GitHub) createRelease(c *githubCall) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	var f githubReleaseFields
	r := &GitHubRelease{}
	reply := g.change(c, &f, r)
	if reply.status != 0 {
		return reply
	}
	if f.GenerateNotes != nil && *f.GenerateNotes {
		r.Body = strings.TrimSpace(r.Body + "\n\n## What's changed")
	}
	draft := r.Draft
	r.ID, r.Draft = g.id(), true
	c.repo.releases = append(c.repo.releases, r)
	if !draft {
		g.publish(c.repo, r)
	}
	return githubReply{status: 201, body: g.release(c.repo, r)}
}

func (g *GitHub) updateRelease(c *githubCall) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := c.repo.release(c.number("release_id"))
	if r == nil {
		return notFound
	}
	var f githubReleaseFields
	changed := *r
	reply := g.change(c, &f, &changed)
	switch {
	case reply.status != 0:
		return reply
	case f.GenerateNotes != nil:
		g.t.Errorf("GitHub: generate_release_notes is for new releases only")
	}
	wasDraft := r.Draft
	*r = changed
	if wasDraft && !r.Draft {
		g.publish(c.repo, r)
	}
	return githubReply{status: 200, body: g.release(c.repo, r)}
}

// change writes the fields of a call into a release, or says what is wrong.
func (g *GitHub) change(c *githubCall, f *githubReleaseFields, r *GitHubRelease) githubReply {
	if err := c.fields(f); err != nil {
		g.t.Errorf("GitHub: %s %s: %v in %s", c.r.Method, c.path, err, c.body)
		return githubError(400, "Problems parsing JSON")
	}
	set(&r.Tag, f.TagName)
	set(&r.Name, f.Name)
	set(&r.Body, f.Body)
	set(&r.Draft, f.Draft)
	set(&r.Prerelease, f.Prerelease)
	set(&r.MakeLatest, f.MakeLatest)
	invalid := func(field, code, message string) githubReply {
		return githubError(422, "Validation Failed", GitHubFieldError{Resource: "Release", Code: code, Field: field, Message: message})
	}
	other := slices.ContainsFunc(c.repo.releases, func(o *GitHubRelease) bool { return o.ID != r.ID && o.Tag == r.Tag && !o.Draft })
	switch {
	case f.TargetCommitish != nil: // with a commit that changes workflows
		return githubError(403, "Resource not accessible by integration")
	case r.Tag == "":
		return invalid("tag_name", "missing_field", "")
	case utf8.RuneCountInString(r.Body) > 125000:
		return invalid("body", "custom", "body is too long (maximum is 125000 characters)")
	case !r.Draft && !slices.Contains(c.repo.tags, r.Tag):
		return invalid("", "custom", "Published releases must have a valid tag")
	case !r.Draft && other:
		return invalid("tag_name", "already_exists", "")
	case f.MakeLatest != nil && *f.MakeLatest == "true" && (r.Draft || r.Prerelease):
		return invalid("make_latest", "custom", "Latest release cannot be draft or prerelease")
	case r.Immutable && f.Draft != nil && *f.Draft:
		return invalid("draft", "custom", "an immutable release cannot become a draft")
	}
	return githubReply{}
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (g *GitHub) deleteRelease(c *githubCall) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	before := len(c.repo.releases)
	c.repo.releases = slices.DeleteFunc(c.repo.releases, func(r *GitHubRelease) bool { return r.ID == c.number("release_id") })
	if len(c.repo.releases) == before {
		return notFound
	}
	return githubReply{status: 204}
}

func (c *githubCall) number(param string) int64 {
	n, _ := strconv.ParseInt(c.params[param], 10, 64)
	return n
}

// release is a release as the API shows it.
func (g *GitHub) release(repo *githubRepo, r *GitHubRelease) map[string]any {
	assets := []any{}
	for _, a := range r.Assets {
		assets = append(assets, g.asset(repo, r, a))
	}
	var published any
	if !r.Draft {
		published = githubTime
	}
	at := fmt.Sprintf("%s/repos/%s/releases/%d", g.APIURL(), repo.name, r.ID)
	return g.rules.object("release", map[string]any{
		"id": r.ID, "tag_name": r.Tag, "name": r.Name, "body": r.Body, "draft": r.Draft, "prerelease": r.Prerelease,
		"immutable": r.Immutable, "published_at": published, "assets": assets, "url": at, "assets_url": at + "/assets",
		"html_url":   g.server.URL + "/" + repo.name + "/releases/tag/" + r.page(),
		"upload_url": strings.Replace(at, "/api/v3/", "/api/uploads/", 1) + "/assets{?name,label}",
	})
}

// page is the end of the addresses of a release's files and its own. A draft's
// are made up.
func (r *GitHubRelease) page() string {
	if r.Draft {
		return fmt.Sprintf("untagged-%d", r.ID)
	}
	return r.Tag
}
