package payload

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/pinpack/pinpack/internal/license"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
	"github.com/pinpack/pinpack/internal/sbom"
	"github.com/pinpack/pinpack/internal/venv"
)

// sbomLimit is how large an SBOM that a distribution brings may be, in bytes.
const sbomLimit = 16 << 20

const pythonID = "python"

// inventory is what is inside, whatever the format of the package: the virtualenv
// as it is.
func inventory(pl plan.Plan, env venv.Env, list []shipped) (sbom.Contents, error) {
	graph, err := env.Graph(pl)
	if err != nil {
		return sbom.Contents{}, err
	}
	ids := map[string]string{}
	wanted := map[string]bool{} // by another distribution
	for _, d := range list {
		ids[d.name] = d.name + "==" + d.Version
		for _, name := range graph[d.name] {
			wanted[name] = true
		}
	}
	root := sbom.Component{
		ID: "package", Kind: sbom.Application, Name: pl.Name, Summary: pl.Metadata.Summary, License: license.License{Expression: license.Expression(pl.Metadata.License)},
		DependsOn: []string{pythonID},
	}
	if root.License.Expression == "" {
		root.License.Said = pl.Metadata.License
	}
	if name, address, ok := strings.Cut(strings.TrimSuffix(pl.Metadata.Maintainer, ">"), " <"); ok {
		root.Authors = []sbom.Person{{Name: name, Email: address}}
	}
	if pl.Metadata.Homepage != "" {
		root.Links = []sbom.Link{{Kind: "homepage", URL: pl.Metadata.Homepage}}
	}
	c := sbom.Contents{Time: pl.Time, Builder: pl.Builder, Notes: notes(pl), Tools: tools(pl, env)}
	for _, d := range list {
		one := distribution(pl, env, d)
		one.ID = ids[d.name]
		for _, name := range graph[d.name] {
			one.DependsOn = append(one.DependsOn, ids[name])
		}
		if d.own(env) || !wanted[d.name] {
			root.DependsOn = append(root.DependsOn, one.ID)
		}
		inner, err := within(env, d, &one)
		if err != nil {
			return c, fmt.Errorf("distribution %q: %w", d.Name, err)
		}
		c.Components = append(append(c.Components, one), inner...)
	}
	c.Package = root
	c.Components = append(c.Components, python(pl, env)...)
	return c, nil
}

func notes(pl plan.Plan) []sbom.Property {
	list := []sbom.Property{{Name: "pinpack:prefix", Value: pl.Prefix}, {Name: "pinpack:python", Value: pl.Python.Version}}
	if pl.System != "" {
		list = append(list, sbom.Property{Name: "pinpack:system", Value: pl.System})
	}
	if pl.Commit != "" {
		list = append(list, sbom.Property{Name: "pinpack:commit", Value: pl.Commit})
	}
	for _, f := range pl.Lock.Files {
		list = append(list, sbom.Property{Name: "pinpack:lock", Value: f})
	}
	return list
}

// distribution is one of the virtualenv's, with what was locked of it.
func distribution(pl plan.Plan, env venv.Env, d shipped) sbom.Component {
	one := sbom.Component{
		Kind: sbom.Library, Name: d.Name, Version: d.Version, License: d.license, Summary: d.said.Summary, Path: d.info,
		Copyright: strings.Join(holders(d.texts()), "\n"), Links: pages(d.said.URLs),
	}
	people := append(slices.Clone(d.said.Authors), d.said.Maintainers...)
	for _, p := range people {
		if who := (sbom.Person{Name: p.Name, Email: p.Email}); !slices.Contains(one.Authors, who) {
			one.Authors = append(one.Authors, who)
		}
	}
	from := func(text string) {
		one.Properties = append(one.Properties, sbom.Property{Name: "pinpack:source", Value: text})
	}
	if d.own(env) {
		from("the project")
		return one
	}
	for _, l := range pl.Lock.Locals {
		if l.Name == d.name {
			from("the repository, " + l.Path)
			return one
		}
	}
	i := slices.IndexFunc(pl.Lock.Requirements, func(r lock.Requirement) bool { return r.Name == d.name })
	if i < 0 {
		from("not locked")
		return one
	}
	r := pl.Lock.Requirements[i]
	qualifiers := packageurl.Qualifiers{}
	source := sbom.Source{URL: public(r.URL)}
	switch {
	case r.URL != "":
		qualifiers = append(qualifiers, packageurl.Qualifier{Key: "download_url", Value: public(r.URL)})
	case r.Index != "" && !strings.HasPrefix(r.Index, "https://pypi.org/"):
		qualifiers = append(qualifiers, packageurl.Qualifier{Key: "repository_url", Value: public(r.Index)})
		source.URL = strings.TrimSuffix(public(r.Index), "/") + "/" + d.name + "/"
	default:
		source.URL = "https://pypi.org/simple/" + d.name + "/"
	}
	for _, h := range r.Hashes {
		algorithm, value, _ := strings.Cut(h, ":")
		source.Hashes = append(source.Hashes, sbom.Hash{Algorithm: algorithm, Value: value})
	}
	one.PURL = packageurl.NewPackageURL(packageurl.TypePyPi, "", d.name, d.Version, qualifiers, "").ToString()
	built := ""
	if i := slices.IndexFunc(env.Built, func(b venv.Built) bool { return project.NormalizeName(b.Name) == d.name }); i >= 0 {
		built = env.Built[i].From
		from("its source distribution, built here")
	}
	one.Downloads = []sbom.Source{narrow(source, r, d.said.Tags, built)}
	from(fmt.Sprintf("%s, line %d", r.File, r.Line))
	return one
}

