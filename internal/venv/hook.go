package venv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
)

// frontend builds wheels (PEP 517): of the project, of what else is in its
// repository, of source distributions. Each is built in a virtualenv of its own
// with the build's requirements. The installer fills that, and knows indexes and
// credentials; the backend's hooks run in processes that know neither.
type frontend struct {
	b     Builder
	inst  installer
	pl    plan.Plan
	rules []lock.Requirement // of the user's build constraints
	dir   string             // where it builds
	built []Built
}

// Built is a distribution that was built here.
type Built struct {
	Name         string             `json:"name"`
	Version      string             `json:"version"`
	From         string             `json:"from"` // the source distribution's file, or a folder of the repository
	Backend      string             `json:"backend"`
	Requirements []BuildRequirement `json:"requirements"` // what its build virtualenv held
}

// BuildRequirement is a distribution that took part in building another one.
type BuildRequirement struct {
	Name        string `json:"name"` // normalised
	Version     string `json:"version"`
	Constrained bool   `json:"constrained"` // something says which version it is to be
}

// work is one wheel to be built.
type work struct {
	name, version string // version "": only the wheel knows
	from          string // for people
	dir           string // its own; the tree to build is in source
	sub           string // folder of the tree that the project is in
}

func (w work) source() string { return filepath.Join(w.dir, "source") }

// frontend reads the user's build constraints. A name tells the directory that it
// builds in, in the scratch directory.
func (b Builder) frontend(inst installer, pl plan.Plan, name string) (*frontend, error) {
	f := &frontend{b: b, inst: inst, pl: pl, dir: filepath.Join(b.Scratch, name)}
	if err := os.Mkdir(f.dir, 0o755); err != nil {
		return f, err
	}
	if len(pl.BuildConstraints) == 0 {
		return f, nil
	}
	source, err := project.Open(pl.Source)
	if err != nil {
		return f, err
	}
	f.rules, err = readConstraints(source, pl.BuildConstraints)
	return f, err
}

// workIn makes the directory of a build, which has that name each time.
func (f *frontend) workIn(name string) (work, error) {
	w := work{dir: filepath.Join(f.dir, name)}
	return w, os.Mkdir(w.dir, 0o755)
}

// build builds the wheel and returns its path. A failure of the backend, or of
// what it needs, is a *BuildError.
func (f *frontend) build(ctx context.Context, w work) (string, error) {
	wheel, built, err := f.try(ctx, w)
	if err == nil {
		f.built = append(f.built, built)
		f.b.say("built " + filepath.Base(wheel))
		return wheel, nil
	}
	failed := &BuildError{Name: w.name, Version: w.version, From: w.from, Err: err}
	var program *command.Error
	if errors.As(err, &program) {
		failed.Tail = program.Tail
	}
	return "", failed
}

func (f *frontend) try(ctx context.Context, w work) (string, Built, error) {
	built := Built{Name: w.name, Version: w.version, From: w.from}
	dir := filepath.Join(w.source(), w.sub)
	system, err := readBuildSystem(dir)
	if err != nil {
		return "", built, err
	}
	built.Backend = system.Backend
	out, env := filepath.Join(w.dir, "wheel"), Env{Dir: filepath.Join(w.dir, "venv"), Python: f.pl.Python}
	for _, d := range []string{out, env.Dir} {
		if err := os.Mkdir(d, 0o755); err != nil {
			return "", built, err
		}
	}
	if err := f.b.Run.Own(w.source(), out, env.Dir); err != nil {
		return "", built, err
	}
	if err := f.b.makeVirtualenv(ctx, f.pl.Python.Path, env.Dir); err != nil {
		return "", built, err
	}
	wanted := system.Requires
	if err := f.require(ctx, w, env, wanted, "requirements.txt"); err != nil {
		return "", built, err
	}
	var more []string
	if err := f.hook(ctx, w, env, system, "get_requires_for_build_wheel", &more, nil); err != nil {
		return "", built, err
	}
	if wanted = append(wanted, more...); len(more) > 0 {
		if err := f.require(ctx, w, env, wanted, "requirements-wheel.txt"); err != nil {
			return "", built, err
		}
	}
	if built.Requirements, err = f.requirements(env, wanted); err != nil {
		return "", built, err
	}
	var name string
	if err := f.hook(ctx, w, env, system, "build_wheel", &name, out); err != nil {
		return "", built, err
	}
	return f.take(out, name, built)
}

