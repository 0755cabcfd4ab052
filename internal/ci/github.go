package ci

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sethvargo/go-githubactions"
)

// GitHub is a step of a GitHub Actions workflow. The rules of its log and of
// its command files are in
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
type GitHub struct {
	masks
	action *githubactions.Action
	getenv func(string) string
	out    io.Writer
	mu     *sync.Mutex
	fenced atomic.Bool // between the markers of Program
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
		mark := "ok"
		if err != nil {
			mark = "failed"
		}
		g.Info(strings.TrimSpace(mark + " " + note))
		g.action.EndGroup()
	}
}

// lineEnds has the runner's idea of lines: a carriage return alone ends one, too.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Info writes a line. One that would read as a command is defused, for it may
// hold text from the project.
func (g *GitHub) Info(line string) {
	for l := range strings.Lines(lineEnds.Replace(g.Hide(line))) {
		l = strings.TrimRight(l, "\n")
		if strings.HasPrefix(strings.TrimSpace(l), "::") {
			l = "\u200b" + l
		}
		fmt.Fprintln(g.out, strings.ReplaceAll(l, "##[", "#\u200b#["))
	}
}

// Detail shows when the workflow is run with debug logging. Inside of a fence
// the runner would print the command as it is.
func (g *GitHub) Detail(line string) {
	switch {
	case !g.fenced.Load():
		g.action.Debugf("%s", line)
	case g.getenv("RUNNER_DEBUG") == "1":
		g.Info(line)
	}
}

// Notice is an annotation.
func (g *GitHub) Notice(message string) { g.action.Noticef("%s", message) }

// Warn is an annotation.
func (g *GitHub) Warn(message string) { g.action.Warningf("%s", message) }

// Fail is an annotation; the exit status is what fails the step.
func (g *GitHub) Fail(message string) { g.action.Errorf("%s", message) }

// Annotate shows on the line itself, in a pull request.
func (g *GitHub) Annotate(a Annotation) {
	fields := map[string]string{"title": oneLine(g.Hide(a.Title))}
	if a.File != "" {
		fields["file"] = a.File
	}
	if a.File != "" && a.Line > 0 {
		fields["line"] = strconv.Itoa(a.Line)
	}
	message := []rune(g.Hide(a.Message))
	if len(message) > 4096 {
		message = message[:4096]
	}
	if to := g.action.WithFieldsMap(fields); a.Warning {
		to.Warningf("%s", string(message))
	} else {
		to.Errorf("%s", string(message))
	}
}

// Mask hides the value, and each of its lines, in the whole job's log.
func (g *GitHub) Mask(secret string) {
	if strings.TrimSpace(secret) != "" {
		g.action.AddMask(secret)
		g.add(secret)
	}
}

// Output sets an output of the step. The delimiter is random, so that no value
// can end its own entry and begin another.
func (g *GitHub) Output(name, value string) error {
	if strings.ContainsAny(name, "=\n\r") || strings.Contains(name, "<<") {
		return fmt.Errorf("set output %q: a name holds neither =, << nor line ends", name)
	}
	end := "pinpack_" + rand.Text()
	return g.file("GITHUB_OUTPUT", name+"<<"+end+"\n"+g.Hide(value)+"\n"+end)
}

// Subject adds a line to GITHUB_ARTIFACTS, from which actions/attest takes its
// subjects. The runner refuses a line with =, and paths of the container.
func (g *GitHub) Subject(file string) error {
	if filepath.IsAbs(file) || strings.ContainsAny(file, "=\r\n") || strings.HasPrefix(file, "#") {
		g.Detail("no subject for attestations: " + file)
		return nil
	}
	return g.file("GITHUB_ARTIFACTS", file)
}

// Summary adds to the step's summary, which GitHub drops beyond 1 MiB.
func (g *GitHub) Summary(markdown string) error {
	const limit = 1 << 20
	if len(markdown) > limit-1 {
		return fmt.Errorf("write step summary: %d bytes: GitHub takes %d", len(markdown), limit-1)
	}
	return g.file("GITHUB_STEP_SUMMARY", g.Hide(markdown))
}

// file appends to the command file that a variable names. Outside of a step
// there is none. (go-githubactions panics where it cannot write.)
func (g *GitHub) file(variable, text string) error {
	name := g.getenv(variable)
	if name == "" {
		g.Detail(variable + " is not set: not written")
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("write %s: %w", variable, err)
	}
	_, err = io.WriteString(f, text+"\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", variable, err)
	}
	return nil
}

// Program fences the output: between the two markers, whose token no program
// can guess, the runner obeys no command.
func (g *GitHub) Program(bool) (io.Writer, func()) {
	token := strings.ToLower(rand.Text())
	fmt.Fprintf(g.out, "::stop-commands::%s\n", token)
	g.fenced.Store(true)
	w := &lines{host: g}
	return w, func() {
		w.end()
		fmt.Fprintf(g.out, "::%s::\n", token)
		g.fenced.Store(false)
	}
}

// lines passes on whole lines, so that no secret is cut in two, and the marker which
// follows starts a line.
type lines struct {
	host *GitHub
	rest []byte
}

// longestLine is how much of a line is kept back for its end.
const longestLine = 64 << 10

func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	end := bytes.LastIndexByte(l.rest, '\n') + 1
	if len(l.rest)-end > longestLine {
		end = len(l.rest)
	}
	if end == 0 {
		return len(p), nil
	}
	_, err := io.WriteString(l.host.out, l.host.Hide(string(l.rest[:end])))
	l.rest = append(l.rest[:0], l.rest[end:]...)
	return len(p), err
}

func (l *lines) end() {
	if len(l.rest) > 0 {
		_, _ = l.Write([]byte("\n"))
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
