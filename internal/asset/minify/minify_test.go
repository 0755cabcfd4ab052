package minify

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/testkit"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(name), 0o755))
		must(t, os.WriteFile(name, []byte(text), 0o644))
	}
	return dir
}

func try(t testing.TB, dir string, o Options) (Report, error) {
	t.Helper()
	d, err := asset.Open(dir)
	must(t, err)
	defer d.Close()
	d.Path = "static"
	return Run(t.Context(), d, o)
}

var texts = []struct{ name, text, want string }{
	{"a.css", "/* gone */\np {\n  color: #ff0000;\n  margin: 0px 0px;\n}\n", "p{color:red;margin:0}"},
	{"license.css", "/*! MIT, me */\np {\n  color: blue;\n}\n", "/*! MIT, me */p{color:#00f}"},
	{"hack.css", ".a { *zoom: 1; filter: alpha(opacity=50); _height: 1px }\n@media screen { .b:hover { background: url( 'x.png' ) } }\n", ".a{*zoom: 1;filter:alpha(opacity=50);_height:1px}@media screen{.b:hover{background:url(x.png)}}"},
	{"arrow.css", ".a { border-color: transparent currentColor currentColor transparent; flex: 1 1 0; order: 1000 }\n.b { background: red no-repeat 50% 50% / 50% 50%; flex: 1 1 0px; flex: 1 1 0%; rotate: 0deg; transform: rotate(0deg) }\n", ".a{border-color:transparent currentColor currentColor transparent;flex:1 1 0;order:1000}.b{background:red no-repeat 50% 50% / 50% 50%;flex:1 1 0px;flex:1 1 0%;rotate:0deg;transform:rotate(0)}"},
	{"names.css", "P foreignObject, [ type = \"a\" s ], .Ab::part( Cd ) { font-family: \"Serif\", \"Ab\" }\n.c { grid-row: 1 / 2000; flex-basis: 0%; width: 1000px }\n", "P foreignObject,[type=a s],.Ab::part(Cd){font-family:\"Serif\",Ab}.c{grid-row:1 / 2000;flex-basis:0%;width:1000px}"},
	{"comment.css", "/* nothing else */\n", ""},
	{"comment.js", "// nothing else\n", ""},
	{"empty.css", "", ""},
	{"a.js", "// gone\nfunction add(first, second) {\n  return first + second;\n}\nwindow.add = add;\n", "function add(d,n){return d+n}window.add=add;"},
	{"license.js", "/*! MIT, me */\n// gone\nlet value = 1;\nwindow.value = value;\n", "/*! MIT, me */let value=1;window.value=value;"},
	{"tool.js", "#!/usr/bin/env node\n// gone\nlet value = 1;\nwindow.value = value;\n", "#!/usr/bin/env node\nlet value=1;window.value=value;"},
	{"regexp.js", "x = [ /[\\.\\^\\-\\[\\]]/g, /\\]\\-/u, /\\:/, /[a\\-z]/g in y, 1 < /\\-/ ] // gone\n", "x=[/[\\.\\^\\-\\[\\]]/g,/\\]\\-/u,/\\:/,/[a\\-z]/g in y,1</\\-/];"},
	{"literal.js", "x = { '.5': 'a\\u005cn', '1234567890123456789': 'a\\\\u005cn', '5': String.raw`\\u{5C}` } // gone, altogether\n", "x={\".5\":\"a\\\\n\",\"1234567890123456789\":\"a\\\\u005cn\",5:String.raw`\\u{5C}`};"},
	{"old.js", "var s = a != null ? a : \"x\\ny\\nz\", o = { s: s }, p = Math.pow(a, 2); // gone\n", "var s=a!=null?a:\"x\\ny\\nz\",o={s:s},p=Math.pow(a,2);"},
	{"new.js", "let s = a != null ? a : b ?? c; // gone\n", "let s=a!=null?a:b??c;"},
	{"arity.js", "// gone, altogether\nwindow.f = function (a, b = init()) { return eval(code) }\n", "window.f=function(a,b=init()){return eval(code)};"},
	{"global.js", "// gone\nconst API = '/x';\nfunction unused() { return API }\n", "const API=\"/x\";function unused(){return\"/x\"}"},
	{"octal.js", "// gone\nopen(  'x',  0777  ); f(  ([a] = [1]) => a  )\n", "open(\"x\",511),f(([e]=[1])=>e);"},
	{"attributes.js", "// gone\nimport x from './x.json'  with  { type: 'json' };\nexport {};\n", "import\"./x.json\"with{type:\"json\"};export{};"},
	{"modern.css", "p { inset: 0; top: 0; color: rgb(0 0 0 / .5); }\nq { color: #0008 }", "p{inset:0;color:rgba(0,0,0,.5)}q{color:rgba(0,0,0,.533)}"},
	{"percent.css", "p { color: rgb(0 0 0 / 50%); }\nq { color: rgba(0, 0, 0, 25%); margin: 0px }", "p{color:rgb(0 0 0 / 50%)}q{color:rgba(0,0,0,25%);margin:0px}"},
	{"older.css", "p { top: 0; right: 0; bottom: 0; left: 0; color: rgba(0, 0, 0, .5); }\n@media (min-width: 9px) { q { --x:  1 } }\n", "p{top:0;right:0;bottom:0;left:0;color:rgba(0,0,0,.5)}@media(min-width:9px){q{--x: 1 }}"},
	{"style.html", "<p style=' flex: 1 1 0 ; color:  #ff0000 '>  a  </p>\n<p onclick='return  false'>b</p>\n<script>\n  let a = 1;\n</script>\n", "<p style='flex:1 1 0;color:red'>a</p><p onclick='return  false'>b</p><script>let a=1;</script>"},
	{"eval.js", "function run(code) {\n  var secret = 3;\n  return eval(code);\n}\n", "function run(code){var secret=3;return eval(code)}"},
	{"module.mjs", "import { a } from './a.js';\nexport const b = a + 1;\nexport default b;\n", "import{a as o}from\"./a.js\";export const b=o+1;export default b;"},
	{"i.html", "<!doctype html>\n<html>\n  <head>\n    <title>A  page</title>\n    <!-- gone -->\n    <style> p { color: red } </style>\n  </head>\n  <body>\n    <p>Some   <b>text</b> here</p>\n    <pre> kept  </pre>\n  </body>\n</html>\n",
		"<!doctype html><html><head><title>A page</title><style>p{color:red}</style></head><body><p>Some <b>text</b> here</p><pre> kept  </pre></body></html>"},
	{"chart.html", "<p>  a  </p>  <svg id=chart>  </svg>  <select>  </select>  <div>  b  </div>\n", "<p>a</p><svg id=\"chart\"/> <select></select><div>b</div>"},
	{"form.html", "<p>  a <!-- gone -->  </p>\n<input type=text value=''>\n<input type=submit value=b>", "<p>a</p><input type=text>\n<input type=submit value=b>"},
	{"write.html", "<script type=text/javascript>\n  document.write( '<script src=x.js><\\/script>' );\n</script>\n<p>  a  </p>\n", "<script type=text/javascript>document.write(\"<script src=x.js><\\/script>\");</script><p>a</p>"},
	{"editions.html", "<script>\n  // nothing but words\n</script>\n<script>\n  const a = b ?? c;  let d = `x ${a}`;\n</script>\n<p style='color:  red}'>a</p><p style='color: red /* b'>b</p>\n", "<script>const a=b??c;let d=`x ${a}`;</script><p style='color:  red}'>a</p><p style='color: red /* b'>b</p>"},
	{"styled.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><style>p { fill: #ff0000 }</style><path style=\"fill: 'a b' ; flex: 1 1 0\" d=\"M 0 0\"/></svg>", `<svg xmlns="http://www.w3.org/2000/svg"><style>p{fill:red}</style><path style='fill:"a b";flex:1 1 0' d="M0 0"/></svg>`},
	{"a.svg", "<?xml version=\"1.0\"?>\n<!-- gone -->\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\">\n  <path d=\"M 0 0 L 10 10\"/>\n</svg>\n", `<svg xmlns="http://www.w3.org/2000/svg" width="10"><path d="M0 0 10 10"/></svg>`},
	{"a.json", "{\n  \"a\": [1.0, 1e3],\n  \"b\": \"x  y\"\n}\n", `{"a":[1.0,1e3],"b":"x  y"}`},
	{"a.xml", "<a>\n  <!-- gone -->\n  <b> text </b>\n</a>\n", "<a>\n<b> text </b>\n</a>"},
}

