package interpreter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/pep440"
)

// Causes of errors for which there is a hint.
var (
	ErrNone         = errors.New("no interpreter")                      // none was found at all
	ErrNotPackaged  = errors.New("no package brings it to the servers") // and there is to be no bundle of it
	ErrSystemBundle = errors.New("a bundle of the system's own interpreter")
)

// Finder says where to look for interpreters.
type Finder struct {
	Run *command.Runner // required
	Bin string          // required: where the interpreters are that packages bring: /usr/bin

	// For a bundle, any interpreter will do:
	Path   string   // PATH, as the user has it
	Places []string // globs of prefixes; see Places
	UV     *UV      // nil: those of uv are not looked for, and none is fetched
}

// Places are the prefixes where interpreters that no package brings usually
// are: pyenv's, GitHub's tool cache, and what was installed by hand.
func Places(home, toolCache string) []string {
	if toolCache == "" {
		toolCache = "/opt/hostedtoolcache"
	}
	return []string{filepath.Join(home, ".pyenv/versions/*"), filepath.Join(toolCache, "Python/*/*"), "/usr/local"}
}

// wantedVersion is a minor version or one with its patch level.
var wantedVersion = regexp.MustCompile(`^(3\.[0-9]+)(\.[0-9]+)?$`)

// Find resolves what is wanted to an interpreter that the requires-python given
// allows: "system"; an absolute path of an interpreter or of its prefix; or a
// version, "3.12" or "3.12.1". Without a bundle only those will do that a
// package brings to the servers, too; for one, those are of no use.
func (f Finder) Find(ctx context.Context, wanted, requires string, bundle bool) (Interpreter, error) {
	allowed, err := pep440.ParseSpecifiers(requires)
	if err != nil {
		return Interpreter{}, fmt.Errorf("requires-python %q: %w", requires, err)
	}
	version := wantedVersion.FindStringSubmatch(wanted)
	switch {
	case wanted == "system" && bundle:
		return Interpreter{}, fmt.Errorf("python %q: %w: want a version such as 3.12, or the path of another one", wanted, ErrSystemBundle)
	case wanted == "system":
		found := versions(f.Bin)
		if found == nil {
			return Interpreter{}, fmt.Errorf("find python: %w in %s: want python3, as the package python3 brings it", ErrNone, f.Bin)
		}
		return f.first(ctx, wanted, requires, allowed, found)
	case filepath.IsAbs(wanted):
		py, err := Ask(ctx, f.Run, wanted)
		if err != nil {
			return Interpreter{}, f.explain(err)
		}
		py.Packaged = f.packaged(py)
		if err := f.suits(py, wanted, bundle); err != nil {
			return Interpreter{}, err
		}
		return py, require(wanted, requires, allowed, py)
	case version == nil:
		return Interpreter{}, fmt.Errorf("python %q: want system, a version such as 3.12, or an absolute path", wanted)
	case bundle:
		return f.search(ctx, wanted, version[1], requires, allowed)
	}
	py, err := f.first(ctx, wanted, requires, allowed, []string{filepath.Join(f.Bin, "python"+version[1])})
	if err == nil && version[2] != "" && py.Version != wanted {
		err = fmt.Errorf("python %q: %s is %s: want python %s, or the input python-bundle", wanted, py.Path, py.Version, version[1])
	}
	return py, err
}

// first is the first of the packaged interpreters that is allowed.
func (f Finder) first(ctx context.Context, wanted, requires string, allowed pep440.Specifiers, paths []string) (Interpreter, error) {
	var found []Interpreter
	for _, path := range paths {
		py, err := Ask(ctx, f.Run, path)
		if err != nil {
			return Interpreter{}, f.explain(err)
		}
		py.Packaged = true
		found = append(found, py)
		if require(wanted, requires, allowed, py) == nil {
			return py, nil
		}
	}
	return Interpreter{}, require(wanted, requires, allowed, found...)
}

