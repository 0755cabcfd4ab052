package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/debfile"
	"github.com/pinpack/pinpack/internal/inspect"
)

// errDifferent is what diff ends with when the packages differ. It is no failure, and
// nothing is said of it.
var errDifferent = errors.New("the packages differ")

func (a *app) diffCommand() *cobra.Command {
	var files bool
	cmd := &cobra.Command{
		Use:   "diff FROM TO",
		Short: "Show what changes between two packages that pinpack made",
		Long: "Show what changes on a server when one package is installed in place of another:\n" +
			"metadata, interpreter, distributions, dependencies, units, files, and the texts of\n" +
			"units, scripts and configuration. A .deb can be compared with an .rpm.\n\n" +
			"The exit status is that of diff(1): 0 if nothing differs, 1 if something does, 2 if\n" +
			"a package cannot be read.",
		Args: cobra.ExactArgs(2),
	}
	cmd.Flags().BoolVar(&a.json, "json", false, "print the difference as JSON")
	cmd.Flags().BoolVar(&files, "files", false, "list also the files of distributions whose version changes")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.speak()
		from, err := inspect.Open(args[0], nil)
		to, err2 := inspect.Open(args[1], nil)
		if err := errors.Join(err, err2); err != nil {
			return usageError{err}
		}
		d := inspect.Compare(from, to)
		if a.json {
			err = a.printJSON(d)
		} else {
			_, err = fmt.Fprint(a.proc.Stdout, a.host.Hide(packageDifference(d, files)))
		}
		if err == nil && !d.Same() {
			return errDifferent
		}
		return err
	}
	return cmd
}

// packageDifference writes a difference for people.
func packageDifference(d inspect.Difference, files bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "from %s %s (%s, %s)\nto   %s %s (%s, %s)\n", d.From.Name, d.From.Version, d.From.Format, d.From.Arch, d.To.Name, d.To.Version, d.To.Format, d.To.Arch)
	for _, part := range []struct {
		name string
		list []debfile.Change
	}{
		{"metadata", d.Metadata}, {"interpreter", d.Interpreter}, {"distributions", d.Distributions}, {"relations", d.Relations}, {"units", d.Units},
	} {
		if len(part.list) > 0 {
			fmt.Fprintf(&b, "\n%s\n", part.name)
		}
		for _, c := range part.list {
			b.WriteString("  " + printable(change(c)) + "\n")
		}
	}
	if len(d.Files) > 0 {
		b.WriteString("\nfiles\n" + fileChanges(d, files))
	}
	for _, t := range d.Texts {
		b.WriteString("\n" + printable(t.Diff))
	}
	switch {
	case d.Same():
		b.WriteString("\nno difference\n")
	case d.Size != 0:
		fmt.Fprintf(&b, "\nit takes %s %s\n", bytes(max(d.Size, -d.Size)), map[bool]string{true: "more", false: "less"}[d.Size > 0])
	}
	if d.Passed != nil {
		fmt.Fprintf(&b, "\nnot compared, since each format has its own: %s\n", strings.Join(d.Passed, ", "))
	}
	return b.String()
}

func change(c debfile.Change) string {
	yes := c.From == "yes" || c.To == "yes"
	switch {
	case c.From == "" && yes:
		return "+ " + c.Name
	case c.To == "" && yes:
		return "- " + c.Name
	case c.From == "":
		return "+ " + c.Name + " " + c.To
	case c.To == "":
		return "- " + c.Name + " " + c.From
	}
	return "~ " + c.Name + " " + c.From + " -> " + c.To
}

// fileChanges lists files. Those of a distribution whose version changes are counted,
// unless all are wanted.
func fileChanges(d inspect.Difference, all bool) string {
	moved := map[string]bool{}
	for _, c := range d.Distributions {
		moved[c.Name] = true
	}
	counts := map[string]int{}
	var b strings.Builder
	for _, f := range d.Files {
		any := f.To
		if any == nil {
			any = f.From
		}
		if moved[any.Distribution] && !all {
			counts[any.Distribution]++
			continue
		}
		switch {
		case f.From == nil:
			b.WriteString("  + " + printable(line(*f.To)) + "\n")
		case f.To == nil:
			b.WriteString("  - " + printable(line(*f.From)) + "\n")
		default:
			b.WriteString("  ~ " + printable(line(*f.To)+what(*f.From, *f.To)) + "\n")
		}
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(a, b) })
	for _, name := range names {
		fmt.Fprintf(&b, "  %s of %s, whose version changes\n", count(counts[name], "path"), printable(name))
	}
	return b.String()
}

// what says in which respects a file is another.
func what(from, to inspect.File) string {
	var list []string
	add := func(name string, a, b any) {
		if a != b {
			list = append(list, fmt.Sprintf("%s was %v", name, a))
		}
	}
	add("kind", from.Kind, to.Kind)
	if from.Mode != to.Mode {
		list = append(list, fmt.Sprintf("mode was %04o", from.Mode))
	}
	add("owner", from.Owner+":"+from.Group, to.Owner+":"+to.Group)
	add("size", from.Size, to.Size)
	add("link", from.Link, to.Link)
	add("configuration", from.Config, to.Config)
	if from.SHA256 != to.SHA256 && from.Size == to.Size {
		list = append(list, "content")
	}
	return " (" + strings.Join(list, ", ") + ")"
}
