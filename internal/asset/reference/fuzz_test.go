package reference

import (
	"bytes"
	"path"
	"strings"
	"testing"
)

// fuzz holds, for whatever text: without changes the bytes stay; and with them,
// each reference that is read afterwards is what it was changed to.
func fuzz(f *testing.F, file string) {
	lang := LanguageOf(file)
	for _, r := range rewrites {
		if LanguageOf(r.file) == lang {
			f.Add([]byte(r.text))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var urls []string
		same, err := Rewrite(lang, data, func(r *Ref) {
			urls = append(urls, r.URL)
			if r.Offset < 0 || r.Offset > len(data) {
				t.Errorf("%q is at %d of %d bytes", r.URL, r.Offset, len(data))
			}
		})
		if err != nil {
			return
		}
		if !bytes.Equal(same, data) {
			t.Fatalf("changed without changes:\n%q\n%q", data, same)
		}
		var want []string
		visit := mark("d/" + file)
		changed, err := Rewrite(lang, data, func(r *Ref) { visit(r); want = append(want, r.URL) })
		if err != nil {
			t.Fatalf("the second time: %v", err)
		}
		if len(want) != len(urls) {
			t.Fatalf("%d references, then %d", len(urls), len(want))
		}
		var got []string
		_, err = Rewrite(lang, changed, func(r *Ref) { got = append(got, r.URL) })
		if err != nil {
			t.Fatalf("%q cannot be read again as %q: %v", data, changed, err)
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%q\nbecame %q\nwhich refers to %q\nwant            %q", data, changed, got, want)
		}
	})
}

func FuzzCSS(f *testing.F)         { fuzz(f, "a.css") }
func FuzzHTML(f *testing.F)        { fuzz(f, "a.html") }
func FuzzJavaScript(f *testing.F)  { fuzz(f, "a.js") }
func FuzzSVG(f *testing.F)         { fuzz(f, "a.svg") }
func FuzzSourceMap(f *testing.F)   { fuzz(f, "a.map") }
func FuzzWebManifest(f *testing.F) { fuzz(f, "a.webmanifest") }

// FuzzResolve holds that a renamed reference leads to the new name.
func FuzzResolve(f *testing.F) {
	f.Add("../i/x.png?v=1#f")
	f.Add(`..\a%20b:c`)
	f.Add("%2e/.%2e/x")
	f.Fuzz(func(t *testing.T, url string) {
		site, _ := ParseSite("/static/")
		to, ok := site.Resolve("a/b/c.css", Ref{URL: url})
		if !ok || to.Dir {
			return
		}
		base := "H" + path.Base(to.Name)
		renamed := to.Rename(url, base)
		again, ok := site.Resolve("a/b/c.css", Ref{URL: renamed})
		if want := path.Join(path.Dir(to.Name), base); !ok || again.Dir || again.Name != want {
			t.Errorf("%q leads to %q; renamed to %q it leads to %q, %v: want %q", url, to.Name, renamed, again.Name, ok, want)
		}
	})
}
