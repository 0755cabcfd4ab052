package venv

import (
	"debug/elf"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/testkit"
)

// extension is a source distribution with a C module, built by setuptools.
var extension = map[string]string{
	"setup.py": "from setuptools import Extension, setup\nsetup(name='cext', version='1.0', ext_modules=[Extension('cext', ['src/cext.c'])])\n",
	"src/cext.c": `#include <Python.h>
static PyObject *where(PyObject *self, PyObject *args) { return PyUnicode_FromString(__FILE__); }
static PyMethodDef methods[] = {{"where", where, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "cext", 0, -1, methods};
PyMODINIT_FUNC PyInit_cext(void) { return PyModule_Create(&module); }
`,
}

// pypi lets a site reach PyPI, as this machine does.
func pypi() []string {
	var env []string
	for _, name := range []string{"SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"} {
		if v := os.Getenv(name); v != "" {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// needCompiler needs what compiles an extension for the system's Python.
func needCompiler(t *testing.T, headers ...string) {
	t.Helper()
	testkit.Need(t, "gcc")
	for _, glob := range headers {
		if found, _ := filepath.Glob(glob); found == nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("needs %s", glob)
			}
			t.Skipf("needs %s", glob)
		}
	}
}

// Two builds in two places give the same wheel, debug information and all.
func TestExtensionsAreReproducible(t *testing.T) {
	testkit.NeedNetwork(t)
	needCompiler(t, "/usr/include/python3*/Python.h")
	sdist := testkit.SDist(t, t.TempDir(), "cext", "1.0", extension)
	x := testkit.NewIndex(t, sdist)
	sums := map[string]string{}
	for _, installer := range []string{"uv", "pip", "uv"} {
		s := newSite(t, installer, pypi()...)
		s.lock("--find-links " + filepath.Dir(sdist) + "\n" + x.Requirements("cext"))
		s.mustBuild()
		wheels, err := filepath.Glob(filepath.Join(s.b.Scratch, "build", "cext", "wheel", "*.whl"))
		if err != nil || len(wheels) != 1 {
			t.Fatalf("wheels %q, error %v", wheels, err)
		}
		sums[testkit.SHA256(t, wheels[0])] = installer
		if list := s.holders(s.b.Scratch, filepath.Join(s.b.Scratch, "venv", "lib")); slices.ContainsFunc(list, func(name string) bool { return strings.HasSuffix(name, ".so") }) {
			t.Errorf("the place of the build is in %q", list)
		}
	}
	if len(sums) != 1 {
		t.Errorf("the wheels differ: %v", sums)
	}
}

// A distribution of PyPI without wheels is built against a library of the system.
func TestBuildAgainstSystemLibrary(t *testing.T) {
	testkit.NeedNetwork(t)
	needCompiler(t, "/usr/include/python3*/Python.h", "/usr/include/postgresql/libpq-fe.h")
	testkit.Need(t, "pg_config")
	s := newSite(t, "uv", pypi()...)
	s.lock("psycopg2==2.9.10 --hash=sha256:12ec0b40b0273f95296233e8750441339298e6a572f7039da5b260e3c8b60e11\n")
	env, got := s.mustBuild()
	if got != "psycopg2 2.9.10, tiny 1.2.3" {
		t.Errorf("installed %s", got)
	}
	files, err := filepath.Glob(filepath.Join(env.Site(), "psycopg2", "_psycopg*.so"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q, error %v", files, err)
	}
	object, err := elf.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer object.Close()
	if needed, err := object.ImportedLibraries(); err != nil || !slices.Contains(needed, "libpq.so.5") {
		t.Errorf("it needs %q, error %v", needed, err)
	}
	if told := env.Unconstrained(); len(told) == 0 || !strings.Contains(told[0], "setuptools") {
		t.Errorf("told %q", told)
	}
}

// A hostile source distribution, in the sandbox: it sees no password in any
// process, cannot read what only root can, and what it leaves gets none.
func TestSandboxedBuildsSeeNoCredentials(t *testing.T) {
	testkit.NeedRoot(t)
	dir := t.TempDir()
	netrc := filepath.Join(dir, "netrc")
	x := testkit.NewIndex(t, testkit.SDist(t, dir, "src", "2.0", inTree("src", "2.0", spy(netrc))))
	text := x.Requirements("src")
	x.RequireAuth("jo", secret)
	if err := os.WriteFile(netrc, []byte("default login jo password "+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, "uv", "PIP_INDEX_URL="+x.URL(), "NETRC="+netrc)
	s.enterSandbox()
	s.lock(text)
	env, _ := s.mustBuild()
	seen, err := os.ReadFile(filepath.Join(env.Site(), "src_seen.json"))
	if err != nil || strings.Contains(string(seen), secret) || !strings.Contains(string(seen), "Permission denied") {
		t.Errorf("error %v, it sees %s", err, seen)
	}
}

// enterSandbox has programs run as a user of their own.
func (s *site) enterSandbox() {
	s.t.Helper()
	scratch, err := os.MkdirTemp("", "venv-test-")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { os.RemoveAll(scratch) })
	if err := os.Chmod(scratch, 0o711); err != nil {
		s.t.Fatal(err)
	}
	user := &command.User{ID: 64999, Home: filepath.Join(scratch, "home"), Temp: filepath.Join(scratch, "tmp")}
	run := *s.b.Run
	run.User = user
	for _, dir := range []string{user.Home, user.Temp} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			s.t.Fatal(err)
		}
		if err := run.Own(dir); err != nil {
			s.t.Fatal(err)
		}
	}
	cache := filepath.Join(scratch, "cache") // the user's own is closed to others
	if err := os.Mkdir(cache, 0o755); err != nil {
		s.t.Fatal(err)
	}
	for _, name := range []string{uvTool.wheels[runtime.GOARCH].name, "uv-" + uvTool.version} {
		data, err := os.ReadFile(filepath.Join(s.b.Cache, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(cache, name), data, 0o755)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	s.b.Run, s.b.Scratch, s.b.Cache = &run, scratch, cache
	source := filepath.Join(scratch, "work")
	if err := os.CopyFS(source, os.DirFS(s.pl.Source)); err != nil {
		s.t.Fatal(err)
	}
	s.pl.Source, s.pl.Root = source, source
}

func TestLocalsAreBuiltFromACopy(t *testing.T) {
	both(t, func(t *testing.T, installer string) {
		s := newSite(t, installer)
		root := t.TempDir()
		if err := os.MkdirAll(filepath.Join(root, "libs", "member"), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range inTree("member", "0.5", "    assert os.path.exists('../../beside'); open('left', 'w').close()") {
			if err := os.WriteFile(filepath.Join(root, "libs", "member", name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(root, "beside"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(filepath.Join(root, "tiny"), os.DirFS(s.pl.Source)); err != nil {
			t.Fatal(err)
		}
		before := testkit.TreeDump(t, root)
		s.pl.Root, s.pl.Dir, s.pl.Source = root, "tiny", filepath.Join(root, "tiny")
		s.pl.Lock.Locals = []lock.Local{{Name: "member", Path: "libs/member"}}
		if _, got := s.mustBuild(); got != "member 0.5, tiny 1.2.3" {
			t.Errorf("installed %s", got)
		}
		if diff := cmp.Diff(before, testkit.TreeDump(t, root)); diff != "" {
			t.Errorf("the repository has changed (-before +after):\n%s", diff)
		}
	})
}
