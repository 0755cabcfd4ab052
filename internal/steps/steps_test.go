package steps

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/sandbox"
	"github.com/pinpack/pinpack/internal/step"
	"github.com/pinpack/pinpack/internal/venv"
)

// TestShadows: which files of a checkout the installed package takes the place of.
func TestShadows(t *testing.T) {
	t.Parallel()
	const shop = "shop/__init__.py=v shop/models.py=m shop/_fast.so=x"
	tests := map[string]struct{ installed, source, want string }{
		"flat":                    {shop, "shop/__init__.py=v shop/models.py=m shop/data.json=x tests/test_a.py=x", "shop/__init__.py shop/models.py"},
		"src":                     {shop, "src/shop/__init__.py=v src/shop/models.py=m", "src/shop/__init__.py src/shop/models.py"},
		"changed since":           {shop, "shop/__init__.py=other shop/models.py=other", "shop/__init__.py shop/models.py"},
		"built in place":          {shop, "shop/__init__.py=v shop/models.py=m shop/_fast.so=old", "shop/__init__.py shop/_fast.so shop/models.py"},
		"elsewhere":               {shop, "python/shop/__init__.py=v python/shop/models.py=m", "python/shop/__init__.py python/shop/models.py"},
		"of the same name":        {shop, "tests/shop/__init__.py= tests/shop/models.py=other", ""},
		"a single module":         {"shop.py=v", "shop.py=v tests/test_shop.py=x", "shop.py"},
		"tests that are shipped":  {"tests/__init__.py= tests/test_a.py=t", "tests/__init__.py= tests/test_a.py=t", ""},
		"few of a namespace":      {"acme/shop/__init__.py=v acme/shop/a.py=a acme/shop/b.py=b", "acme/other/__init__.py=v acme/shop/a.py=a", ""},
		"nothing of it":           {shop, "README=x", ""},
		"another project's copy":  {shop, ".tox/lib/shop/__init__.py=v node_modules/shop/__init__.py=v", ""},
		"workspace member, below": {"store/__init__.py=s store/db.py=d", "packages/store/src/store/__init__.py=s packages/store/src/store/db.py=d", "packages/store/src/store/__init__.py packages/store/src/store/db.py"},
	}
	for name, test := range tests {
		site, source := t.TempDir(), t.TempDir()
		var modules []venv.Module
		for _, f := range put(t, site, test.installed) {
			modules = append(modules, venv.Module{Name: f, File: filepath.Join(site, f)})
		}
		put(t, source, test.source)
		left, err := shadows(source, modules)
		var got []string
		for f := range left {
			got = append(got, f)
		}
		slices.Sort(got)
		if diff := cmp.Diff(strings.Fields(test.want), got, cmp.Transformer("", func(l []string) string { return strings.Join(l, " ") })); diff != "" || err != nil {
			t.Errorf("%s: %v; left out (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestHollowFoldersAreNoSource(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ source, left, want string }{
		{"shop/__init__.py= shop/py.typed= shop/a.pyi= shop/sub/a.py= shop/__pycache__/a.pyc=", "shop/__init__.py shop/sub/a.py", "shop shop/sub"},
		{"shop/__init__.py= shop/data.json= shop/sub/a.py=", "shop/__init__.py shop/sub/a.py", "shop/sub"},
		{"src/shop/__init__.py= src/one.py= top.py=", "src/shop/__init__.py src/one.py top.py", "src/shop"},
		{"shop/__init__.py= shop/new.py=", "shop/__init__.py", ""},
	} {
		source, left := t.TempDir(), map[string]bool{}
		put(t, source, test.source)
		for _, f := range strings.Fields(test.left) {
			left[f] = true
		}
		got := hollow(source, left)
		slices.Sort(got)
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s without %s: got %q, want %s", test.source, test.left, got, test.want)
		}
	}
}

func TestReportsThatAProjectHasPytestWrite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"pyproject.toml", "[tool.pytest.ini_options]\naddopts = \"-q --junitxml=out/r.xml\"\n", "out/r.xml"},
		{"pyproject.toml", "[tool.pytest.ini_options]\naddopts = [\n  \"-q\",\n  \"--junit-xml\", \"./r.xml\",\n]\n", "r.xml"},
		{"setup.cfg", "[tool:pytest]\naddopts =\n  -q\n  --junitxml r.xml\ntestpaths = x\n", "r.xml"},
		{"pyproject.toml", "[tool.pytest.ini_options]\naddopts = \"-q\"\njunit_family = \"xunit1\"\n[tool.x]\nrun = \"pytest --junitxml=r.xml\"\n", ""},
		{"README", "addopts = --junitxml=r.xml\n", ""},
	} {
		r := run{work: &sandbox.Work{Dir: t.TempDir()}}
		if err := os.WriteFile(filepath.Join(r.work.Dir, test.name), []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := r.configured(); got != test.want {
			t.Errorf("%s: %q: got %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

func TestNoTwoStepsHaveOneFile(t *testing.T) {
	t.Parallel()
	line := step.Line(step.Test, 0, "true")
	if got := []string{fileOf(line), fileOf(step.Step{Name: "test-1", Named: true}), fileOf(step.Step{Name: "css-1", Named: true})}; !slices.Equal(got, []string{"test-1", "named-test-1", "css-1"}) {
		t.Errorf("files of steps: %q", got)
	}
}

// put writes files, path=text.
func put(t *testing.T, dir, files string) []string {
	t.Helper()
	var names []string
	for _, f := range strings.Fields(files) {
		name, text, _ := strings.Cut(f, "=")
		file := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func TestBuilds(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]bool{
		"tox -e py311": true, "python -m tox": true, ". x/bin/activate; nox": true, "nox --no-venv -s tests": false,
		"python -m pytest tests/toxic": false, "pytest test_nox.py": false,
	} {
		if got := builds(step.Step{Command: command}); got != want {
			t.Errorf("%q: %v", command, got)
		}
	}
}

// sink takes what is shown.
type sink struct{ strings.Builder }

func TestOutput(t *testing.T) {
	t.Parallel()
	var shown sink
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	var stopped error
	o := &output{to: &shown, log: log, hide: func(s string) string { return strings.ReplaceAll(s, "hunter2", "***") }, limit: 100, stop: func(err error) { stopped = err }}
	for _, piece := range []string{"pass", "word hun", "ter2\nRan 3 te", "sts in 0.001s\n", "collected 0 items\nlast"} {
		if n, err := o.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	o.end()
	text, err := os.ReadFile(log.Name())
	if want := "password ***\nRan 3 tests in 0.001s\ncollected 0 items\nlast"; string(text) != want || err != nil {
		t.Errorf("kept %q, %v, want %q", text, err, want)
	}
	if o.nothing() || !o.none || stopped != nil {
		t.Errorf("read %v, %v, %v", o.ran, o.none, stopped)
	}
	before := o.written
	_, _ = o.Write([]byte(strings.Repeat("x", 100)))
	_, _ = o.Write([]byte(strings.Repeat("x", 1000)))
	if o.written != before+100 || !errors.Is(stopped, OutputError{100}) {
		t.Errorf("after the limit: %d bytes, %v", o.written, stopped)
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{time.Hour: "1h", 90 * time.Second: "1m30s", 10 * time.Minute: "10m", time.Second: "1s", 61 * time.Minute: "1h1m"} {
		if got := span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
