package minify

import (
	"regexp"
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

// needed are comments by which scripts find their places: Vue's, React's,
// Svelte's and Lit's for pages that were rendered before, and Knockout's.
var needed = regexp.MustCompile(`<!--(?:\[!?-?\d*|\]|/?\$[?!]?|/?lit-part.*|/?\s*/?ko(?:\s.*)?| |)-->`)

// policy is one that may say what the scripts and style sheets of a page hash to.
var policy = regexp.MustCompile(`(?i)http-equiv\s*=\s*["']?content-security-policy`)

// labels are inputs for which no value is not the same as an empty one: it is
// what a button says, and what a form sends.
var labels = map[string]bool{"submit": true, "reset": true, "checkbox": true}

// bare tells whether a page has such an input with an empty value, which the
// minifier takes away.
func bare(data []byte) bool {
	l := html.NewLexer(parse.NewInputBytes(append(make([]byte, 0, len(data)+1), data...)))
	input, label, empty := false, false, false
	for {
		tt, _ := l.Next()
		switch tt {
		case html.ErrorToken:
			return false
		case html.StartTagToken:
			input, label, empty = string(l.Text()) == "input", false, false
		case html.AttributeToken:
			value := strings.ToLower(strings.Trim(string(l.AttrVal()), "\"' \t\r\n"))
			switch string(l.AttrKey()) {
			case "type":
				label = labels[value]
			case "value":
				empty = value == ""
			}
		case html.StartTagCloseToken, html.StartTagVoidToken:
			if input && label && empty {
				return true
			}
		}
	}
}