func TestMinifies(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, x := range texts {
		files[x.name] = x.text
	}
	dir := folder(t, files)
	r, err := try(t, dir, Options{})
	must(t, err)
	for _, x := range texts {
		got, err := os.ReadFile(filepath.Join(dir, x.name))
		must(t, err)
		if diff := cmp.Diff(x.want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", x.name, diff)
		}
	}
	if c := r.Kinds[0]; c.Kind != "css" || c.Files != 10 || c.Changed != 9 || c.Minified >= c.Original || len(r.Left) != 0 {
		t.Errorf("report: %+v", r)
	}
	before := testkit.TreeDump(t, dir)
	r, err = try(t, dir, Options{})
	must(t, err)
	if diff := cmp.Diff(before, testkit.TreeDump(t, dir)); diff != "" {
		t.Errorf("files (-first +second):\n%s", diff)
	}
	for _, c := range r.Kinds {
		if c.Changed != 0 || c.Minified != c.Original {
			t.Errorf("the second time: %+v", c)
		}
	}
}

func TestWhatIsLeft(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"lib.min.js":           "let  a  =  1;",
		"dist.js":              "let  a  =  1;\n//# sourceMappingURL=dist.js.map\n",
		"dist.css":             "p  {  a:  b  }\n/*# sourceMappingURL=dist.css.map */\n",
		"page.html":            "<p>  {{ user }}  </p>\n",
		"inches.html":          "<svg><text>5\" disk</text></svg>  <script src=/x.js></script>  <div></div>\n",
		"policy.html":          "<meta http-equiv=Content-Security-Policy content=\"script-src 'sha256-x'\"><script type=module>a(  )</script>",
		"hydrated.html":        "<div id=app><!--[--><p>  a  </p><!--]--></div>",
		"search.html":          "<p>  a  </p><input class=icon type=submit value=''>",
		"open.svg":             "<svg xmlns=\"http://www.w3.org/2000/svg\">  <style>p{}  /* </style></svg>",
		"latin.svg":            "<svg>  \xe9 </svg>",
		"nested.html":          "<svg><svg></svg>  <g></g></svg>  <div></div>\n",
		"entities.svg":         "<!DOCTYPE svg [ <!ENTITY ns \"http://x\"> ]>\n<svg xmlns:x=\"&ns;\">  </svg>\n",
		"app.0123456789ab.css": "p  {  a:  b  }\n",
		"staticfiles.json":     `{ "paths": { "app.css": "app.0123456789ab.css" },  "version": "1.1" }`,
		"index.html":           `<script src=/static/js/pinned.js integrity=sha256-x></script>`,
		"js/pinned.js":         "let  a  =  1;",
		"vendor/x.js":          "let  a  =  1;",
		"x.txt":                "a   b",
		"plain.json":           "{}",
	}
	dir := folder(t, files)
	before := testkit.TreeDump(t, dir)
	r, err := try(t, dir, Options{Exclude: asset.Globs{"vendor/**"}})
	must(t, err)
	if diff := cmp.Diff(before, testkit.TreeDump(t, dir)); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
	var got []string
	for _, l := range r.Left {
		got = append(got, l.File+": "+l.Why)
	}
	want := []string{
		"app.0123456789ab.css: its name has the hash of its content", "dist.css: it has a source map, which would fit no more", "dist.js: it has a source map, which would fit no more",
		"entities.svg: it declares entities of its own", "hydrated.html: " + whyComments, "inches.html: " + whyMisread, "js/pinned.js: a page says what it hashes to", "latin.svg: " + whyEncoding, "lib.min.js: its name says that it is minified", "nested.html: " + whyMisread, "open.svg: " + whyBroken, "page.html: it is a template", "policy.html: " + whyPolicy, "search.html: " + whyBare, "staticfiles.json: it is a manifest",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	_, err = try(t, dir, Options{Exclude: asset.Globs{"vendor/**"}, DropSourceMaps: true, Kinds: []string{"js"}})
	must(t, err)
	if text, err := os.ReadFile(filepath.Join(dir, "dist.js")); string(text) != "let a=1;" || err != nil {
		t.Errorf("dist.js: %q, %v", text, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "dist.css")); string(text) != files["dist.css"] || err != nil {
		t.Errorf("dist.css: %q, %v", text, err)
	}
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"a.css": "p { a: b }\nq { background: url(a b.png) }", "b.css": "p { a: 'b\n }", "c.css": "p {\n a: b", "d.css": "p { a: b } }", "e.css": "p{}\n/* no end",
		"a.js": "let a = 1;\n  let = = b;\n", "b.js": "let a = `no end",
		"a.html": "<p>\n<script>\nlet a = ;\n</script>", "b.html": "<script type=application/json>{\n nope}</script>",
		"a.json": "{\"a\": 1,\n \"b\": }", "b.json": "{} {}", "a.svg": "<svg>\n <g></svg>", "a.xml": "<a b=c/>", "fine.css": "p  {  a:  b  }",
	})
	before := testkit.TreeDump(t, dir)
	_, err := try(t, dir, Options{})
	want := `static/a.css:2:17: this url() is malformed: a space, quote or bracket in it wants quotes around it
static/a.html:3:9: Unexpected ";"
static/a.js:2:9: Unexpected "="
static/a.json:2:7: invalid character '}' looking for beginning of value
static/a.svg:2:5: element <g> closed by </svg>
static/a.xml:1:1: unquoted or missing attribute value in element
static/b.css:1:8: this string does not end on its line
static/b.html:2:2: invalid character 'n' looking for beginning of object key string
static/b.js:1:16: Unterminated string literal
static/b.json:1:4: want one JSON value
static/c.css:1:3: this bracket is not closed
static/d.css:1:12: this bracket closes nothing
static/e.css:2:1: this comment does not end`
	if err == nil || !errors.Is(err, ErrSyntax) {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, testkit.TreeDump(t, dir)); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
}

