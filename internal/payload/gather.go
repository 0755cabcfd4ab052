package payload

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/audit"
	"github.com/pinpack/pinpack/internal/elfdeps"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
	"github.com/pinpack/pinpack/internal/secret"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
)

// Private is what no file of the payload may hold of the machine that built it.
type Private struct {
	Paths   []string // directories
	Secrets []secret.Secret
}

// Gather makes the tree, finds out what it needs of the system, and audits it.
func Gather(pl plan.Plan, env venv.Env, private Private) (tree.Tree, BuildInfo, error) {
	info, err := describe(pl, env)
	if err != nil {
		return nil, info, err
	}
	env1, err := tree.FromDir(env.Dir, pl.Prefix)
	if err != nil {
		return nil, info, err
	}
	links, err := commands(pl, env)
	if err != nil {
		return nil, info, err
	}
	files, err := extra(pl)
	if err != nil {
		return nil, info, err
	}
	services, err := serviceFiles(pl, env, files)
	if err != nil {
		return nil, info, err
	}
	shipped, err := tree.Join(env1, links, files, services, parents(pl))
	if err != nil {
		return nil, info, err
	}
	if err := info.findLibraries(pl, shipped); err != nil {
		return nil, info, err
	}
	list, err := shippedDistributions(pl, env)
	if err == nil {
		err = checkLicences(pl, env, list)
	}
	if err != nil {
		return nil, info, err
	}
	docs, err := documents(pl, env, &info, list)
	if err != nil {
		return nil, info, err
	}
	t, err := tree.Join(shipped, docs)
	if err != nil {
		return nil, info, err
	}
	markLicences(t, list)
	public, err := publicFiles(pl, env)
	if err != nil {
		return nil, info, err
	}
	return t, info, audit.Check(t, audit.Rules{
		Paths: private.Paths, Secrets: private.Secrets, Public: public,
		Prefix: pl.Prefix, Links: []string{pl.Python.Target}, Allow: pl.AuditAllow,
	})
}

// markLicences has RPM know the licences that distributions keep in their metadata.
func markLicences(t tree.Tree, list []shipped) {
	licences := map[string]bool{}
	for _, d := range list {
		for name := range d.said.Texts {
			licences[path.Join(d.info, name)] = true
		}
	}
	for i, e := range t {
		t[i].License = e.License || licences[e.Path] && e.Kind == tree.File
	}
}

// findLibraries reads what the native files load that the package does not bring.
func (info *BuildInfo) findLibraries(pl plan.Plan, t tree.Tree) error {
	report, err := elfdeps.Scan(t)
	if err != nil {
		return err
	}
	known := elfdeps.LibDeps{}
	for _, l := range pl.LibraryPackages {
		known[l.Soname] = l.Package
	}
	info.Glibc, info.arch = report.Floor, report.Arch
	info.Depends = map[string][]string{}
	var errs []error
	for _, p := range pl.Packages {
		var found []string
		if p.Format == "rpm" {
			found = report.RPM(known)
		} else {
			found, err = report.Deb(elfdeps.System{Release: pl.System, Arch: runtime.GOARCH, Root: os.DirFS("/")}, known)
			errs = append(errs, err)
		}
		info.Depends[p.Format] = merge(p.Depends, found)
	}
	return errors.Join(errs...)
}

// merge adds what was found to what was said. A package that was said without a
// version, and found with one, is there once.
func merge(said, found []string) []string {
	var list []string
	for _, s := range said {
		again := slices.ContainsFunc(found, func(f string) bool { return f == s || strings.HasPrefix(f, s+" (") })
		if !again {
			list = append(list, s)
		}
	}
	return append(list, found...)
}

// publicFiles lists the files, as installed, that everyone gets who installs the
// same: those of locked distributions, as far as hashes say so and they were not
// built here.
func publicFiles(pl plan.Plan, env venv.Env) (map[string]bool, error) {
	hashed := map[string]bool{}
	for _, r := range pl.Lock.Requirements {
		hashed[r.Name] = len(r.Hashes) > 0
	}
	for _, b := range env.Built {
		hashed[project.NormalizeName(b.Name)] = false
	}
	list, err := env.Distributions()
	if err != nil {
		return nil, err
	}
	files := map[string]bool{}
	for _, d := range list {
		if !hashed[project.NormalizeName(d.Name)] {
			continue
		}
		names, err := d.Files()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if rel, err := filepath.Rel(env.Dir, filepath.Join(env.Site(), name)); err == nil {
				add(files, path.Join(pl.Prefix, filepath.ToSlash(rel)))
			}
		}
	}
	return files, nil
}

// add adds a file, and what is compiled from it.
func add(files map[string]bool, name string) {
	files[name] = true
	if module, ok := strings.CutSuffix(name, ".py"); ok {
		for _, minor := range compiledFor(name) {
			files[path.Join(path.Dir(name), "__pycache__", path.Base(module)+".cpython-"+minor+".pyc")] = true
		}
	}
}

// compiledFor is the tag of the interpreter in whose site-packages a file is.
func compiledFor(name string) []string {
	_, rest, ok := strings.Cut(name, "/lib/python")
	if !ok {
		return nil
	}
	minor, _, _ := strings.Cut(rest, "/")
	return []string{strings.ReplaceAll(minor, ".", "")}
}
