package reference

import (
	"bytes"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
)

// css reads a style sheet, or the value of a style attribute, that begins at an
// offset of the text: url() wherever it loads something, @import, image-set(),
// and the source map. What a browser cannot read it drops; so do we.
func (e *editor) css(text []byte, offset int, base string) {
	if !bytes.ContainsAny(text, "(@=") {
		return
	}
	in := parse.NewInputBytes(lexed(text))
	l := css.NewLexer(in)
	s := sheet{e: e, base: base}
	for {
		tt, token := l.Next()
		if tt == css.ErrorToken {
			return
		}
		s.token(tt, token, offset+in.Offset()-len(token))
	}
}

// sheet is where we are in a style sheet.
type sheet struct {
	e         *editor
	base      string
	rule      string   // the at-rule that we are in the head of
	functions []string // the functions that we are in
}

func (s *sheet) token(tt css.TokenType, token []byte, at int) {
	switch tt {
	case css.AtKeywordToken:
		s.rule = strings.ToLower(string(token))
	case css.SemicolonToken, css.LeftBraceToken, css.RightBraceToken:
		s.rule, s.functions = "", nil
	case css.FunctionToken:
		s.functions = append(s.functions, strings.ToLower(string(token)))
	case css.LeftParenthesisToken:
		s.functions = append(s.functions, "(")
	case css.RightParenthesisToken:
		if n := len(s.functions); n > 0 {
			s.functions = s.functions[:n-1]
		}
	case css.URLToken:
		if s.loads() {
			s.url(token, at)
		}
	case css.StringToken:
		if where := s.stringLoads(); where != "" {
			s.string(token, at, where)
		}
	case css.CommentToken:
		s.comment(token, at)
	}
}

// loads tells whether a url() here is fetched.
func (s *sheet) loads() bool {
	switch s.rule {
	case "@namespace", "@document", "@-moz-document", "@charset":
		return false
	}
	return true
}

// stringLoads tells whether a string here is a URL, and what makes it one.
func (s *sheet) stringLoads() string {
	if n := len(s.functions); n > 0 {
		switch f := s.functions[n-1]; f {
		case "image-set(", "-webkit-image-set(", "src(":
			return f + ")"
		}
		return ""
	}
	if s.rule == "@import" {
		s.rule = "@import and so on" // only the first string is
		return "@import"
	}
	return ""
}

// url reads url(…), with or without quotes.
func (s *sheet) url(token []byte, at int) {
	open := bytes.IndexByte(token, '(') + 1
	inner := bytes.TrimSuffix(token[open:], []byte(")"))
	start := at + open + len(inner) - len(bytes.TrimLeft(inner, " \t\r\n\f"))
	inner = bytes.Trim(inner, " \t\r\n\f")
	where := "url()"
	if s.rule == "@import" {
		where, s.rule = "@import", "@import and so on"
	}
	if len(inner) > 0 && (inner[0] == '"' || inner[0] == '\'') {
		s.string(inner, start, where)
		return
	}
	s.e.ref(Ref{URL: decodeCSS(string(inner)), Base: s.base, Where: where}, start, start+len(inner), encodeCSSURL)
}

// string reads a quoted URL.
func (s *sheet) string(token []byte, at int, where string) {
	quote := token[0]
	end := len(token)
	if end > 1 && token[end-1] == quote {
		end--
	}
	s.e.ref(Ref{URL: decodeCSS(string(token[1:end])), Base: s.base, Where: where}, at+1, at+end,
		func(url string) string { return encodeCSSString(url, quote) })
}

// comment reads /*# sourceMappingURL=… */.
func (s *sheet) comment(token []byte, at int) {
	body := bytes.TrimSuffix(bytes.TrimPrefix(token, []byte("/*")), []byte("*/"))
	if len(body) < 2 || body[0] != '#' && body[0] != '@' || body[1] != ' ' && body[1] != '\t' {
		return
	}
	url, ok := bytes.CutPrefix(bytes.TrimLeft(body[1:], " \t"), []byte(mapping))
	if !ok {
		return
	}
	start := at + bytes.Index(token, []byte(mapping)) + len(mapping)
	url = bytes.TrimRight(url, " \t\r\n")
	if !bytes.ContainsAny(url, " \t\r\n'\"") {
		s.e.ref(Ref{URL: string(url), Base: s.base, Where: "sourceMappingURL"}, start, start+len(url), plain)
	}
}

const mapping = "sourceMappingURL="
