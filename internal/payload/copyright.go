package payload

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/license"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
)

// licenceFile is one that RPM is to know as the text of a licence.
func licenceFile(name, text string) tree.Entry {
	e := tree.Text(name, text)
	e.License = true
	return e
}

// copyright is a machine-readable one
// (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/): a paragraph
// for the project, one for each distribution with its paths, and the texts of the
// licences, each once.
func copyright(pl plan.Plan, env venv.Env, list []shipped) (string, error) {
	var b strings.Builder
	b.WriteString("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n")
	fmt.Fprintf(&b, "Upstream-Name: %s\n", pl.Name)
	if pl.Metadata.Homepage != "" {
		fmt.Fprintf(&b, "Source: %s\n", pl.Metadata.Homepage)
	}
	fmt.Fprintf(&b, "Comment: An application with the distributions that it runs on. Each carries\n its licence in its .dist-info directory, too.\n")
	own, err := env.Own()
	if err != nil {
		return "", err
	}
	texts := &licences{names: map[string]string{}}
	paths := owned(list)
	for _, d := range list {
		if d.Info == own.Info {
			who := holders(d.texts())
			if who == nil {
				name, _, _ := strings.Cut(pl.Metadata.Maintainer, " <")
				who = []string{name}
			}
			if e := license.Expression(pl.Metadata.License); e != "" {
				d.license = license.License{Expression: e}
			} else if pl.Metadata.License != "" {
				d.license = license.License{Said: pl.Metadata.License}
			}
			stanza(&b, []string{"*"}, who, texts.of(d), "")
		}
	}
	for _, d := range list {
		if d.Info == own.Info || len(paths[d.name]) == 0 {
			continue
		}
		who := holders(d.texts())
		for _, a := range append(slices.Clone(d.said.Authors), d.said.Maintainers...) {
			if name := cmp.Or(a.Name, a.Email); who == nil && name != "" {
				who = []string{strings.Join(strings.Fields(name), " ")}
			}
		}
		if who == nil {
			who = []string{"the authors of " + d.Name}
		}
		stanza(&b, paths[d.name], who, texts.of(d), d.Name+" "+d.Version)
	}
	if env.Bundle != nil {
		name := texts.add("PSF-2.0", "python", []string{"The text is in " + path.Join(pl.Prefix, plan.BundleDir, "lib/python"+pl.Python.Minor, "LICENSE.txt") + ",\nor at https://docs.python.org/3/license.html."}, "")
		stanza(&b, []string{strings.TrimPrefix(path.Join(pl.Prefix, plan.BundleDir), "/") + "/*"}, []string{"2001 Python Software Foundation"}, name, "CPython "+pl.Python.Version)
	}
	b.WriteString(texts.text.String())
	return b.String(), nil
}

// stanza writes a paragraph on files.
func stanza(b *strings.Builder, files, who []string, name, comment string) {
	fmt.Fprintf(b, "\nFiles: %s\nCopyright: %s\nLicense: %s\n", strings.Join(files, "\n "), strings.Join(who, "\n "), name)
	if comment != "" {
		fmt.Fprintf(b, "Comment: %s\n", comment)
	}
}

// licences are the texts that were written so far.
type licences struct {
	names map[string]string // by the plain text
	taken []string
	text  strings.Builder
}

// of writes the licences of a distribution, and returns the expression in Debian's
// words by which a paragraph names them.
func (l *licences) of(d shipped) string {
	ids := license.IDs(d.license.Expression)
	if len(ids) == 0 {
		return l.add(cmp.Or(d.license.Said, "unknown"), d.name, d.texts(), d.info)
	}
	texts := map[string][]string{}
	var rest []string
	for _, name := range slices.Sorted(maps.Keys(d.said.Texts)) {
		text := strings.TrimSpace(d.said.Texts[name])
		id := ""
		if len(ids) > 1 { // which of them is this?
			id = license.Detect(text)
		}
		if slices.Contains(ids, id) {
			texts[id] = append(texts[id], text)
		} else {
			rest = append(rest, text)
		}
	}
	words := " " + strings.NewReplacer("(", "( ", ")", " )", " AND ", " and ", " OR ", " or ").Replace(d.license.Expression) + " "
	if rest != nil {
		to := keeper(ids, texts)
		texts[to] = append(texts[to], rest...)
	}
	for _, id := range ids {
		words = strings.ReplaceAll(words, " "+id+" ", " "+l.add(id, d.name, texts[id], d.info)+" ")
	}
	// Debian's format has no parentheses: "and" binds closer, and commas part.
	return strings.Join(strings.Fields(strings.NewReplacer("( ", "", " )", ",").Replace(words)), " ")
}

