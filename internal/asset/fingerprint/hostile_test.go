package fingerprint

import (
	"context"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/asset/reference"
	"github.com/pinpack/pinpack/internal/testkit"
)

func TestMissing(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"css/a.css": "p {\n  background: url(img/nope.png);\n}\n@import 'Base.css';\n/*# sourceMappingURL=a.css.map */", "css/base.css": "",
		"i.html": `<script src="/static/gone.js"></script><script src=/elsewhere.js></script><a href=nowhere.html><img src="dir/">`,
		"m.js":   "ok()\nimport('./x.js')\nlet y = 'z\nimport './w.js'", "v.js.map": `{"sources":[}`, "dir/x": "",
	}
	dir := folder(t, files)
	before := testkit.TreeDump(t, dir)
	_, err := try(t, dir, standard())
	want := `static/css/a.css:2:19: url() "img/nope.png" leads to no file: want "css/img/nope.png"
static/css/a.css:4:10: @import "Base.css" leads to no file: there is "css/base.css", and servers tell the cases apart
static/css/a.css:5:22: sourceMappingURL "a.css.map" leads to no file: want "css/a.css.map"
static/i.html:1:14: <script src> "/static/gone.js" leads to no file: want "gone.js"
static/m.js:2:9: import() "./x.js" leads to no file: want "x.js"
static/m.js:3:9: cannot read on from here for imports: want JavaScript
static/v.js.map:1:13: want JSON: invalid character '}' looking for beginning of value`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if !errors.Is(err, ErrMissing) || !errors.Is(err, reference.ErrSyntax) {
		t.Error("the kinds of errors are lost")
	}
	if diff := cmp.Diff(before, testkit.TreeDump(t, dir)); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
	o := standard()
	o.AllowMissing, o.Exclude = asset.Globs{"*.map", "css/**", "gone.js"}, asset.Globs{"m.js", "*.map"}
	fingerprinted(t, dir, o)
	if got := contents(t, dir)["css/a.H.css"]; got != files["css/a.css"] {
		t.Errorf("a.css: %s", got)
	}
}

func TestHostileFolders(t *testing.T) {
	t.Parallel()
	top := folder(t, map[string]string{
		"victim": "victim", "static/a b%20'\"#?.png": "odd", "static/\xff.png": "latin", "static/v1/app.js": "app", "static/i.html": `<script src="current/app.js"></script><img src="a%20b%2520'&quot;%23%3f.png"><img src=link.png>`,
		"static/-rf.js": "rf", "static/\n.js": "newline", "static/.hidden": "h", "static/noext": "n",
	})
	dir := filepath.Join(top, "static")
	must(t, os.Symlink("v1", filepath.Join(dir, "current")))
	must(t, os.Symlink("noext", filepath.Join(dir, "link.png")))
	must(t, os.Symlink("../victim", filepath.Join(dir, "out.png")))
	must(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	must(t, os.Symlink("../victim", filepath.Join(dir, hashed("noext", "n"))))
	must(t, os.Link(filepath.Join(top, "victim"), filepath.Join(dir, "staticfiles.json")))
	must(t, os.Chmod(filepath.Join(dir, "noext"), 0o400))
	r := fingerprinted(t, dir, standard())
	if text, _ := os.ReadFile(filepath.Join(top, "victim")); string(text) != "victim" {
		t.Errorf("victim: %q", text)
	}
	got := contents(t, filepath.Join(dir))
	if want := `<script src="current/app.H.js"></script><img src="a%20b%2520'&quot;%23%3f.H.png"><img src=link.H.png>`; got["i.html"] != want {
		t.Errorf("i.html: %s\nwant    %s", got["i.html"], want)
	}
	resolves(t, dir)
	m := paths(t, dir)
	if m["-rf.js"] != hashed("-rf.js", "rf") || m["\n.js"] != hashed("\n.js", "newline") || m["noext"] != hashed("noext", "n") || m["link.png"] != hashed("link.png", "n") || m["out.png"] != "" || len(m) != 9-1 {
		t.Errorf("paths: %d %q, report %+v", len(m), m, r)
	}
	if info, err := os.Lstat(filepath.Join(dir, m["noext"])); err != nil || info.Mode() != 0o400 {
		t.Errorf("noext: %v, %v", info, err)
	}
	before := testkit.TreeDump(t, dir)
	fingerprinted(t, dir, standard())
	if diff := cmp.Diff(before, testkit.TreeDump(t, dir)); diff != "" {
		t.Errorf("files (-first +second):\n%s", diff)
	}
}

func TestFailureTakesAllBack(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 250) + ".js"
	dir := folder(t, map[string]string{"a.css": "@import 'b.css';", "b.css": "b", long: "x", "i.html": "<link rel=stylesheet href=a.css>"})
	before := testkit.TreeDump(t, dir)
	if _, err := try(t, dir, standard()); err == nil || !strings.Contains(err.Error(), "file name too long") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, testkit.TreeDump(t, dir)); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
	stop := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	d, err := asset.Open(dir)
	must(t, err)
	defer d.Close()
	if _, err := Run(ctx, d, standard()); !errors.Is(err, stop) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestWrongOptions(t *testing.T) {
	t.Parallel()
	_, err := try(t, t.TempDir(), Options{URL: "static", Manifests: []string{"django", "rails", "json=staticfiles.json", "json=../x"}, Keep: asset.Globs{"["}})
	var wrong *asset.OptionError
	want := `address "static": want where the folder is served, such as /static/ or https://cdn.example.org/static/
manifest "rails": unknown form: want one of django, json, vite, or FORM=FILE
manifest "json=staticfiles.json": another one has the same file
manifest "json=../x": the file must be in the folder
glob "[": syntax error in pattern: want one such as *.map or vendor/**`
	if !errors.As(err, &wrong) || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestLongChains(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	const n = 2000
	name := func(i int) string {
		return strings.Repeat("x", i%3) + string(rune('a'+i%26)) + "-" + hex.EncodeToString([]byte{byte(i >> 8), byte(i)}) + ".css"
	}
	for i := range n {
		files[name(i)] = "@import '" + name(min(i+1, n-1)) + "';"
	}
	dir := folder(t, files)
	fingerprinted(t, dir, standard())
	resolves(t, dir)
}