// search looks for a version where interpreters that no package brings are, and
// has uv fetch it where it is nowhere.
func (f Finder) search(ctx context.Context, wanted, minor, requires string, allowed pep440.Specifiers) (Interpreter, error) {
	var tried []string
	for _, look := range f.sources(wanted, minor) {
		paths, err := look(ctx)
		if err != nil {
			return Interpreter{}, fmt.Errorf("python %q: %w", wanted, err)
		}
		var fit []Interpreter
		for _, path := range paths {
			py, err := Ask(ctx, f.Run, path)
			if ctx.Err() != nil {
				return Interpreter{}, err
			}
			if err == nil && py.Version != wanted && minor != wanted {
				err = fmt.Errorf("python %q: is %s", path, py.Version)
			}
			if err == nil && f.packaged(py) {
				err = fmt.Errorf("python %q: %w", path, ErrSystemBundle)
			}
			if err == nil {
				err = require(path, requires, allowed, py)
			}
			if err != nil {
				tried = append(tried, err.Error())
				continue
			}
			fit = append(fit, py)
		}
		if fit != nil {
			return slices.MaxFunc(fit, newer), nil
		}
	}
	if tried == nil {
		tried = []string{"nothing of this name on PATH, nor in " + strings.Join(f.Places, ", ")}
	}
	return Interpreter{}, fmt.Errorf("python %q: %w for a bundle: %s: want the path of one", wanted, ErrNone, strings.Join(tried, "; "))
}

func newer(a, b Interpreter) int {
	v, _ := pep440.Parse(a.Version) // required before
	w, _ := pep440.Parse(b.Version)
	return v.Compare(w)
}

// sources are functions that list interpreters of a version, best first.
func (f Finder) sources(wanted, minor string) []func(context.Context) ([]string, error) {
	var list []func(context.Context) ([]string, error)
	glob := func(prefix string) func(context.Context) ([]string, error) {
		return func(context.Context) ([]string, error) {
			return filepath.Glob(filepath.Join(prefix, "python"+minor))
		}
	}
	for _, dir := range filepath.SplitList(f.Path) {
		if filepath.IsAbs(dir) {
			list = append(list, glob(dir))
		}
	}
	for _, prefix := range f.Places {
		list = append(list, glob(filepath.Join(prefix, "bin")))
	}
	if f.UV != nil {
		list = append(list,
			func(ctx context.Context) ([]string, error) { return f.UV.find(ctx, f.Run, wanted) },
			func(ctx context.Context) ([]string, error) { return f.UV.install(ctx, f.Run, wanted) })
	}
	return list
}

// require is nil when the project allows the first of the interpreters.
func require(wanted, requires string, allowed pep440.Specifiers, found ...Interpreter) error {
	var refused []string
	for _, py := range found {
		v, err := pep440.Parse(py.Version)
		if err != nil {
			return fmt.Errorf("python %q: %w", py.Path, err)
		}
		if allowed.Match(v) {
			return nil
		}
		refused = append(refused, py.Path+" is "+py.Version)
	}
	return fmt.Errorf("python %q: %s: the project requires %s", wanted, strings.Join(refused, ", "), requires)
}

// suits tells whether an interpreter that was named can be used.
func (f Finder) suits(py Interpreter, wanted string, bundle bool) error {
	switch {
	case bundle && py.Packaged:
		return fmt.Errorf("python %q: %w: want a version such as 3.12, or the path of another one", wanted, ErrSystemBundle)
	case !bundle && !py.Packaged:
		return fmt.Errorf("python %q: %w: want an interpreter such as %s/python3.11 (%s), or the input python-bundle", wanted, ErrNotPackaged, f.Bin, f.have())
	}
	return nil
}

func (f Finder) packaged(py Interpreter) bool { return filepath.Dir(py.Path) == f.Bin }

// explain adds what there is to the error about an interpreter that is not.
func (f Finder) explain(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: have %s: want one of them, or this one installed", err, f.have())
	}
	return err
}

func (f Finder) have() string {
	if found := versions(f.Bin); found != nil {
		return strings.Join(found, ", ") + " there"
	}
	return "none there"
}

// versions lists the versioned interpreters of a directory: the one that python3
// is first, then the others, newest first.
func versions(bin string) []string {
	var list []string
	if names, err := filepath.Glob(filepath.Join(bin, "python3.*")); err == nil {
		for _, n := range names {
			if versioned.MatchString(filepath.Base(n)) {
				list = append(list, n)
			}
		}
	}
	minor := func(name string) int {
		n, _ := strconv.Atoi(filepath.Base(name)[len("python3."):])
		return n
	}
	usual, _ := filepath.EvalSymlinks(filepath.Join(bin, "python3"))
	slices.SortFunc(list, func(a, b string) int {
		if (a == usual) != (b == usual) {
			if a == usual {
				return -1
			}
			return 1
		}
		return minor(b) - minor(a)
	})
	return list
}
