package reference

import (
	"bytes"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/js"
)

// javascript reads a script or module that begins at an offset of the text:
// specifiers of import and export, import() and importScripts() of literals,
// new URL(…, import.meta.url), import.meta.resolve(), and the source map. It
// goes by tokens, as es-module-lexer does, so that syntax of tomorrow is no
// obstacle.
func (e *editor) javascript(text []byte, offset int, base string) error {
	e.mapping(text, offset, base)
	if !bytes.Contains(text, []byte("import")) && !(bytes.Contains(text, []byte("export")) && bytes.Contains(text, []byte("from"))) {
		return nil
	}
	start := 0
	if bytes.HasPrefix(text, []byte("#!")) {
		if start = bytes.IndexByte(text, '\n'); start < 0 {
			return nil
		}
	}
	in := parse.NewInputBytes(lexed(text[start:]))
	l := js.NewLexer(in)
	s := &script{e: e, base: base}
	read := start
	for {
		tt, token := l.Next()
		if (tt == js.DivToken || tt == js.DivEqToken) && s.regexp() {
			tt, token = l.RegExp()
		}
		switch tt {
		case js.ErrorToken:
			if rest := text[read:]; hasImports(rest) {
				read += len(rest) - len(bytes.TrimLeft(rest, " \t\r\n"))
				return &SyntaxError{offset + read, "cannot read on from here for imports: want JavaScript"}
			}
			return nil
		case js.WhitespaceToken, js.LineTerminatorToken, js.CommentToken, js.CommentLineTerminatorToken:
		default:
			s.add(tt, token, offset+start+in.Offset()-len(token))
		}
		read = start + in.Offset()
	}
}

// mapping finds the source map's comment: only comments may follow it
// (ECMA-426, 11.1.2.1).
func (e *editor) mapping(text []byte, offset int, base string) {
	end := len(text)
	for end > 0 {
		start := bytes.LastIndexByte(text[:end], '\n') + 1
		line := text[start:end]
		end = max(start-1, 0)
		if trimmed := bytes.TrimSpace(line); len(trimmed) == 0 {
			continue
		}
		for _, mark := range []string{"//# " + mapping, "//@ " + mapping} {
			i := bytes.LastIndex(line, []byte(mark))
			if i < 0 {
				continue
			}
			i += len(mark)
			url := bytes.TrimRight(line[i:], " \t\r")
			if len(url) > 0 && !bytes.ContainsAny(url, " \t'\"`") {
				e.ref(Ref{URL: string(url), Base: base, Where: "sourceMappingURL"}, offset+start+i, offset+start+i+len(url), plain)
			}
			return
		}
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("//")) {
			return
		}
	}
}

type jsToken struct {
	tt   js.TokenType
	text []byte
	at   int
}

// script is where we are in a script.
type script struct {
	e      *editor
	base   string
	last   [window]jsToken // the last tokens, in a ring
	n      int             // tokens so far
	clause bool            // between import or export and its from
	parens []bool          // whether what may follow the closing parenthesis is a regular expression
	closed bool            // what the one closed last said
}

const window = 16

func (s *script) add(tt js.TokenType, token []byte, at int) {
	prev := s.back(1)
	switch tt {
	case js.OpenParenToken:
		switch prev.tt {
		case js.IfToken, js.WhileToken, js.ForToken, js.WithToken:
			s.parens = append(s.parens, s.back(2).tt != js.DotToken)
		default:
			s.parens = append(s.parens, false)
		}
	case js.CloseParenToken:
		s.closed = false
		if n := len(s.parens); n > 0 {
			s.closed, s.parens = s.parens[n-1], s.parens[:n-1]
		}
	}
	s.last[s.n%window] = jsToken{tt, token, at}
	s.n++
	s.match()
}

// back is the nth last token.
func (s *script) back(n int) *jsToken {
	if n > s.n {
		return &jsToken{}
	}
	return &s.last[(s.n-n)%window]
}

// regexp tells whether a slash here begins a regular expression.
func (s *script) regexp() bool {
	switch prev := s.back(1); prev.tt {
	case js.CloseParenToken:
		return s.closed
	case js.CloseBracketToken, js.StringToken, js.TemplateToken, js.TemplateEndToken, js.RegExpToken, js.IncrToken, js.DecrToken,
		js.PrivateIdentifierToken, js.ThisToken, js.SuperToken, js.NullToken, js.TrueToken, js.FalseToken:
		return false
	default:
		if js.IsNumeric(prev.tt) || js.IsIdentifier(prev.tt) {
			return false
		}
		if js.IsReservedWord(prev.tt) {
			return s.back(2).tt != js.DotToken && s.back(2).tt != js.OptChainToken
		}
		return true
	}
}

