package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/inspect"
	"github.com/pinpack/pinpack/internal/sbom"
	"github.com/pinpack/pinpack/internal/signature"
)

// inspectFlags are those of the inspect command.
type inspectFlags struct {
	sbom, key string
	files     bool
}

func (a *app) inspectCommand() *cobra.Command {
	var f inspectFlags
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Show what is in a package that pinpack made",
		Long: "Show what is in a .deb or .rpm that pinpack made: metadata, dependencies, maintainer\n" +
			"scripts, units, what each distribution takes, SBOMs, signatures. With --key, signatures\n" +
			"are checked, and one that is not good, or none at all, is exit status 1.",
		Args: cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	flags.BoolVar(&a.json, "json", false, "print all of it as JSON")
	flags.BoolVar(&f.files, "files", false, "list the files, too")
	flags.StringVar(&f.sbom, "sbom", "", "print the SBOM of this format alone: cyclonedx, spdx")
	flags.Lookup("sbom").NoOptDefVal = "cyclonedx"
	flags.StringVar(&f.key, "key", "", "file with the public key to check signatures with")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.inspect(f, args[0]) }
	return cmd
}

func (a *app) inspect(f inspectFlags, file string) error {
	a.speak()
	keys, err := readKeys(f.key)
	if err != nil {
		return usageError{err}
	}
	p, err := inspect.Open(file, keys)
	if err != nil {
		return usageError{err}
	}
	switch {
	case f.sbom != "":
		err = a.printSBOM(p, f.sbom)
	case a.json:
		err = a.printJSON(p)
	default:
		err = a.printPackage(p, f.files)
	}
	return errors.Join(err, signedWell(p, keys))
}

func readKeys(file string) (*inspect.Keys, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	ring, err := signature.ReadKeyring(data)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", file, err)
	}
	return &inspect.Keys{Ring: ring, Now: time.Now()}, nil
}

// signedWell fails unless a package is signed by one of the keys, and nothing is wrong
// with any signature of theirs.
func signedWell(p inspect.Package, keys *inspect.Keys) error {
	if keys == nil {
		return nil
	}
	good := 0
	var errs []error
	for _, s := range p.Signatures {
		switch s.Status {
		case "good":
			good++
		case "bad":
			errs = append(errs, fmt.Errorf("signature %s: %s", s.Kind, s.Why))
		}
	}
	if good == 0 && errs == nil {
		errs = append(errs, fmt.Errorf("package %q: no signature of this key", p.Name))
	}
	return errors.Join(errs...)
}

func (a *app) printSBOM(p inspect.Package, format string) error {
	f, ok := sbom.Find(format)
	if !ok {
		return usageError{fmt.Errorf("flag --sbom %q: want cyclonedx or spdx", format)}
	}
	text, ok := p.SBOM["sbom."+f.Ext]
	if !ok {
		return fmt.Errorf("package %q: no SBOM of the format %s in it", p.Name, format)
	}
	_, err := fmt.Fprint(a.proc.Stdout, text)
	return err
}

// printPackage prints a package for people.
func (a *app) printPackage(p inspect.Package, files bool) error {
	var text strings.Builder
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		if value := fmt.Sprintf(format, args...); value != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, printable(value))
		}
	}
	b := p.Build
	row("package", "%s %s (%s, %s)", p.Name, p.Version, p.Format, p.Arch)
	row("summary", "%s", p.Summary)
	row("maintainer", "%s", p.Maintainer)
	row("homepage", "%s", p.Homepage)
	row("license", "%s", p.License)
	row("section", "%s", p.Section)
	row("version", "%s, iteration %s", b.Version, b.Iteration)
	row("commit", "%s", strings.TrimSpace(b.Commit+map[bool]string{true: " with changes"}[b.Modified]))
	row("built", "%s%s", b.Built.Format(time.RFC3339), map[bool]string{true: " on " + b.System}[b.System != ""])
	row("python", "%s (%s)%s", b.Interpreter, b.Python, map[bool]string{true: ", in the package"}[b.Bundle != nil])
	row("glibc", "%s", b.Glibc.Version)
	row("virtualenv", "%s", b.Prefix)
	row("lock", "%s", strings.Join(b.Lock, ", "))
	for _, kind := range slices.Sorted(maps.Keys(p.Relations)) {
		row(kind, "%s", strings.Join(p.Relations[kind], ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Scripts)) {
		row("script", "%s, %s", name, count(strings.Count(p.Scripts[name], "\n"), "line"))
	}
	for _, f := range p.Files {
		switch {
		case strings.Contains(f.Path, "/systemd/system/") && f.Kind != "dir":
			row("unit", "%s", f.Path[strings.LastIndexByte(f.Path, '/')+1:])
		case f.Config:
			row("config", "%s", f.Path)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.SBOM)) {
		row("sbom", "%s, %s", name, summarize(p.SBOM[name]))
	}
	for _, s := range p.Signatures {
		row("signature", "%s", describe(s))
	}
	if len(p.Signatures) == 0 {
		row("signature", "none")
	}
	row("installed", "%s in %s", bytes(p.InstalledSize), count(len(p.Files), "path"))
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&text, "\n")
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	rest, restFiles := p.InstalledSize, len(p.Files)
	for _, d := range p.Distributions {
		fmt.Fprintf(table, "%s\t%d files\t  %s\n", bytes(d.Size), d.Files, printable(d.Name+" "+d.Version))
		rest, restFiles = rest-d.Size, restFiles-d.Files
	}
	fmt.Fprintf(table, "%s\t%d paths\t  everything else\n", bytes(rest), restFiles)
	if err := table.Flush(); err != nil {
		return err
	}
	if files {
		text.WriteString("\n" + listing(p.Files))
	}
	_, err := fmt.Fprint(a.proc.Stdout, a.host.Hide(text.String()))
	return err
}

// summarize counts what an SBOM lists.
func summarize(text string) string {
	var d struct {
		BomFormat, SpecVersion, SpdxVersion string
		Components, Packages                []json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return "which cannot be read: " + err.Error()
	}
	if d.SpdxVersion != "" {
		return d.SpdxVersion + ", " + count(len(d.Packages), "package")
	}
	return d.BomFormat + " " + d.SpecVersion + ", " + count(len(d.Components), "component")
}

func describe(s inspect.Signature) string {
	line := s.Kind + " by " + s.KeyID
	if s.KeyID == "" {
		line = s.Kind
	}
	if !s.Time.IsZero() {
		line += " at " + s.Time.Format(time.RFC3339)
	}
	line += ": " + s.Status
	if s.By != "" {
		line += ", key " + s.By
	}
	if s.Why != "" {
		line += ": " + s.Why
	}
	return line
}

// printable keeps a package from writing to the terminal what is no text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 {
			return '?'
		}
		return r
	}, strings.ReplaceAll(s, "\t", " "))
}

func listing(files []inspect.File) string {
	var b strings.Builder
	for _, f := range files {
		b.WriteString(printable(line(f)) + "\n")
	}
	return b.String()
}

// line is a file as ls -l would have it.
func line(f inspect.File) string {
	kind := map[string]string{"dir": "d", "symlink": "l", "file": "-"}[f.Kind]
	if kind == "" {
		kind = "?"
	}
	text := fmt.Sprintf("%s%04o %s:%s %9d %s", kind, f.Mode, f.Owner, f.Group, f.Size, f.Path)
	if f.Link != "" {
		text += " -> " + f.Link
	}
	return text
}
