// Package ci speaks to the machine that runs the build: GitHub Actions, or a
// person's terminal. It is the only package that may import go-githubactions.
package ci

import (
	"io"
	"sync"

	"github.com/pinpack/pinpack/internal/secret"
)

// Host is told what happens. Implementations are safe for use from several
// goroutines.
type Host interface {
	// Group starts a section of the log, which ends when end is called with
	// the error that the section's work gave, if any. Groups do not nest.
	Group(title string) (end func(note string, err error))
	// Info tells of progress, in one line.
	Info(line string)
	// Detail tells what only helps to find a fault; shown when asked for.
	Detail(line string)
	// Notice tells what a person may want to know besides.
	Notice(message string)
	// Warn and Fail tell of what a person must look at.
	Warn(message string)
	Fail(message string)
	// Annotate tells of a line of a file.
	Annotate(a Annotation)
	// Mask keeps a secret out of everything that is told from now on. One of
	// fewer than six characters cannot be told from other text.
	Mask(secret string)
	// Hide returns text with *** for every secret that is masked.
	Hide(text string) string
	// Output hands a named value to the steps that follow.
	Output(name, value string) error
	// Subject names a finished file, relative to the workspace, or what is in a
	// registry, NAME@DIGEST, for others to attest where it comes from.
	Subject(file string) error
	// Summary adds Markdown to the page of the run.
	Summary(markdown string) error
	// Program returns where a program's output goes. Nothing in it is taken
	// for a command to the host. A program that the user asked for is loud:
	// its output is the point; else it is shown when asked for. The program
	// must have ended when end is called.
	Program(loud bool) (w io.Writer, end func())
}

// Annotation is a message on a line of a file. A host may show a few only, and
// their first 4096 characters: GitHub keeps 10 errors and 10 warnings of a step.
type Annotation struct {
	Warning bool   // else it is an error
	File    string // absolute; "": none
	Line    int    // 1 is the first; 0: none
	Title   string // one line
	Message string
}

// masks are what a host keeps secret.
type masks struct {
	mu   sync.Mutex
	mask secret.Mask
}

func (m *masks) add(value string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mask.Add(value)
}

// Hide returns text with *** for every secret that is masked.
func (m *masks) Hide(text string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mask.Hide(text)
}
