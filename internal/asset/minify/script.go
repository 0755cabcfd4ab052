package minify

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"

	mini "github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/js"
	"github.com/tdewolff/parse/v2"
	parsejs "github.com/tdewolff/parse/v2/js"
)

// attributed finds an import with attributes.
var attributed = regexp.MustCompile(`(?:\bfrom|\bimport)\s*(?:"[^"\n]*"|'[^'\n]*')\s*with\s*\{`)

// dynamic finds what sees variables by their names.
var dynamic = regexp.MustCompile(`\b(?:eval|with)\s*\(`)

// unknown leaves scripts of which the parser knows too little.
func unknown(data []byte) string {
	if bytes.Contains(data, []byte("with")) && attributed.Match(data) {
		return whyAttributes
	}
	return ""
}

// beyond tells whether an error is the parser's own, and not one of the script:
// it knows neither 0777 nor ([a] = [1]) => a.
func beyond(text string) bool {
	return strings.Contains(text, "legacy octal numbers") || strings.Contains(text, "unexpected => in expression")
}

// script minifies a script. What would end it within a page stays escaped, and a
// first line that begins with #! a line, of which the minifier makes the whole.
func script(m *mini.M, w io.Writer, r io.Reader, _ map[string]string) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if i := bytes.IndexByte(data, '\n'); i > 0 && bytes.HasPrefix(data, []byte("#!")) {
		if _, err := w.Write(data[:i+1]); err != nil {
			return err
		}
		data = data[i+1:]
	}
	// An escaped backslash is decoded to a bare one.
	data = escape.ReplaceAllFunc(data, func(found []byte) []byte {
		if len(found) > 2 {
			return []byte(`\\`)
		}
		return found
	})
	s := newShield(data)
	var out bytes.Buffer
	err = (&js.Minifier{KeepVarNames: dynamic.Match(data)}).Minify(m, &out, bytes.NewReader(s.literals(data)), map[string]string{"escape-html": "1"})
	if err != nil {
		return err
	}
	_, err = w.Write(s.back(out.Bytes()))
	return err
}

var escape = regexp.MustCompile(`(?s)\\(?:u005[cC]|u\{0*5[cC]\}|.)`)

// literals shields regular expressions, as of [\^\-a] the minifier makes [^-a],
// and keys that look like numbers.
func (s *shield) literals(data []byte) []byte {
	if bytes.IndexByte(data, 0) >= 0 {
		return data
	}
	marked := append(make([]byte, 0, len(data)+1), data...)
	ast, err := parsejs.Parse(parse.NewInputBytes(marked), parsejs.Options{})
	if err != nil {
		return data // the minifier says what is wrong
	}
	parsejs.Walk(marker{}, ast)
	var out []byte
	at := 0
	for {
		n := bytes.IndexByte(marked[at:], 0)
		if n < 0 {
			return append(out, data[at:]...)
		}
		start := at + n
		end := len(data) - len(bytes.TrimLeft(marked[start:], "\x00"))
		out = append(out, data[at:start]...)
		at = end
		if c := data[start-1]; c != '/' && c != '"' && c != '\'' { // a number indeed
			out = append(out, data[start:end]...)
			continue
		} else if c != '/' {
			out = append(out, '#') // which no key without quotes has
		}
		s.tokens = append(s.tokens, data[start:end])
		out = fmt.Appendf(out, "%s%d_", s.mark, len(s.tokens)-1)
	}
}

// marker makes NULs of literals in the text that was parsed.
type marker struct{}

// numeric is a key that is not what the number is called: 0.5, 9007199254740992.
var numeric = regexp.MustCompile(`^(?:\.\d+|\d+\.|[\d.]{16,})$`)

func (v marker) Enter(n parsejs.INode) parsejs.IVisitor {
	if l, ok := n.(*parsejs.LiteralExpr); ok && l.TokenType == parsejs.RegExpToken {
		end := bytes.LastIndexByte(l.Data, '/')
		escapes := bytes.Contains(l.Data, []byte(`\-`)) || bytes.Contains(l.Data, []byte(`\^`))
		unicode := bytes.IndexByte(l.Data, '\\') >= 0 && bytes.ContainsAny(l.Data[end:], "uv")
		// Before /script, the minifier keeps a space.
		if (escapes || unicode) && !bytes.HasPrefix(bytes.ToLower(l.Data), []byte("/script")) {
			clear(l.Data[1:end])
		}
	}
	if p, ok := n.(*parsejs.PropertyName); ok && numeric.Match(p.Literal.Data) {
		clear(p.Literal.Data)
	}
	return v
}

func (marker) Exit(parsejs.INode) {}
