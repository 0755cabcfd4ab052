package minify

import (
	"slices"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/html"
)

// validHTML looks at the scripts, style sheets and data of a page. The rest of
// it cannot be wrong: to browsers, every text is a page.
func validHTML(data []byte) (int, string) {
	in := parse.NewInputBytes(slices.Clone(data))
	l := html.NewLexer(in)
	tag, kind, src := "", "", false
	for {
		tt, token := l.Next()
		end := in.Offset()
		switch tt {
		case html.ErrorToken:
			return 0, ""
		case html.StartTagToken:
			tag, kind, src = string(l.Text()), "", false
		case html.EndTagToken:
			tag = ""
		case html.AttributeToken:
			switch string(l.AttrKey()) {
			case "type":
				kind = strings.ToLower(strings.Trim(string(l.AttrVal()), "\"' "))
			case "src":
				src = true
			}
		case html.TextToken:
			at := end - len(token)
			if valid := inline(tag, kind); valid != nil && !src {
				if offset, text := valid(data[at:end]); text != "" {
					return at + offset, text
				}
			}
			tag = ""
		}
	}
}

// inline is how the text of an element is looked at.
func inline(tag, kind string) func([]byte) (int, string) {
	switch {
	case tag == "style":
		return validCSS
	case tag != "script":
		return nil
	case kind == "" || kind == "module" || kind == "text/javascript" || kind == "application/javascript":
		return validJS
	case kind == "importmap" || kind == "application/json" || kind == "application/ld+json":
		return validJSON
	}
	return nil
}
