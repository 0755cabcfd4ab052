package plan

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/step"
)

// TestFindTests: which command runs the tests of a project.
func TestFindTests(t *testing.T) {
	t.Parallel()
	const unit, plain = "import unittest\nclass T(unittest.TestCase): pass\n", "def test_x(): pass\n"
	tests := map[string]struct {
		files  string // with their text: u for unittest, p for pytest, nothing for empty
		locked string
		want   []string
		note   bool
	}{
		"no tests":                  {"shop/__init__.py", "pytest", nil, false},
		"pytest":                    {"tests/test_a.py=p", "pytest", []string{"python -m pytest"}, false},
		"pytest for unittest's":     {"tests/test_a.py=u", "pytest", []string{"python -m pytest"}, false},
		"pytest, inside":            {"src/shop/__init__.py src/shop/tests/__init__.py src/shop/tests/test_a.py=p", "pytest", []string{"python -m pytest --pyargs shop"}, false},
		"pytest, inside and out":    {"shop/__init__.py shop/test_a.py=p tests/test_b.py=p", "pytest", []string{"python -m pytest"}, false},
		"unittest":                  {"tests/test_a.py=u tests/unit/test_b.py=u", "", []string{"python -m unittest discover -s tests", "python -m unittest discover -s tests/unit"}, false},
		"unittest, a package":       {"tests/__init__.py tests/test_a.py=u", "", []string{"python -m unittest discover -s tests -t ."}, false},
		"unittest, at the top":      {"test_a.py=u", "", []string{"python -m unittest discover"}, false},
		"unittest, inside":          {"shop/__init__.py shop/tests/__init__.py shop/tests/test_a.py=u", "", []string{"python -m unittest discover -s shop.tests"}, false},
		"Django":                    {"manage.py tests/test_a.py=u", "django", []string{"python manage.py test"}, false},
		"Django, in applications":   {"manage.py cart/__init__.py cart/tests.py=u shop/__init__.py shop/tests.py=u", "django", []string{"python manage.py test cart shop"}, false},
		"Django, with templates":    {"manage.py cart/__init__.py cart/t/a.html cart/tests.py=u shop/__init__.py shop/a.css shop/tests/__init__.py shop/tests/test_a.py=u shop/tests/b/__init__.py shop/tests/b/test_a.py=u", "django", []string{"python manage.py test cart.tests shop.tests"}, false},
		"unittest, beside data":     {"shop/__init__.py shop/a.json shop/test_a.py=u shop/test_b.py=u shop/sub/__init__.py shop/sub/test_c.py=u", "", []string{"python -m unittest discover -s shop.sub", "python -m unittest shop.test_a shop.test_b"}, false},
		"Django with pytest":        {"manage.py tests/test_a.py=u", "django pytest", []string{"python -m pytest"}, false},
		"nothing to run them":       {"tests/test_a.py=p", "django", nil, true},
		"some need pytest":          {"tests/test_a.py=p tests/test_b.py=u", "", nil, true},
		"of others":                 {"vendor/x/pyproject.toml vendor/x/tests/test_a.py=u .tox/test_a.py=u env/test_b.py=u a/pyvenv.cfg a/test_c.py=u", "pytest", nil, false},
		"a module called tests, no": {"shop/tests.py=u", "pytest", nil, false},
	}
	for name, test := range tests {
		files := fstest.MapFS{}
		for _, f := range strings.Fields(test.files) {
			path, kind, _ := strings.Cut(f, "=")
			files[path] = &fstest.MapFile{Data: []byte(map[string]string{"u": unit, "p": plain}[kind])}
		}
		found := findTests(files, config.Config{Steps: step.Inputs{Auto: true}})
		var pl Plan
		for _, n := range strings.Fields(test.locked) {
			pl.Lock.Requirements = append(pl.Lock.Requirements, lock.Requirement{Name: n})
		}
		var got []string
		note := ""
		if found.any() {
			got, note = found.command(pl)
		}
		if diff := cmp.Diff(test.want, got); diff != "" || (note != "") != test.note {
			t.Errorf("%s: note %q; commands (-want +got):\n%s", name, note, diff)
		}
		if found := findTests(files, config.Config{}); found.any() {
			t.Errorf("%s: tests are looked for, though a command is given", name)
		}
	}
}
