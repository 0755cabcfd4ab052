package service

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// command is a shell command, taken apart as far as systemd can run it without
// a shell.
type command struct {
	text     string
	words    []word
	shell    bool // it needs a shell: substitutions, patterns, redirections
	compound bool // it is more than one simple command: the shell must stay
}

// word is one word of a command.
type word struct {
	text string // without its quotes, variables as they stand
	unit string // for a unit's command line, not yet quoted: $ and % escaped
}

var (
	variable    = regexp.MustCompile(`^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})`)
	assignment  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	leadingExec = regexp.MustCompile(`^exec[ \t]+([^ \t<>&|;-])`)
)

// parseCommand reads a command as sh(1) would. An open quote, a control character
// or no command at all is an error.
func parseCommand(text string) (command, error) {
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }); i >= 0 {
		return command{}, fmt.Errorf("command %q: holds a control character: want one line", text)
	}
	// exec is what we say ourselves, or systemd does without a shell.
	whole := strings.TrimSpace(text)
	p := parser{command: command{text: leadingExec.ReplaceAllString(whole, "$1")}}
	if err := p.parse(); err != nil {
		return command{}, err
	}
	if p.compound {
		p.text = whole
	}
	if i := p.start(); i < len(p.words) {
		if i > 0 && i+1 < len(p.words) && p.words[i].text == "exec" {
			p.words = slices.Delete(p.words, i, i+1)
		}
		p.shell = p.shell || i == 0 && p.words[i].expands() // systemd knows no variables there
	}
	if !p.shell && p.program() == "" {
		return command{}, fmt.Errorf("command %q: names no program", text)
	}
	return p.command, nil
}

// parser goes through a command's text.
type parser struct {
	command
	word   word
	inWord bool
	whole  bool // the word is one variable, unquoted: its value is split into words
}

func (p *parser) parse() error {
	for rest := p.text; rest != ""; {
		switch c := rest[0]; {
		case c == ' ' || c == '\t':
			p.end()
			rest = rest[1:]
		case c == '\'':
			quoted, after, closed := strings.Cut(rest[1:], "'")
			if !closed {
				return fmt.Errorf("command %q: a quote is not closed", p.text)
			}
			p.literal(quoted)
			rest = after
		case c == '"':
			after, err := p.quoted(rest[1:])
			if err != nil {
				return err
			}
			rest = after
		case c == '\\' && len(rest) > 1:
			p.literal(rest[1:2])
			rest = rest[2:]
		case c == '$':
			rest = p.dollar(rest, false)
		case c == '#' && !p.inWord: // more words will come behind it
			p.text = strings.TrimRight(strings.TrimSuffix(p.text, rest), " \t")
			rest = ""
		default:
			p.special(rest)
			p.literal(rest[:1])
			rest = rest[1:]
		}
	}
	p.end()
	return nil
}

// special notes what only a shell understands of an unquoted character.
func (p *parser) special(rest string) {
	switch c := rest[0]; {
	case c == '&' && (strings.HasSuffix(p.word.text, ">") || strings.HasSuffix(p.word.text, "<")):
		p.shell = true
	case strings.ContainsRune("|&;()`", rune(c)):
		p.shell, p.compound = true, true
	case strings.ContainsRune("<>*?[", rune(c)):
		p.shell = true
	case !p.inWord && c == '~':
		p.shell = true
	case !p.inWord && (c == '!' || c == '{') && (len(rest) == 1 || rest[1] == ' '):
		p.shell, p.compound = true, true
	}
}

// quoted reads to the closing double quote and returns what follows it.
func (p *parser) quoted(rest string) (string, error) {
	p.literal("")
	for rest != "" {
		switch c := rest[0]; {
		case c == '"':
			return rest[1:], nil
		case c == '\\' && len(rest) > 1 && strings.IndexByte("$`\"\\", rest[1]) >= 0:
			p.literal(rest[1:2])
			rest = rest[2:]
		case c == '$':
			rest = p.dollar(rest, true)
		default:
			if c == '`' {
				p.shell, p.compound = true, true
			}
			p.literal(rest[:1])
			rest = rest[1:]
		}
	}
	return "", fmt.Errorf("command %q: a quote is not closed", p.text)
}

