package minify

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	mini "github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/html"
	minijson "github.com/tdewolff/minify/v2/json"
	"github.com/tdewolff/minify/v2/svg"
	minixml "github.com/tdewolff/minify/v2/xml"
	"github.com/tdewolff/parse/v2"
	parsecss "github.com/tdewolff/parse/v2/css"

	"github.com/pinpack/pinpack/internal/asset/reference"
)

// kind is a kind of files, and how it is minified.
type kind struct {
	name    string // as users say it
	endings []string
	lang    reference.Language
	mime    string
	valid   func(data []byte) (offset int, text string)
	leave   func(data []byte) (why string) // nil: never
	esbuild bool                           // it is read by that, all or parts of it
}

var kinds = []kind{
	{name: "css", endings: []string{".css"}, lang: reference.CSS, mime: "text/css", valid: validCSS, esbuild: true},
	{name: "js", endings: []string{".js", ".mjs"}, lang: reference.JavaScript, mime: "text/javascript", valid: validJS, esbuild: true},
	{name: "html", endings: []string{".html", ".htm"}, mime: "text/html", valid: validHTML, leave: unfit, esbuild: true},
	{name: "svg", endings: []string{".svg"}, mime: "image/svg+xml", valid: validXML, leave: entities, esbuild: true},
	{name: "json", endings: []string{".json", ".webmanifest", ".geojson", ".jsonld"}, mime: "application/json", valid: validJSON},
	{name: "xml", endings: []string{".xml", ".rss", ".atom"}, mime: "application/xml", valid: validXML, leave: entities},
}

// Names are the kinds there are.
func Names() []string {
	var list []string
	for _, k := range kinds {
		list = append(list, k.name)
	}
	return list
}

func choose(names []string) ([]*kind, error) {
	var list []*kind
	for i := range kinds {
		if len(names) == 0 || slices.Contains(names, kinds[i].name) {
			list = append(list, &kinds[i])
		}
	}
	for _, name := range names {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("kind %q: want some of %s", name, strings.Join(Names(), ", "))
		}
	}
	return list, nil
}

func ending(name string) string { return strings.ToLower(path.Ext(name)) }

// minifier is careful where a choice of smaller bytes could be seen: a page
// keeps its tags, XML some of its white space, JSON its numbers.
func minifier(s scripts) *mini.M {
	m := mini.New()
	m.AddFunc("text/css", style)
	for _, mime := range []string{"text/javascript", "application/javascript", "module"} {
		m.AddFunc(mime, s.script)
	}
	m.Add("text/html", &html.Minifier{KeepSpecialComments: true, KeepDocumentTags: true, KeepEndTags: true, KeepDefaultAttrVals: true})
	m.Add("image/svg+xml", &svg.Minifier{})
	m.Add("application/json", &minijson.Minifier{KeepNumbers: true})
	m.Add("application/ld+json", &minijson.Minifier{KeepNumbers: true})
	m.Add("importmap", &minijson.Minifier{KeepNumbers: true})
	m.Add("application/xml", &minixml.Minifier{KeepWhitespace: true})
	return m
}

// worth is the saving, as a part of a file's size, below which it stays as it
// is. The minifiers do not always come to a fixed point: given what it has made,
// one for scripts may choose other names of the same length, for ever. With
// this, a second run changes nothing all the same.
const worth = 0.01

// small minifies as long as that saves something, and the minifier reads right
// what it has written: of an empty <svg></svg> it makes <svg/>, which it then
// takes for one without an end. A valid file of which it cannot read all, or not
// what it has made, stays as it was.
func (k *kind) small(original []byte) (small []byte, why string) {
	m, data := minifier(scripts{}), original
	for len(data) > 0 {
		var out bytes.Buffer
		if m.Minify(k.mime, &out, bytes.NewReader(data)) != nil {
			return original, whyBroken
		}
		if float64(out.Len()) > float64(len(data))*(1-worth) {
			break
		}
		data = out.Bytes()
		if k.leave != nil && k.leave(data) != "" {
			break
		}
	}
	return data, ""
}

// place turns a parser's error into an offset and words.
func place(data []byte, err error) (int, string) {
	var p *parse.Error
	if !errors.As(err, &p) {
		return 0, err.Error()
	}
	offset := 0
	for range p.Line - 1 {
		i := bytes.IndexByte(data[offset:], '\n')
		if i < 0 {
			break
		}
		offset += i + 1
	}
	return min(offset+max(p.Column-1, 0), len(data)), p.Message
}

// validCSS finds what a style sheet does not recover from: a string, url() or
// comment without an end, and brackets that do not match.
func validCSS(data []byte) (int, string) {
	l := parsecss.NewLexer(parse.NewInputBytes(slices.Clone(data)))
	type bracket struct {
		at  int
		end parsecss.TokenType
	}
	var open []bracket
	for at := 0; ; {
		tt, token := l.Next()
		switch tt {
		case parsecss.ErrorToken:
			if n := len(open); n > 0 {
				return open[n-1].at, "this bracket is not closed"
			}
			return 0, ""
		case parsecss.BadStringToken:
			return at, "this string does not end on its line"
		case parsecss.BadURLToken:
			return at, "this url() is malformed: a space, quote or bracket in it wants quotes around it"
		case parsecss.CommentToken:
			if len(token) < 4 || !bytes.HasSuffix(token, []byte("*/")) {
				return at, "this comment does not end"
			}
		case parsecss.LeftBraceToken:
			open = append(open, bracket{at, parsecss.RightBraceToken})
		case parsecss.LeftBracketToken:
			open = append(open, bracket{at, parsecss.RightBracketToken})
		case parsecss.LeftParenthesisToken, parsecss.FunctionToken:
			open = append(open, bracket{at, parsecss.RightParenthesisToken})
		case parsecss.RightBraceToken, parsecss.RightBracketToken, parsecss.RightParenthesisToken:
			n := len(open)
			if n == 0 || open[n-1].end != tt {
				return at, "this bracket closes nothing"
			}
			open = open[:n-1]
		}
		at += len(token)
	}
}

func validJSON(data []byte) (int, string) {
	d := json.NewDecoder(bytes.NewReader(data))
	var v json.RawMessage
	err := d.Decode(&v)
	if err == nil {
		at := int(d.InputOffset())
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return 0, ""
		}
		return at + len(data[at:]) - len(bytes.TrimLeft(data[at:], " \t\r\n")), "want one JSON value"
	}
	var s *json.SyntaxError
	if errors.As(err, &s) {
		return int(s.Offset) - 1, s.Error()
	}
	return len(data), err.Error()
}

// validXML wants well-formed XML.
func validXML(data []byte) (int, string) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		at := int(d.InputOffset())
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return 0, ""
		}
		if err != nil {
			var s *xml.SyntaxError
			if errors.As(err, &s) {
				return at, s.Msg
			}
			return at, err.Error()
		}
	}
}

// template leaves pages that a template language fills in later.
func template(data []byte) string {
	for _, mark := range []string{"{{", "{%", "<%", "<?php", "<?="} {
		if bytes.Contains(data, []byte(mark)) {
			return whyTemplate
		}
	}
	return ""
}

// unfit leaves pages that the minifier would break.
func unfit(data []byte) string {
	switch {
	case reference.Misread(data):
		return whyMisread
	case needed.Match(data):
		return whyComments
	case policy.Match(data) && bytes.Contains(data, []byte("'sha")):
		return whyPolicy
	case bare(data):
		return whyBare
	}
	return template(data)
}

func entities(data []byte) string {
	if bytes.Contains(data, []byte("<!ENTITY")) {
		return whyEntities
	}
	return ""
}
