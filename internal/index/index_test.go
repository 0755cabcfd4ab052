package index

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// open returns an Access that waits for nothing.
func open(t *testing.T, env ...string) *Access {
	t.Helper()
	a, err := NewAccess(env)
	if err != nil {
		t.Fatal(err)
	}
	a.pause = 0
	return a
}

func demo(t *testing.T) (x *testkit.Index, wheel string) {
	t.Helper()
	wheel = testkit.Wheel{Name: "Demo.App", Version: "1.0", RequiresPython: ">=3.8"}.Write(t, t.TempDir())
	return testkit.NewIndex(t, wheel), wheel
}

// only returns the one file that there is of demo-app.
func only(t *testing.T, c Client) File {
	t.Helper()
	files, err := c.Files(t.Context(), "demo-app")
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, error %v", files, err)
	}
	return files[0]
}

func TestFilesAreDownloadedByTheirHash(t *testing.T) {
	x, wheel := demo(t)
	c := open(t).Open(strings.TrimSuffix(x.URL(), "/"))
	f := only(t, c)
	want := File{
		Name: filepath.Base(wheel), URL: strings.TrimSuffix(x.URL(), "simple/") + "files/" + filepath.Base(wheel),
		Hashes: []string{"sha256:" + testkit.SHA256(t, wheel)}, RequiresPython: ">=3.8",
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	to := filepath.Join(t.TempDir(), "file")
	if err := c.Download(t.Context(), f, to); err != nil {
		t.Fatal(err)
	}
	if got := testkit.SHA256(t, to); "sha256:"+got != f.Hashes[0] {
		t.Errorf("stored a file with hash %s", got)
	}
}

func TestWrongFilesAreNeverKept(t *testing.T) {
	x, wheel := demo(t)
	c := open(t).Open(x.URL())
	f := only(t, c)
	x.Corrupt(f.Name)
	dir := t.TempDir()
	to := filepath.Join(dir, "file")
	if err := c.Download(t.Context(), f, to); !errors.Is(err, ErrHash) || x.Count("/files/"+f.Name) != 1 {
		t.Errorf("corrupted: error %v after %d requests", err, x.Count("/files/"+f.Name))
	}
	info, err := os.Stat(wheel)
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int64]string{info.Size() - 1: "it is larger than", info.Size() + 1: "want "} {
		f.Size = size
		if err := c.Download(t.Context(), f, to); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("size %d: error %v, want %q", size, err, want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

func TestPassingFailuresAreTriedAgain(t *testing.T) {
	for _, test := range []struct{ status, times, requests int }{
		{503, 2, 3}, {429, 3, 4}, {502, 0, attempts}, {404, 0, 1}, {403, 0, 1},
	} {
		x, _ := demo(t)
		x.Fail("/simple/demo-app/", test.status, test.times)
		_, err := open(t).Open(x.URL()).Files(t.Context(), "demo-app")
		if fine := test.times > 0; (err == nil) != fine || x.Count("/simple/demo-app/") != test.requests {
			t.Errorf("status %d, %d times: error %v after %d requests, want %d", test.status, test.times, err, x.Count("/simple/demo-app/"), test.requests)
		}
		var status *StatusError
		if err != nil && (!errors.As(err, &status) || status.Status != test.status) {
			t.Errorf("status %d: error %v", test.status, err)
		}
	}
}

// A download that breaks off is begun anew.
func TestBrokenDownloadIsTriedAgain(t *testing.T) {
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			w.Header().Set("Content-Length", "5")
			_, _ = w.Write([]byte("xx"))
			return
		}
		_, _ = w.Write([]byte("hello"))
	}))
	t.Cleanup(s.Close)
	to := filepath.Join(t.TempDir(), "file")
	f := File{Name: "f", URL: s.URL + "/f", Hashes: []string{"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}}
	if err := open(t).Open(s.URL).Download(t.Context(), f, to); err != nil || n != 2 {
		t.Errorf("error %v after %d requests", err, n)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(s.Close)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := open(t).Open(s.URL).Files(ctx, "x"); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
}

func TestPages(t *testing.T) {
	at, err := url.Parse("https://example.org/simple/demo/")
	if err != nil {
		t.Fatal(err)
	}
	const wheel = "demo-1-py3-none-any.whl"
	tests := []struct{ name, kind, text, want string }{
		{"sizes", "application/vnd.pypi.simple.v1+json", `{"meta":{"api-version":"1.1"},"files":[{"filename":"` + wheel + `","url":"../../f/x","hashes":{"md5":"1","sha256":"AB"},"size":7,"yanked":"bad"}]}`,
			"demo-1-py3-none-any.whl https://example.org/f/x [sha256:ab] 7 true"},
		{"newer", "application/vnd.pypi.simple.v1+json", `{"meta":{"api-version":"2.0"}}`, `read the page: api-version "2.0": want 1.x`},
		{"no JSON", "application/json", `{`, "read the page: unexpected end of JSON input: want the simple API's JSON (PEP 691)"},
		{"HTML", "text/html; charset=utf-8", `<!-- <a href="no.whl"> --><base href="/base/"><A data-yanked HREF='` + wheel + `?a=1&amp;b=2#sha256=ab' data-requires-python="&gt;=3">x</A>`,
			"demo-1-py3-none-any.whl https://example.org/base/demo-1-py3-none-any.whl?a=1&b=2 [sha256:ab] 0 true"},
		{"credentials", "text/html", `<a href="https://u:p@other.org/` + wheel + `">x</a>`, "demo-1-py3-none-any.whl https://other.org/demo-1-py3-none-any.whl [] 0 false"},
		{"not for us", "text/html", `<a href="file:///etc/passwd">x</a><a href="javascript:x">y</a><a href="..">z</a>`, ""},
	}
	for _, test := range tests {
		files, err := parsePage(at, test.kind, []byte(test.text))
		got := ""
		for _, f := range files {
			got += fmt.Sprintf("%s %s %v %d %t", f.Name, f.URL, f.Hashes, f.Size, f.Yanked)
		}
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestVersionIsInTheName(t *testing.T) {
	for file, want := range map[string]string{
		"demo_app-1.0-py3-none-any.whl": "1.0", "Demo.App-1.0+x_1-2-py3-none-any.whl": "1.0+x-1",
		"demo_app-1.0.tar.gz": "1.0", "Demo-App-1.0.zip": "1.0", "demo-app-extra-1.0.tar.gz": "extra-1.0",
		"other-1.0.tar.gz": "", "demo-1.0.tar.gz": "", "demo_app-1.0.exe": "", "demo-app.tar.gz": "", "": "",
	} {
		if got, ok := (File{Name: file}).Version("demo-app"); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t, want %q", file, got, ok, want)
		}
	}
}

func TestFindLinks(t *testing.T) {
	dir := t.TempDir()
	wheel := testkit.Wheel{Name: "demo-app", Version: "1"}.Write(t, dir)
	testkit.Wheel{Name: "other", Version: "1"}.Write(t, dir)
	for _, place := range []string{dir, "file://" + dir} {
		c := open(t).OpenLinks(place)
		f := only(t, c)
		to := filepath.Join(t.TempDir(), "file")
		if err := c.Download(t.Context(), f, to); err != nil || testkit.SHA256(t, to) != testkit.SHA256(t, wheel) {
			t.Errorf("%s: error %v", place, err)
		}
	}
	s := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(s.Close)
	only(t, open(t).OpenLinks(s.URL+"/"))
}
