package testkit

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// complaints is a test that keeps its errors.
type complaints struct {
	testing.TB
	mu   sync.Mutex
	list []string
}

func (c *complaints) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

func TestGitHubIsStrict(t *testing.T) {
	const releases = "/api/v3/repos/o/r/releases"
	for _, row := range []struct {
		name, method, path, body string
		header                   http.Header
		status                   int
		want                     string // of a complaint; empty: none
	}{
		{"list", "GET", releases + "?per_page=100", "", nil, 200, ""},
		{"no token", "GET", releases, "", http.Header{"Authorization": nil}, 401, ""},
		{"unknown token", "GET", releases, "", http.Header{"Authorization": {"Bearer x"}}, 401, ""},
		{"reader's list", "GET", releases, "", http.Header{"Authorization": {"Bearer reader"}}, 200, ""},
		{"reader's write", "POST", releases, `{"tag_name": "v1"}`, http.Header{"Authorization": {"Bearer reader"}}, 403, ""},
		{"unknown parameter", "GET", releases + "?draft=1", "", nil, 200, "no query parameter draft"},
		{"unknown path", "GET", releases + "/drafts/1", "", nil, 404, "no call that it knows"},
		{"draft by tag", "GET", releases + "/tags/v1", "", nil, 404, ""},
		{"slash in a tag", "GET", releases + "/tags/a/b", "", nil, 404, "no call that it knows"},
		{"no user agent", "GET", releases, "", http.Header{"User-Agent": {""}}, 200, "want a User-Agent"},
		{"no tag", "POST", releases, `{"draft": true}`, nil, 422, `property "tag_name" is missing`},
		{"wrong type", "POST", releases, `{"tag_name": "v1", "draft": "yes"}`, nil, 400, "breaks the API's description"},
		{"unknown field", "POST", releases, `{"tag_name": "v1", "draft": true, "assets": []}`, nil, 400, `unknown field "assets"`},
		{"wrong latest", "POST", releases, `{"tag_name": "v1", "draft": true, "make_latest": "maybe"}`, nil, 201, "breaks the API's description"},
		{"upload to the API", "POST", releases + "/1/assets?name=a", "x", nil, 404, "no call that it knows"},
		{"upload without a name", "POST", "/api/uploads/repos/o/r/releases/1/assets", "x", http.Header{"Content-Type": {"a/b"}}, 201, `parameter "name" in query`},
		{"empty upload", "POST", "/api/uploads/repos/o/r/releases/1/assets?name=a", "", http.Header{"Content-Type": {"a/b"}}, 400, "want Content-Length"},
		{"token to the store", "GET", "/store/o/r/2", "", nil, 400, "a token that is not for it"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &complaints{TB: t}
			g := NewGitHub(c)
			g.AddRepo("o/r", "v1")
			g.AddToken("writer", GitHubWrite)
			g.AddToken("reader", GitHubRead)
			g.AddRelease("o/r", GitHubRelease{ID: 1, Tag: "v1", Draft: true, Assets: []*GitHubAsset{{Name: "a.deb", Content: []byte("a")}}})
			req, err := http.NewRequest(row.method, strings.TrimSuffix(g.APIURL(), "/api/v3")+row.path, strings.NewReader(row.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header = http.Header{"Authorization": {"Bearer writer"}, "User-Agent": {"test"}, "X-Github-Api-Version": {"2022-11-28"}, "Content-Type": {"application/json"}}
			for name, values := range row.header {
				req.Header[name] = values
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != row.status {
				t.Errorf("status %d, want %d: %s %v", resp.StatusCode, row.status, body, err)
			}
			if row.name == "reader's list" && string(body) != "[]" {
				t.Errorf("a reader sees drafts: %s", body)
			}
			if got := strings.Join(c.list, "\n"); row.want == "" && got != "" || !strings.Contains(got, row.want) {
				t.Errorf("complaints %q, want %q", got, row.want)
			}
		})
	}
}

func TestGitHubNames(t *testing.T) {
	for name, want := range map[string]string{
		"a_1.0~rc1.deb": "a_1.0.rc1.deb", "foo bar": "foo.bar", ".foo": "default.foo", "a..b": "a.b", "a+b@c": "a+b@c", "a~.b~": "a.b", "~": "default.",
	} {
		if got := githubName(name); got != want {
			t.Errorf("githubName(%q) = %q, want %q", name, got, want)
		}
	}
}
