package verify

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pinpack/pinpack/internal/command"
)

// Report says what one package did on one system.
type Report struct {
	File     string  `json:"file"`               // the package's path on this machine
	Format   string  `json:"format"`             // "deb", "rpm"
	Package  string  `json:"package"`            // its name
	Version  string  `json:"version"`            // in the format's own notation
	Previous string  `json:"previous,omitempty"` // the version that it was upgraded from
	System   string  `json:"system"`             // the target's image
	Engine   string  `json:"engine"`             //
	User     string  `json:"user"`               // who ran the smoke commands
	OK       bool    `json:"ok"`                 // nothing failed
	Events   []Event `json:"events"`             // in the order in which they happened
}

// Event is one thing that was done.
type Event struct {
	Name    string   `json:"name"`              // "install", "services", "upgrade"
	Version string   `json:"version,omitempty"` // of the package, after it
	OK      bool     `json:"ok"`
	Seconds float64  `json:"seconds"`
	Problem string   `json:"problem,omitempty"` // one line
	Paths   []string `json:"paths,omitempty"`   // what should not be there, or be as it was
	Output  string   `json:"output,omitempty"`  // the end of what was printed
	Journal string   `json:"journal,omitempty"` // the end of the failed units' journal
}

// fault is a failed event.
type fault struct {
	problem         string
	output, journal string
	paths           []string
}

func (f *fault) Error() string { return f.problem }

// fill says why an event failed.
func (e *Event) fill(err error) {
	f := &fault{}
	if failed := (*command.Error)(nil); !errors.As(err, &f) {
		f.problem = err.Error()
		if errors.As(err, &failed) {
			f.output = failed.Tail
		}
	}
	e.Problem, _, _ = strings.Cut(f.problem, "\n")
	e.Paths, e.Output, e.Journal = f.paths, last(f.output), last(f.journal)
}

// last is the end of a text.
func last(text string) string {
	const most = 60
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

// Judge is an error for every event that failed, joined, and nil if none did. Each
// begins with the package and the system.
func Judge(reports []Report) error {
	var errs []error
	for _, r := range reports {
		for _, e := range r.Events {
			if !e.OK {
				errs = append(errs, fmt.Errorf("%q on %s: %s: %s", r.File, r.System, e.title(), e.Problem))
			}
		}
	}
	return errors.Join(errs...)
}

func (e Event) title() string { return strings.TrimSpace(e.Name + " " + e.Version) }

func (e Event) result() string {
	if e.OK {
		return "ok"
	}
	return "failed"
}

// Details are the lines that tell more of an event that failed: paths, journal,
// output.
func (e Event) Details() []string {
	lines := slices.Clone(e.Paths)
	for _, text := range []string{e.Journal, e.Output} {
		if text != "" {
			lines = append(lines, strings.Split(text, "\n")...)
		}
	}
	return lines
}

// Table prints all events in columns.
func Table(w io.Writer, reports []Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "system\tpackage\tevent\tresult\tseconds")
	for _, r := range reports {
		for _, e := range r.Events {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.1f\n", r.System, r.label(), e.title(), e.result(), e.Seconds)
		}
	}
	return t.Flush()
}

func (r Report) label() string {
	if r.Package == "" {
		return r.Format
	}
	return r.Package + " (" + r.Format + ")"
}

// Markdown is the same as a table for the page of a run, and below it what is
// known of each event that failed.
func Markdown(reports []Report) string {
	var b strings.Builder
	b.WriteString("| system | package | event | result | seconds |\n| --- | --- | --- | --- | ---: |\n")
	for _, r := range reports {
		for _, e := range r.Events {
			result := e.result()
			if !e.OK {
				result = "**failed**: " + cell(e.Problem)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %.1f |\n", cell(r.System), cell(r.label()), cell(e.title()), result, e.Seconds)
		}
	}
	for _, r := range reports {
		for _, e := range r.Events {
			if details := e.Details(); len(details) > 0 {
				fmt.Fprintf(&b, "\n<details><summary>%s on %s: %s</summary>\n\n", escape(r.label()), escape(r.System), escape(e.title()))
				// An indented block, which no text in it can end.
				b.WriteString("    " + strings.Join(details, "\n    ") + "\n\n</details>\n")
			}
		}
	}
	return b.String()
}

// cell writes text that is not ours as Markdown code in a table.
func cell(s string) string {
	return "`" + strings.NewReplacer("`", "'", "|", "\\|", "\n", " ", "\r", " ").Replace(s) + "`"
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ").Replace(s)
}
