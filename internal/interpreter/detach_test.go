package interpreter_test

import (
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/testkit"
)

func TestBundleRefusesTheSystemsOwn(t *testing.T) {
	t.Parallel()
	py, err := interpreter.Ask(t.Context(), runner(), "/usr/bin/python3")
	here(t, err)
	_, err = interpreter.Bundle(t.Context(), runner(), py, filepath.Join(t.TempDir(), "python"), final)
	if !errors.Is(err, interpreter.ErrSystemBundle) {
		t.Errorf("error %v", err)
	}
}

// TestBundleRefusesWhatFindsNoLibraries takes Debian's own program, which has no
// run path, since its libraries are the system's.
func TestBundleRefusesWhatFindsNoLibraries(t *testing.T) {
	t.Parallel()
	shared, prefix := debianPrefix(t), t.TempDir()
	name := "python" + filepath.Base(shared)
	if err := errors.Join(os.Symlink(shared+"/lib", prefix+"/lib"), os.Mkdir(prefix+"/bin", 0o755)); err != nil {
		t.Fatal(err)
	}
	do(t, "cp", "/usr/bin/"+name, prefix+"/bin/"+name)
	py, err := interpreter.Ask(t.Context(), runner(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	_, err = interpreter.Bundle(t.Context(), runner(), py, filepath.Join(t.TempDir(), "python"), final)
	want := `its run path "" has no room for "$ORIGIN/../lib", so that it would not find its libraries: want an interpreter of python-build-standalone, or one linked with -Wl,-rpath,'$ORIGIN/../lib'`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v\nwant  %s", err, want)
	}
}

func TestDetach(t *testing.T) {
	t.Parallel()
	gcc := testkit.Need(t, "gcc")
	const prefix = "/home/of/pyenv/versions/3.12.1"
	tests := []struct{ name, dirs, tags, want string }{
		{"the interpreter's libraries", prefix + "/lib", "enable", "/opt/a/python/lib"},
		{"twice, and others", prefix + "/lib:$ORIGIN/x:" + prefix + "/lib", "enable", "/opt/a/python/lib:$ORIGIN/x"},
		{"the old tag", prefix + "/lib/", "disable", "/opt/a/python/lib"},
		{"another's", "/opt/other/lib", "enable", "/opt/other/lib"},
		{"a like name", prefix + "0/lib", "enable", prefix + "0/lib"},
		{"none", "", "enable", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			file := library(t, gcc, test.dirs, test.tags)
			if err := interpreter.Detach(file, prefix, "/opt/a/python"); err != nil {
				t.Fatal(err)
			}
			if got := runPath(t, file); got != test.want {
				t.Errorf("run path %q, want %q", got, test.want)
			}
			info, err := os.Stat(file)
			if err != nil || info.Mode() != 0o755 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			do(t, "ldd", file)
		})
	}
}

func TestDetachDropsWhatHasNoRoom(t *testing.T) {
	t.Parallel()
	file := library(t, testkit.Need(t, "gcc"), "/py/lib", "enable")
	if err := interpreter.Detach(file, "/py", "/opt/long/python"); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(data), "/py/lib") || runPath(t, file) != "" {
		t.Errorf("%v; run path %q", err, runPath(t, file))
	}
	if out := do(t, "ldd", file); !strings.Contains(out, "libm.so.6 => ") {
		t.Errorf("ldd printed %s", out)
	}
}

func TestDetachLeavesOtherFilesAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	for _, text := range []string{"", "text", "#!/py/bin/python\n"} {
		write(t, file, text)
		got, err := "", interpreter.Detach(file, "/py", "/opt/a/python")
		if err == nil {
			got = do(t, "cat", file)
		}
		if err != nil || got != text {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	}
	write(t, file, elf.ELFMAG+"and no more")
	if err := interpreter.Detach(file, "/py", "/opt/a/python"); err == nil || !strings.HasPrefix(err.Error(), `detach "`+file+`" from "/py": `) {
		t.Errorf("a broken one: %v", err)
	}
}

// FuzzDetach holds that no file makes it panic.
func FuzzDetach(f *testing.F) {
	gcc := testkit.Need(f, "gcc")
	data, err := os.ReadFile(library(f, gcc, "/py/lib", "enable"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:200])
	f.Fuzz(func(t *testing.T, data []byte) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		_ = interpreter.Detach(file, "/py", "/a")
		after, err := os.ReadFile(file)
		if err != nil || len(after) != len(data) {
			t.Errorf("%d bytes became %d, %v", len(data), len(after), err)
		}
	})
}

// library links a shared library with a run path.
func library(t testing.TB, gcc, dirs, tags string) string {
	t.Helper()
	source, file := filepath.Join(t.TempDir(), "x.c"), filepath.Join(t.TempDir(), "x.so")
	write(t, source, "double cos(double); double x(double y) { return cos(y); }\n")
	args := []string{"-shared", "-fPIC", "-nostartfiles", "-o", file, source, "-Wl,--no-as-needed,-s", "-lm", "-Wl,--" + tags + "-new-dtags"}
	if dirs != "" {
		args = append(args, "-Wl,-rpath,"+dirs)
	}
	do(t, gcc, args...)
	return file
}

// runPath is the one that a file has by either tag.
func runPath(t testing.TB, file string) string {
	t.Helper()
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	by, _ := f.DynString(elf.DT_RUNPATH)
	old, _ := f.DynString(elf.DT_RPATH)
	return strings.Join(slices.Concat(by, old), " and ")
}
