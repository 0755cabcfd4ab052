package testkit

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

const githubTime = "2026-01-02T03:04:05Z"

// githubCall is a call on its way through the server.
type githubCall struct {
	w      http.ResponseWriter
	r      *http.Request
	path   string // below the API
	params map[string]string
	body   []byte // of a call other than an upload
	repo   *githubRepo
	access GitHubAccess
	fault  GitHubFault
}

// githubReply is its answer. A status of 0 cuts the connection.
type githubReply struct {
	status int
	header http.Header
	body   any // as JSON; nil: none
}

// githubRoutes are the calls that this server knows, by the description's paths.
var githubRoutes = []struct {
	method, path string
	write        bool
	serve        func(*GitHub, *githubCall) githubReply
	template     *regexp.Regexp
}{
	{"GET", "/repos/{owner}/{repo}", false, (*GitHub).getRepo, nil},
	{"GET", "/repos/{owner}/{repo}/git/ref/{ref}", false, (*GitHub).getRef, nil},
	{"GET", "/repos/{owner}/{repo}/releases", false, (*GitHub).listReleases, nil},
	{"POST", "/repos/{owner}/{repo}/releases", true, (*GitHub).createRelease, nil},
	{"GET", "/repos/{owner}/{repo}/releases/latest", false, (*GitHub).latest, nil},
	{"POST", "/repos/{owner}/{repo}/releases/generate-notes", true, (*GitHub).generateNotes, nil},
	{"GET", "/repos/{owner}/{repo}/releases/tags/{tag}", false, (*GitHub).getByTag, nil},
	{"PATCH", "/repos/{owner}/{repo}/releases/{release_id}", true, (*GitHub).updateRelease, nil},
	{"DELETE", "/repos/{owner}/{repo}/releases/{release_id}", true, (*GitHub).deleteRelease, nil},
	{"GET", "/repos/{owner}/{repo}/releases/{release_id}/assets", false, (*GitHub).listAssets, nil},
	{"POST", "/repos/{owner}/{repo}/releases/{release_id}/assets", true, (*GitHub).upload, nil},
	{"GET", "/repos/{owner}/{repo}/releases/assets/{asset_id}", false, (*GitHub).getAsset, nil},
	{"PATCH", "/repos/{owner}/{repo}/releases/assets/{asset_id}", true, (*GitHub).updateAsset, nil},
	{"DELETE", "/repos/{owner}/{repo}/releases/assets/{asset_id}", true, (*GitHub).deleteAsset, nil},
}

func init() {
	for i := range githubRoutes {
		githubRoutes[i].template = template(githubRoutes[i].path)
	}
}

// ServeHTTP answers as GitHub does, or as a fault wants it.
func (g *GitHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, api := strings.CutPrefix(r.URL.EscapedPath(), "/api/v3/")
	upload := false
	if !api {
		path, upload = strings.CutPrefix(r.URL.EscapedPath(), "/api/uploads/")
	}
	if !api && !upload {
		g.serveContent(w, r)
		return
	}
	c := &githubCall{w: w, r: r, path: "/" + path}
	for _, route := range githubRoutes {
		m := route.template.FindStringSubmatch(c.path)
		if m == nil || r.Method != route.method || upload != (r.Method == "POST" && strings.HasSuffix(c.path, "/assets")) {
			continue
		}
		c.params = map[string]string{}
		for i, name := range route.template.SubexpNames()[1:] {
			value, err := url.PathUnescape(m[i+1])
			if err != nil {
				g.t.Errorf("GitHub: %s %s: %v", r.Method, c.path, err)
			}
			c.params[name] = value
		}
		g.exchange(c, route.path, upload, route.write, route.serve)
		return
	}
	g.t.Errorf("GitHub: %s %s is no call that it knows", r.Method, r.URL)
	g.write(c, notFound, nil)
}

// exchange carries a call out between the checks of request and answer.
func (g *GitHub) exchange(c *githubCall, path string, upload, write bool, serve func(*GitHub, *githubCall) githubReply) {
	if !upload {
		var err error
		if c.body, err = io.ReadAll(c.r.Body); err != nil {
			return
		}
	}
	x, err := g.rules.request(c.r, path, c.params, c.body, upload)
	if err != nil {
		g.t.Errorf("GitHub: %s %s breaks the API's description: %v\n%s", c.r.Method, c.r.URL, err, c.body)
	}
	name, _ := url.PathUnescape(c.path)
	c.fault = g.fault(c.r.Method, name)
	if c.fault.Before != nil {
		c.fault.Before()
	}
	reply, refused := g.admit(c, write)
	if !refused && (c.fault.Status == 0 && !c.fault.Cut || c.fault.Carried || upload) {
		reply = serve(g, c)
	}
	switch {
	case refused:
	case c.fault.Cut:
		reply = githubReply{}
	case c.fault.Status != 0:
		reply = githubError(c.fault.Status, c.fault.Message, c.fault.Errors...)
		reply.header = c.fault.Header
	}
	g.write(c, reply, x)
}

// admit looks at what all calls have in common.
func (g *GitHub) admit(c *githubCall, write bool) (githubReply, bool) {
	token, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if c.r.Header.Get("User-Agent") == "" || c.r.Header.Get("X-Github-Api-Version") != "2022-11-28" {
		g.t.Errorf("GitHub: %s %s: want a User-Agent and X-GitHub-Api-Version 2022-11-28, got %v", c.r.Method, c.path, c.r.Header)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	c.access = g.tokens[token]
	c.repo = g.repos[c.params["owner"]+"/"+c.params["repo"]]
	switch {
	case !ok:
		return githubError(401, "Requires authentication"), true
	case c.access == 0:
		return githubError(401, "Bad credentials"), true
	case c.repo == nil:
		return notFound, true
	case write && c.access < GitHubWrite:
		return githubError(403, "Resource not accessible by integration"), true
	}
	return githubReply{}, false
}

// write sends the answer, after it was held against the description itself.
func (g *GitHub) write(c *githubCall, reply githubReply, x *exchange) {
	g.mu.Lock()
	g.requests = append(g.requests, fmt.Sprintf("%s %s %d", c.r.Method, c.path, reply.status))
	g.mu.Unlock()
	if reply.status == 0 {
		panic(http.ErrAbortHandler) // closes the connection
	}
	var body []byte
	if reply.body != nil {
		var err error
		if body, err = json.Marshal(reply.body); err != nil {
			g.t.Errorf("GitHub: %v", err)
		}
	}
	header := c.w.Header()
	header.Set("X-RateLimit-Limit", "5000")
	header.Set("X-RateLimit-Remaining", "4999")
	header.Set("X-RateLimit-Reset", "4102444800")
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	maps.Copy(header, reply.header)
	if x != nil {
		if err := x.response(reply.status, header, body); err != nil {
			g.t.Errorf("GitHub's own answer to %s %s, %d, breaks the description: %v\n%s", c.r.Method, c.path, reply.status, err, body)
		}
	}
	c.w.WriteHeader(reply.status)
	_, _ = c.w.Write(body)
}

var notFound = githubError(404, "Not Found")

// githubError is an answer in the form that GitHub gives its errors.
func githubError(status int, message string, errs ...GitHubFieldError) githubReply {
	if message == "" {
		message = http.StatusText(status)
	}
	body := map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)}
	if strings.Contains(message, "secondary rate limit") {
		body["documentation_url"] = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
	}
	if len(errs) > 0 {
		body["errors"] = errs
	}
	return githubReply{status: status, body: body}
}