// match looks whether the tokens so far end in a reference.
func (s *script) match() {
	t := s.back(1)
	switch {
	case t.tt == js.ImportToken || t.tt == js.ExportToken:
		before := s.back(2).tt
		s.clause = before != js.DotToken && before != js.OptChainToken
		return
	case s.clause && t.tt == js.StringToken && s.back(2).tt == js.FromToken:
		s.literal(t, "import … from")
	case s.clause && t.tt == js.StringToken && s.back(2).tt == js.ImportToken:
		s.literal(t, "import")
	case t.tt == js.CloseParenToken || t.tt == js.CommaToken:
		s.call()
	case string(t.text) == "url":
		s.newURL()
	}
	if s.clause {
		switch {
		case t.tt == js.StringToken: // the module, or an export's name
			s.clause = s.back(2).tt != js.FromToken && s.back(2).tt != js.ImportToken
		case js.IsIdentifierName(t.tt), t.tt == js.MulToken, t.tt == js.CommaToken, t.tt == js.OpenBraceToken, t.tt == js.CloseBraceToken:
			switch t.tt {
			case js.ConstToken, js.LetToken, js.VarToken, js.FunctionToken, js.ClassToken:
				s.clause = false
			}
		default:
			s.clause = false
		}
	}
}

// call matches import("…"), import.meta.resolve("…") and importScripts("…"),
// whose argument has just ended.
func (s *script) call() {
	arg := s.back(2)
	if arg.tt != js.StringToken && arg.tt != js.TemplateToken || s.back(3).tt != js.OpenParenToken {
		return
	}
	switch f := s.back(4); {
	case f.tt == js.ImportToken && s.back(5).tt != js.DotToken && s.back(5).tt != js.OptChainToken:
		s.literal(arg, "import()")
	case string(f.text) == "resolve" && s.words(5, ".", "meta", ".", "import"):
		s.literal(arg, "import.meta.resolve()")
	case string(f.text) == "importScripts":
		s.optional(arg, "importScripts()")
	}
}

// newURL matches new URL("…", import.meta.url.
func (s *script) newURL() {
	if s.words(2, ".", "meta", ".", "import", ",") && s.words(8, "(", "URL", "new") {
		if arg := s.back(7); arg.tt == js.StringToken || arg.tt == js.TemplateToken {
			s.url(arg, "new URL()", false, false)
		}
	}
}

// words tells whether these are the tokens from the nth last one backwards.
func (s *script) words(n int, words ...string) bool {
	for i, w := range words {
		if string(s.back(n+i).text) != w {
			return false
		}
	}
	return true
}

func (s *script) literal(t *jsToken, where string) { s.url(t, where, true, false) }

func (s *script) optional(t *jsToken, where string) { s.url(t, where, false, true) }

// url reads a literal. A module's specifier is a URL only if it begins like one;
// others are names that an import map knows.
func (s *script) url(t *jsToken, where string, module, optional bool) {
	if len(t.text) < 2 {
		return
	}
	quote := t.text[0]
	url := decodeJS(string(t.text[1 : len(t.text)-1]))
	if module && !strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "./") && !strings.HasPrefix(url, "../") && !strings.Contains(url, ":") {
		return
	}
	s.e.ref(Ref{URL: url, Base: s.base, Where: where, Optional: optional}, t.at+1, t.at+len(t.text)-1,
		func(url string) string { return encodeJS(url, quote) })
}

// hasImports tells whether what cannot be read may have references.
func hasImports(rest []byte) bool {
	for _, word := range [][]byte{[]byte("import"), []byte(" from")} {
		for at := 0; ; {
			i := bytes.Index(rest[at:], word)
			if i < 0 {
				break
			}
			at += i + len(word)
			next := bytes.TrimLeft(rest[at:], " \t\r\n(")
			if len(next) > 1 && bytes.IndexByte([]byte("\"'`"), next[0]) >= 0 && (next[1] == '.' || next[1] == '/') {
				return true
			}
		}
	}
	return bytes.Contains(rest, []byte("import.meta"))
}