// pages are the links under the labels that are well known
// (https://packaging.python.org/en/latest/specifications/well-known-project-urls/).
func pages(urls map[string]string) []sbom.Link {
	kinds := map[string]string{
		"homepage": "homepage", "source": "source", "repository": "source", "sourcecode": "source", "github": "source", "code": "source",
		"documentation": "documentation", "docs": "documentation", "issues": "issues", "bugs": "issues", "issue": "issues", "tracker": "issues",
		"issuetracker": "issues", "bugtracker": "issues", "changelog": "changelog", "changes": "changelog", "whatsnew": "changelog", "history": "changelog", "releasenotes": "changelog",
	}
	var list []sbom.Link
	for label, url := range urls {
		word := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				return r
			}
			return -1
		}, strings.ToLower(label))
		if kind, ok := kinds[word]; ok {
			list = append(list, sbom.Link{Kind: kind, URL: url})
		}
	}
	slices.SortFunc(list, func(a, b sbom.Link) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.URL, b.URL)) })
	return list
}

// within lists what a distribution brings besides itself: libraries that were
// copied into its wheel, and what SBOMs of its own (PEP 770) list.
func within(env venv.Env, d shipped, one *sbom.Component) ([]sbom.Component, error) {
	var list []sbom.Component
	site := env.Site()
	base := strings.TrimSuffix(d.info, "/"+filepath.Base(d.Info))
	for _, file := range d.files {
		name, ok := library(file)
		rel, inside := strings.CutPrefix(file, base+"/")
		if !ok || !inside {
			continue
		}
		sum, err := digest(filepath.Join(site, rel))
		if err != nil {
			return nil, err
		}
		list = append(list, sbom.Component{
			ID: one.ID + "/" + rel, Kind: sbom.Library, Name: name, In: one.ID, Path: file, Hashes: []sbom.Hash{{Algorithm: "sha256", Value: sum}},
		})
	}
	found, err := filepath.Glob(filepath.Join(d.Info, "sboms", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range found {
		text, err := readFile(file, sbomLimit)
		var more []sbom.Component
		if err == nil {
			more, err = sbom.Foreign(text, one.ID, fmt.Sprintf("%s#%d", one.ID, len(list)), d.name)
		}
		if err != nil { // it is theirs, and no reason not to ship
			one.Properties = append(one.Properties, sbom.Property{Name: "pinpack:unread-sbom", Value: filepath.Base(file) + ": " + err.Error()})
		}
		list = append(list, more...)
	}
	return list, nil
}

func readFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("larger than %d MiB", limit>>20)
	}
	return text, err
}

func digest(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// python is the interpreter: in the package with what it took along, or the system's.
func python(pl plan.Plan, env venv.Env) []sbom.Component {
	one := sbom.Component{
		ID: pythonID, Kind: sbom.Interpreter, Name: "python", Version: pl.Python.Version, License: license.License{Expression: "PSF-2.0"},
		Summary: "CPython", Path: pl.Python.Target, Links: []sbom.Link{{Kind: "homepage", URL: "https://www.python.org/"}},
	}
	if env.Bundle == nil {
		one.External, one.Name, one.Version = true, "python"+pl.Python.Minor, pl.Python.Minor
		one.Properties = []sbom.Property{{Name: "pinpack:built-with", Value: pl.Python.Version}}
		return []sbom.Component{one}
	}
	one.PURL = packageurl.NewPackageURL("generic", "", "python", pl.Python.Version, nil, "").ToString()
	one.CPE = "cpe:2.3:a:python:python:" + pl.Python.Version + ":*:*:*:*:*:*:*"
	list := []sbom.Component{one}
	for _, l := range env.Bundle.Libraries {
		lib := sbom.Component{
			ID: pythonID + "/" + l.Name, Kind: sbom.Library, Name: cmp.Or(l.Package, l.Soname), Version: l.Version, In: pythonID,
			Path: pl.Prefix + "/" + plan.BundleDir + "/lib/" + l.Name, Properties: []sbom.Property{{Name: "pinpack:soname", Value: l.Soname}},
		}
		if l.Package != "" {
			lib.PURL = systemPURL("deb", pl.System, l.Package, l.Version)
		}
		if sum, err := digest(filepath.Join(env.Dir, plan.BundleDir, "lib", l.Name)); err == nil {
			lib.Hashes = []sbom.Hash{{Algorithm: "sha256", Value: sum}}
		}
		list[0].DependsOn = append(list[0].DependsOn, lib.ID)
		list = append(list, lib)
	}
	return list
}
