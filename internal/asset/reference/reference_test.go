package reference

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// mark gives every file that a reference leads to a mark in its name.
func mark(from string) Visitor {
	site, _ := ParseSite("/static/")
	return func(r *Ref) {
		if t, ok := site.Resolve(from, *r); ok && !t.Dir {
			base := path.Base(t.Name)
			ext := path.Ext(base)
			r.URL = t.Rename(r.URL, strings.TrimSuffix(base, ext)+".H"+ext)
			if r.Integrity != "" {
				r.Integrity = "sha256-new"
			}
		}
	}
}

var rewrites = []struct {
	name, file, text, want string
	refs                   string // where and URL, ? for optional ones
}{
	{"url without quotes", "a.css", "p{background:url(i/x.png)}", "p{background:url(i/x.H.png)}", "url() i/x.png"},
	{"url with quotes", "a.css", `p{a:url( "x.png" );b:url('y.png')}`, `p{a:url( "x.H.png" );b:url('y.H.png')}`, "url() x.png, url() y.png"},
	{"upper case", "a.css", "p{a:URL(x.png)}", "p{a:URL(x.H.png)}", "url() x.png"},
	{"query and fragment", "a.css", "@font-face{src:url(f.eot?#iefix),url(f.svg?v=1#n)}", "@font-face{src:url(f.H.eot?#iefix),url(f.H.svg?v=1#n)}", "url() f.eot?#iefix, url() f.svg?v=1#n"},
	{"not files", "a.css", "p{a:url(#x);b:url();c:url(data:image/png;base64,AA);d:url(//h/x.png);e:url(https://h/x.png);f:url(/other/x.png)}", "p{a:url(#x);b:url();c:url(data:image/png;base64,AA);d:url(//h/x.png);e:url(https://h/x.png);f:url(/other/x.png)}",
		"url() #x, url() , url() data:image/png;base64,AA, url() //h/x.png, url() https://h/x.png, url() /other/x.png"},
	{"out of the folder", "a.css", "p{a:url(../x.png);b:url(../static/x.png);c:url(../../../../static/x.png)}", "p{a:url(../x.png);b:url(../static/x.H.png);c:url(../../../../static/x.H.png)}", "url() ../x.png, url() ../static/x.png, url() ../../../../static/x.png"},
	{"from the root", "css/a.css", "p{a:url(/static/x.png)}", "p{a:url(/static/x.H.png)}", "url() /static/x.png"},
	{"import", "a.css", `@import "b.css";@import url(c.css) screen;@import 'd.css' layer(x) supports(display: grid);`, `@import "b.H.css";@import url(c.H.css) screen;@import 'd.H.css' layer(x) supports(display: grid);`, "@import b.css, @import c.css, @import d.css"},
	{"import's other strings", "a.css", `@import url("b.css") supports(content: "c.css");`, `@import url("b.H.css") supports(content: "c.css");`, "@import b.css"},
	{"namespaces are names", "a.css", `@namespace svg url(http://x/y);@namespace "z.css";@charset "utf-8";`, `@namespace svg url(http://x/y);@namespace "z.css";@charset "utf-8";`, ""},
	{"image-set", "a.css", `p{a:image-set("x.png" 1x, url(y.png) 2x, "z.avif" type("image/avif"))}`, `p{a:image-set("x.H.png" 1x, url(y.H.png) 2x, "z.H.avif" type("image/avif"))}`, "image-set() x.png, url() y.png, image-set() z.avif"},
	{"strings are text", "a.css", `p::after{content:"x.png"}`, `p::after{content:"x.png"}`, ""},
	{"in comments", "a.css", "/* url(x.png) @import 'y.css' */", "/* url(x.png) @import 'y.css' */", ""},
	{"style sheet's map", "a.css", "p{}\n/*# sourceMappingURL=a.css.map */", "p{}\n/*# sourceMappingURL=a.css.H.map */", "sourceMappingURL a.css.map"},
	{"escapes", "a.css", `p{a:url(a\ b.png);b:url("c\64 .png");c:url(d%20e.png);d:url("f\"g.png")}`, `p{a:url(a\ b.H.png);b:url("cd.H.png");c:url(d%20e.H.png);d:url("f\"g.H.png")}`, `url() a b.png, url() cd.png, url() d%20e.png, url() f"g.png`},
	{"custom property", "a.css", "p{--x:url(x.png)}", "p{--x:url(x.H.png)}", "url() x.png"},
	{"malformed url is dropped by browsers", "a.css", "p{a:url(a b.png)}q{b:url(c.png)}", "p{a:url(a b.png)}q{b:url(c.H.png)}", "url() c.png"},

	{"static imports", "a.js", "import './b.js';import c from \"./c.js\";import * as d from'./d.js';import e, {f as g} from\n'../static/e.js'\nexport * from './f.js';export {h} from './g.js';export * as i from './h.js';",
		"import './b.H.js';import c from \"./c.H.js\";import * as d from'./d.H.js';import e, {f as g} from\n'../static/e.H.js'\nexport * from './f.H.js';export {h} from './g.H.js';export * as i from './h.H.js';",
		"import ./b.js, import … from ./c.js, import … from ./d.js, import … from ../static/e.js, import … from ./f.js, import … from ./g.js, import … from ./h.js"},
	{"import attributes", "a.js", `import x from "./x.json" with { type: "json" }; import(` + "`./y.js`" + `)`, `import x from "./x.H.json" with { type: "json" }; import(` + "`./y.H.js`" + `)`, "import … from ./x.json, import() ./y.js"},
	{"bare names", "a.js", `import vue from "vue"; import "lit/x.js"; import("htmx")`, `import vue from "vue"; import "lit/x.js"; import("htmx")`, ""},
	{"dynamic import", "a.js", `const m = await import(/* webpackChunkName: "x" */ './m.js'); import("./n.js", {with: {}}); import('./p' + q)`, `const m = await import(/* webpackChunkName: "x" */ './m.H.js'); import("./n.H.js", {with: {}}); import('./p' + q)`, "import() ./m.js, import() ./n.js"},
	{"import.meta", "a.js", `new Worker(new URL('w.js', import.meta.url), {}); new URL("../static/x.png", import.meta.url).href; import.meta.resolve("./r.js"); new URL('z.js', base)`,
		`new Worker(new URL('w.H.js', import.meta.url), {}); new URL("../static/x.H.png", import.meta.url).href; import.meta.resolve("./r.H.js"); new URL('z.js', base)`, "new URL() w.js, new URL() ../static/x.png, import.meta.resolve() ./r.js"},
	{"not imports", "a.js", `a.import("./x.js"); "import './y.js'"; // import './z.js'
		/import ".\/q.js"/; var o = {import: "./k.js", from: "./l.js"}; x = from ? "./m.js" : "./n.js"; Array.from("./o.js")`,
		`a.import("./x.js"); "import './y.js'"; // import './z.js'
		/import ".\/q.js"/; var o = {import: "./k.js", from: "./l.js"}; x = from ? "./m.js" : "./n.js"; Array.from("./o.js")`, ""},
	{"regular expressions", "a.js", `if (x) /"/.test(y); return /'/; a = b / c / "d"; f() / 2; x = y++ / 2; if(1){}/["'/]/.exec(z); import './e.js'`, `if (x) /"/.test(y); return /'/; a = b / c / "d"; f() / 2; x = y++ / 2; if(1){}/["'/]/.exec(z); import './e.H.js'`, "import ./e.js"},
	{"templates", "a.js", "`${`import './x.js'`} ${import('./y.js')} `; import './z.js'", "`${`import './x.js'`} ${import('./y.H.js')} `; import './z.H.js'", "import() ./y.js, import ./z.js"},
	{"script's map", "a.js", "a();//# sourceMappingURL=a.js.map\n", "a();//# sourceMappingURL=a.js.H.map\n", "sourceMappingURL a.js.map"},
	{"a map that is not the last word", "a.js", "//# sourceMappingURL=b.js.map\nb()\n//# sourceMappingURL=a.js.map\n// end\n\n", "//# sourceMappingURL=b.js.map\nb()\n//# sourceMappingURL=a.js.H.map\n// end\n\n", "sourceMappingURL a.js.map"},
	{"inline map", "a.js", "//# sourceMappingURL=data:application/json;base64,e30=", "//# sourceMappingURL=data:application/json;base64,e30=", "sourceMappingURL data:application/json;base64,e30="},
	{"worker", "a.js", `importScripts('b.js')`, `importScripts('b.H.js')`, "importScripts() b.js?"},
	{"escapes in scripts", "a.js", `import '.\/b\u002ejs'`, `import './b.H.js'`, "import ./b.js"},
	{"hashbang", "a.mjs", "#!/usr/bin/env node\nimport './b.js'", "#!/usr/bin/env node\nimport './b.H.js'", "import ./b.js"},
	{"what is no JavaScript, without imports", "a.js", "var x = 'unfinished\n import", "var x = 'unfinished\n import", ""},

	{"page", "index.html", `<!doctype html><LINK REL=stylesheet HREF=a.css><script src="a.js" async></script><img src='x.png' srcset="y.png 1x, z.png 2x"><a href=p.pdf>`,
		`<!doctype html><LINK REL=stylesheet HREF=a.H.css><script src="a.H.js" async></script><img src='x.H.png' srcset="y.H.png 1x, z.H.png 2x"><a href=p.H.pdf>`,
		"<link href> a.css, <script src> a.js, <img src> x.png, <img srcset> y.png, <img srcset> z.png, <a href> p.pdf?"},
	{"media", "d/i.html", `<video src=v.mp4 poster=p.jpg><source src=../s.webm><track src=t.vtt></video><object data=o.svg></object><iframe src=f.html></iframe><embed src=e.swf><input type=image src=b.png>`,
		`<video src=v.H.mp4 poster=p.H.jpg><source src=../s.H.webm><track src=t.H.vtt></video><object data=o.H.svg></object><iframe src=f.H.html></iframe><embed src=e.H.swf><input type=image src=b.H.png>`,
		"<video src> v.mp4, <video poster> p.jpg, <source src> ../s.webm, <track src> t.vtt, <object data> o.svg, <iframe src> f.html, <embed src> e.swf, <input src> b.png"},
	{"links of pages", "i.html", `<link rel=canonical href=a.html><link rel="shortcut icon" href=f.ico><link rel=preload imagesrcset="x.png 1x"><link rel=dns-prefetch href=//h><meta property=og:image content=/static/o.png><meta name=description content=x.png>`,
		`<link rel=canonical href=a.H.html><link rel="shortcut icon" href=f.H.ico><link rel=preload imagesrcset="x.H.png 1x"><link rel=dns-prefetch href=//h><meta property=og:image content=/static/o.H.png><meta name=description content=x.png>`,
		"<link href> a.html?, <link href> f.ico, <link imagesrcset> x.png, <link href> //h?, <meta content> /static/o.png?"},
	{"inline", "i.html", `<style>p{a:url(x.png)}</style><script type=module>import './a.js'</script><p style="background:url('y.png')"><script type="text/x">import './b.js'</script><script>import('./c.js')</script>`,
		`<style>p{a:url(x.H.png)}</style><script type=module>import './a.H.js'</script><p style="background:url('y.H.png')"><script type="text/x">import './b.js'</script><script>import('./c.H.js')</script>`,
		"url() x.png, import ./a.js, url() y.png, import() ./c.js"},
	{"entities", "i.html", `<img src="a&amp;b.png?x=1&amp;y=2"><p style="a:url(&quot;x.png&quot;)"><img src=c&#46;png>`, `<img src="a&amp;b.H.png?x=1&amp;y=2"><p style="a:url(&quot;x.H.png&quot;)"><img src=c.H.png>`,
		`<img src> a&b.png?x=1&y=2, url() x.png, <img src> c.png`},
	{"templates of other languages", "i.html", `<img src="{{ x }}"><script src="{% static 'a.js' %}"></script><img src="${y}.png"><script>let x = {{ data }}; import './q.js'</script>`, `<img src="{{ x }}"><script src="{% static 'a.js' %}"></script><img src="${y}.png"><script>let x = {{ data }}; import './q.H.js'</script>`, "import ./q.js"},
	{"base", "d/i.html", `<base href="/static/e/"><img src=x.png><base href=/f/><img src=y.png>`, `<base href="/static/e/"><img src=x.H.png><base href=/f/><img src=y.H.png>`, "<img src> x.png, <img src> y.png"},
	{"integrity", "i.html", `<script src=a.js integrity="sha256-old" crossorigin></script><link rel=stylesheet integrity=sha256-old href=https://h/a.css>`, `<script src=a.H.js integrity="sha256-new" crossorigin></script><link rel=stylesheet integrity=sha256-old href=https://h/a.css>`, "<script src> a.js, <link href> https://h/a.css"},
	{"import map", "i.html", `<script type=importmap>{"imports": {"a": "./a.js", "b/": "./b/"}, "scopes": {"/x/": {"a": "/static/c.js"}}, "integrity": {"./a.js": "sha256-old"}}</script>`,
		`<script type=importmap>{"imports": {"a": "./a.H.js", "b/": "./b/"}, "scopes": {"/x/": {"a": "/static/c.H.js"}}, "integrity": {"./a.H.js": "sha256-new"}}</script>`, "importmap ./a.js, importmap ./b/?, importmap /static/c.js, importmap ./a.js?"},
	{"comments", "i.html", `<!-- <img src=x.png> --><noscript><img src=y.png></noscript><template><img src=z.png></template>`, `<!-- <img src=x.png> --><noscript><img src=y.H.png></noscript><template><img src=z.H.png></template>`, "<img src> y.png, <img src> z.png"},
	{"text that looks like tags", "i.html", `<textarea><img src=x.png></textarea><title><img src=y.png></title><script>"<img src=z.png>"</script>`, `<textarea><img src=x.png></textarea><title><img src=y.png></title><script>"<img src=z.png>"</script>`, ""},
	{"picture within", "i.html", `<svg><use href="s.svg#a"/><image xlink:href='i.png'/></svg><img src=x.png>`, `<svg><use href="s.H.svg#a"/><image xlink:href='i.H.png'/></svg><img src=x.H.png>`, "<use href> s.svg#a, <image xlink:href> i.png, <img src> x.png"},
	{"picture with quotation marks", "i.html", `<svg><text>5" disk, <!-- " </svg> --> it's</text><use href=s.svg#a"></svg><img src=x.png>`, `<svg><text>5" disk, <!-- " </svg> --> it's</text><use href="s.H.svg#a&quot;"></svg><img src=x.H.png>`, "<use href> s.svg#a\", <img src> x.png"},
	{"picture in a picture", "i.html", `<p><SVG a="</svg>"><svg/><svg><image href=a.png></image></svg><image href="b.png"/></SVG><img src=c.png><math><svg><image href=d.png /></svg></math><svg><image href=e.png />`,
		`<p><SVG a="</svg>"><svg/><svg><image href=a.H.png></image></svg><image href="b.H.png"/></SVG><img src=c.H.png><math><svg><image href=d.png /></svg></math><svg><image href=e.H.png />`,
		"<image href> a.png, <image href> b.png, <img src> c.png, <image href> e.png"},
	{"picture with a NUL", "i.html", "<svg>\x00</svg><img src=x.png>", "<svg>\x00</svg><img src=x.H.png>", "<img src> x.png"},
	{"srcset with data and commas", "i.html", `<img srcset="data:image/png;base64,AA== 1x,x.png 2x, y,z.png 100w">`, `<img srcset="data:image/png;base64,AA== 1x,x.H.png 2x, y,z.H.png 100w">`, "<img srcset> data:image/png;base64,AA==, <img srcset> x.png, <img srcset> y,z.png"},

	{"svg", "a.svg", `<?xml version="1.0"?><?xml-stylesheet href="s.css"?><svg xmlns="http://www.w3.org/2000/svg"><image href="i.png"/><a href="p.html"/><rect fill="url(#g)" filter="url(f.svg#x)"/><style>p{a:url(b.png)}</style><style><![CDATA[q{a:url(c.png)}]]></style></svg>`,
		`<?xml version="1.0"?><?xml-stylesheet href="s.H.css"?><svg xmlns="http://www.w3.org/2000/svg"><image href="i.H.png"/><a href="p.H.html"/><rect fill="url(#g)" filter="url(f.H.svg#x)"/><style>p{a:url(b.H.png)}</style><style><![CDATA[q{a:url(c.H.png)}]]></style></svg>`,
		"<xml-stylesheet href> s.css, <image href> i.png, <a href> p.html?, url() #g, url() f.svg#x, url() b.png, url() c.png"},

	{"source map", "a.js.map", `{"version":3,"sourceRoot":"src","sources":["a.ts","b.ts",null],"sourcesContent":[null,"x"]}`, `{"version":3,"sourceRoot":"src","sources":["a.H.ts","b.ts",null],"sourcesContent":[null,"x"]}`, "sources a.ts?"},
	{"index map", "a.js.map", `{"sections":[{"map":{"sourcesContent":["x"],"sources":["a.ts"]}},{"map":{"sources":["b.ts"]}}]}`, `{"sections":[{"map":{"sourcesContent":["x"],"sources":["a.ts"]}},{"map":{"sources":["b.H.ts"]}}]}`, "sources b.ts?"},
	{"guarded map", "a.js.map", ")]}'\n{\"sources\":[\"a.ts\"]}", ")]}'\n{\"sources\":[\"a.H.ts\"]}", "sources a.ts?"},
	{"web app manifest", "app.webmanifest", `{"name": "x.png", "icons": [{"src": "i.png"}], "shortcuts": [{"url": "/", "icons": [{"src":"\/static\/j.png"}]}]}`, `{"name": "x.png", "icons": [{"src": "i.H.png"}], "shortcuts": [{"url": "/", "icons": [{"src":"/static/j.H.png"}]}]}`, "icons i.png, icons /static/j.png"},
}

