package testkit

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const pipAccepts = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"

func demoIndex(t testing.TB) (index *Index, wheel, digest string) {
	t.Helper()
	dir := t.TempDir()
	wheel = Wheel{
		Name: "Demo.App", Version: "1.0", RequiresPython: ">=3.8,<9", Requires: []string{"dep"},
		Files: map[string]string{"demo.py": "def main(): print('hello')\n"}, Scripts: map[string]string{"demo": "demo:main"},
	}.Write(t, dir)
	dep := Wheel{Name: "dep", Version: "1", Files: map[string]string{"dep.py": ""}}.Write(t, dir)
	sdist := filepath.Join(dir, "dep-2.tar.gz")
	if err := os.WriteFile(sdist, []byte("sdist"), 0o644); err != nil {
		t.Fatal(err)
	}
	return NewIndex(t, wheel, dep, sdist), filepath.Base(wheel), SHA256(t, wheel)
}

// get returns the status, type and body of a page of the index.
func get(t testing.TB, url, accept string) (int, string, string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Content-Type"), string(body)
}

func TestIndexHTML(t *testing.T) {
	index, wheel, digest := demoIndex(t)
	_, kind, page := get(t, index.URL()+"Demo_App", "")
	link := fmt.Sprintf(`<a href="../../files/%s#sha256=%s" data-requires-python="&gt;=3.8,&lt;9">%s</a>`, wheel, digest, wheel)
	if kind != "text/html" || !strings.Contains(page, link) {
		t.Errorf("page is %s:\n%s\nwant %s", kind, page, link)
	}
	if _, _, page := get(t, strings.TrimSuffix(index.URL(), "/"), ""); !strings.Contains(page, `<a href="demo-app/">demo-app</a>`) {
		t.Errorf("list of projects is:\n%s", page)
	}
}

func TestIndexJSON(t *testing.T) {
	index, wheel, digest := demoIndex(t)
	for name, want := range map[string]any{
		"": map[string]any{
			"meta":     map[string]any{"api-version": "1.0"},
			"projects": []any{map[string]any{"name": "demo-app"}, map[string]any{"name": "dep"}},
		},
		"demo-app/": map[string]any{
			"meta": map[string]any{"api-version": "1.0"},
			"name": "demo-app",
			"files": []any{map[string]any{
				"filename": wheel, "url": "../../files/" + wheel,
				"hashes": map[string]any{"sha256": digest}, "requires-python": ">=3.8,<9",
			}},
		},
	} {
		_, kind, page := get(t, index.URL()+name, pipAccepts)
		var got any
		if err := json.Unmarshal([]byte(page), &got); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" || kind != "application/vnd.pypi.simple.v1+json" {
			t.Errorf("%q is %s (-want +got):\n%s", name, kind, diff)
		}
	}
}

func TestNegotiate(t *testing.T) {
	for accept, want := range map[string]string{
		"":    "text/html",
		"*/*": "text/html",
		"text/html, application/vnd.pypi.simple.v1+json;q=0.5":   "text/html",
		"application/vnd.pypi.simple.latest+json":                "application/vnd.pypi.simple.v1+json",
		"application/*, text/html;q=0.1":                         "application/vnd.pypi.simple.v1+html",
		"image/png, ;;, application/vnd.pypi.simple.v1+json;q=0": "",
		pipAccepts: "application/vnd.pypi.simple.v1+json",
	} {
		if got := negotiate(accept); got != want {
			t.Errorf("%q: got %q, want %q", accept, got, want)
		}
	}
}

func TestIndexStatuses(t *testing.T) {
	index, wheel, _ := demoIndex(t)
	files := strings.TrimSuffix(index.URL(), "simple/") + "files/"
	for url, want := range map[string]int{
		index.URL() + "unknown/": 404, files + "unknown": 404, files + "../x": 404, files + wheel: 200,
	} {
		if got, _, _ := get(t, url, ""); got != want {
			t.Errorf("%s: status %d, want %d", url, got, want)
		}
	}
	if got, _, _ := get(t, index.URL(), "image/png"); got != 406 {
		t.Errorf("status %d for an image", got)
	}
}

