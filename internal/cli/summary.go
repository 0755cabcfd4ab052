package cli

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/debfile"
	"github.com/pinpack/pinpack/internal/pipeline"
	"github.com/pinpack/pinpack/internal/venv"
	"github.com/pinpack/pinpack/internal/verify"
)

// previous is the last release, to compare with.
type previous struct {
	tag  string
	file debfile.File
}

// summary is the Markdown that a reviewer wants to read: of the packages, of how
// to install them, and of what changes on the server.
func summary(r pipeline.Result, repository, run string, before *previous, now *debfile.File) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s %s\n\n| package | size | SHA-256 |\n| --- | ---: | --- |\n", r.Name, r.Version)
	for _, p := range r.Packages {
		name := code(p.Name)
		for _, receipt := range r.Published {
			if receipt.Artifact == p.Name && strings.HasPrefix(receipt.URL, "https://") {
				name = "[" + name + "](" + receipt.URL + ")"
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, bytes(p.Size), code(p.SHA256))
	}
	fmt.Fprintf(&b, "\nPython %s, %s, %s installed at %s.\n", r.Python, count(len(r.Distributions), "distribution"), bytes(r.InstalledSize), code(r.Prefix))
	b.WriteString(tests(r))
	b.WriteString(unpublished(r))
	b.WriteString(install(r, repository, run))
	if before != nil && now != nil {
		b.WriteString(difference(*before, *now))
	}
	if len(r.Verified) > 0 {
		b.WriteString("\n<details><summary>Verified in clean systems</summary>\n\n" + verify.Markdown(r.Verified) + "\n</details>\n")
	}
	b.WriteString(vulnerable(r))
	b.WriteString(times(r))
	b.WriteString(space(r))
	return b.String()
}

// unpublished says which targets lack which files, and why.
func unpublished(r pipeline.Result) string {
	if len(r.Unpublished) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n#### Not published everywhere\n\n| target | lacks | because |\n| --- | --- | --- |\n")
	for _, u := range r.Unpublished {
		var files []string
		for _, f := range u.Files {
			files = append(files, code(f))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(u.Target), strings.Join(files, ", "), code(u.Error))
	}
	return b.String()
}

// install is one command that installs this very build.
func install(r pipeline.Result, repository, run string) string {
	var b strings.Builder
	for _, p := range r.Packages {
		get := ""
		for _, receipt := range r.Published {
			kind, rest, _ := strings.Cut(receipt.Target, ":")
			switch {
			case receipt.Artifact != p.Name:
			case kind == "release":
				get = "curl -fLO " + receipt.URL
				p.Name = receipt.URL[strings.LastIndexByte(receipt.URL, '/')+1:]
			case kind == "workflow" && get == "" && run != "":
				get = fmt.Sprintf("gh run download %s --repo %s --name %s", filepath.Base(run), repository, rest)
			}
		}
		tool := map[string]string{"deb": "apt-get install", "rpm": "dnf install"}[p.Format]
		if get != "" && tool != "" {
			fmt.Fprintf(&b, "%s && sudo %s ./%s\n", get, tool, p.Name)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\nInstall this build:\n\n```sh\n" + b.String() + "```\n"
}

// difference is what installing this build in place of the last release changes.
func difference(before previous, now debfile.File) string {
	d := debfile.Compare(before.file, now)
	var b strings.Builder
	fmt.Fprintf(&b, "\n#### On a server with %s\n\n", code(before.tag))
	fmt.Fprintf(&b, "The package goes from %s to %s.\n", code(before.file.Version), code(now.Version))
	if len(d.Distributions)+len(d.Depends)+len(d.Units) == 0 {
		b.WriteString("The same distributions, dependencies and units.\n")
	} else {
		b.WriteString("\n| what | from | to |\n| --- | --- | --- |\n")
		for _, kind := range []struct {
			name string
			list []debfile.Change
		}{{"", d.Distributions}, {"depends on ", d.Depends}, {"unit ", d.Units}} {
			for _, c := range kind.list {
				from, to := c.From, c.To
				if kind.name != "" {
					from, to = strings.ReplaceAll(from, c.Name, "yes"), strings.ReplaceAll(to, c.Name, "yes")
				}
				fmt.Fprintf(&b, "| %s%s | %s | %s |\n", kind.name, code(c.Name), or(from, "–"), or(to, "–"))
			}
		}
	}
	sign := "more"
	if d.Size < 0 {
		sign, d.Size = "less", -d.Size
	}
	fmt.Fprintf(&b, "\nIt takes %s %s.\n", bytes(d.Size), sign)
	return b.String()
}

func times(r pipeline.Result) string {
	var b strings.Builder
	b.WriteString("\n<details><summary>Times</summary>\n\n| stage | time |\n| --- | ---: |\n")
	for _, s := range r.Stages {
		fmt.Fprintf(&b, "| %s | %.1f s |\n", s.Name, s.Seconds)
	}
	for _, s := range r.Steps {
		note := ""
		if s.Cached {
			note = " (from the cache)"
		} else if s.Attempts > 1 {
			note = fmt.Sprintf(" (%d attempts)", s.Attempts)
		}
		fmt.Fprintf(&b, "| %s: %s | %.1f s%s |\n", s.Step.Name, code(s.Step.Command), s.Seconds, note)
	}
	b.WriteString("\n</details>\n")
	return b.String()
}

// space is a chart of the largest distributions, and the list of all.
func space(r pipeline.Result) string {
	const most = 8
	list := slices.Clone(r.Distributions)
	slices.SortStableFunc(list, func(a, b venv.Distribution) int { return cmp.Compare(b.Size, a.Size) })
	var b strings.Builder
	b.WriteString("\n<details><summary>What takes the space</summary>\n\n```mermaid\npie title Bytes on the server\n")
	rest := r.InstalledSize
	for _, d := range list[:min(most, len(list))] {
		if d.Size > 0 {
			fmt.Fprintf(&b, "  %q : %d\n", plainText(d.Name), d.Size)
			rest -= d.Size
		}
	}
	if rest > 0 {
		fmt.Fprintf(&b, "  \"everything else\" : %d\n", rest)
	}
	b.WriteString("```\n\n| distribution | version | size |\n| --- | --- | ---: |\n")
	for _, d := range list {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(d.Name), code(d.Version), bytes(d.Size))
	}
	b.WriteString("\n</details>\n")
	return b.String()
}

// code writes text that comes from the project as Markdown code in a table.
func code(s string) string {
	return "`" + strings.NewReplacer("`", "'", "|", "\\|", "\n", " ", "\r", " ").Replace(s) + "`"
}

// plainText keeps what cannot end a label of the chart.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune("\"`\\;", r) {
			return -1
		}
		return r
	}, s)
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return code(s)
}
