package testkit

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Index is a Python package index in this process: the simple API in HTML
// (PEP 503) and JSON (PEP 691) under /simple/, the files under /files/. Its
// methods may be called while it serves.
type Index struct {
	t      testing.TB
	server *httptest.Server
	url    string
	files  []indexFile

	mu             sync.Mutex
	user, password string
	corrupt        map[string]bool
	failures       map[string]failure
	requests       []string
}

type failure struct {
	status int
	left   int // 0: for ever
}

// NewIndex serves the wheels and .tar.gz source distributions at the given
// paths until the test ends. One that cannot be read ends the test.
func NewIndex(t testing.TB, wheels ...string) *Index {
	t.Helper()
	x := newIndex(t, wheels)
	x.server = httptest.NewServer(x)
	x.url = x.server.URL
	t.Cleanup(x.server.Close)
	return x
}

func newIndex(t testing.TB, wheels []string) *Index {
	t.Helper()
	x := &Index{t: t, corrupt: map[string]bool{}, failures: map[string]failure{}}
	for _, name := range wheels {
		file, err := readIndexFile(name)
		if err != nil {
			t.Fatalf("serve %q: %v", name, err)
		}
		x.files = append(x.files, file)
	}
	return x
}

// URL returns the index's URL for --index-url, which ends in /simple/.
func (x *Index) URL() string {
	return x.url + "/simple/"
}

// AuthURL returns the URL with the user and password that RequireAuth wants.
func (x *Index) AuthURL() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	u, err := url.Parse(x.URL())
	if err != nil {
		x.t.Fatal(err)
	}
	if x.user != "" {
		u.User = url.UserPassword(x.user, x.password)
	}
	return u.String()
}

// RequireAuth answers 401 from now on to whoever does not send this user and
// password, for pages and files.
func (x *Index) RequireAuth(user, password string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.user, x.password = user, password
}

// Fail answers the next requests for path ("/simple/demo/", "/files/demo.whl")
// with status: as many as times says, all of them when it is 0.
func (x *Index) Fail(path string, status, times int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.failures[path] = failure{status, times}
}

// Corrupt serves the named file with one byte changed; its page keeps the digest
// of the true one.
func (x *Index) Corrupt(file string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !slices.ContainsFunc(x.files, func(f indexFile) bool { return f.name == file && len(f.body) > 0 }) {
		x.t.Errorf("corrupt %q: the index does not serve it", file)
	}
	x.corrupt[file] = true
}

// Requests returns the paths asked for so far, in order, refused ones too.
func (x *Index) Requests() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.requests)
}

// Count returns how many requests for path there were.
func (x *Index) Count(path string) int {
	count := 0
	for _, request := range x.Requests() {
		if request == path {
			count++
		}
	}
	return count
}

// Requirements renders a requirements.txt that pins each named project with the
// hashes of all its files, or every project when none is named. A name is
// "demo", or "demo==1.0" where several versions are served; one that is not
// served, or not clear, ends the test.
func (x *Index) Requirements(names ...string) string {
	x.t.Helper()
	if len(names) == 0 {
		names = x.projects()
	}
	var text strings.Builder
	for _, name := range names {
		project, version, _ := strings.Cut(name, "==")
		var versions, hashes []string
		for _, f := range x.files {
			if f.project == normalName(project) && (version == "" || f.version == version) {
				versions = append(versions, f.version)
				hashes = append(hashes, "    --hash=sha256:"+f.digest)
			}
		}
		slices.Sort(versions)
		if versions = slices.Compact(versions); len(versions) != 1 {
			x.t.Fatalf("require %q: want one version, the index serves %q", name, versions)
		}
		slices.Sort(hashes)
		fmt.Fprintf(&text, "%s==%s \\\n%s\n", project, versions[0], strings.Join(hashes, " \\\n"))
	}
	return text.String()
}

func (x *Index) projects() []string {
	var names []string
	for _, f := range x.files {
		names = append(names, f.project)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
