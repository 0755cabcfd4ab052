package release

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

func TestOpenRefuses(t *testing.T) {
	const lines = "permissions:\n  contents: write\n"
	for _, row := range []struct {
		name   string
		change func(*Options)
		before func(*world)
		want   []string // words of the error
		token  bool     // it is an ErrPermission
	}{
		{"no token", func(o *Options) { o.Token = "" }, nil, []string{"there is none", lines}, true},
		{"expired token", func(o *Options) { o.Token = "old" }, nil, []string{"expired", "401 Bad credentials", lines}, true},
		{"read-only token", func(o *Options) { o.Token = "reader" }, nil, []string{"403 Resource not accessible by integration", lines}, true},
		{"another repository", func(o *Options) { o.Repository = "acme/secret" }, nil, []string{"read repository", "/api/v3/", lines}, true},
		{"a classic token of a reader", nil, func(w *world) {
			w.Fail(testkit.GitHubFault{Method: "POST", Path: "/repos/acme/demo/releases/generate-notes", Status: 404})
		}, []string{"404", lines}, true},
		{"no tag", func(o *Options) { o.Tag = "v2.0" }, nil, []string{"the tag is not in the repository"}, false},
		{"half a tag", func(o *Options) { o.Tag = "v1" }, nil, []string{"the tag is not in the repository"}, false},
		{"all that is wrong at once", func(o *Options) {
			o.APIURL, o.Token, o.Repository, o.Tag, o.MakeLatest = "api.github.com", "", "demo", "a b", "yes"
		}, nil, []string{`API URL "api.github.com"`, "there is none", `repository "demo"`, `tag "a b"`, `make latest "yes"`}, true},
		{"a path for a repository", func(o *Options) { o.Repository = "acme/.." }, nil, []string{`repository "acme/.."`}, false},
		{"no tag at all", func(o *Options) { o.Tag = "" }, nil, []string{"no tag: want"}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.AddToken("reader", testkit.GitHubRead)
			if row.before != nil {
				row.before(w)
			}
			o := w.options()
			if row.change != nil {
				row.change(&o)
			}
			_, err := Open(t.Context(), o)
			if err == nil {
				t.Fatal("no error")
			}
			for _, word := range row.want {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("error %q has not %q", err, word)
				}
			}
			if errors.Is(err, ErrPermission) != row.token {
				t.Errorf("error %q: ErrPermission is %v", err, !row.token)
			}
			if strings.Contains(err.Error(), "good") || strings.Contains(err.Error(), "reader)") {
				t.Errorf("error %q has the token in it", err)
			}
			if len(w.Releases(repo)) > 0 {
				t.Error("there is a release")
			}
		})
	}
}

// TestOpenElsewhere has a URL at which something else answers.
func TestOpenElsewhere(t *testing.T) {
	for answer, want := range map[string]string{"{}": "not as GitHub does", "<html>": "invalid character"} {
		w := newWorld(t)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, answer) }))
		t.Cleanup(server.Close)
		o := w.options()
		o.APIURL = server.URL
		if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestOpenAsksOnly wants Open to go on where only the notes are refused.
func TestOpenAsksOnly(t *testing.T) {
	for _, status := range []int{400, 422} {
		w := newWorld(t)
		w.Fail(testkit.GitHubFault{Method: "POST", Path: "/repos/acme/demo/releases/generate-notes", Status: status})
		if _, err := Open(t.Context(), w.options()); err != nil {
			t.Error(err)
		}
	}
}

func TestTags(t *testing.T) {
	for _, tag := range []string{"v1.0", "1", "release/2026-01", "a#b%c", "v1.0+local", "ümlaut", "@x", "v1-rc.1"} {
		w := newWorld(t)
		w.AddRepo(repo, tag)
		list := packages(t, "x", "a.deb")
		for range 2 {
			w.publish(list, func(o *Options) { o.Tag = tag })
		}
		if got := w.Releases(repo); len(got) != 1 || got[0].Tag != tag || got[0].Draft {
			t.Errorf("tag %q: releases %v", tag, got)
		}
	}
	for _, tag := range []string{"a b", "a~1", "a^", "a:b", "a..b", "a.lock", "a.lock/b", "/a", "a/", "a//b", ".a", "a/.b", "-a", "a.", "@", "a@{1}", "a\\b", "a*", "[a", "a?", "a\n", "refs/heads/a"} {
		if _, err := Open(t.Context(), Options{APIURL: "http://127.0.0.1:1", Token: "x", Repository: repo, Tag: tag, Now: nil}); err == nil || !strings.Contains(err.Error(), "git allows") {
			t.Errorf("tag %q: error %v", tag, err)
		}
	}
}

// TestTokenDies has the token expire, or lose what it may, in the middle.
func TestTokenDies(t *testing.T) {
	for _, call := range calls[3:] {
		for name, die := range map[string]func(*world){
			"expired":   func(w *world) { w.RemoveToken("good") },
			"read-only": func(w *world) { w.AddToken("good", testkit.GitHubRead) },
		} {
			if call.method == "GET" && name == "read-only" {
				continue
			}
			t.Run(call.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				list := packages(t, "x", "a.deb", "b.rpm")
				others := w.scene(call.scene, list)
				w.Fail(testkit.GitHubFault{Method: call.method, Path: call.path, Nth: 1, Before: func() { die(w) }})
				err := w.run(list)
				if !errors.Is(err, ErrPermission) || !strings.Contains(err.Error(), permissions) {
					t.Errorf("error %v", err)
				}
				if strings.Count(err.Error(), "contents: write") > 1 {
					t.Errorf("error says it more than once: %v", err)
				}
				w.unpublished()
				w.AddToken("good", testkit.GitHubWrite)
				w.publish(list)
				w.holds(false, list, others...)
			})
		}
	}
}
