// Package reference finds where static files refer to one another, and puts
// other references in their place: HTML, CSS, JavaScript, SVG, source maps and
// web app manifests. What is not a reference keeps its bytes.
package reference

import (
	"errors"
	"path"
	"slices"
	"strings"
)

// Language is what a file is written in.
type Language string

// The languages.
const (
	None        Language = ""
	CSS         Language = "CSS"
	HTML        Language = "HTML"
	JavaScript  Language = "JavaScript"
	SVG         Language = "SVG"
	SourceMap   Language = "source map"
	WebManifest Language = "web app manifest"
)

var languages = map[string]Language{
	".css": CSS, ".html": HTML, ".htm": HTML, ".xhtml": HTML, ".js": JavaScript, ".mjs": JavaScript, ".svg": SVG, ".map": SourceMap, ".webmanifest": WebManifest,
}

// LanguageOf goes by a name's ending.
func LanguageOf(name string) Language {
	base := strings.ToLower(path.Base(name))
	if base == "manifest.json" {
		return WebManifest // or another manifest, in which there are none of its keys
	}
	return languages[path.Ext(base)]
}

// Ref is a reference as it stands in a file. A visitor may change URL and
// Integrity.
type Ref struct {
	URL       string // decoded: without quotes, escapes and entities
	Integrity string // what the file must hash to (SRI), or ""
	Base      string // a URL that it is relative to, instead of the file's own, or ""
	Where     string // what refers, such as url() or <img src>
	Offset    int    // of the place in the file's bytes
	// Optional references need not lead to a file: links to pages, sources
	// of maps, and the like.
	Optional bool
}

// Visitor is told of every reference, in the order of the file.
type Visitor func(r *Ref)

// ErrSyntax is the kind of problem that a *SyntaxError is.
var ErrSyntax = errors.New("not readable")

// SyntaxError is a file that cannot be read for references.
type SyntaxError struct {
	Offset int
	Text   string
}

func (e *SyntaxError) Error() string { return e.Text }

// Rewrite calls visit for every reference of a text, and returns the text with
// what visit made of them. If that is nothing, it is data itself. An error is a
// *SyntaxError.
func Rewrite(lang Language, data []byte, visit Visitor) ([]byte, error) {
	e := &editor{data: data, visit: visit}
	var err error
	switch lang {
	case CSS:
		e.css(data, 0, "")
	case HTML:
		err = e.html(data)
	case JavaScript:
		err = e.javascript(data, 0, "")
	case SVG:
		e.svg(data, 0, "")
	case SourceMap:
		err = e.sourceMap(data)
	case WebManifest:
		err = e.webManifest(data)
	}
	if err != nil {
		return nil, err
	}
	return e.result(), nil
}

// editor gathers changes of a text.
type editor struct {
	data  []byte
	visit Visitor
	edits []edit
	// outer is the editor of the text that this one was decoded from, at.
	outer *editor
	at    int
}

type edit struct {
	start, end int
	text       string
}

// ref has a reference visited, and replaces the bytes from start to end by what
// encode makes of the new URL.
func (e *editor) ref(r Ref, start, end int, encode func(string) string) {
	was := r
	r.Offset = e.offset(start)
	e.visit(&r)
	if r.URL != was.URL {
		e.replace(start, end, encode(r.URL))
	}
}

func (e *editor) replace(start, end int, text string) {
	e.edits = append(e.edits, edit{start, end, text})
}

// offset is the place in the file; within decoded text, where that begins.
func (e *editor) offset(at int) int {
	if e.outer != nil {
		return e.outer.offset(e.at)
	}
	return at
}

// nested works on text that was decoded from a place in this one, and says
// what became of it.
func (e *editor) nested(text string, at int, work func(in *editor)) (string, bool) {
	in := &editor{data: []byte(text), visit: e.visit, outer: e, at: at}
	work(in)
	return string(in.result()), len(in.edits) > 0
}

func (e *editor) result() []byte {
	if len(e.edits) == 0 {
		return e.data
	}
	slices.SortStableFunc(e.edits, func(a, b edit) int { return a.start - b.start })
	var out []byte
	at := 0
	for _, c := range e.edits {
		if c.start < at {
			continue
		}
		out = append(append(out, e.data[at:c.start]...), c.text...)
		at = c.end
	}
	return append(out, e.data[at:]...)
}

// lexed is a copy of text that a lexer may write on, with room for its mark.
func lexed(text []byte) []byte {
	return append(make([]byte, 0, len(text)+1), text...)
}
