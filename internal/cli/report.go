package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/pipeline"
	"github.com/pinpack/pinpack/internal/plan"
)

// finish tells people and the steps that follow what there is now.
func (a *app) finish(ctx context.Context, r pipeline.Result, d decision, took time.Duration) error {
	last := lastLine(r, took)
	if a.action {
		a.host.Info(last)
		for _, p := range r.All() {
			if err := a.host.Subject(relative(p.Path)); err != nil {
				return err
			}
		}
		if err := a.subjects(r.Published); err != nil {
			return err
		}
		return a.tell(ctx, r, d)
	}
	if a.json {
		return a.printJSON(r)
	}
	_, err := fmt.Fprintln(a.proc.Stdout, last)
	return err
}

// subjects names what is in registries for others to attest: each once.
func (a *app) subjects(receipts []artifact.Receipt) error {
	told := map[string]bool{"": true}
	for _, r := range receipts {
		if told[r.Subject] {
			continue
		}
		told[r.Subject] = true
		if err := a.host.Subject(r.Subject); err != nil {
			return err
		}
	}
	return nil
}

// tell sets the outputs and writes the page of the run, and the comment.
func (a *app) tell(ctx context.Context, r pipeline.Result, d decision) error {
	text := a.page(ctx, r, d)
	a.comment(ctx, d, text)
	return errors.Join(a.setOutputs(r), a.host.Summary(text))
}

// lastLine is what a person wants to read.
func lastLine(r pipeline.Result, took time.Duration) string {
	var files []string
	for _, p := range r.Packages {
		files = append(files, fmt.Sprintf("%s (%s)", relative(p.Path), bytes(p.Size)))
	}
	return fmt.Sprintf("%s %s: %s; %s, %s installed, python %s; %.1f s",
		r.Name, r.Version, strings.Join(files, ", "), count(len(r.Distributions), "distribution"), bytes(r.InstalledSize), r.Python, took.Seconds())
}

// setOutputs sets what config.Outputs declares.
func (a *app) setOutputs(r pipeline.Result) error {
	list := append(r.Packages[:0:0], r.Packages...)
	errs := []error{a.host.Output("version", r.Version), a.host.Output("checksums", relative(filepath.Join(r.Out, "SHA256SUMS")))}
	for i := range list {
		list[i].Path = relative(list[i].Path)
		errs = append(errs, a.host.Output(list[i].Format, list[i].Path))
	}
	packages, err := json.Marshal(list)
	return errors.Join(append(errs, err, a.host.Output("packages", string(packages)))...)
}

// printPlan prints the decision for people; JSON has all of it.
func (a *app) printPlan(pl plan.Plan) error {
	var text strings.Builder
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("package", "%s %s-%s (version from %s)", pl.Name, orUnknown(pl.Version), pl.Iteration, pl.VersionFrom)
	row("summary", "%s", pl.Metadata.Summary)
	row("project", "%s", pl.Source)
	row("commit", "%s", strings.TrimSpace(pl.Commit+map[bool]string{true: " with changes"}[pl.Dirty]))
	row("time", "%s (%s)", pl.Time.Format(time.RFC3339), pl.TimeFrom)
	row("python", "%s (%s)%s", pl.Python.Target, pl.Python.Version, map[bool]string{true: ", shipped, from " + pl.Python.Path}[pl.Python.Bundle])
	row("virtualenv", "%s, built %s", pl.Prefix, map[bool]string{true: "there", false: "elsewhere and rewritten"}[pl.InPlace])
	row("lock", "%s: %s, installed with %s", strings.Join(pl.Lock.Files, ", "), count(len(pl.Lock.Requirements), "distribution"), pl.Installer)
	for _, list := range wrapped(pl.Lock.Requirements) {
		row("", "%s", list)
	}
	for _, l := range pl.Lock.Locals {
		row("", "%s, built from %s", l.Name, l.Path)
	}
	if len(pl.Lock.Left) > 0 {
		row("", "%s not for this interpreter", count(len(pl.Lock.Left), "distribution"))
	}
	if len(pl.Tests.Files) > 0 {
		row("test lock", "%s: %d more, not shipped", strings.Join(pl.Tests.Files, ", "), len(pl.Tests.Requirements))
	}
	if len(pl.BuildDeps) > 0 {
		row("build needs", "%s", strings.Join(pl.BuildDeps, " "))
	}
	for _, s := range pl.Steps {
		row(s.Name, "%s", s.Command)
	}
	if s := pl.Services; s != nil {
		for _, p := range s.Processes {
			row("service", "%s: %s", p.Name, p.Command)
		}
		row("", "as user %s, kept running by %s", s.User, s.Supervisor)
	}
	for _, f := range pl.Files {
		row("file", "%s to %s", f.Source, f.Dest)
	}
	for _, p := range pl.Packages {
		version := "version from the wheel"
		if p.Version != "" {
			version = p.FullVersion(pl.Iteration)
		}
		row(p.Format, "%s, %s, depends on %s", version, p.Compression, strings.Join(p.Depends, ", "))
	}
	if v := pl.Verify; v != nil {
		for _, t := range v.On {
			row("verify", "%s on %s", t.Format, t.Image)
		}
	}
	if v := pl.Vulnerabilities; v != nil {
		row("vulnerabilities", "known ones from %s; %s", v.Source, map[bool]string{true: "none fails the build", false: "fails at " + string(v.Threshold)}[v.Threshold == ""])
	}
	if s := pl.Signing; s != nil {
		expires := "never expires"
		if s.Expires != nil {
			expires = "expires on " + s.Expires.Format(time.DateOnly)
		}
		row("signing key", "%s, %s, %s, %s", s.Fingerprint, s.User, s.Algorithm, expires)
		if s.Subkey != "" {
			row("", "its subkey %s signs", s.Subkey)
		}
	}
	for _, u := range pl.Targets {
		row("publish", "%s", u)
	}
	row("results", "%s", pl.Out)
	for _, n := range pl.Notes {
		row("note", "%s", n)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(a.proc.Stdout, a.host.Hide(text.String()))
	return err
}

// wrapped writes what will be installed, some on a line.
func wrapped(list []lock.Requirement) []string {
	const width = 90
	var lines []string
	for _, r := range list {
		word := r.Name + " " + r.Version
		if r.Version == "" {
			word = r.Name + " (any)"
		}
		if last := len(lines) - 1; last >= 0 && len(lines[last])+len(word) < width {
			lines[last] += ", " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

// relative is the path as a person in the working directory would write it.
func relative(name string) string {
	dir, err := os.Getwd()
	if err != nil {
		return name
	}
	if rel, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return name
}

// count writes a number of things.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

func bytes(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}

// width is the number of columns of a terminal; 0 for anything else.
func width(f *os.File) int {
	if w, _, err := term.GetSize(int(f.Fd())); err == nil {
		return w
	}
	return 0
}