// keeper is the licence under which texts go that were not recognised: one that is
// not given by reference, and has no text yet.
func keeper(ids []string, texts map[string][]string) string {
	best := ids[0]
	for _, id := range slices.Backward(ids) {
		if license.Common(license.Debian(id)) == "" && (texts[id] == nil || texts[best] != nil || license.Common(license.Debian(best)) != "") {
			best = id
		}
	}
	return best
}

// add writes a licence, unless the same was written before, and returns its name. A
// licence that has another text than the one of its name before gets the
// distribution's name after it.
func (l *licences) add(id, distribution string, texts []string, info string) string {
	name := license.Debian(id)
	if strings.ContainsAny(name, " ,\n") {
		name = "other"
	}
	body := withoutNotices(texts)
	if common := license.Common(name); common != "" {
		body = "The text is beside the metadata of each distribution under this licence, in a\nfile of its .dist-info directory, and on Debian systems in\n" + common + "."
	} else if body == "" {
		body = "The distribution brings no text of its licence. See " + reference(id, info) + "."
	}
	key := name + "\n" + plainLicence(body)
	if known, ok := l.names[key]; ok {
		return known
	}
	if slices.Contains(l.taken, name) {
		name += "-" + distribution
		for n := 2; slices.Contains(l.taken, name); n++ {
			name = fmt.Sprintf("%s-%s-%d", license.Debian(id), distribution, n)
		}
	}
	l.names[key], l.taken = name, append(l.taken, name)
	l.text.WriteString("\nLicense: " + name + "\n")
	for line := range strings.Lines(body) {
		if line = strings.TrimRight(line, " \t\r\n"); line == "" {
			line = "."
		}
		l.text.WriteString(" " + strings.Map(printable, line) + "\n")
	}
	return name
}

func reference(id, info string) string {
	if license.Expression(id) != "" && !strings.HasPrefix(id, "LicenseRef-") && !strings.Contains(id, " ") {
		return "https://spdx.org/licenses/" + id + ".html"
	}
	return info
}

// printable drops what no line of text has.
func printable(r rune) rune {
	if r < ' ' && r != '\t' || r == 0x7f {
		return -1
	}
	return r
}

// withoutNotices joins texts without the lines that say whose copyright it is, which
// the paragraphs on files have.
func withoutNotices(texts []string) string {
	var b strings.Builder
	for i, text := range texts {
		if i > 0 {
			b.WriteString("\n\n")
		}
		for line := range strings.Lines(strings.TrimSpace(license.Shorten(text))) {
			if _, ok := notice(line); !ok {
				b.WriteString(line)
			}
		}
	}
	return strings.Trim(b.String(), "\r\n")
}

// plainLicence is a text without what differs between two that are the same: white
// space, title, bullets and quotes.
func plainLicence(text string) string {
	var words []string
	for line := range strings.Lines(text) {
		fields := strings.Fields(strings.ToLower(strings.NewReplacer("``", "\"", "''", "\"", "“", "\"", "”", "\"").Replace(line)))
		if len(words) == 0 && len(fields) < 8 && strings.Contains(line, "icen") {
			continue
		}
		for _, f := range fields {
			if strings.Trim(f, "0123456789.()*-") != "" {
				words = append(words, f)
			}
		}
	}
	return strings.Join(words, " ")
}

// owned is where each distribution has its files, as patterns without the first
// slash, by its normalised name: whole directories where they are its alone.
func owned(list []shipped) map[string][]string {
	owners := map[string]map[string]bool{} // of everything in a directory
	for _, d := range list {
		for _, f := range d.files {
			for dir := path.Dir(f); dir != "/"; dir = path.Dir(dir) {
				if owners[dir] == nil {
					owners[dir] = map[string]bool{}
				}
				owners[dir][d.name] = true
			}
		}
	}
	found := map[string][]string{}
	for _, d := range list {
		seen := map[string]bool{}
		for _, f := range d.files {
			pattern := f
			for dir := path.Dir(f); dir != "/" && len(owners[dir]) == 1; dir = path.Dir(dir) {
				if base := path.Base(dir); base == "bin" || base == "site-packages" {
					break
				}
				pattern = dir + "/*"
			}
			pattern = strings.NewReplacer(" ", "?").Replace(strings.TrimPrefix(pattern, "/"))
			if !seen[pattern] {
				seen[pattern] = true
				found[d.name] = append(found[d.name], pattern)
			}
		}
		slices.Sort(found[d.name])
	}
	return found
}
