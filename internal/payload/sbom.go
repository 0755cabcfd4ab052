package payload

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/package-url/packageurl-go"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/sbom"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
)

// tools are what took part in the build and is not in the package.
func tools(pl plan.Plan, env venv.Env) []sbom.Component {
	var list []sbom.Component
	add := func(c sbom.Component) {
		c.ID = "build:" + c.Name + "==" + c.Version
		if !slices.ContainsFunc(list, func(l sbom.Component) bool { return l.ID == c.ID }) {
			list = append(list, c)
		}
	}
	for _, b := range env.Built {
		for _, r := range b.Requirements {
			purl := packageurl.NewPackageURL(packageurl.TypePyPi, "", r.Name, r.Version, nil, "").ToString()
			add(sbom.Component{Kind: sbom.Library, Name: r.Name, Version: r.Version, PURL: purl})
		}
	}
	for _, p := range env.Packages {
		add(sbom.Component{Kind: sbom.Library, Name: p.Name, Version: p.Version, PURL: systemPURL(family(pl.System), pl.System, p.Name, p.Version)})
	}
	slices.SortFunc(list, func(a, b sbom.Component) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// family is the kind of packages that a system such as "debian:12" has.
func family(system string) string {
	id, _, _ := strings.Cut(system, ":")
	if id == "debian" || id == "ubuntu" {
		return "deb"
	}
	return "rpm"
}

// systemPURL is the package URL of a package of a system such as "debian:12".
func systemPURL(kind, system, name, version string) string {
	id, release, _ := strings.Cut(system, ":")
	if id != "" && family(system) != kind {
		id = ""
	}
	qualifiers := packageurl.Qualifiers{}
	if id != "" {
		qualifiers = append(qualifiers, packageurl.Qualifier{Key: "distro", Value: strings.TrimSuffix(id+"-"+release, "-")})
	}
	return packageurl.NewPackageURL(kind, id, name, version, qualifiers, "").ToString()
}

// forPackage completes the inventory with what the formats differ in: the package
// itself, and what it needs of the system.
func forPackage(pl plan.Plan, c sbom.Contents, pkg plan.Package, depends []string, arch string) sbom.Contents {
	c.Components = slices.Clone(c.Components)
	c.Package.Version = pkg.FullVersion(pl.Iteration)
	version, qualifiers := c.Package.Version, packageurl.Qualifiers{}
	if format, err := artifact.FormatFor(pkg.Format); err == nil && format.Arches[arch] != "" {
		qualifiers = append(qualifiers, packageurl.Qualifier{Key: "arch", Value: format.Arches[arch]})
	}
	if pkg.Format == "rpm" && pkg.Epoch != "" {
		version = strings.TrimPrefix(version, pkg.Epoch+":")
		qualifiers = append(qualifiers, packageurl.Qualifier{Key: "epoch", Value: pkg.Epoch})
	}
	c.Package.PURL = packageurl.NewPackageURL(pkg.Format, "", pl.Name, version, qualifiers, "").ToString()
	c.Package.DependsOn = slices.Clone(c.Package.DependsOn)
	for _, need := range needs(pkg.Format, pl.System, depends) {
		if need.Name == pl.Python.Dependency(pkg.Format) {
			i := slices.IndexFunc(c.Components, func(c sbom.Component) bool { return c.ID == pythonID })
			c.Components[i].PURL = need.PURL
			continue
		}
		c.Package.DependsOn = append(c.Package.DependsOn, need.ID)
		c.Components = append(c.Components, need)
	}
	return c
}

// needs are the dependencies of a package as components: packages by their package
// URLs, capabilities of an RPM by the library that has them.
func needs(format, system string, depends []string) []sbom.Component {
	var list []sbom.Component
	for _, d := range depends {
		first, _, _ := strings.Cut(d, "|")
		name := strings.FieldsFunc(first, func(r rune) bool { return strings.ContainsRune(" (<>=", r) })
		if len(name) == 0 {
			continue
		}
		id := format + ":" + name[0]
		if i := slices.IndexFunc(list, func(c sbom.Component) bool { return c.ID == id }); i >= 0 {
			list[i].Constraint += ", " + d
			continue
		}
		one := sbom.Component{ID: id, Kind: sbom.Library, Name: name[0], Constraint: d, External: true}
		if capability := format == "rpm" && (strings.Contains(name[0], ".so") || strings.HasPrefix(name[0], "rtld") || strings.HasPrefix(name[0], "/")); !capability {
			one.PURL = systemPURL(format, system, strings.TrimSuffix(name[0], ":any"), "")
		}
		list = append(list, one)
	}
	return list
}

// sboms are the documents that each package ships in its folder of documents.
func sboms(pl plan.Plan, info *BuildInfo, base sbom.Contents) ([]tree.Entry, error) {
	info.contents = map[string]sbom.Contents{}
	var list []tree.Entry
	for _, pkg := range pl.Packages {
		c := forPackage(pl, base, pkg, info.Depends[pkg.Format], info.arch)
		info.contents[pkg.Format] = c
		for _, f := range formats(pl) {
			text, err := f.Write(c)
			if err != nil {
				return nil, err
			}
			e := tree.Text(path.Join("/usr/share/doc", pl.Name, "sbom."+f.Ext), string(text))
			e.Only = pkg.Format
			list = append(list, e)
		}
	}
	return list, nil
}

func formats(pl plan.Plan) []sbom.Format {
	var list []sbom.Format
	for _, name := range pl.SBOM {
		if f, ok := sbom.Find(name); ok {
			list = append(list, f)
		}
	}
	return list
}

// Documents writes the SBOMs that go beside finished packages, in their directory:
// those in the packages, and the packages' own hashes.
func Documents(pl plan.Plan, info BuildInfo, packages []artifact.Artifact) ([]artifact.Artifact, error) {
	var list []artifact.Artifact
	for _, p := range artifact.Packages(packages) {
		c := info.contents[p.Format]
		c.Package.File, c.Package.Hashes = p.Name, []sbom.Hash{{Algorithm: "sha256", Value: p.SHA256}}
		for _, f := range formats(pl) {
			text, err := f.Write(c)
			if err != nil {
				return nil, err
			}
			a := artifact.Artifact{Name: p.Name + "." + f.Ext, Format: f.Name, Package: p.Package, Version: p.Version, Arch: p.Arch}
			a.Path = filepath.Join(filepath.Dir(p.Path), a.Name)
			if err := os.WriteFile(a.Path, text, 0o644); err != nil {
				return nil, fmt.Errorf("write SBOM: %w", err)
			}
			if a.SHA256, a.Size, err = artifact.Digest(a.Path); err != nil {
				return nil, err
			}
			list = append(list, a)
		}
	}
	return list, nil
}

// BesideExtensions are those of the files that Documents may write, without a dot.
func BesideExtensions() []string {
	var list []string
	for _, f := range sbom.Formats {
		list = append(list, f.Ext)
	}
	return list
}