// take finds the wheel that a backend says it made. It must be a file: the
// backend's code could have left a link to what only we can read.
func (f *frontend) take(out, name string, built Built) (string, Built, error) {
	wheel := filepath.Join(out, name)
	info, err := os.Lstat(wheel)
	if filepath.Base(name) != name || !strings.HasSuffix(name, ".whl") || err != nil || !info.Mode().IsRegular() {
		return "", built, fmt.Errorf("the backend says it made %q: want the name of a wheel in the directory it was given", name)
	}
	p, err := project.ReadWheel(wheel)
	if err != nil {
		return "", built, err
	}
	if built.Name != "" && project.NormalizeName(p.Name) != built.Name || built.Version != "" && !sameVersion(built.Version, p.Version) {
		return "", built, fmt.Errorf("the backend made %q %s: want %q %s", p.Name, p.Version, built.Name, built.Version)
	}
	built.Name, built.Version = project.NormalizeName(p.Name), p.Version
	return wheel, built, nil
}

// hookScript calls one hook of a backend (PEP 517) and prints what it returns as
// JSON, on what was standard output; whatever else is printed goes to standard
// error. Arguments: hook, backend, argument of the hook in JSON, backend path.
// It runs on Python 3.6 and later.
const hookScript = `import importlib, json, os, sys
result = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
hook, backend, argument, path = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), [os.path.abspath(p) for p in sys.argv[4:]]
sys.argv[1:] = []
sys.path[0:1] = path
module, _, attributes = backend.partition(":")
made = importlib.import_module(module)
if path and not any(os.path.realpath(made.__file__).startswith(os.path.realpath(p) + os.sep) for p in path):
    raise ImportError("the backend %r was found in %r: want it in backend-path" % (module, made.__file__))
for name in filter(None, attributes.split(".")):
    made = getattr(made, name)
call = getattr(made, hook, None)
if call is None and hook != "build_wheel":
    said = []
else:
    said = call(argument, {}) if hook == "build_wheel" else call({})
json.dump(said, result)
result.close()
`

// hook runs a hook of the backend in the source tree.
func (f *frontend) hook(ctx context.Context, w work, env Env, s buildSystem, hook string, result, argument any) error {
	script, err := f.b.write("hook.py", hookScript)
	if err != nil {
		return err
	}
	text, err := json.Marshal(argument)
	if err != nil {
		return err
	}
	out, err := f.b.Run.Output(ctx, command.Program{
		Name: env.python(), Args: append([]string{"-s", script, hook, s.Backend, string(text)}, s.BackendPath...),
		Dir: filepath.Join(w.source(), w.sub), Env: f.environ(w, env), Output: f.b.Output,
	})
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(out), result); err != nil {
		return fmt.Errorf("read what %s of %q returned: %w", hook, s.Backend, err)
	}
	return nil
}

// environ is what a backend sees besides the Runner's environment. Debug
// information names the directory in which a compiler ran, which is another one
// each time.
func (f *frontend) environ(w work, env Env) []string {
	path, _ := command.Lookup(f.b.Run.Env, "PATH")
	flags := "-g0 " + command.Quote("-ffile-prefix-map="+w.source()+"=.") + " " + command.Quote("-ffile-prefix-map="+f.b.Scratch+"=.")
	return []string{
		"PATH=" + env.Bin() + ":" + path,
		"TMPDIR=" + filepath.Join(f.b.Scratch, "tmp"),
		fmt.Sprintf("SOURCE_DATE_EPOCH=%d", f.pl.Time.Unix()),
		"CFLAGS=" + flags, "CXXFLAGS=" + flags,
	}
}

// require installs requirements into a build virtualenv, the ones that an owner's
// row gives to another index from there, without their dependencies, then the
// rest from the default index.
func (f *frontend) require(ctx context.Context, w work, env Env, list []string, name string) error {
	if len(list) == 0 {
		return nil
	}
	parts, err := f.byIndex(list)
	if err != nil {
		return err
	}
	for n, p := range parts {
		file, limits := filepath.Join(w.dir, fmt.Sprintf("%d-%s", n, name)), filepath.Join(w.dir, fmt.Sprintf("%d-constraints-%s", n, name))
		err := errors.Join(
			os.WriteFile(file, []byte(strings.Join(p.list, "\n")+"\n"), 0o644),
			os.WriteFile(limits, []byte(f.constraints(list).Render()), 0o644),
		)
		if err != nil {
			return err
		}
		c := call{python: env.python(), dir: w.dir, file: file, constraints: limits, index: p.index, deps: p.index == f.inst.net.config.Default}
		err = f.inst.run(ctx, c)
		if err != nil && ctx.Err() == nil && !f.inst.net.access.HasLogin(p.index) && !errors.Is(err, index.ErrUntrusted) {
			// One of them may have no wheel. Its code then runs where the
			// installer does, which is none of its business if there is a secret.
			f.b.say("build requirements of " + w.from + ": not all have wheels, or cannot be had: once more, built where need be")
			c.build = true
			err = f.inst.run(ctx, c)
		}
		if err != nil {
			return fmt.Errorf("install build requirements %q: %w", p.list, err)
		}
	}
	return nil
}
