package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/asset/reference"
	"github.com/pinpack/pinpack/internal/testkit"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// folder writes files, given as text by name.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		put(t, dir, name, text)
	}
	return dir
}

func put(t testing.TB, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	must(t, os.MkdirAll(filepath.Dir(name), 0o755))
	must(t, os.WriteFile(name, []byte(text), 0o644))
}

func standard() Options {
	return Options{URL: "/static/", Manifests: []string{"django"}, Keep: DefaultKeep}
}

func try(t testing.TB, dir string, o Options) (Report, error) {
	t.Helper()
	d, err := asset.Open(dir)
	must(t, err)
	defer d.Close()
	d.Path = "static"
	return Run(t.Context(), d, o)
}

func fingerprinted(t testing.TB, dir string, o Options) Report {
	t.Helper()
	r, err := try(t, dir, o)
	must(t, err)
	return r
}

// contents reads a folder, with the hashes in names and texts shortened, so
// that they can be written into a test.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if info, err := os.Stat(name); err != nil || info.IsDir() {
			return nil // links that lead nowhere, or to directories
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		all[short(rel)] = short(string(text))
		return err
	}))
	return all
}

var digits = regexp.MustCompile(`\.[0-9a-f]{12}\b`)

func short(s string) string { return digits.ReplaceAllString(s, ".H") }

func hashed(name, text string) string {
	sum := sha256.Sum256([]byte(text))
	return strings.TrimSuffix(name, path.Ext(name)) + "." + hex.EncodeToString(sum[:])[:12] + path.Ext(name)
}

func paths(t testing.TB, dir string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "staticfiles.json"))
	must(t, err)
	var m struct {
		Paths   map[string]string `json:"paths"`
		Version string            `json:"version"`
		Hash    string            `json:"hash"`
	}
	must(t, json.Unmarshal(data, &m))
	if m.Version != "1.1" || len(m.Hash) != 12 {
		t.Errorf("version %q, hash %q", m.Version, m.Hash)
	}
	return m.Paths
}

var site = map[string]string{
	"index.html":       `<link rel=stylesheet href="css/app.css"><script type=module src="/static/js/main.js" integrity="sha256-x"></script><img src="img/logo.svg#top"><a href="about.html">`,
	"about.html":       `<img srcset="img/a.png 1x, img/b.png?v=2 2x">`,
	"robots.txt":       "x",
	"css/app.css":      "@import './base.css';p{background:url(../img/a.png)}\n/*# sourceMappingURL=app.css.map */",
	"css/base.css":     "p{src:url('../fonts/f.eot?#iefix')}",
	"css/app.css.map":  `{"sources":["app.scss","gone.scss"]}`,
	"css/app.scss":     "p{}",
	"fonts/f.eot":      "font",
	"img/a.png":        "a",
	"img/b.png":        "b",
	"img/logo.svg":     `<svg><image href="a.png"/></svg>`,
	"js/main.js":       "import './util.js'; const x = () => import('./lazy.js'); new URL('../img/b.png', import.meta.url)",
	"js/util.js":       "export {x} from './main.js'",
	"js/lazy.js":       "lazy",
	"app.webmanifest":  `{"icons":[{"src":"img/a.png"}]}`,
	"img/a.png.gz":     "a compressed variant",
	"sub/data.json":    "{}",
	".well-known/x.js": "import '../js/lazy.js'",
}

func TestRewritesAll(t *testing.T) {
	t.Parallel()
	dir := folder(t, site)
	r := fingerprinted(t, dir, standard())
	want := maps.Clone(site)
	maps.Copy(want, map[string]string{
		"index.html":        "", // below
		"about.html":        `<img srcset="img/a.H.png 1x, img/b.H.png?v=2 2x">`,
		"css/app.H.css":     "@import './base.H.css';p{background:url(../img/a.H.png)}\n/*# sourceMappingURL=app.css.H.map */",
		"css/base.H.css":    "p{src:url('../fonts/f.H.eot?#iefix')}",
		"css/app.css.H.map": `{"sources":["app.H.scss","gone.scss"]}`,
		"css/app.H.scss":    "p{}",
		"fonts/f.H.eot":     "font",
		"img/a.H.png":       "a",
		"img/b.H.png":       "b",
		"img/logo.H.svg":    `<svg><image href="a.H.png"/></svg>`,
		"js/main.H.js":      "import './util.H.js'; const x = () => import('./lazy.H.js'); new URL('../img/b.H.png', import.meta.url)",
		"js/util.H.js":      "export {x} from './main.H.js'",
		"js/lazy.H.js":      "lazy",
		"app.H.webmanifest": `{"icons":[{"src":"img/a.H.png"}]}`,
		"sub/data.H.json":   "{}",
		".well-known/x.js":  "import '../js/lazy.H.js'",
		"staticfiles.json":  "",
	})
	got := contents(t, dir)
	page := got["index.html"]
	if !regexp.MustCompile(`^<link rel=stylesheet href="css/app.H.css"><script type=module src="/static/js/main.H.js" integrity="sha256-[^x"]{44}"></script><img src="img/logo.H.svg#top"><a href="about.html">$`).MatchString(page) {
		t.Errorf("index.html: %s", page)
	}
	got["index.html"], got["staticfiles.json"] = "", ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	m := paths(t, dir)
	for name, text := range map[string]string{"img/a.png": "a", "js/lazy.js": "lazy", "sub/data.json": "{}"} {
		if m[name] != hashed(name, text) {
			t.Errorf("%s is %s, want %s", name, m[name], hashed(name, text))
		}
	}
	if m["index.html"] != "index.html" || m["robots.txt"] != "robots.txt" || m["img/a.png.gz"] != "" || m["staticfiles.json"] != "" {
		t.Errorf("paths: %v", m)
	}
	if r.Fingerprinted != 13 || r.Kept != 4 || r.Removed != 0 {
		t.Errorf("report: %+v", r)
	}
	resolves(t, dir)
}

