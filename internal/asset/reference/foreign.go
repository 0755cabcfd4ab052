package reference

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/html"
)

// markup is a comment, a CDATA section or a tag, in which quotes count only
// where a value begins (HTML, 13.2.5.33).
var markup = regexp.MustCompile(`(?is)<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(/?)([a-z][^\s/>]*)(?:=\s*"[^"]*"|=\s*'[^']*'|[^>])*?(/?)>`)

// foreignEnd is where an element of a page in another language (svg, math, xml)
// ends that begins at an offset: behind its end tag, or with the page. The lexer
// takes any quotation mark in it for that of a value, and the first end tag for
// the last.
func foreignEnd(page []byte, at int) int {
	name, depth := "", 0
	for {
		m := markup.FindSubmatchIndex(page[at:])
		if m == nil {
			return len(page)
		}
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return strings.ToLower(string(page[at+m[2*i] : at+m[2*i+1]]))
		}
		if name == "" {
			name = group(2)
		}
		if name == "" {
			return len(page)
		}
		switch {
		case group(2) != name:
		case group(1) != "":
			depth--
		case group(3) == "":
			depth++
		}
		at += m[1]
		if depth <= 0 {
			return at
		}
	}
}

// Misread tells whether the lexer that minifiers of pages use takes another part
// of a page for a picture, or a formula, than browsers do.
func Misread(page []byte) bool {
	in := parse.NewInputBytes(lexed(page))
	l := html.NewLexer(in)
	for {
		switch tt, token := l.Next(); tt {
		case html.ErrorToken:
			return bytes.IndexByte(page, 0) >= 0 // it stops there, in a picture
		case html.SVGToken, html.MathToken, html.XMLToken:
			if end := in.Offset(); foreignEnd(page, end-len(token)) != end {
				return true
			}
		}
	}
}