func TestIndexMisbehaves(t *testing.T) {
	index, wheel, _ := demoIndex(t)
	file := strings.TrimSuffix(index.URL(), "simple/") + "files/" + wheel
	_, _, good := get(t, file, "")
	index.Corrupt(wheel)
	if _, _, bad := get(t, file, ""); bad == good || len(bad) != len(good) {
		t.Errorf("corrupted file has %d bytes of %d, equal %t", len(bad), len(good), bad == good)
	}
	index.Fail("/simple/dep/", 503, 2)
	index.Fail("/simple/demo-app/", 418, 0)
	var statuses []int
	for _, name := range []string{"dep/", "dep/", "dep/", "demo-app/", "demo-app/"} {
		status, _, _ := get(t, index.URL()+name, "")
		statuses = append(statuses, status)
	}
	if diff := cmp.Diff([]int{503, 503, 200, 418, 418}, statuses); diff != "" {
		t.Error("statuses (-want +got):\n" + diff)
	}
	if got := index.Count("/simple/dep/"); got != 3 {
		t.Errorf("%d requests counted in %q", got, index.Requests())
	}
}

func TestIndexAuth(t *testing.T) {
	index, _, _ := demoIndex(t)
	index.RequireAuth("jo", "p@ss")
	if status, _, _ := get(t, index.URL(), ""); status != 401 {
		t.Errorf("status %d without a password", status)
	}
	if status, _, _ := get(t, index.AuthURL(), ""); status != 200 {
		t.Errorf("status %d with the password", status)
	}
}

func TestRequirements(t *testing.T) {
	index, _, digest := demoIndex(t)
	got := index.Requirements("Demo.App")
	if want := "Demo.App==1.0 \\\n    --hash=sha256:" + digest + "\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := index.Requirements("dep==2", "demo-app"); strings.Count(got, "--hash") != 2 || !strings.HasPrefix(got, "dep==2 \\\n") {
		t.Errorf("got %q", got)
	}
	for name, want := range map[string]string{
		"dep":  `fatal: require "dep": want one version, the index serves ["1" "2"]`,
		"none": `fatal: require "none": want one version, the index serves []`,
	} {
		got := ending(t, func(t testing.TB) {
			index.t = t
			index.Requirements(name)
		})
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// pip takes what the index serves, with hashes, a password and a dependency.
func TestIndexWithPip(t *testing.T) {
	python := NeedPip(t)
	index, wheel, _ := demoIndex(t)
	index.RequireAuth("jo", "p@ss")
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"requirements.txt": index.Requirements("demo-app", "dep==1")})
	install := func(target string) (string, error) {
		cmd := exec.Command(python, "-m", "pip", "--isolated", "install", "--no-cache-dir", "--disable-pip-version-check",
			"--index-url", index.AuthURL(), "--require-hashes", "-r", filepath.Join(dir, "requirements.txt"), "--target", target)
		cmd.Env = append(os.Environ(), "PIP_CONFIG_FILE=/dev/null", "NO_PROXY=127.0.0.1")
		output, err := cmd.CombinedOutput()
		return string(output), err
	}
	if output, err := install(filepath.Join(dir, "a")); err != nil {
		t.Fatalf("install: %v\n%s", err, output)
	}
	if tree := TreeDump(t, filepath.Join(dir, "a")); tree["/dep.py"] != "file 0644 empty" || tree["/bin/demo"] == "" {
		t.Errorf("installed:\n%s", FormatTree(tree))
	}
	index.Corrupt(wheel)
	if output, err := install(filepath.Join(dir, "b")); err == nil || !strings.Contains(output, "DO NOT MATCH THE HASHES") {
		t.Errorf("corrupted wheel: error %v\n%s", err, output)
	}
}
