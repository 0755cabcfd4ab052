package minify

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	mini "github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/parse/v2"
	parsecss "github.com/tdewolff/parse/v2/css"
)

// style minifies a style sheet with all in it shielded that the minifier would
// make something else of.
func style(m *mini.M, w io.Writer, r io.Reader, params map[string]string) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s := newShield(data)
	shielded := s.put(data)
	var out bytes.Buffer
	if err := (&css.Minifier{}).Minify(m, &out, bytes.NewReader(shielded), params); err != nil {
		return err
	}
	_, err = w.Write(s.back(out.Bytes()))
	return err
}

// shield has names of its own stand for tokens while a text is minified.
type shield struct {
	mark   string
	tokens [][]byte
}

func newShield(data []byte) *shield {
	s := &shield{mark: "pinpack_"}
	for bytes.Contains(data, []byte(s.mark)) {
		s.mark += "_"
	}
	return s
}

type cssToken struct {
	tt   parsecss.TokenType
	data []byte
}

func (s *shield) put(data []byte) []byte {
	l := parsecss.NewLexer(parse.NewInputBytes(append(make([]byte, 0, len(data)+1), data...)))
	out := make([]byte, 0, len(data))
	var statement []cssToken
	for {
		tt, token := l.Next()
		statement = append(statement, cssToken{tt, token})
		switch tt {
		case parsecss.SemicolonToken, parsecss.LeftBraceToken, parsecss.RightBraceToken, parsecss.ErrorToken:
			s.statement(statement)
			for _, t := range statement {
				out = append(out, t.data...)
			}
			statement = statement[:0]
			if tt == parsecss.ErrorToken {
				return out
			}
		}
	}
}

func (s *shield) back(data []byte) []byte {
	if len(s.tokens) == 0 {
		return data
	}
	name := regexp.MustCompile(`#?` + regexp.QuoteMeta(s.mark) + `\d+_`)
	return name.ReplaceAllFunc(data, func(found []byte) []byte {
		digits := bytes.TrimPrefix(bytes.TrimPrefix(found, []byte("#")), []byte(s.mark))
		n, err := strconv.Atoi(string(bytes.TrimSuffix(digits, []byte("_"))))
		if err != nil || n >= len(s.tokens) {
			return found
		}
		return s.tokens[n]
	})
}

func (s *shield) hide(t *cssToken) {
	s.tokens = append(s.tokens, t.data)
	t.data = fmt.Appendf(nil, "%s%d_", s.mark, len(s.tokens)-1)
}

// statement shields a declaration, or the head of a rule.
func (s *shield) statement(list []cssToken) {
	var words []*cssToken // without white space
	for i := range list {
		if tt := list[i].tt; tt != parsecss.WhitespaceToken && tt != parsecss.CommentToken {
			words = append(words, &list[i])
		}
	}
	switch first := words[0]; {
	case first.tt == parsecss.AtKeywordToken || first.tt == parsecss.CustomPropertyNameToken:
	case words[len(words)-1].tt == parsecss.LeftBraceToken:
		s.selectors(words)
	case len(words) > 2 && words[1].tt == parsecss.ColonToken:
		s.declaration(strings.ToLower(string(first.data)), words[2:])
	}
}

// selectors are put into lower case, but foreignObject is an element of SVG, and
// ::part(Name) a name; and [type="a" s] loses its space.
func (s *shield) selectors(words []*cssToken) {
	inside := false
	for i, t := range words {
		switch {
		case t.tt == parsecss.LeftBracketToken:
			inside = true
		case t.tt == parsecss.RightBracketToken:
			inside = false
		case inside && t.tt == parsecss.StringToken && words[i+1].tt == parsecss.IdentToken:
			s.hide(t)
		case !inside && t.tt == parsecss.IdentToken && (i == 0 || string(words[i-1].data) != ".") && strings.ToLower(string(t.data)) != string(t.data):
			s.hide(t)
		}
	}
}

var (
	// thousands become 1e3, which is no integer.
	thousands = regexp.MustCompile(`^[+-]?[1-9]\d*000$`)
	// angles need their unit, outside of functions.
	noAngle = regexp.MustCompile(`^[+-]?0*\.?0+(?i:deg|grad|rad|turn)$`)
	zero    = regexp.MustCompile(`^[+-]?0*\.?0+(?:[A-Za-z]+|%)?$`)
	// keyword is what a font's name says something else as without quotes.
	keyword = regexp.MustCompile(`(?i)^.(?:inherit|initial|unset|revert|revert-layer|default|none|serif|sans-serif|monospace|cursive|fantasy|system-ui|math|emoji|fangsong|(?:ui|generic)[a-z-]*).$`)
)

func (s *shield) declaration(property string, words []*cssToken) {
	depth, numbers, size := 0, 0, false
	for _, t := range words {
		if depth == 0 && (t.tt == parsecss.DelimToken || t.tt == parsecss.CommaToken) {
			size = property == "background" && string(t.data) == "/"
		}
		// A size is taken for a position, of which 0 0 or the second 50% may go.
		if size && (zero.Match(t.data) || string(t.data) == "50%") {
			s.hide(t)
			continue
		}
		switch t.tt {
		case parsecss.FunctionToken, parsecss.LeftParenthesisToken:
			depth++
		case parsecss.RightParenthesisToken:
			depth--
		case parsecss.NumberToken:
			numbers++
			// flex: 1 is flex: 1 1 0%, which in a column is as high as its content.
			if thousands.Match(t.data) || property == "flex" && numbers == 3 && zero.Match(t.data) {
				s.hide(t)
			}
		case parsecss.DimensionToken:
			if depth == 0 && noAngle.Match(t.data) || (property == "flex" || property == "flex-basis") && zero.Match(t.data) {
				s.hide(t)
			}
		case parsecss.PercentageToken:
			if property == "flex-basis" && zero.Match(t.data) || property == "background-position" && bytes.IndexByte(t.data, '.') >= 0 {
				s.hide(t)
			}
		case parsecss.IdentToken: // it becomes initial, which is none of several colours
			if property == "border-color" && strings.EqualFold(string(t.data), "currentcolor") {
				s.hide(t)
			}
		case parsecss.StringToken:
			if (property == "font" || property == "font-family") && keyword.Match(t.data) {
				s.hide(t)
			}
		}
	}
}
