package interpreter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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

// debianPrefix is a prefix such as pyenv makes one, out of Debian's Python: a
// program that finds a shared libpython by an absolute run path, with files that
// name the prefix, and a module whose library is gone. All tests share it.
func debianPrefix(t testing.TB) string {
	t.Helper()
	testkit.Need(t, "gcc")
	prefix, err := rearranged()
	if errors.Is(err, errNoLibrary) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return prefix
}

var errNoLibrary = errors.New("needs a shared libpython: on Debian, `apt-get install --no-install-recommends libpython3-dev` as root")

var rearranged = sync.OnceValues(func() (string, error) {
	libs, err := filepath.Glob("/usr/lib/*/libpython3.[0-9]*.so.1.0")
	if err != nil || len(libs) == 0 {
		return "", errNoLibrary
	}
	minor := regexp.MustCompile(`3\.[0-9]+`).FindString(filepath.Base(libs[0]))
	prefix := filepath.Join(scratch, "versions", minor)
	main, library, shared := prefix+"/main.c", prefix+"/lib/python"+minor, prefix+"/lib/"+filepath.Base(libs[0])
	_, err = testkit.Output(exec.Command("sh", "-euc", `
mkdir -p "$1/bin" "$1/lib"
cp --archive --no-target-directory "/usr/lib/python$2" "$3"
cp "$4" "$5"
mkdir -p "$3/test"
head --bytes 1000000 /dev/zero > "$3/test/big"
gcc -shared -o "$1/libgone.so.1" -Wl,-soname,libgone.so.1 -x c /dev/null
gcc -shared -o "$3/lib-dynload/_gone.so" -Wl,--no-as-needed "$1/libgone.so.1" -x c /dev/null
rm "$1/libgone.so.1"
printf "PREFIX = '%s'\nLIBDIR = '%s/lib'\n" "$1" "$1" > "$3/built.py"
cat > "$6" <<END
int Py_BytesMain(int, char **);
__attribute__((used)) static const char built[] = "$1/lib/python";
int main(int argc, char **argv) { return Py_BytesMain(argc, argv); }
END
gcc -g -o "$1/bin/python$2" "$6" "$5" -Wl,--enable-new-dtags,-rpath,"$1/lib"`, "sh", prefix, minor, library, libs[0], shared, main))
	return prefix, err
})

// prefixes are what bundles are made from: Debian's Python rearranged and, where
// there is one, the newest of pyenv.
func prefixes(t testing.TB) map[string]string {
	t.Helper()
	list := map[string]string{"debian": debianPrefix(t)}
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	if found, err := filepath.Glob(filepath.Join(home, ".pyenv/versions/3.12.*")); err == nil && found != nil {
		list["pyenv"] = found[0]
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
	out, err := testkit.Output(exec.Command(name, args...))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