// dollar reads a variable, which systemd knows too, and notes other expansions.
func (p *parser) dollar(rest string, quoted bool) string {
	if m := variable.FindStringSubmatch(rest); m != nil {
		p.whole = !p.inWord && !quoted
		p.inWord = true
		p.word.text += m[0]
		p.word.unit += "${" + m[1] + m[2] + "}"
		return rest[len(m[0]):]
	}
	if len(rest) > 1 && strings.IndexByte("({$?!#@*-0123456789", rest[1]) >= 0 {
		p.shell = true
		p.compound = p.compound || rest[1] == '('
	}
	p.literal("$")
	return rest[1:]
}

func (p *parser) literal(s string) {
	p.inWord, p.whole = true, false
	p.word.text += s
	p.word.unit += escapeUnit.Replace(s)
}

func (p *parser) end() {
	if !p.inWord {
		return
	}
	if p.whole {
		p.word.unit = "$" + strings.Trim(p.word.unit, "${}")
	}
	p.words = append(p.words, p.word)
	p.word, p.inWord, p.whole = word{}, false, false
}

// escapeUnit writes what systemd would expand.
var escapeUnit = strings.NewReplacer("$", "$$", "%", "%%")

// start is the index of the word that names the program: after assignments.
func (c command) start() int {
	i := slices.IndexFunc(c.words, func(w word) bool { return !assignment.MatchString(w.text) })
	if i < 0 {
		return len(c.words)
	}
	return i
}

// program is the name of what runs, also of a module that Python runs; "" when
// there is none.
func (c command) program() string {
	i := c.start()
	if i == len(c.words) {
		return ""
	}
	name := path.Base(c.words[i].text)
	if strings.HasPrefix(name, "python") && i+2 < len(c.words) && c.words[i+1].text == "-m" {
		return c.words[i+2].text
	}
	return name
}

// sourceTree refuses a program of the source tree, which no package holds.
func (c command) sourceTree() error {
	i := c.start()
	if c.shell || i == len(c.words) || c.words[i].expands() {
		return nil
	}
	if name := c.words[i].text; strings.Contains(name, "/") && !path.IsAbs(name) {
		return errors.New("the program " + name + " is relative to the source tree, which is not in the package: want a console script of the project, or an absolute path")
	}
	return nil
}

// script is a script that Python is told to run by a path which is not absolute; ""
// is none.
func (c command) script() string {
	i := c.start()
	if c.shell || i == len(c.words) || !strings.HasPrefix(path.Base(c.words[i].text), "python") {
		return ""
	}
	for _, w := range c.words[i+1:] {
		if strings.HasPrefix(w.text, "-") && w.text != "-m" && w.text != "-c" {
			continue
		}
		if strings.HasSuffix(w.text, ".py") && !path.IsAbs(w.text) && !w.expands() {
			return w.text
		}
		break
	}
	return ""
}

// argv is the command line of a unit, with more words behind it.
func (c command) argv(a App, more ...string) string {
	for _, m := range more {
		c.text += " " + shellWord(m)
		c.words = append(slices.Clone(c.words), word{text: m, unit: escapeUnit.Replace(m)})
	}
	if c.shell {
		text := c.text
		if !c.compound && c.start() == 0 {
			text = "exec " + text
		}
		return "/bin/sh -c " + quoteUnit(escapeUnit.Replace(text))
	}
	var list []string
	for i, w := range c.words {
		switch {
		case i == 0 && c.start() > 0:
			list = append(list, "/usr/bin/env", quoteUnit(w.unit))
		case i == 0:
			list = append(list, quoteUnit(a.resolve(w)))
		default:
			list = append(list, quoteUnit(w.unit))
		}
	}
	return strings.Join(list, " ")
}

// resolve finds a program in the virtualenv. What is not there systemd finds in
// the system's directories.
func (a App) resolve(w word) string {
	if strings.Contains(w.text, "/") || a.Commands != nil && !slices.Contains(a.Commands, w.text) {
		return w.unit
	}
	return escapeUnit.Replace(a.Prefix) + "/bin/" + w.unit
}

// quoteUnit quotes a word as systemd.syntax(7) has it.
func quoteUnit(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\"'\\;") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}
