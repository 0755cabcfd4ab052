package reference

import (
	"html"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/xml"
)

// svg reads an SVG picture that begins at an offset of the text: what href and
// xlink:href lead to, url() in attributes, style sheets of its own and others'.
func (e *editor) svg(text []byte, offset int, base string) {
	in := parse.NewInputBytes(lexed(text))
	l := xml.NewLexer(in)
	var open element
	for {
		tt, token := l.Next()
		end := in.Offset()
		switch tt {
		case xml.ErrorToken:
			return
		case xml.StartTagToken, xml.StartTagPIToken:
			open = element{name: strings.ToLower(string(l.Text()))}
		case xml.AttributeToken:
			open.add(string(l.Text()), l.AttrVal(), end)
		case xml.StartTagCloseToken, xml.StartTagCloseVoidToken, xml.StartTagClosePIToken:
			for i := range open.attrs {
				a := &open.attrs[i]
				a.start, a.end = a.start+offset, a.end+offset
				e.svgAttribute(open, a, base)
			}
			if tt != xml.StartTagCloseToken {
				open = element{}
			}
		case xml.TextToken, xml.CDATAToken:
			if open.name == "style" || open.name == "svg:style" {
				at := end - len(token)
				if tt == xml.CDATAToken {
					at += len("<![CDATA[")
				}
				e.svgStyle(text[at:at+len(l.Text())], offset+at, base, tt == xml.CDATAToken)
			}
		case xml.EndTagToken:
			open = element{}
		}
	}
}

func (e *editor) svgAttribute(el element, a *attribute, base string) {
	if templated(a.value) {
		return
	}
	switch {
	case a.name == "href" || a.name == "xlink:href":
		optional := el.name == "a" || el.name == "svg:a"
		e.ref(Ref{URL: a.value, Base: base, Where: "<" + el.name + " " + a.name + ">", Optional: optional}, a.start, a.end,
			func(url string) string { return encodeAttribute(url, a.quote) })
	case a.name == "style" || strings.Contains(strings.ToLower(a.value), "url("):
		if value, changed := e.nested(a.value, a.start, func(in *editor) { in.css(in.data, 0, base) }); changed {
			e.replace(a.start, a.end, encodeAttribute(value, a.quote))
		}
	}
}

// svgStyle reads a style sheet within a picture. As text, it may have entities.
func (e *editor) svgStyle(text []byte, at int, base string, cdata bool) {
	if cdata || !strings.Contains(string(text), "&") {
		e.css(text, at, base)
		return
	}
	decoded := entity.ReplaceAllStringFunc(string(text), html.UnescapeString)
	if value, changed := e.nested(decoded, at, func(in *editor) { in.css(in.data, 0, base) }); changed {
		e.replace(at, at+len(text), strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(value))
	}
}
