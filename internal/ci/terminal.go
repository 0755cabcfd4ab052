package ci

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Level is how much a Terminal shows.
type Level int

// The levels: only what went wrong; the progress; every command and its output.
const (
	Quiet Level = iota - 1
	Normal
	Verbose
)

// Terminal is a person's terminal, or the plain log of any other CI.
type Terminal struct {
	masks
	w     io.Writer
	level Level
	width int // columns of a live line; 0: w is no terminal, and there is none

	mu    sync.Mutex
	group string
	live  bool // a live line is shown now
}

// NewTerminal writes to w, usually standard error. A width above zero says
// that w is a terminal of so many columns, on which one live line can follow
// the work.
func NewTerminal(w io.Writer, level Level, width int) *Terminal {
	return &Terminal{w: w, level: level, width: width}
}

// Group prints the title and, at the end, how it went.
func (t *Terminal) Group(title string) func(string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.group = oneLine(title)
	if t.width > 0 && t.level == Normal {
		t.status("")
	} else {
		t.line("== " + t.group)
	}
	return func(note string, err error) {
		t.mu.Lock()
		defer t.mu.Unlock()
		mark := "ok"
		if err != nil {
			mark = "failed"
		}
		t.line(strings.TrimSpace(fmt.Sprintf("%s: %s %s", t.group, mark, note)))
		t.group = ""
	}
}

// Info prints a line.
func (t *Terminal) Info(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line(line)
}

// Detail prints a line with -v.
func (t *Terminal) Detail(line string) {
	if t.level >= Verbose {
		t.Info(line)
	}
}

// Notice prints a line.
func (t *Terminal) Notice(message string) { t.Info(message) }

// Warn prints even with -q.
func (t *Terminal) Warn(message string) { t.always("warning: " + message) }

// Fail prints even with -q.
func (t *Terminal) Fail(message string) { t.always("error: " + message) }

// Annotate prints a line; the whole story has passed by.
func (t *Terminal) Annotate(a Annotation) {
	where := ""
	if a.File != "" {
		where = a.File + ": "
		if a.Line > 0 {
			where = fmt.Sprintf("%s:%d: ", a.File, a.Line)
		}
	}
	message, _, _ := strings.Cut(a.Message, "\n")
	t.Info(where + oneLine(a.Title) + ": " + message)
}

// Mask hides the value from here on.
func (t *Terminal) Mask(secret string) { t.add(secret) }

// Output has nobody to hand the value to.
func (t *Terminal) Output(string, string) error { return nil }

// Subject has nobody to tell.
func (t *Terminal) Subject(string) error { return nil }

// Summary has no page to add to.
func (t *Terminal) Summary(string) error { return nil }

// Program shows a loud program's output; another's passes by on the live line.
func (t *Terminal) Program(loud bool) (io.Writer, func()) {
	switch {
	case t.level == Quiet:
		return io.Discard, func() {}
	case loud || t.level == Verbose:
		p := &passer{t: t}
		return p, p.end
	case t.width > 0:
		return &follower{t: t}, func() {}
	}
	return io.Discard, func() {}
}

func (t *Terminal) always(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.clear()
	fmt.Fprintln(t.w, "pinpack: "+t.Hide(line))
}

func (t *Terminal) line(s string) {
	if t.level == Quiet {
		return
	}
	t.clear()
	fmt.Fprintln(t.w, t.Hide(s))
}

// status draws the live line: the group, and what it is doing.
func (t *Terminal) status(doing string) {
	s := []rune("… " + t.group)
	if doing != "" {
		s = append(s, []rune(": "+doing)...)
	}
	if len(s) >= t.width {
		s = s[:t.width-1]
	}
	fmt.Fprintf(t.w, "\r\x1b[K%s", string(s))
	t.live = true
}

func (t *Terminal) clear() {
	if t.live {
		fmt.Fprint(t.w, "\r\x1b[K")
		t.live = false
	}
}

// passer prints whole lines, so that they never mix with the live line.
type passer struct {
	t    *Terminal
	buf  []byte
	open bool // the line shown last has not ended
}

func (p *passer) Write(b []byte) (int, error) {
	p.buf = append(p.buf, b...)
	i := bytes.LastIndexByte(p.buf, '\n')
	if i < 0 && len(p.buf) < 4096 {
		return len(b), nil
	}
	if i < 0 {
		i = len(p.buf) - 1
	}
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	p.t.clear()
	_, err := io.WriteString(p.t.w, p.t.Hide(string(p.buf[:i+1])))
	p.open = p.buf[i] != '\n'
	p.buf = append(p.buf[:0], p.buf[i+1:]...)
	return len(b), err
}

func (p *passer) end() {
	if p.open || len(p.buf) > 0 {
		_, _ = p.Write([]byte("\n"))
	}
}

// follower shows the newest line only, as far as it has come.
type follower struct {
	t    *Terminal
	line []byte
}

func (f *follower) Write(b []byte) (int, error) {
	newest := ""
	for _, c := range b {
		if c != '\n' && c != '\r' {
			f.line = append(f.line, c)
			continue
		}
		if len(bytes.TrimSpace(f.line)) > 0 {
			newest = string(f.line)
		}
		f.line = f.line[:0]
	}
	if len(bytes.TrimSpace(f.line)) > 0 {
		newest = string(f.line)
	}
	if newest != "" {
		f.t.mu.Lock()
		defer f.t.mu.Unlock()
		f.t.status(printable(f.t.Hide(newest)))
	}
	return len(b), nil
}

// printable drops what would move the cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
