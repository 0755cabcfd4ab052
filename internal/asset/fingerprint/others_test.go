package fingerprint

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/testkit"
)

func TestOthersFingerprints(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"dist/.vite/manifest.json":     `{"main.js": {"file": "assets/main-DiwrgTda.js", "css": ["assets/main-B1aZ_x09.css"], "assets": ["assets/logo-9f8e7d6c.svg"]}}`,
		"dist/assets/main-DiwrgTda.js": "import './chunk.js'; new URL('../../plain.png', import.meta.url)", "dist/assets/main-B1aZ_x09.css": "p{a:url(logo-9f8e7d6c.svg)}",
		"dist/assets/logo-9f8e7d6c.svg": "<svg/>", "dist/assets/chunk.js": "chunk", "plain.png": "plain", "other.png": "other",
		"cra/asset-manifest.json": `{"files": {"main.js": "/static/cra/js/main.1a2b3c4d.js", "index.html": "/index.html"}, "entrypoints": ["x"]}`, "cra/js/main.1a2b3c4d.js": "x",
		"rev/rev-manifest.json": `{"a.css": "a-d41d8cd98f.css"}`, "rev/a-d41d8cd98f.css": "", "rev/b.css": "@import 'a-d41d8cd98f.css';",
		"manifest.json":           `{"name": "A web app", "icons": [{"src": "other.png"}]}`,
		hashed("done.js", "done"): "done", "vendor/lib.js": "import './missing.js'",
	})
	o := standard()
	o.Exclude, o.RemoveOriginals = asset.Globs{"vendor/*"}, true
	fingerprinted(t, dir, o)
	got := slices.Sorted(maps.Keys(contents(t, dir)))
	want := []string{
		"cra/asset-manifest.json", "cra/js/main.1a2b3c4d.js", "dist/.vite/manifest.json", "dist/assets/chunk.H.js", "dist/assets/chunk.js", "dist/assets/logo-9f8e7d6c.svg",
		"dist/assets/main-B1aZ_x09.css", "dist/assets/main-DiwrgTda.js", "done.H.js", "manifest.H.json", "other.H.png", "plain.H.png", "plain.png", "rev/a-d41d8cd98f.css", "rev/b.H.css",
		"rev/rev-manifest.json", "staticfiles.json", "vendor/lib.js",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	m := paths(t, dir)
	if m["dist/assets/main-DiwrgTda.js"] != "dist/assets/main-DiwrgTda.js" || m["vendor/lib.js"] != "vendor/lib.js" || m["rev/rev-manifest.json"] != "" {
		t.Errorf("paths: %v", m)
	}
}

func TestAddedAfterRemoval(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"a.css": "p{a:url(x.png)}", "x.png": "x", "i.html": "<link rel=stylesheet href=a.css>"})
	o := standard()
	o.RemoveOriginals = true
	fingerprinted(t, dir, o)
	put(t, dir, "b.css", "@import 'a.css';p{b:url(x.png)}")
	put(t, dir, "x.png", "new")
	fingerprinted(t, dir, o)
	got := contents(t, dir)
	delete(got, "staticfiles.json")
	want := map[string]string{"a.H.css": "p{a:url(x.H.png)}", "b.H.css": "@import 'a.H.css';p{b:url(x.H.png)}", "x.H.png": "x", "i.html": "<link rel=stylesheet href=a.H.css>"}
	got["x.H.png"] = "x" // there are two
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	resolves(t, dir)
	if m := paths(t, dir); m["x.png"] != hashed("x.png", "new") || m["a.css"] == "" {
		t.Errorf("paths: %v", m)
	}
}

func TestCircles(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"self.svg": `<svg><use href="self.svg#x"/></svg>`, "a.css": "@import 'b.css';", "b.css": "@import 'c.css';", "c.css": "@import 'a.css';@import 'd.css';", "d.css": "d",
		"twin1.js": "import './twin2.js'", "twin2.js": "import './twin1.js'",
	})
	fingerprinted(t, dir, standard())
	want := map[string]string{
		"self.H.svg": `<svg><use href="self.H.svg#x"/></svg>`, "a.H.css": "@import 'b.H.css';", "b.H.css": "@import 'c.H.css';", "c.H.css": "@import 'a.H.css';@import 'd.H.css';", "d.H.css": "d",
		"twin1.H.js": "import './twin2.H.js'", "twin2.H.js": "import './twin1.H.js'",
	}
	got := contents(t, dir)
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s: %q, want %q", name, got[name], text)
		}
	}
	resolves(t, dir)
	before := testkit.TreeDump(t, dir)
	fingerprinted(t, dir, standard())
	if diff := cmp.Diff(before, testkit.TreeDump(t, dir)); diff != "" {
		t.Errorf("files (-first +second):\n%s", diff)
	}
}