func TestRewrite(t *testing.T) {
	t.Parallel()
	for _, test := range rewrites {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			lang := LanguageOf(test.file)
			var refs []string
			same, err := Rewrite(lang, []byte(test.text), func(r *Ref) {
				s := r.Where + " " + r.URL
				if r.Optional {
					s += "?"
				}
				refs = append(refs, s)
			})
			if err != nil || string(same) != test.text {
				t.Errorf("without changes: %v\n%s", err, same)
			}
			if diff := cmp.Diff(test.refs, strings.Join(refs, ", ")); diff != "" {
				t.Errorf("references (-want +got):\n%s", diff)
			}
			got, err := Rewrite(lang, []byte(test.text), mark(test.file))
			if diff := cmp.Diff(test.want, string(got)); diff != "" || err != nil {
				t.Errorf("%v; rewritten (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestOffsets(t *testing.T) {
	t.Parallel()
	for file, text := range map[string]string{
		"a.css":  "p {}\n  q { a: url('X') }",
		"a.js":   "a\nimport './X'",
		"a.html": "<p>\n<img src=\"X\">",
		"a.svg":  "<svg>\n<image href='X'/>",
		"b.html": "<p>\n<style>\nq{a:url(X)}</style>",
	} {
		_, err := Rewrite(LanguageOf(file), []byte(text), func(r *Ref) {
			if at := strings.Index(text, strings.TrimPrefix(r.URL, "./")); r.Offset != at && r.Offset != at-2 {
				t.Errorf("%s: %q is at %d, want %d", file, r.URL, r.Offset, at)
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	for file, test := range map[string]struct {
		text string
		at   int
	}{
		"a.js":     {"a()\nlet x = 'y\nimport './z.js'", 12},
		"a.js.map": {`{"sources": [}`, 13},
		"i.html":   {"<script type=importmap>{nope}</script>", 24},
	} {
		_, err := Rewrite(LanguageOf(file), []byte(test.text), func(*Ref) {})
		var s *SyntaxError
		if !errors.As(err, &s) || s.Offset != test.at {
			t.Errorf("%s: %v at %+v, want an error at %d", file, err, s, test.at)
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ site, from, base, url, want string }{
		{"/static/", "a/b.css", "", "c.png", "a/c.png"},
		{"/static/", "a/b.css", "", "./../c.png", "c.png"},
		{"/static/", "a/b.css", "", "../../c.png", "-"},
		{"/static/", "a/b.css", "", "/static/c.png", "c.png"},
		{"/static/", "a/b.css", "", "/static", "-"},
		{"/static/", "a/b.css", "", "/static/", "dir "},
		{"/static/", "a/b.css", "", "/staticc.png", "-"},
		{"/static/", "a/b.css", "", " c.png\n", "a/c.png"},
		{"/static/", "a/b.css", "", `..\c.png`, "c.png"},
		{"/static/", "a/b.css", "", "%2e%2E/c%20d.png?q#f", "c d.png"},
		{"/static/", "a/b.css", "", "c%zz.png", "a/c%zz.png"},
		{"/static/", "a/b.css", "", "c%2fd.png", "-"},
		{"/static/", "a/b.css", "", "..", "dir "},
		{"/static/", "a/b.css", "", "c/", "dir a/c"},
		{"/static/", "a/b.css", "", "?q", "-"},
		{"/static/", "a/b.css", "", "mailto:x", "-"},
		{"/static/", "a/b.css", "", "https://cdn.example.org/static/c.png", "-"},
		{"https://cdn.example.org/static/", "a/b.css", "", "HTTPS://cdn.example.org/static/c.png", "c.png"},
		{"https://cdn.example.org/static/", "a/b.css", "", "//cdn.example.org/static/c.png", "c.png"},
		{"https://cdn.example.org/static/", "a/b.css", "", "//cdn.example.org.evil/static/c.png", "-"},
		{"https://cdn.example.org/", "a/b.css", "", "/c.png", "c.png"},
		{"/", "b.css", "", "/c.png", "c.png"},
		{"/", "b.css", "", "../../c.png", "c.png"},
		{"/static/", "a/b.html", "../d/", "c.png", "d/c.png"},
		{"/static/", "a/b.html", "https://h/", "c.png", "-"},
		{"/static/", "a/b.html", "/static/e/f.html", "c.png", "e/c.png"},
		{"/sub/static/", "b.css", "", "/sub/static/c.png", "c.png"},
	} {
		site, err := ParseSite(test.site)
		if err != nil {
			t.Fatal(err)
		}
		got := "-"
		if to, ok := site.Resolve(test.from, Ref{URL: test.url, Base: test.base}); ok {
			got = to.Name
			if to.Dir {
				got = "dir " + got
			}
		}
		if got != test.want {
			t.Errorf("%s %s base %q, %q: got %q, want %q", test.site, test.from, test.base, test.url, got, test.want)
		}
	}
	for _, s := range []string{"static/", "//h/x", "https:/x", "/a?b", "ht tp://x", ""} {
		if _, err := ParseSite(s); err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("address %q: ", s)) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestRename(t *testing.T) {
	t.Parallel()
	site, _ := ParseSite("/static/")
	for _, test := range []struct{ url, base, want string }{
		{"../i/x.png?v=1#f", "x.H.png", "../i/x.H.png?v=1#f"},
		{"x%2Epng", "x.H.png", "x.H.png"},
		{"a%20b.png", "a b.H.png", "a%20b.H.png"},
		{"x.old.png", "x.new.png", "x.new.png"},
		{"x.png", "x.png", "x.png"},
		{"%78.png", "x.png", "%78.png"},
		{"LICENSE", "LICENSE.H", "LICENSE.H"},
		{"x.png ", "x.H.png", "x.H.png "},
		{"a:b", "a:b.H", "-"},
		{"./a:b", "a:b.H", "./a:b.H"},
		{".:b", "H.:b", "./H.:b"},
		{"q.png", "a?b#c.png", "a%3Fb%23c.png"},
	} {
		got := "-"
		if to, ok := site.Resolve("d/a.css", Ref{URL: test.url}); ok {
			got = to.Rename(test.url, test.base)
		}
		if got != test.want {
			t.Errorf("%q as %q: got %q, want %q", test.url, test.base, got, test.want)
		}
	}
}
