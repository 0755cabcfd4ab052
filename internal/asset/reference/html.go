package reference

import (
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/html"
)

// html reads a page: what its elements load, their style, inline scripts, style
// sheets and pictures, and the import map. Values with a template language's
// marks in them are passed over.
func (e *editor) html(text []byte) error {
	copied := lexed(text)
	for i, c := range copied {
		if c == 0 { // in a picture, the lexer's end
			copied[i] = ' '
		}
	}
	p := &page{e: e}
	for from := 0; from < len(text); {
		next, err := p.read(text, copied, from)
		if err != nil {
			return err
		}
		from = next
	}
	return nil
}

// read reads on from an offset to behind the next picture, or the end. The copy is
// the lexer's.
func (p *page) read(text, copied []byte, from int) (int, error) {
	in := parse.NewInputBytes(copied[from:])
	l := html.NewLexer(in)
	for {
		tt, token := l.Next()
		end := from + in.Offset()
		at := end - len(token)
		switch tt {
		case html.ErrorToken:
			return len(text), nil
		case html.StartTagToken:
			p.open = element{name: string(l.Text())}
		case html.AttributeToken:
			raw := l.AttrVal()
			if raw != nil {
				raw = text[end-len(raw) : end]
			}
			p.open.add(string(l.AttrKey()), raw, end)
		case html.StartTagCloseToken, html.StartTagVoidToken:
			p.element(p.open)
		case html.TextToken:
			if err := p.text(text[at:end], at); err != nil {
				return 0, err
			}
			p.open = element{}
		case html.EndTagToken:
			p.open = element{}
		case html.SVGToken, html.MathToken, html.XMLToken:
			p.open = element{}
			end = foreignEnd(text, at)
			if tt == html.SVGToken {
				p.e.svg(text[at:end], at, p.base)
			}
			return end, nil
		}
	}
}

// element is a start tag.
type element struct {
	name  string
	attrs []attribute
}

type attribute struct {
	name, value string // decoded
	start, end  int    // of the value, within its quotes
	quote       byte   // 0: none
}

// add reads an attribute's value, which ends at an offset.
func (el *element) add(name string, raw []byte, end int) {
	if raw == nil {
		return
	}
	a := attribute{name: name, start: end - len(raw), end: end}
	if len(raw) > 0 && (raw[0] == '"' || raw[0] == '\'') {
		a.quote = raw[0]
		a.start++
		raw = raw[1:]
		if n := len(raw); n > 0 && raw[n-1] == a.quote {
			a.end--
			raw = raw[:n-1]
		}
	}
	a.value = decodeAttribute(string(raw))
	el.attrs = append(el.attrs, a)
}

// get returns an attribute, of several the first, as browsers do.
func (el *element) get(name string) *attribute {
	for i := range el.attrs {
		if el.attrs[i].name == name {
			return &el.attrs[i]
		}
	}
	return nil
}

func (el *element) value(name string) string {
	if a := el.get(name); a != nil {
		return a.value
	}
	return ""
}

// loads are the attributes whose file is loaded together with the page.
var loads = map[string]string{
	"script": "src", "img": "src", "audio": "src", "video": "src poster", "source": "src", "track": "src", "embed": "src", "iframe": "src",
	"frame": "src", "input": "src", "object": "data", "body": "background", "table": "background", "td": "background", "th": "background",
}

// leads are attributes that may lead to a file.
var leads = map[string]string{"a": "href", "area": "href"}

// lazy are attributes that scripts of common libraries load later.
const lazy = "data-src data-poster"

// loadedRels are kinds of <link> that are loaded; what the others lead to are
// pages for people and machines.
var loadedRels = map[string]bool{
	"stylesheet": true, "icon": true, "apple-touch-icon": true, "apple-touch-icon-precomposed": true, "apple-touch-startup-image": true,
	"mask-icon": true, "manifest": true, "preload": true, "modulepreload": true, "fluid-icon": true,
}

// pictured are names of <meta> whose content is the URL of a picture.
var pictured = map[string]bool{
	"og:image": true, "og:image:url": true, "og:image:secure_url": true, "og:video": true, "og:audio": true,
	"twitter:image": true, "twitter:image:src": true, "msapplication-tileimage": true, "msapplication-config": true,
}

// page is where we are in a page.
type page struct {
	e    *editor
	open element // the tag that was read last
	base string
	set  bool // there was a <base> already
}

