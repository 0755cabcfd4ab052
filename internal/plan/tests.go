package plan

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/step"
)

// tests are the tests that a project has, where nobody says how to run them.
type tests struct {
	outside  []string // files that are in no package of the project
	packages []string // packages of the project with tests in them: "shop", "shop.tests"
	deeper   []string // where they are in packages whose folder stays, for other files in it: "shop.tests", also for shop/tests.py
	whole    []string // outermost folders of outside that are packages themselves
	unittest bool     // all of them do with the standard library
	manage   bool     // there is a manage.py
	django   bool     // some are called tests.py, as Django has them
}

func (t tests) any() bool { return len(t.outside)+len(t.packages) > 0 }

var testFile = regexp.MustCompile(`^(test_.*|.*_test|tests)\.py$`)

// mostFiles is how many entries of a project are looked at.
const mostFiles = 20000

// findTests looks for tests, if their command is to be found.
func findTests(source fs.FS, c config.Config) tests {
	var t tests
	if !c.Steps.Auto {
		return t
	}
	_, err := fs.Stat(source, "manage.py")
	t.manage, t.unittest = err == nil, true
	seen := 0
	_ = fs.WalkDir(source, ".", func(name string, d fs.DirEntry, err error) error {
		if seen++; seen > mostFiles {
			return fs.SkipAll
		}
		if err != nil {
			return nil // what cannot be read has no tests for us
		}
		if d.IsDir() {
			if name != "." && skipped(source, name) {
				return fs.SkipDir
			}
			return nil
		}
		if testFile.MatchString(d.Name()) && (d.Name() != "tests.py" || t.manage) {
			t.add(source, name)
		}
		return nil
	})
	return t
}

// skipped are folders whose tests are not the project's: hidden ones, what is
// installed or built, and other projects.
func skipped(source fs.FS, dir string) bool {
	base := path.Base(dir)
	if strings.HasPrefix(base, ".") || slices.Contains([]string{"node_modules", "build", "dist", "venv", "env", "site-packages", "__pycache__"}, base) {
		return true
	}
	for _, file := range []string{"pyproject.toml", "setup.py", "pyvenv.cfg"} {
		if _, err := fs.Stat(source, path.Join(dir, file)); err == nil {
			return true
		}
	}
	return false
}

func (t *tests) add(source fs.FS, name string) {
	text, err := fs.ReadFile(source, name)
	if err != nil {
		return
	}
	if strings.Contains(string(text), "import pytest") || !strings.Contains(string(text), "TestCase") {
		t.unittest = false
	}
	t.django = t.django || path.Base(name) == "tests.py"
	module := moduleOf(source, name)
	top, _, _ := strings.Cut(module, ".")
	if module == "" || top == "tests" || top == "test" {
		t.outside = append(t.outside, name)
		if top != "" {
			t.whole = append(t.whole, top)
		}
		return
	}
	if !slices.Contains(t.packages, module) {
		t.packages = append(t.packages, module)
	}
	if path.Dir(name) == strings.ReplaceAll(module, ".", "/") && mixed(source, top) {
		if module == top {
			module += "." + strings.TrimSuffix(path.Base(name), ".py")
		}
		t.deeper = append(t.deeper, module)
	}
}

