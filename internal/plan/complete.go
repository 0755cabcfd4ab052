package plan

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/pep440"
	"github.com/pinpack/pinpack/internal/project"
)

// Complete decides what depends on the project's metadata. Make calls it with
// what the source tree says; the pipeline calls it again with the built wheel,
// which knows what the source tree left open (PEP 621's dynamic fields).
func (pl Plan) Complete(p project.Project) (Plan, error) {
	if pl.project.File != "" {
		var err error
		if p, err = pl.project.Complete(p); err != nil {
			return pl, err
		}
	}
	pl.project = p
	c := pl.inputs
	var errs []error
	if pl.Name == "" && p.Name != "" {
		pl.Name = project.NormalizeName(p.Name)
		if err := config.CheckName(pl.Name); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w: or say another with the input name", p.File, err))
		}
	}
	if pl.Prefix == "" && pl.Name != "" {
		pl.Prefix = "/opt/" + pl.Name
	}
	pl.Python = pl.Python.in(pl.Prefix)
	errs = append(errs, pl.decideVersion(c, p))
	pl.describe(c, p)
	pl.noteSnapshot()
	if pl.testNote != "" {
		pl.Notes = append(pl.Notes, pl.testNote)
	}
	errs = append(errs, pl.completeServices())
	return pl, errors.Join(errs...)
}

// writeVersions writes the version in each format's notation.
func (pl *Plan) writeVersions(v pep440.Version) {
	pl.Version = strings.TrimLeft(v.Original, "vV") // 24.04 stays what it is
	packages := make([]Package, len(pl.Packages))
	for i, pkg := range pl.Packages {
		w := v.Debian()
		if pkg.Format == "rpm" {
			w = v.RPM()
		}
		if pl.history.build != nil {
			w = v.Snapshot(pl.history.last, *pl.history.build)
		}
		pkg.Epoch, pkg.Version = w.Epoch, w.Version
		packages[i] = pkg
	}
	pl.Packages = packages
}

// checkEpoch refuses what neither dpkg nor rpm can hold.
func checkEpoch(from string, v pep440.Version) error {
	if _, err := strconv.ParseInt("0"+v.Debian().Epoch, 10, 32); err != nil {
		return fmt.Errorf("%s: version %q: package managers take an epoch up to 2147483647", from, v.Original)
	}
	return nil
}

func (pl *Plan) describe(c config.Config, p project.Project) {
	d := Metadata{
		Summary:     first(c.Summary, oneLine(p.Summary), pl.Name),
		Description: first(c.Description, prose(p.Readme)),
		License:     first(c.License, oneLine(p.License)),
		Homepage:    first(c.Homepage, p.Homepage()),
		Maintainer:  c.Maintainer,
		Section:     c.Section,
	}
	people := append(append([]project.Person{}, p.Maintainers...), p.Authors...)
	for _, who := range people {
		if d.Maintainer == "" && who.Email != "" {
			d.Maintainer = fmt.Sprintf("%s <%s>", first(who.Name, who.Email), who.Email)
		}
	}
	pl.Notes = nil
	if d.Maintainer == "" {
		d.Maintainer = pl.Name + " maintainers <root@localhost>"
		pl.Notes = append(pl.Notes, "no maintainer: the project names nobody with an address: set authors in pyproject.toml, or the input maintainer")
	}
	if d.License == "" {
		pl.Notes = append(pl.Notes, "no licence: set license in pyproject.toml, or the input license")
	}
	pl.Metadata = d
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

var (
	links    = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	emphasis = regexp.MustCompile("[*`]+")
)

// prose takes the first paragraphs of a readme (Markdown or reStructuredText)
// that are running text: what stands before the second heading, two paragraphs
// at most, without markup.
func prose(readme string) string {
	var found []string
	headings := 0
	readme = strings.ReplaceAll(readme, "\r\n", "\n")
	for _, block := range strings.Split(readme, "\n\n") {
		block = strings.TrimRight(strings.Trim(block, "\n"), " ")
		lines := strings.Split(block, "\n")
		underlined := len(lines) == 2 && len(lines[1]) > 2 && strings.Trim(lines[1], lines[1][:1]) == "" && strings.ContainsAny(lines[1][:1], "=-~^#*")
		switch {
		case strings.HasPrefix(block, "#"), underlined:
			if headings++; headings > 1 {
				return strings.Join(found, "\n\n")
			}
			continue
		case block == "", strings.ContainsAny(block[:1], "<|`-*+.:=>![ \t"):
			if len(found) > 0 {
				return strings.Join(found, "\n\n")
			}
			continue
		}
		text := emphasis.ReplaceAllString(links.ReplaceAllString(block, "$1"), "")
		if found = append(found, fill(oneLine(text), 76)); len(found) == 2 {
			break
		}
	}
	return strings.Join(found, "\n\n")
}

// FullVersion is the version with epoch and iteration, as package managers
// print it.
func (p Package) FullVersion(iteration string) string {
	v := p.Version + "-" + iteration
	if p.Epoch != "" {
		v = p.Epoch + ":" + v
	}
	return v
}

// WithDepends sets what the packages depend on, by format.
func (pl Plan) WithDepends(by map[string][]string) Plan {
	packages := make([]Package, len(pl.Packages))
	for i, p := range pl.Packages {
		p.Depends = by[p.Format]
		packages[i] = p
	}
	pl.Packages = packages
	return pl
}

// Change is the one entry of the package's changelog.
func (pl Plan) Change() string {
	if pl.Commit == "" {
		return "Version " + pl.Version + "."
	}
	return "Version " + pl.Version + ", built from commit " + pl.Commit + "."
}

// fill breaks a paragraph into lines of at most width characters.
func fill(text string, width int) string {
	var b strings.Builder
	at := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case at == 0:
		case at+1+n > width:
			b.WriteByte('\n')
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}
