package ci

import (
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/sethvargo/go-githubactions"
)

// GitHub is a step of a GitHub Actions workflow. The rules of its log and of
// its command files are in
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
type GitHub struct {
	action *githubactions.Action
	getenv func(string) string
	out    io.Writer
	mu     *sync.Mutex
}

// NewGitHub speaks through the runner's standard output and through the files
// which getenv names.
func NewGitHub(stdout io.Writer, getenv func(string) string) *GitHub {
	mu := &sync.Mutex{}
	out := &locked{w: stdout, mu: mu}
	return &GitHub{
		action: githubactions.New(githubactions.WithWriter(out), githubactions.WithGetenv(getenv)),
		getenv: getenv, out: out, mu: mu,
	}
}

// Group is a foldable group of the log.
func (g *GitHub) Group(title string) func(string, error) {
	g.action.Group(oneLine(title))
	return func(note string, err error) {
		if note != "" {
			g.Info(note)
		}
		g.action.EndGroup()
	}
}

// Info writes a line. One that would read as a command is defused, for it may
// hold text from the project.
func (g *GitHub) Info(line string) {
	for l := range strings.Lines(line) {
		l = strings.TrimRight(l, "\r\n")
		if strings.HasPrefix(strings.TrimSpace(l), "::") {
			l = "\u200b" + l
		}
		fmt.Fprintln(g.out, strings.ReplaceAll(l, "##[", "#\u200b#["))
	}
}

// Detail shows when the workflow is run with debug logging.
func (g *GitHub) Detail(line string) { g.action.Debugf("%s", line) }

// Warn is an annotation.
func (g *GitHub) Warn(message string) { g.action.Warningf("%s", message) }

// Fail is an annotation; the exit status is what fails the step.
func (g *GitHub) Fail(message string) { g.action.Errorf("%s", message) }

// Mask hides the value, and each of its lines, in the whole job's log.
func (g *GitHub) Mask(secret string) {
	if strings.TrimSpace(secret) != "" {
		g.action.AddMask(secret)
	}
}

// Output sets an output of the step. The delimiter is random, so that no value
// can end its own entry and begin another.
func (g *GitHub) Output(name, value string) error {
	if strings.ContainsAny(name, "=\n\r") || strings.Contains(name, "<<") {
		return fmt.Errorf("set output %q: a name holds neither =, << nor line ends", name)
	}
	end := "pinpack_" + rand.Text()
	return g.file("output", name+"<<"+end+"\n"+value+"\n"+end)
}

// Summary adds to the step's summary, which GitHub drops beyond 1 MiB.
func (g *GitHub) Summary(markdown string) error {
	const limit = 1 << 20
	if len(markdown) > limit-1 {
		return fmt.Errorf("write step summary: %d bytes: GitHub takes %d", len(markdown), limit-1)
	}
	return g.file("step-summary", markdown)
}

// file appends to one of the runner's command files. Outside of a step there is
// none, and go-githubactions would panic.
func (g *GitHub) file(name, message string) error {
	variable := "GITHUB_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	if g.getenv(variable) == "" {
		g.Detail(variable + " is not set: " + name + " not written")
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.action.IssueFileCommand(&githubactions.Command{Name: name, Message: message})
	return nil
}

// Program fences the output: between the two markers, whose token no program
// can guess, the runner obeys no command.
func (g *GitHub) Program(bool) (io.Writer, func()) {
	token := strings.ToLower(rand.Text())
	fmt.Fprintf(g.out, "::stop-commands::%s\n", token)
	w := &lineEnder{w: g.out}
	return w, func() {
		w.end()
		fmt.Fprintf(g.out, "::%s::\n", token)
	}
}

// lineEnder sees to it that the marker which follows starts a line.
type lineEnder struct {
	w    io.Writer
	open bool
}

func (l *lineEnder) Write(p []byte) (int, error) {
	if len(p) > 0 {
		l.open = p[len(p)-1] != '\n'
	}
	return l.w.Write(p)
}

func (l *lineEnder) end() {
	if l.open {
		_, _ = io.WriteString(l.w, "\n")
	}
}

type locked struct {
	w  io.Writer
	mu *sync.Mutex
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
