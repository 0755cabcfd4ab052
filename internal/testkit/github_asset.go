package testkit

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	githubNoName = regexp.MustCompile(`[^A-Za-z0-9_+@.-]`)
	githubDots   = regexp.MustCompile(`\.{2,}`)
)

// githubName is the name that GitHub gives an asset.
func githubName(name string) string {
	stored := githubDots.ReplaceAllString(githubNoName.ReplaceAllString(name, "."), ".")
	if strings.HasPrefix(name, ".") {
		stored = "default" + stored
	}
	stored = strings.Trim(stored, ".")
	if stored != name && !strings.Contains(stored, ".") {
		stored = "default." + stored
	}
	return stored
}

func (g *GitHub) listAssets(c *githubCall) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := c.repo.release(c.number("release_id"))
	if r == nil {
		return notFound
	}
	var list []any
	for _, a := range r.Assets {
		list = append(list, g.asset(c.repo, r, a))
	}
	return g.page(c, list)
}

// upload takes an asset. From its first byte on the name is taken, by an asset
// in the state starter; it stays if the upload does not come to its end.
func (g *GitHub) upload(c *githubCall) githubReply {
	length, kind := c.r.ContentLength, c.r.Header.Get("Content-Type")
	if length <= 0 || kind == "" || len(c.r.TransferEncoding) > 0 {
		g.t.Errorf("GitHub: upload of %s: want Content-Length and Content-Type, got %v", c.r.URL, c.r.Header)
		return githubError(400, "Bad Content-Length")
	}
	cut := c.fault.Cut && !c.fault.Carried
	if c.fault.Status != 0 && !c.fault.Carried && c.fault.Status < 500 {
		return githubReply{} // refused before there is anything
	}
	a := &GitHubAsset{Name: githubName(c.r.URL.Query().Get("name")), Label: c.r.URL.Query().Get("label"), ContentType: kind, Starter: true}
	if reply := g.begin(c, a, length); reply.status != 0 {
		return reply
	}
	var body bytes.Buffer
	if _, err := io.CopyN(&body, c.r.Body, length/2); err != nil {
		return githubReply{}
	}
	if c.fault.Midway != nil {
		c.fault.Midway()
	}
	if cut {
		return githubReply{}
	}
	if _, err := io.Copy(&body, c.r.Body); err != nil || int64(body.Len()) != length {
		return githubReply{}
	}
	if c.fault.Status != 0 && !c.fault.Carried {
		return githubReply{} // what a 502 leaves
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	r, _ := c.repo.asset(a.ID)
	if r == nil {
		return notFound
	}
	a.Content, a.Starter = body.Bytes(), false
	if c.fault.Corrupt {
		a.Content[len(a.Content)/2] ^= 1
	}
	return githubReply{status: 201, body: g.asset(c.repo, r, a)}
}

// begin puts a starter there, if the release takes it.
func (g *GitHub) begin(c *githubCall, a *GitHubAsset, length int64) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := c.repo.release(c.number("release_id"))
	switch {
	case r == nil:
		return notFound
	case r.Immutable:
		return githubError(422, "Cannot upload assets to an immutable release.")
	case length >= 2<<30:
		return githubError(422, "Validation Failed", GitHubFieldError{Resource: "ReleaseAsset", Code: "custom", Field: "size", Message: "size must be less than 2147483648"})
	case r.Asset(a.Name) != nil:
		return githubError(422, "Validation Failed", GitHubFieldError{Resource: "ReleaseAsset", Code: "already_exists", Field: "name"})
	}
	a.ID = g.id()
	r.Assets = append(r.Assets, a)
	return githubReply{}
}

// getAsset tells of an asset, or where its content is.
func (g *GitHub) getAsset(c *githubCall) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, a := c.repo.asset(c.number("asset_id"))
	switch {
	case a == nil:
		return notFound
	case c.r.Header.Get("Accept") != "application/octet-stream":
		return githubReply{status: 200, body: g.asset(c.repo, r, a)}
	}
	return githubReply{status: 302, header: http.Header{"Location": {fmt.Sprintf("%s/store/%s/%d", g.store.URL, c.repo.name, a.ID)}}}
}

func (g *GitHub) updateAsset(c *githubCall) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	var f struct {
		Name  *string `json:"name"`
		Label *string `json:"label"`
		State *string `json:"state"`
	}
	if err := c.fields(&f); err != nil {
		g.t.Errorf("GitHub: %s %s: %v", c.r.Method, c.path, err)
		return githubError(400, "Problems parsing JSON")
	}
	r, a := c.repo.asset(c.number("asset_id"))
	switch {
	case a == nil:
		return notFound
	case r.Immutable:
		return githubError(422, "Cannot change assets of an immutable release.")
	}
	if f.Name != nil {
		name := githubName(*f.Name)
		if other := r.Asset(name); other != nil && other != a {
			return githubError(422, "Validation Failed", GitHubFieldError{Resource: "ReleaseAsset", Code: "already_exists", Field: "name"})
		}
		a.Name = name
	}
	set(&a.Label, f.Label)
	return githubReply{status: 200, body: g.asset(c.repo, r, a)}
}

func (g *GitHub) deleteAsset(c *githubCall) githubReply {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, a := c.repo.asset(c.number("asset_id"))
	switch {
	case a == nil:
		return notFound
	case r.Immutable:
		return githubError(422, "Cannot delete assets from an immutable release.")
	}
	r.Assets = slices.DeleteFunc(r.Assets, func(o *GitHubAsset) bool { return o == a })
	return githubReply{status: 204}
}

// asset is an asset as the API shows it.
func (g *GitHub) asset(repo *githubRepo, r *GitHubRelease, a *GitHubAsset) map[string]any {
	state, size := "uploaded", len(a.Content)
	var digest, label any
	if a.Starter {
		state, size = "starter", 0
	} else if !g.noDigest {
		digest = fmt.Sprintf("sha256:%x", sha256.Sum256(a.Content))
	}
	if a.Label != "" {
		label = a.Label
	}
	return g.rules.object("release-asset", map[string]any{
		"id": a.ID, "name": a.Name, "label": label, "state": state, "content_type": a.ContentType, "size": size, "digest": digest,
		"url":                  fmt.Sprintf("%s/repos/%s/releases/assets/%d", g.APIURL(), repo.name, a.ID),
		"browser_download_url": fmt.Sprintf("%s/%s/releases/download/%s/%s", g.server.URL, repo.name, r.page(), a.Name),
	})
}

// serveContent is the store, and what a browser downloads of a published release.
func (g *GitHub) serveContent(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.Header.Get("Authorization") != "" {
		g.t.Errorf("GitHub: %s got a token that is not for it", r.URL)
		http.Error(w, "Only one auth mechanism allowed", http.StatusBadRequest)
		return
	}
	for _, repo := range g.repos {
		for _, release := range repo.releases {
			for _, a := range release.Assets {
				if !a.Starter && (r.URL.Path == "/store/"+repo.name+"/"+strconv.FormatInt(a.ID, 10) && strings.HasPrefix(r.Host, "127.0.0.2:") ||
					!release.Draft && r.URL.Path == "/"+repo.name+"/releases/download/"+release.Tag+"/"+a.Name) {
					_, _ = w.Write(a.Content)
					return
				}
			}
		}
	}
	http.NotFound(w, r)
}
