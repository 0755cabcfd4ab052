package ci

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var _ Host = (*GitHub)(nil)

// onRunner is a host whose log can be read.
func onRunner(env map[string]string) (*GitHub, *bytes.Buffer) {
	var log bytes.Buffer
	return NewGitHub(&log, func(name string) string { return env[name] }), &log
}

func TestGitHubWritesCommands(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		do   func(*GitHub)
		want string
	}{
		"group": {
			func(g *GitHub) { g.Group("virtualenv")("(1.0 s)", nil) },
			"::group::virtualenv\nok (1.0 s)\n::endgroup::\n",
		},
		"group without a note, of a failure": {
			func(g *GitHub) { g.Group("test 1")("", errors.New("x")) },
			"::group::test 1\nfailed\n::endgroup::\n",
		},
		"group of a title with lines": {
			func(g *GitHub) { g.Group(" test 1:\n::error::x\r\n%0A ")("::warning::x\n", nil) },
			"::group::test 1: ::error::x %250A\nok ::warning::x\n::endgroup::\n",
		},
		"warning": {
			func(g *GitHub) { g.Warn("no licence: 100 %, a:b,c") },
			"::warning::no licence: 100 %25, a:b,c\n",
		},
		"error of several lines": {
			func(g *GitHub) { g.Fail("one\r\n::set-output name=x::y\nthree") },
			"::error::one%0D%0A::set-output name=x::y%0Athree\n",
		},
		"debug": {
			func(g *GitHub) { g.Detail("pip install %s\nx") },
			"::debug::pip install %25s%0Ax\n",
		},
		"mask": {
			func(g *GitHub) { g.Mask("se%cret\nline") },
			"::add-mask::se%25cret%0Aline\n",
		},
		"mask of nothing": {
			func(g *GitHub) { g.Mask(""); g.Mask(" \n") },
			"",
		},
	}
	for name, test := range tests {
		g, log := onRunner(nil)
		test.do(g)
		if diff := cmp.Diff(test.want, log.String()); diff != "" {
			t.Errorf("%s: log (-want +got):\n%s", name, diff)
		}
	}
}

// obeyed lists the commands that the runner finds in a log: those at the start
// of a line, after blanks, and the older ones anywhere in it. A carriage return
// ends a line, too. See ActionCommand.cs.
func obeyed(log string) []string {
	var found []string
	for _, line := range strings.FieldsFunc(log, func(r rune) bool { return r == '\n' || r == '\r' }) {
		found = append(found, regexp.MustCompile(`^\s*::[a-z-]+( [^:]*)?::|##\[[a-z-]+.*\]`).FindAllString(line, -1)...)
	}
	return found
}

func TestGitHubInfoIsNeverACommand(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"::set-output name=deb::evil", "  \t::add-mask::e", "text\n::error::x", "text\r\n ::error::x", "text\r::error::x",
		"##[error]x", "text ##[set-output name=deb]evil", "####[error]x", "##[##[error]x", "::stop-commands::x",
	} {
		if obeyed(line) == nil {
			t.Fatalf("%q is no command to begin with", line)
		}
		g, log := onRunner(nil)
		g.Info(line)
		if got := obeyed(log.String()); got != nil {
			t.Errorf("Info(%q) has the runner obey %q", line, got)
		}
	}
}

func TestGitHubInfoLeavesOtherTextAlone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"built demo-1.0-py3-none-any.whl": "built demo-1.0-py3-none-any.whl\n",
		"100 % of std::string":            "100 % of std::string\n",
		"  indented\n\nafter a gap\n":     "  indented\n\nafter a gap\n",
		"":                                "",
	} {
		g, log := onRunner(nil)
		g.Info(text)
		if diff := cmp.Diff(want, log.String()); diff != "" {
			t.Errorf("Info(%q) (-want +got):\n%s", text, diff)
		}
	}
}

func TestGitHubFencesProgramOutput(t *testing.T) {
	t.Parallel()
	fence := regexp.MustCompile(`\A::stop-commands::([a-z0-9]{20,})\n((?s:.*))::([a-z0-9]+)::\n\z`)
	seen := map[string]bool{}
	for output, want := range map[string]string{
		"":                            "",
		"line\n":                      "line\n",
		"no line end":                 "no line end\n",
		"line\n::error::x\n  50%":     "line\n::error::x\n  50%\n",
		"progress\r":                  "progress\r\n",
		"\n":                          "\n",
		"::resume::\n::set-output::x": "::resume::\n::set-output::x\n",
	} {
		g, log := onRunner(nil)
		w, end := g.Program(output != "")
		for _, b := range []byte(output) { // one by one: a program's writes end anywhere
			if _, err := w.Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := w.Write(nil); n != 0 || err != nil {
			t.Errorf("Write of nothing = %d, %v", n, err)
		}
		end()
		m := fence.FindStringSubmatch(log.String())
		if m == nil || m[1] != m[3] {
			t.Errorf("output %q is not between two markers of one token:\n%s", output, log)
			continue
		}
		if diff := cmp.Diff(want, m[2]); diff != "" {
			t.Errorf("output (-want +got):\n%s", diff)
		}
		if seen[m[1]] {
			t.Errorf("token %q again", m[1])
		}
		seen[m[1]] = true
	}
}

func TestGitHubDetailInAFenceIsText(t *testing.T) {
	t.Parallel()
	for debug, want := range map[string]string{"": "", "1": "pip ##[error]\n"} {
		g, log := onRunner(map[string]string{"RUNNER_DEBUG": debug})
		_, end := g.Program(true)
		log.Reset()
		g.Detail("pip ##[error]")
		if diff := cmp.Diff(strings.ReplaceAll(want, "##[", "#\u200b#["), log.String()); diff != "" {
			t.Errorf("RUNNER_DEBUG=%q (-want +got):\n%s", debug, diff)
		}
		end()
		log.Reset()
		g.Detail("after")
		if got := log.String(); got != "::debug::after\n" {
			t.Errorf("RUNNER_DEBUG=%q: after the fence: %q", debug, got)
		}
	}
}

func TestGitHubWritesThroughOneWriter(t *testing.T) {
	t.Parallel()
	g, log := onRunner(nil)
	w, end := g.Program(true)
	if _, err := io.WriteString(w, "a\n"); err != nil {
		t.Fatal(err)
	}
	g.Info("between")
	end()
	if !strings.Contains(log.String(), "\na\nbetween\n::") {
		t.Errorf("the order is lost:\n%s", log)
	}
}
