package interpreter_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/testkit"
)

// TestMain lets the test's own program be an interpreter: one that says what is
// in the file beside it.
func TestMain(m *testing.M) {
	if text, err := os.ReadFile(os.Args[0] + ".says"); err == nil {
		fmt.Print(string(text))
		os.Exit(0)
	}
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "pinpack-interpreter-"); err != nil {
			fmt.Fprintln(os.Stderr, "make scratch directory:", err)
			return 1
		}
		defer os.RemoveAll(scratch)
		return m.Run()
	}())
}

// scratch is a directory that all tests share. It goes at the end.
var scratch string

func runner() *command.Runner {
	return &command.Runner{Env: command.Clean(os.Environ(), command.DefaultPath)}
}

// fake puts an interpreter into a directory that says what it is told.
func fake(t testing.TB, path, says string) {
	t.Helper()
	exe, err := os.Executable()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.Link(exe, path) // a symlink would be followed
	}
	if err == nil {
		err = os.WriteFile(path+".says", []byte(says), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// cpython is what an interpreter of a version says, but for some of it.
func cpython(version string, other map[string]any) string {
	minor := version[:strings.LastIndex(version, ".")]
	said := map[string]any{
		"Markers": map[string]string{
			"python_version": minor, "python_full_version": version, "implementation_name": "cpython",
			"platform_python_implementation": "CPython", "implementation_version": version,
		},
		"Prefix": "/usr", "LibDir": "lib", "Libc": "glibc 2.36", "Threaded": false, "Debug": false,
	}
	maps.Copy(said, other)
	text, err := json.Marshal(said)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// debianPrefix is testkit.PythonPrefix. All tests share it.
func debianPrefix(t testing.TB) string {
	t.Helper()
	rearranged.Lock()
	defer rearranged.Unlock()
	if rearranged.prefix == "" {
		rearranged.prefix = testkit.PythonPrefix(t, filepath.Join(scratch, "versions"))
	}
	return rearranged.prefix
}

var rearranged struct {
	sync.Mutex
	prefix string
}

// prefixes are what bundles are made from: Debian's Python rearranged and, where
// there is one, pyenv's.
func prefixes(t testing.TB) map[string]string {
	t.Helper()
	list := map[string]string{"debian": debianPrefix(t)}
	if prefix := testkit.PyenvPrefix(t); prefix != "" {
		list["pyenv"] = prefix
	}
	return list
}

func write(t testing.TB, name, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func do(t testing.TB, name string, args ...string) string {
	t.Helper()
	return testkit.Run(t, exec.Command(name, args...))
}
