package pep508

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// depthLimit bounds parentheses in parentheses. Markers that people and tools write
// have three.
const depthLimit = 100

// token matches a word of a marker: a name, a comparison, a quoted text or a
// parenthesis.
var token = regexp.MustCompile(`^(?:[A-Za-z_][A-Za-z0-9_.]*|===|[=!<>~]=|[<>]|"[^"\\]*"|'[^'\\]*'|[()])`)

// parser reads a marker by recursive descent: `or` of `and` of comparisons and of
// markers in parentheses. Its methods begin at the present word and end at the first
// that is not theirs.
type parser struct {
	rest  string // after the present word
	word  string // "" at the end, and for what is no word
	depth int
}

func parse(text string) (*node, error) {
	text = trimBlanks(text)
	if text == "" {
		return nil, errors.New("parse marker: nothing there: want a condition such as python_version >= \"3.9\"")
	}
	p := &parser{rest: text}
	p.next()
	root, err := p.either()
	if err == nil && p.word+p.rest != "" {
		err = fmt.Errorf("%s: want \"and\", \"or\" or the end", p.here())
	}
	if err != nil {
		return nil, fmt.Errorf("parse marker %s: %w", clip(text), err)
	}
	return root, nil
}

func (p *parser) next() {
	p.rest = trimBlanks(p.rest)
	p.word = token.FindString(p.rest)
	p.rest = p.rest[len(p.word):]
}

// here names the place for an error.
func (p *parser) here() string {
	if text := p.word + p.rest; text != "" {
		return clip(text)
	}
	return "the end"
}

// either reads what "or" joins; "and" binds closer.
func (p *parser) either() (*node, error) {
	return p.joined("or", func() (*node, error) { return p.joined("and", p.atom) })
}

// joined reads one part or more with a word between them.
func (p *parser) joined(word string, part func() (*node, error)) (*node, error) {
	first, err := part()
	if err != nil || p.word != word {
		return first, err
	}
	all := &node{join: word, nodes: []*node{first}}
	for p.word == word {
		p.next()
		n, err := part()
		if err != nil {
			return nil, err
		}
		all.nodes = append(all.nodes, n)
	}
	return all, nil
}

func (p *parser) atom() (*node, error) {
	if p.word != "(" {
		c, err := p.comparison()
		return &node{comparison: c}, err
	}
	if p.depth++; p.depth > depthLimit {
		return nil, fmt.Errorf("parentheses in parentheses: want at most %d", depthLimit)
	}
	p.next()
	n, err := p.either()
	if err != nil {
		return nil, err
	}
	if p.word != ")" {
		return nil, fmt.Errorf("%s: want \")\"", p.here())
	}
	p.depth--
	p.next()
	return n, nil
}

func (p *parser) comparison() (comparison, error) {
	var c comparison
	left, leftText, err := p.operand()
	if err != nil {
		return c, err
	}
	if c.operator, err = p.operator(); err != nil {
		return c, err
	}
	right, rightText, err := p.operand()
	if err != nil {
		return c, err
	}
	if (left == "") == (right == "") {
		return c, errors.New("want a variable on one side of a comparison and a quoted text on the other")
	}
	c.variable, c.literal, c.reversed = left+right, leftText+rightText, left == ""
	_, c.version = lookUp(c.variable)
	return c, c.check()
}

// operand reads a variable, or a text in quotes.
func (p *parser) operand() (variable, text string, err error) {
	word := p.word
	switch {
	case word != "" && strings.ContainsRune(`"'`, rune(word[0])):
		text = word[1 : len(word)-1]
	case word == "" || strings.ContainsRune("()=!<>~", rune(word[0])):
		return "", "", fmt.Errorf("%s: want a variable or a text in quotes", p.here())
	default:
		if variable, _ = lookUp(word); variable == "" {
			return "", "", unknownVariable(word)
		}
	}
	p.next()
	return variable, text, nil
}

func unknownVariable(word string) error {
	var known []string
	for _, v := range variables {
		known = append(known, v.name)
	}
	return fmt.Errorf("unknown variable %s: want one of %s", clip(word), strings.Join(known, ", "))
}

func (p *parser) operator() (string, error) {
	operator, here := p.word, p.here()
	p.next()
	switch {
	case operator == "not" && p.word == "in":
		p.next()
		return "not in", nil
	case operator == "in", operator != "" && strings.ContainsRune("=!<>~", rune(operator[0])):
		return operator, nil
	}
	return "", fmt.Errorf("%s: want a comparison: ==, !=, <=, >=, <, >, ~=, ===, in or not in", here)
}

func trimBlanks(s string) string { return strings.Trim(s, " \t") }