// resolves holds that whatever the files of a folder refer to is there.
func resolves(t testing.TB, dir string) {
	t.Helper()
	site, err := reference.ParseSite("/static/")
	must(t, err)
	n := 0
	must(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if info, err := os.Stat(name); err != nil || info.IsDir() {
			return nil
		}
		rel, _ := filepath.Rel(dir, name)
		text, err := os.ReadFile(name)
		must(t, err)
		_, err = reference.Rewrite(reference.LanguageOf(rel), text, func(r *reference.Ref) {
			to, inside := site.Resolve(rel, *r)
			if _, err := os.Stat(filepath.Join(dir, to.Name)); inside && err != nil && !r.Optional {
				t.Errorf("%s: %s %q leads to nothing", rel, r.Where, r.URL)
			} else if inside {
				n++
			}
		})
		return err
	}))
	if n == 0 {
		t.Error("no reference found")
	}
}

func TestAgainChangesNothing(t *testing.T) {
	t.Parallel()
	for _, remove := range []bool{false, true} {
		dir := folder(t, site)
		o := standard()
		o.RemoveOriginals = remove
		o.Manifests = []string{"django", "json", "vite", "json=x/y.json"}
		first := fingerprinted(t, dir, o)
		before := testkit.TreeDump(t, dir)
		second := fingerprinted(t, dir, o)
		if diff := cmp.Diff(before, testkit.TreeDump(t, dir)); diff != "" {
			t.Errorf("remove %v: files (-first +second):\n%s", remove, diff)
		}
		if second.Written != 0 || second.Removed != 0 || second.Fingerprinted != first.Fingerprinted || second.Kept != first.Kept {
			t.Errorf("remove %v: %+v, then %+v", remove, first, second)
		}
		resolves(t, dir)
		if remove {
			for name := range paths(t, dir) {
				if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != (paths(t, dir)[name] == name) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if _, err := os.Stat(filepath.Join(dir, "img/a.png.gz")); err == nil {
				t.Error("a variant of what is gone is still there")
			}
		}
	}
}

func TestTheSameElsewhere(t *testing.T) {
	t.Parallel()
	one, two := folder(t, site), folder(t, site)
	fingerprinted(t, one, standard())
	fingerprinted(t, two, standard())
	if diff := cmp.Diff(testkit.TreeDump(t, one), testkit.TreeDump(t, two)); diff != "" {
		t.Errorf("files (-one +two):\n%s", diff)
	}
}

func TestChangeTravels(t *testing.T) {
	t.Parallel()
	dir := folder(t, site)
	fingerprinted(t, dir, standard())
	before := paths(t, dir)
	put(t, dir, "img/a.png", "another")
	r := fingerprinted(t, dir, standard())
	after := paths(t, dir)
	var changed []string
	for name := range after {
		if before[name] != after[name] {
			changed = append(changed, name)
			if _, err := os.Stat(filepath.Join(dir, before[name])); err == nil {
				t.Errorf("%s is stale and still there", before[name])
			}
		}
	}
	slices.Sort(changed)
	if diff := cmp.Diff([]string{"app.webmanifest", "css/app.css", "img/a.png", "img/logo.svg"}, changed); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if r.Removed != 4 {
		t.Errorf("report: %+v", r)
	}
	resolves(t, dir)
	// Within a circle, a change of one is a change of all, and only of those.
	put(t, dir, "js/util.js", "export {x} from './main.js'; more()")
	fingerprinted(t, dir, standard())
	last := paths(t, dir)
	for name := range last {
		if circle := name == "js/util.js" || name == "js/main.js"; (last[name] != after[name]) != circle {
			t.Errorf("%s: %s, then %s", name, after[name], last[name])
		}
	}
	resolves(t, dir)
}
