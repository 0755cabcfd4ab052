package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// PythonPrefix makes a prefix such as pyenv makes one, out of Debian's Python,
// as a directory of dir that is named for the minor version: a program that
// finds a shared libpython by an absolute run path, with files that name the
// prefix, and a module whose library is gone.
func PythonPrefix(t testing.TB, dir string) string {
	t.Helper()
	Need(t, "gcc")
	libs, err := filepath.Glob("/usr/lib/*/libpython3.[0-9]*.so.1.0")
	if err != nil || len(libs) == 0 {
		skip(t, "needs a shared libpython: on Debian, `apt-get install --no-install-recommends libpython3-dev` as root")
	}
	minor := regexp.MustCompile(`3\.[0-9]+`).FindString(filepath.Base(libs[0]))
	prefix := filepath.Join(dir, minor)
	main, library, shared := prefix+"/main.c", prefix+"/lib/python"+minor, prefix+"/lib/"+filepath.Base(libs[0])
	Run(t, exec.Command("sh", "-euc", `
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
	return prefix
}

// PyenvPrefix is the prefix of a Python 3.12 that pyenv built on this machine, or
// "".
func PyenvPrefix(t testing.TB) string {
	t.Helper()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(home, ".pyenv/versions/3.12.*"))
	if err != nil || found == nil {
		return ""
	}
	return found[0]
}