func TestHostile(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "static")
	must(t, os.Mkdir(dir, 0o755))
	victim := filepath.Join(top, "victim.css")
	must(t, os.WriteFile(victim, []byte("p  {  a:  b  }"), 0o644))
	must(t, os.Link(victim, filepath.Join(dir, "hard.css")))
	must(t, os.Symlink(victim, filepath.Join(dir, "soft.css")))
	must(t, os.WriteFile(filepath.Join(dir, "deep.js"), []byte(strings.Repeat("(", 100_000)), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "deep.css"), []byte(strings.Repeat("a{", 100_000)+strings.Repeat("}", 100_000)), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "latin.js"), []byte("s = '\xe9';   "), 0o644))
	r, err := try(t, dir, Options{})
	must(t, err)
	if want := []Left{{"deep.css", whyNested}, {"deep.js", whyNested}, {"latin.js", whyEncoding}}; !slices.Equal(r.Left, want) {
		t.Errorf("left %v: want %v", r.Left, want)
	}
	if text, err := os.ReadFile(victim); string(text) != "p  {  a:  b  }" || err != nil {
		t.Errorf("victim: %q, %v", text, err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "hard.css")); string(text) != "p{a:b}" || err != nil {
		t.Errorf("hard.css: %q, %v", text, err)
	}
}

// FuzzSmall holds that a second run changes nothing, and that what was valid
// stays so.
func FuzzSmall(f *testing.F) {
	for _, x := range texts {
		f.Add(x.name, []byte(x.text))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		for i := range kinds {
			k := &kinds[i]
			if ending(name) != k.endings[0] {
				continue
			}
			if _, text := k.valid(data); text != "" || k.leave != nil && k.leave(data) != "" {
				return
			}
			once, _ := k.small(data)
			if k.leave != nil && k.leave(once) != "" {
				return
			}
			if twice, _ := k.small(once); string(twice) != string(once) {
				t.Errorf("%q became %q, then %q", data, once, twice)
			}
		}
	})
}
