package inspect

import (
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	udiff "github.com/aymanbagabas/go-udiff"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/debfile"
)

// Difference is what installing one package in place of another changes. Packages of
// two formats are compared in what both formats say: see [Difference.Passed].
type Difference struct {
	From Which `json:"from"`
	To   Which `json:"to"`

	Metadata      []debfile.Change `json:"metadata"`      // by the field's name
	Interpreter   []debfile.Change `json:"interpreter"`   // and what it runs on
	Distributions []debfile.Change `json:"distributions"` // versions
	Relations     []debfile.Change `json:"relations"`     // "depends libpq5 (>= 13)"
	Units         []debfile.Change `json:"units"`         // that come or go
	Files         []FileChange     `json:"files"`
	Texts         []TextChange     `json:"texts"` // of scripts, units and configuration

	Size   int64    `json:"size"`             // bytes that it takes more
	Passed []string `json:"passed,omitempty"` // what was not compared, since each format has its own
}

// Which names one side of a comparison.
type Which struct {
	Format  string `json:"format"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Arch    string `json:"arch"`
}

// FileChange is a path that is another, or that only one package has.
type FileChange struct {
	Path string `json:"path"`
	From *File  `json:"from,omitempty"`
	To   *File  `json:"to,omitempty"`
}

// TextChange is the unified difference of a text.
type TextChange struct {
	Name string `json:"name"` // a path, or a script's name
	Diff string `json:"diff"`
}

// Same tells whether nothing differs that was compared.
func (d Difference) Same() bool {
	return len(d.Metadata)+len(d.Interpreter)+len(d.Distributions)+len(d.Relations)+len(d.Units)+len(d.Files)+len(d.Texts) == 0
}

// MarshalJSON writes an empty array where nothing differs: programs go over each.
func (d Difference) MarshalJSON() ([]byte, error) {
	type plain Difference
	for _, list := range []*[]debfile.Change{&d.Metadata, &d.Interpreter, &d.Distributions, &d.Relations, &d.Units} {
		if *list == nil {
			*list = []debfile.Change{}
		}
	}
	if d.Files == nil {
		d.Files = []FileChange{}
	}
	if d.Texts == nil {
		d.Texts = []TextChange{}
	}
	return json.Marshal(plain(d))
}

// Compare tells what changes from one package to another.
func Compare(a, b Package) Difference {
	d := Difference{From: which(a), To: which(b), Size: b.InstalledSize - a.InstalledSize}
	same := a.Format == b.Format
	d.Metadata = debfile.Changes(metadata(a, same), metadata(b, same))
	d.Interpreter = debfile.Changes(interpreter(a), interpreter(b))
	d.Distributions = debfile.Changes(versions(a), versions(b))
	d.Units = debfile.Changes(units(a), units(b))
	texts1, texts2 := maps.Clone(a.Texts), maps.Clone(b.Texts)
	if same {
		d.Relations = debfile.Changes(relations(a), relations(b))
		for name, text := range a.Scripts {
			texts1[name] = text
		}
		for name, text := range b.Scripts {
			texts2[name] = text
		}
	} else {
		d.Passed = []string{"dependencies", "maintainer scripts", "licence field", "Debian's changelog and lintian's overrides", "directories that belong to the system", "SBOMs"}
	}
	d.Files = files(a, b, same)
	d.Texts = texts(texts1, texts2)
	return d
}

func which(p Package) Which { return Which{p.Format, p.Name, p.Version, p.Arch} }

// metadata are the fields that both formats have, if the packages are of two.
func metadata(p Package, same bool) map[string]string {
	m := map[string]string{
		"name": p.Name, "summary": p.Summary, "description": strings.Join(strings.Fields(p.Description), " "), "maintainer": p.Maintainer,
		"homepage": p.Homepage, "section": p.Section, "prefix": p.Build.Prefix,
	}
	if same {
		m["version"], m["architecture"], m["license"] = p.Version, p.Arch, p.License
	} else {
		// Each format writes these in its own notation.
		m["version"], m["architecture"] = p.Build.Version+"-"+p.Build.Iteration, arch(p)
		if m["description"] == m["summary"] {
			m["description"] = ""
		}
	}
	maps.DeleteFunc(m, func(_, v string) bool { return v == "" })
	return m
}

// arch is the architecture as Go has it.
func arch(p Package) string {
	if f, err := artifact.FormatFor(p.Format); err == nil {
		for name, own := range f.Arches {
			if own == p.Arch {
				return name
			}
		}
	}
	return p.Arch
}

func interpreter(p Package) map[string]string {
	m := map[string]string{"python": p.Build.Python, "interpreter": p.Build.Interpreter, "glibc": p.Build.Glibc.Version, "bundled": ""}
	if p.Build.Bundle != nil {
		m["bundled"] = "yes"
	}
	maps.DeleteFunc(m, func(_, v string) bool { return v == "" })
	return m
}

func versions(p Package) map[string]string {
	m := map[string]string{}
	for _, d := range p.Distributions {
		m[d.Name] = d.Version
	}
	return m
}

func relations(p Package) map[string]string {
	m := map[string]string{}
	for kind, list := range p.Relations {
		for _, r := range list {
			if !itself(p, kind, r) {
				m[kind+" "+r] = "yes"
			}
		}
	}
	return m
}

// itself tells whether a package provides its own name, which changes with every
// version and says nothing.
func itself(p Package, kind, relation string) bool {
	name, _, _ := strings.Cut(relation, " ")
	name, _, _ = strings.Cut(name, "(")
	return kind == "provides" && name == p.Name
}

func units(p Package) map[string]string {
	m := map[string]string{}
	for _, f := range p.Files {
		if isUnit(f.Path) && f.Kind != "dir" {
			m[path.Base(f.Path)] = "yes"
		}
	}
	return m
}

// files compares what is at each path. The same file of another version of Python's
// metadata is a change like any.
func files(a, b Package, same bool) []FileChange {
	one, two := map[string]*File{}, map[string]*File{}
	fill := func(m map[string]*File, p Package) {
		for i := range p.Files {
			if f := &p.Files[i]; same || !formats(p, *f) {
				m[f.Path] = f
			}
		}
	}
	fill(one, a)
	fill(two, b)
	list := []FileChange{}
	for _, name := range slices.Sorted(maps.Keys(one)) {
		f, g := one[name], two[name]
		switch {
		case g == nil && !(f.Kind == "dir" && !same && f.Distribution == ""):
			list = append(list, FileChange{name, f, nil})
		case g != nil && !equal(*f, *g):
			list = append(list, FileChange{name, f, g})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(two)) {
		if one[name] == nil && !(two[name].Kind == "dir" && !same) {
			list = append(list, FileChange{name, nil, two[name]})
		}
	}
	slices.SortStableFunc(list, func(a, b FileChange) int { return strings.Compare(a.Path, b.Path) })
	return list
}

// formats tells whether a file is one that each format has in its own way, or alone.
func formats(p Package, f File) bool {
	return f.Path == "/usr/share/doc/"+p.Name+"/changelog.Debian.gz" || strings.HasPrefix(f.Path, "/usr/share/lintian/") || isSBOM(f.Path)
}

// equal compares all but which distribution has the file.
func equal(a, b File) bool {
	a.Distribution, b.Distribution = "", ""
	return a == b
}

// texts writes unified differences of what is in both, or in one.
func texts(a, b map[string]string) []TextChange {
	list := []TextChange{}
	names := maps.Clone(a)
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		old, new := a[name], b[name]
		if old == new {
			continue
		}
		from, to := "a/"+strings.TrimPrefix(name, "/"), "b/"+strings.TrimPrefix(name, "/")
		if _, ok := a[name]; !ok {
			from = "/dev/null"
		}
		if _, ok := b[name]; !ok {
			to = "/dev/null"
		}
		list = append(list, TextChange{name, udiff.Unified(from, to, old, new)})
	}
	return list
}
