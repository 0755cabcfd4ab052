package interpreter_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/interpreter"
)

// here skips a test on a machine that lacks what it looks at, but never in CI.
func here(t *testing.T, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

func TestAskTellsAboutThisSystem(t *testing.T) {
	t.Parallel()
	path, err := filepath.EvalSymlinks("/usr/bin/python3")
	here(t, err)
	py, err := interpreter.Ask(t.Context(), runner(), "/usr/bin/python3")
	if err != nil {
		t.Fatal(err)
	}
	if py.Path != path || "python"+py.Minor != filepath.Base(path) || !strings.HasPrefix(py.Version, py.Minor+".") || py.Prefix != "/usr" || py.Glibc == "" {
		t.Errorf("said %+v", py)
	}
	if len(py.Environment) != 11 || py.Environment["sys_platform"] != "linux" || py.Environment["implementation_name"] != "cpython" {
		t.Errorf("markers %v", py.Environment)
	}
}

// layout is a machine: DIR/bin is where packages put interpreters.
func layout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for path, says := range map[string]string{
		"bin/python3.9":                 cpython("3.9.18", nil),
		"bin/python3.12":                cpython("3.12.1", nil),
		"bin/python3.11":                cpython("3.11.2", nil),
		"pyenv/3.12.1/bin/python3.12":   cpython("3.12.1", nil),
		"pyenv/3.12.10/bin/python3.12":  cpython("3.12.10", nil),
		"pyenv/3.12.9/bin/python3.12":   cpython("3.12.9", nil),
		"path/python3.13":               cpython("3.13.0", nil),
		"pyenv/3.13.1/bin/python3.13":   cpython("3.13.1", nil),
		"venv/bin/python3.12":           cpython("3.12.1", nil),
		"odd/pypy/bin/python3.10":       cpython("3.10.1", map[string]any{"Markers": map[string]string{"implementation_name": "pypy", "platform_python_implementation": "PyPy", "implementation_version": "7.3.1"}}),
		"odd/musl/bin/python3.12":       cpython("3.12.1", map[string]any{"Libc": ""}),
		"odd/threaded/bin/python3.13":   cpython("3.13.1", map[string]any{"Threaded": true}),
		"odd/debug/bin/python3.12":      cpython("3.12.1", map[string]any{"Debug": true}),
		"odd/other/bin/python3.12":      cpython("3.11.1", nil),
		"odd/silent/bin/python3.12":     "",
		"odd/several/bin/python3.12":    cpython("3.12.1", nil),
		"odd/several/bin/python3.13":    cpython("3.13.1", nil),
		"odd/unversioned/bin/python3.8": cpython("3.8.1", nil),
	} {
		fake(t, filepath.Join(dir, path), says)
	}
	write(t, dir+"/venv/pyvenv.cfg", "")
	write(t, dir+"/odd/shim/bin/python3.12", "#!/usr/bin/env bash\nset -e\n")
	write(t, dir+"/odd/text/bin/python3.12", "hello\n")
	for link, to := range map[string]string{
		"bin/python3": "python3.9", "bin/python": "python3", "bin/python3.7": "/nowhere",
		"path/python3.12": dir + "/odd/shim/bin/python3.12", // pyenv's shims are first on PATH
		"venv/bin/python": "python3.12",
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	dir := layout(t)
	const script = `is a script that begins with "#!/usr/bin/env bash": want the interpreter itself, as ~/.pyenv/versions/3.12.1/bin/python3.12 is`
	const have = "have DIR/bin/python3.9, DIR/bin/python3.12, DIR/bin/python3.11, DIR/bin/python3.7 there: want one of them, or this one installed"
	tests := []struct {
		wanted, requires string
		bundle           bool
		want             string // the interpreter's path, or the error
	}{
		{"system", "", false, "DIR/bin/python3.9"},
		{"system", ">=3.10", false, "DIR/bin/python3.12"},
		{"3.11", "", false, "DIR/bin/python3.11"},
		{"3.11.2", "", false, "DIR/bin/python3.11"},
		{"DIR/bin/python", "", false, "DIR/bin/python3.9"},
		{"3.12", "", true, "DIR/pyenv/3.12.10/bin/python3.12"},
		{"3.12", "<3.12.10", true, "DIR/pyenv/3.12.9/bin/python3.12"},
		{"3.12.1", "", true, "DIR/pyenv/3.12.1/bin/python3.12"},
		{"3.13", "", true, "DIR/path/python3.13"},
		{"3.13.1", "", true, "DIR/pyenv/3.13.1/bin/python3.13"},
		{"DIR/pyenv/3.12.9", "", true, "DIR/pyenv/3.12.9/bin/python3.12"},

		{"system", ">=3.13", false, "python \"DIR/bin/python3.7\": is a link that leads nowhere"},
		{"3.13", "", false, `python "DIR/bin/python3.13": no such file or directory: ` + have},
		{"3.11.9", "", false, `python "3.11.9": DIR/bin/python3.11 is 3.11.2: want python 3.11, or the input python-bundle`},
		{"3.9", ">=3.10", false, `python "3.9": DIR/bin/python3.9 is 3.9.18: the project requires >=3.10`},
		{"three", "", false, `python "three": want system, a version such as 3.12, or an absolute path`},
		{"system", "three", false, `requires-python "three": `},
		{"DIR/pyenv/3.12.1", "", false, `no package brings it to the servers: want an interpreter such as DIR/bin/python3.11 (DIR/bin/python3.9, DIR/bin/python3.12, DIR/bin/python3.11, DIR/bin/python3.7 there), or the input python-bundle`},
		{"system", "", true, `python "system": a bundle of the system's own interpreter: want a version such as 3.12, or the path of another one`},
		{"DIR/bin/python3.12", "", true, `a bundle of the system's own interpreter`},
		{"3.12.99", "", true, `no interpreter for a bundle: python "DIR/path/python3.12": ` + script + `; python "DIR/bin/python3.12": is 3.12.1; `},
		{"3.6", "", true, `python "3.6": no interpreter for a bundle: nothing of this name on PATH, nor in DIR/pyenv/*: want the path of one`},
		{"DIR/venv/bin/python", "", false, `python "DIR/venv/bin/python": belongs to the virtualenv "DIR/venv": want the interpreter that it was made with`},
		{"DIR/odd/pypy", "", true, "is PyPy 7.3.1: want CPython"},
		{"DIR/odd/musl", "", true, "runs with another C library than glibc: want one that does"},
		{"DIR/odd/threaded", "", true, "is a free-threaded build, which wheels of 3.13 do not work with: want a usual one"},
		{"DIR/odd/debug", "", true, "is a debug build: want a usual one"},
		{"DIR/odd/other", "", true, "is version 3.11.1: want it under its own name, python3.11"},
		{"DIR/odd/silent", "", true, `said "": want CPython 3`},
		{"DIR/odd/shim/bin/python3.12", "", true, script},
		{"DIR/odd/text/bin/python3.12", "", true, "is no program: want an interpreter"},
		{"DIR/odd/several", "", true, "is a directory with several interpreters: want one of DIR/odd/several/bin/python3.13, DIR/odd/several/bin/python3.12"},
		{"DIR/odd", "", true, "is a directory without bin/python3.X: want an interpreter, or the prefix of one"},
		{"DIR/bin/python3.7", "", false, `python "DIR/bin/python3.7": is a link that leads nowhere`},
		{"/bin/false", "", true, `python "/bin/false": run "/usr/bin/false": exit status 1: want CPython 3`},
	}
	for _, test := range tests {
		t.Run(test.wanted+" "+test.requires, func(t *testing.T) {
			t.Parallel()
			f := interpreter.Finder{Run: runner(), Bin: dir + "/bin", Path: "relative:" + dir + "/nothing:" + dir + "/path:" + dir + "/bin", Places: []string{dir + "/pyenv/*"}}
			py, err := f.Find(t.Context(), strings.ReplaceAll(test.wanted, "DIR", dir), test.requires, test.bundle)
			if err != nil {
				if got := strings.ReplaceAll(err.Error(), dir, "DIR"); !strings.Contains(got, test.want) {
					t.Errorf("error %s\nwant  %s", got, test.want)
				}
				return
			}
			if got := strings.ReplaceAll(py.Path, dir, "DIR"); got != test.want {
				t.Errorf("found %s, want %s", got, test.want)
			}
			if py.Packaged == test.bundle {
				t.Errorf("packaged: %t", py.Packaged)
			}
		})
	}
}

func TestFindSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := layout(t)
	for _, test := range []struct {
		bin, wanted string
		bundle      bool
		want        error
	}{
		{"empty", "system", false, interpreter.ErrNone},
		{"bin", "3.6", true, interpreter.ErrNone},
		{"bin", dir + "/pyenv/3.12.1", false, interpreter.ErrNotPackaged},
		{"bin", "system", true, interpreter.ErrSystemBundle},
		{"bin", "3.6", false, os.ErrNotExist},
	} {
		f := interpreter.Finder{Run: runner(), Bin: filepath.Join(dir, test.bin)}
		if _, err := f.Find(t.Context(), test.wanted, "", test.bundle); !errors.Is(err, test.want) {
			t.Errorf("%s: error %v, want %v", test.wanted, err, test.want)
		}
	}
}

func TestPlacesAreThoseOfTheUser(t *testing.T) {
	t.Parallel()
	got := strings.Join(interpreter.Places("/home/u", ""), " ")
	if want := "/home/u/.pyenv/versions/* /opt/hostedtoolcache/Python/*/* /usr/local"; got != want {
		t.Errorf("places %s, want %s", got, want)
	}
	if got := interpreter.Places("/home/u", "/cache")[1]; got != "/cache/Python/*/*" {
		t.Errorf("tool cache %s", got)
	}
}
