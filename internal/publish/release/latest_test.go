package release

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func reading(t *testing.T, handler http.HandlerFunc) Options {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return Options{APIURL: server.URL + "/api/v3", Token: "t0ken", Repository: "me/app", Now: time.Now, Client: server.Client()}
}

func TestLatest(t *testing.T) {
	o := reading(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer t0ken" {
			t.Errorf("%s with authorization %q", r.URL.Path, got)
		}
		switch r.URL.Path {
		case "/api/v3/repos/me/app/releases/latest":
			_, _ = io.WriteString(w, `{"tag_name": "v1", "assets": [{"id": 1, "name": "a.rpm", "state": "uploaded"}, {"id": 2, "name": "half.deb", "state": "starter"}, {"id": 3, "name": "b.deb", "state": "uploaded"}]}`)
		case "/api/v3/repos/me/app/releases/assets/3":
			_, _ = io.WriteString(w, "bytes")
		default:
			t.Errorf("asked for %s", r.URL.Path)
		}
	})
	deb := func(name string) bool { return strings.HasSuffix(name, ".deb") }
	tag, content, err := Latest(t.Context(), o, deb)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	if data, err := io.ReadAll(content); tag != "v1" || string(data) != "bytes" || err != nil {
		t.Errorf("release %q with %q, %v", tag, data, err)
	}
	if tag, content, err := Latest(t.Context(), o, func(string) bool { return false }); tag != "v1" || content != nil || err != nil {
		t.Errorf("no such asset: %q, %v, %v", tag, content, err)
	}
	none := reading(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"message": "Not Found"}`)
	})
	if tag, content, err := Latest(t.Context(), none, deb); tag != "" || content != nil || err != nil {
		t.Errorf("no release: %q, %v, %v", tag, content, err)
	}
}

// TestComment writes one comment for each package, and the same one again.
func TestComment(t *testing.T) {
	comments := map[int]string{7: "by a person\n<!-- pinpack: app -->\n"}
	next := 8
	o := reading(t, func(w http.ResponseWriter, r *http.Request) {
		var sent struct{ Body string }
		if r.Method != http.MethodGet {
			if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
				t.Error(err)
			}
		}
		switch r.Method + " " + r.URL.Path {
		case "GET /api/v3/repos/me/app/issues/3/comments":
			var list []map[string]any
			for id, body := range comments {
				list = append(list, map[string]any{"id": id, "body": body})
			}
			_ = json.NewEncoder(w).Encode(list)
			return
		case "POST /api/v3/repos/me/app/issues/3/comments":
			comments[next] = sent.Body
			next++
			w.WriteHeader(http.StatusCreated)
		case "PATCH /api/v3/repos/me/app/issues/comments/8":
			comments[8] = sent.Body
		default:
			t.Errorf("asked for %s %s", r.Method, r.URL.Path)
		}
		_, _ = io.WriteString(w, "{}")
	})
	for _, c := range []struct{ subject, text string }{{"app", "one"}, {"app", "two"}, {"other", "three"}} {
		if err := Comment(t.Context(), o, 3, c.subject, c.text); err != nil {
			t.Fatal(err)
		}
	}
	want := map[int]string{7: "by a person\n<!-- pinpack: app -->\n", 8: "<!-- pinpack: app -->\ntwo", 9: "<!-- pinpack: other -->\nthree"}
	for id, body := range want {
		if comments[id] != body {
			t.Errorf("comment %d is %q, want %q", id, comments[id], body)
		}
	}
	if len(comments) != len(want) {
		t.Errorf("%d comments, want %d", len(comments), len(want))
	}
	refused := reading(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"message": "Resource not accessible by integration"}`)
	})
	if err := Comment(t.Context(), refused, 3, "app", "x"); !errors.Is(err, ErrPermission) {
		t.Errorf("a token that may not: %v, want ErrPermission in the chain", err)
	}
}
