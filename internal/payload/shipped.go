package payload

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/license"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
	"github.com/pinpack/pinpack/internal/venv"
)

// shipped is a distribution with all that it says of itself.
type shipped struct {
	venv.Distribution
	said    project.Installed
	license license.License
	name    string   // normalised
	info    string   // its .dist-info directory on the servers
	files   []string // on the servers, as its RECORD lists them
}

// shippedDistributions reads what is installed, sorted by normalised name.
func shippedDistributions(pl plan.Plan, env venv.Env) ([]shipped, error) {
	list, err := env.Distributions()
	if err != nil {
		return nil, err
	}
	site, err := filepath.Rel(env.Dir, env.Site())
	if err != nil {
		return nil, err
	}
	at := path.Join(pl.Prefix, filepath.ToSlash(site))
	var all []shipped
	for _, d := range list {
		s := shipped{Distribution: d, name: project.NormalizeName(d.Name), info: path.Join(at, filepath.Base(d.Info))}
		if s.said, err = project.ReadInstalled(os.DirFS(d.Info)); err != nil {
			return nil, fmt.Errorf("distribution %q: %w", d.Name, err)
		}
		names, err := d.Files()
		if errors.Is(err, fs.ErrNotExist) { // what the virtualenv was compared for before
			names, err = []string{filepath.Base(d.Info) + "/METADATA"}, nil
		}
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			s.files = append(s.files, path.Join(at, name))
		}
		s.license = license.Find(license.Metadata{
			Expression: s.said.Expression, License: s.said.LicenseWords, Classifiers: s.said.Classifiers, Texts: s.texts(),
		})
		all = append(all, s)
	}
	return all, nil
}

// LicenseError is a distribution whose licence may not be shipped.
type LicenseError struct {
	Name, Version string
	Err           error
}

func (e *LicenseError) Error() string {
	return fmt.Sprintf("licence of distribution %q %s: %v", e.Name, e.Version, e.Err)
}

// checkLicences holds the distributions that are not the project's own against what the
// plan allows.
func checkLicences(pl plan.Plan, env venv.Env, list []shipped) error {
	var errs []error
	for _, d := range list {
		local := slices.ContainsFunc(pl.Lock.Locals, func(l lock.Local) bool { return l.Name == d.name })
		if d.own(env) || local || slices.Contains(pl.LicensesExcept, d.name) {
			continue
		}
		if err := pl.Licenses.Check(d.license); err != nil {
			errs = append(errs, &LicenseError{d.Name, d.Version, err})
		}
	}
	return errors.Join(errs...)
}

// texts are its licence files, in the order of their names.
func (s shipped) texts() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(s.said.Texts)) {
		list = append(list, s.said.Texts[name])
	}
	return list
}

// own tells whether it is the project's own distribution.
func (s shipped) own(env venv.Env) bool { return s.name == project.NormalizeName(env.Wheel.Name) }

// holders finds whose copyright licence texts name, each once.
func holders(texts []string) []string {
	var found []string
	for _, text := range texts {
		for line := range strings.Lines(text) {
			if who, ok := notice(line); ok && !slices.Contains(found, who) {
				found = append(found, who)
			}
		}
	}
	return found
}

// notice reads a line that says whose copyright something is, and since when.
func notice(line string) (who string, ok bool) {
	line = strings.Trim(strings.Join(strings.Fields(line), " "), "#*/ ")
	rest, ok := strings.CutPrefix(line, "Copyright")
	for _, sign := range []string{"(c)", "(C)", "©"} {
		head, tail, found := strings.Cut(rest, sign)
		if found && len(head) < 20 {
			rest, ok = strings.TrimSpace(head)+" "+strings.TrimSpace(tail), true
		}
	}
	rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest), ":"))
	return rest, ok && strings.ContainsAny(rest, "0123456789") && len(rest) < 200
}

// grafted is the hash that auditwheel puts into a library's name.
var grafted = regexp.MustCompile(`-[0-9a-f]{8}(\.|$)`)

// library tells whether a file is a shared library that a wheel brings, as auditwheel
// puts them into NAME.libs: no extension module. The name is without the hash that
// auditwheel adds.
func library(file string) (name string, ok bool) {
	base := path.Base(file)
	stem, rest, ok := strings.Cut(base, ".so")
	if !ok || !strings.HasPrefix(base, "lib") || rest != "" && !strings.HasPrefix(rest, ".") || strings.Contains(stem, ".cpython-") || strings.Contains(stem, ".abi3") {
		return "", false
	}
	stem = grafted.ReplaceAllString(stem, "$1")
	return stem + ".so" + rest, true
}