func (p *page) element(el element) {
	for name := range strings.FieldsSeq(loads[el.name]) {
		p.url(el, name, false)
	}
	for name := range strings.FieldsSeq(leads[el.name] + " " + lazy) {
		p.url(el, name, true)
	}
	switch el.name {
	case "link":
		optional := true
		for rel := range strings.FieldsSeq(strings.ToLower(el.value("rel"))) {
			optional = optional && !loadedRels[rel]
		}
		p.url(el, "href", optional)
		p.srcset(el, "imagesrcset", false)
	case "meta":
		if pictured[strings.ToLower(el.value("property")+el.value("name"))] {
			p.url(el, "content", true)
		}
	case "base":
		if href := el.get("href"); href != nil && !p.set {
			p.base, p.set = href.value, true
		}
	case "img", "source":
		p.srcset(el, "srcset", false)
	}
	p.srcset(el, "data-srcset", true)
	if a := el.get("style"); a != nil && !templated(a.value) {
		p.nested(a, func(in *editor) { in.css(in.data, 0, p.base) })
	}
}

// nested rewrites the decoded value of an attribute.
func (p *page) nested(a *attribute, work func(in *editor)) {
	if value, changed := p.e.nested(a.value, a.start, work); changed {
		p.e.replace(a.start, a.end, encodeAttribute(value, a.quote))
	}
}

func (p *page) url(el element, name string, optional bool) {
	a := el.get(name)
	if a == nil || templated(a.value) {
		return
	}
	r := Ref{URL: a.value, Base: p.base, Where: "<" + el.name + " " + name + ">", Offset: a.start, Optional: optional}
	integrity := el.get("integrity")
	if integrity != nil {
		r.Integrity = integrity.value
	}
	was := r
	p.e.visit(&r)
	if r.URL != was.URL {
		p.e.replace(a.start, a.end, encodeAttribute(r.URL, a.quote))
	}
	if r.Integrity != was.Integrity {
		p.e.replace(integrity.start, integrity.end, encodeAttribute(r.Integrity, integrity.quote))
	}
}

func (p *page) srcset(el element, name string, optional bool) {
	a := el.get(name)
	if a == nil || templated(a.value) {
		return
	}
	p.nested(a, func(in *editor) {
		for start, end := range candidates(a.value) {
			in.ref(Ref{URL: a.value[start:end], Base: p.base, Where: "<" + el.name + " " + name + ">", Optional: optional}, start, end, encodeSrcset)
		}
	})
}

// text is what follows a start tag: a style sheet, a script, an import map.
func (p *page) text(text []byte, at int) error {
	switch p.open.name {
	case "style":
		if !templated(string(text)) {
			p.e.css(text, at, p.base)
		}
	case "script":
		if p.open.get("src") != nil {
			return nil
		}
		switch mime := strings.ToLower(strings.TrimSpace(p.open.value("type"))); {
		case mime == "importmap":
			return p.e.importMap(text, at, p.base)
		case mime == "" || mime == "module" || strings.Contains(mime, "javascript") || strings.Contains(mime, "ecmascript"):
			if err := p.e.javascript(text, at, p.base); err != nil && !templated(string(text)) {
				return err
			}
		}
	}
	return nil
}

// templated tells whether a value is filled in later, by a template language.
func templated(s string) bool {
	for _, mark := range []string{"{{", "{%", "<%", "${", "<?"} {
		if strings.Contains(s, mark) {
			return true
		}
	}
	return false
}

// candidates are the URLs of a srcset (HTML, 4.8.4.2.1).
func candidates(s string) func(yield func(start, end int) bool) {
	const space = " \t\r\n\f"
	return func(yield func(start, end int) bool) {
		for at := 0; at < len(s); {
			if strings.IndexByte(space+",", s[at]) >= 0 {
				at++
				continue
			}
			end := len(s)
			if i := strings.IndexAny(s[at:], space); i >= 0 {
				end = at + i
			}
			url := strings.TrimRight(s[at:end], ",")
			if !yield(at, at+len(url)) {
				return
			}
			if at+len(url) < end { // a comma ended it
				at = end
				continue
			}
			for depth := 0; end < len(s) && (s[end] != ',' || depth > 0); end++ { // its descriptors
				switch s[end] {
				case '(':
					depth++
				case ')':
					depth = max(depth-1, 0)
				}
			}
			at = end
		}
	}
}

func encodeSrcset(url string) string {
	return strings.NewReplacer(" ", "%20", "\t", "%09", "\n", "%0A", "\r", "%0D", "\f", "%0C").Replace(url)
}
