package ci

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ Host = (*Terminal)(nil)

// aBuild tells a terminal of everything once.
func aBuild(t *Terminal) {
	say := func(loud bool, pieces ...string) {
		w, end := t.Program(loud)
		for _, piece := range pieces {
			fmt.Fprint(w, piece)
		}
		end()
	}
	end := t.Group("virtualenv\n")
	t.Detail("$ pip install")
	say(false, "Collecting x\nInstalling", " x\n")
	t.Info("built x.whl")
	end("(1.0 s)", nil)
	end = t.Group("test 1")
	say(true, "1 pas", "sed\n2 failed")
	t.Warn("no licence")
	t.Mask("secret")
	end("(2.0 s)", errors.New("exit status 1"))
	t.Fail("test 1: exit status 1")
}

const clearLine = "\r\x1b[K"

func TestTerminalShows(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		level Level
		width int
		want  []string
	}{
		"plain log": {Normal, 0, []string{
			"== virtualenv", "built x.whl", "virtualenv: ok (1.0 s)",
			"== test 1", "1 passed", "2 failed", "pinpack: warning: no licence", "test 1: failed (2.0 s)",
			"pinpack: error: test 1: exit status 1", "",
		}},
		"quiet": {Quiet, 0, []string{
			"pinpack: warning: no licence", "pinpack: error: test 1: exit status 1", "",
		}},
		"quiet terminal": {Quiet, 80, []string{
			"pinpack: warning: no licence", "pinpack: error: test 1: exit status 1", "",
		}},
		"verbose terminal": {Verbose, 80, []string{
			"== virtualenv", "$ pip install", "Collecting x", "Installing x", "built x.whl", "virtualenv: ok (1.0 s)",
			"== test 1", "1 passed", "2 failed", "pinpack: warning: no licence", "test 1: failed (2.0 s)",
			"pinpack: error: test 1: exit status 1", "",
		}},
		"terminal": {Normal, 80, []string{
			clearLine + "… virtualenv" + clearLine + "… virtualenv: Installing" + clearLine + "… virtualenv: Installing x" + clearLine + "built x.whl",
			"virtualenv: ok (1.0 s)",
			clearLine + "… test 1" + clearLine + "1 passed", "2 failed", "pinpack: warning: no licence", "test 1: failed (2.0 s)",
			"pinpack: error: test 1: exit status 1", "",
		}},
	}
	for name, test := range tests {
		var out bytes.Buffer
		aBuild(NewTerminal(&out, test.level, test.width))
		if diff := cmp.Diff(test.want, strings.Split(out.String(), "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTerminalLiveLineStaysOneLine(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ write, want string }{
		"cut to the width":      {"a very long line", "… g: a very lo"},
		"not in a letter":       {"äöüäöüäöüäöü", "… g: äöüäöüäöü"},
		"the newest of several": {"one\ntwo\n", "… g: two"},
		"a progress bar":        {"10%\r20%\r", "… g: 20%"},
		"escapes":               {"\x1b[2Jx\x07\ty\x7f", "… g: [2Jxy"},
		"no text":               {"\n\r\n", ""},
	}
	for name, test := range tests {
		var out bytes.Buffer
		term := NewTerminal(&out, Normal, 15)
		end := term.Group("g")
		out.Reset()
		w, done := term.Program(false)
		if n, err := io.WriteString(w, test.write); n != len(test.write) || err != nil {
			t.Errorf("%s: Write = %d, %v", name, n, err)
		}
		done()
		got := strings.TrimPrefix(out.String(), clearLine)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		out.Reset()
		end("", nil)
		if diff := cmp.Diff(clearLine+"g: ok\n", out.String()); diff != "" {
			t.Errorf("%s: end of the group (-want +got):\n%s", name, diff)
		}
	}
}

func TestTerminalPassesOnWholeLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	term := NewTerminal(&out, Normal, 80)
	w, end := term.Program(true)
	fmt.Fprint(w, "half a ")
	if out.Len() > 0 {
		t.Errorf("half a line came through: %q", out.String())
	}
	fmt.Fprint(w, "line\nand a")
	if got, want := out.String(), "half a line\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	out.Reset()
	fmt.Fprint(w, strings.Repeat("x", 5000)) // a program may never end its line
	if out.Len() != 5005 {
		t.Errorf("%d bytes of a long line came through, want 5005", out.Len())
	}
	end()
	if got := out.String(); len(got) != 5006 || !strings.HasSuffix(got, "x\n") {
		t.Errorf("the long line ends with %q", got[len(got)-5:])
	}
}

func TestTerminalHasNobodyToHandOutputsTo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	term := NewTerminal(&out, Verbose, 80)
	if err := errors.Join(term.Output("a=b", "x"), term.Summary("# x")); err != nil || out.Len() > 0 {
		t.Errorf("%v, %q", err, out.String())
	}
}