// mixed tells whether a folder has other files than modules.
func mixed(source fs.FS, dir string) bool {
	found := false
	_ = fs.WalkDir(source, dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() && d.Name() == "__pycache__":
			return fs.SkipDir
		case !d.IsDir() && !slices.Contains([]string{".py", ".pyi", ".so", ".typed"}, path.Ext(name)):
			found = true
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// labels are the tests in a package as unittest and Django are told of them, which take
// a name for that of a folder where there is one.
func (t tests) labels(name string) []string {
	var list []string
	for _, d := range slices.Sorted(slices.Values(t.deeper)) {
		covered := slices.ContainsFunc(list, func(l string) bool { return d == l || strings.HasPrefix(d, l+".") })
		if strings.HasPrefix(d, name+".") && !covered {
			list = append(list, d)
		}
	}
	if list == nil {
		return []string{name}
	}
	return list
}

// moduleOf is the package that a file is in, as Python sees it: the folders above
// it that are packages. "" is none.
func moduleOf(source fs.FS, name string) string {
	var parts []string
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, err := fs.Stat(source, path.Join(dir, "__init__.py")); err != nil {
			break
		}
		parts = append([]string{path.Base(dir)}, parts...)
	}
	return strings.Join(parts, ".")
}

// command is what runs the tests, or a note that says why nothing does. Tests that
// are in packages of the project are run from where these are installed.
func (t tests) command(pl Plan) (list []string, note string) {
	tops := []string{}
	for _, p := range t.packages {
		top, _, _ := strings.Cut(p, ".")
		if !slices.Contains(tops, top) {
			tops = append(tops, top)
		}
	}
	inside := ""
	if len(t.outside) == 0 {
		inside = " " + strings.Join(tops, " ")
	}
	switch {
	case has(pl.Lock, "pytest") || has(pl.Tests, "pytest"):
		if inside != "" {
			inside = " --pyargs" + inside
		}
		return []string{"python -m pytest" + inside}, ""
	case t.manage && has(pl.Lock, "django"):
		if inside != "" {
			inside = ""
			for _, top := range tops {
				inside += " " + strings.Join(t.labels(top), " ")
			}
		}
		return []string{"python manage.py test" + inside}, ""
	case t.unittest && !t.django && inside == "":
		return t.discover(), ""
	case t.unittest && !t.django:
		for _, p := range t.packages {
			how := "discover -s " + p
			modules := slices.DeleteFunc(t.labels(p), func(l string) bool { return slices.Contains(t.packages, l) })
			if len(modules) > 0 && !strings.Contains(p, ".") {
				how = strings.Join(modules, " ")
			}
			list = append(list, "python -m unittest "+how)
		}
		return list, ""
	}
	first := append(slices.Clone(t.outside), t.packages...)[0]
	return nil, "tests are there (" + first + "), and are not run, for pytest is not locked: put it into a group of the lock such as test, or say with the input test what runs them, or none"
}

// discover runs unittest for each folder with tests, below a package that has them
// from above it.
func (t tests) discover() []string {
	var list []string
	for _, name := range t.outside {
		command := "python -m unittest discover"
		top, _, deep := strings.Cut(name, "/")
		switch {
		case deep && slices.Contains(t.whole, top):
			command += " -s " + top + " -t ."
		case deep:
			command += " -s " + path.Dir(name)
		}
		if !slices.Contains(list, command) {
			list = append(list, command)
		}
	}
	return list
}

// has tells whether a distribution is locked.
func has(l lock.Lock, name string) bool {
	return slices.ContainsFunc(l.Requirements, func(r lock.Requirement) bool { return r.Name == name })
}

// runners are test runners that a command may name, and a lock may have.
var runners = []string{"pytest", "nox", "tox"}

// testTools lists the runners that the tests need: pytest where they are to be found.
func testTools(c config.Config, found tests) []string {
	if found.any() {
		return []string{"pytest"}
	}
	var list []string
	for _, name := range runners {
		word := regexp.MustCompile(`(^|[^A-Za-z0-9_-])` + name + `($|[^A-Za-z0-9_-])`)
		if slices.ContainsFunc(c.Steps.Steps(), func(s step.Step) bool { return s.Kind == step.Test && word.MatchString(s.Command) }) {
			list = append(list, name)
		}
	}
	return list
}

// missing lists what is not in the lock that ships; nil when all of it is.
func (pl *Plan) missing(names []string) []string {
	var list []string
	for _, name := range names {
		if !has(pl.Lock, name) {
			list = append(list, name)
		}
	}
	return list
}

// testGroups and testFiles are where tools and habit have the tests' requirements.
var (
	testGroups = []string{"test", "tests", "testing", "dev", "dev-packages"}
	testFiles  = []string{"requirements-test.txt", "requirements-dev.txt", "requirements/test.txt", "requirements/dev.txt", "test-requirements.txt", "dev-requirements.txt"}
)

// findTestLock takes the first group or file that brings what is wanted, pinned and
// hashed.
func (pl *Plan) findTestLock(repository fs.FS, chosen lock.Selection, c config.Config, wanted []string) config.Config {
	good := func(c config.Config) bool {
		l, err := pl.readTestLock(repository, chosen, c)
		return err == nil && !slices.ContainsFunc(wanted, func(name string) bool { return !has(l, name) })
	}
	for _, group := range testGroups {
		with := c
		if with.TestGroups = []string{group}; good(with) {
			return with
		}
	}
	for _, file := range testFiles {
		with := c
		if with.TestRequirements = []string{file}; good(with) {
			return with
		}
	}
	return c
}
