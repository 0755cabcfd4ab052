package whole

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// workshop is a directory with a copy of testdata/tiny and the real command.
type workshop struct {
	dir string
	env []string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	testkit.Need(t, "python3")
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "tiny"), os.DirFS(filepath.Join("..", "..", "testdata", "tiny"))); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "pinpack")); err != nil {
		t.Fatal(err)
	}
	w := &workshop{dir: dir}
	// uv itself must be there before an index is named that does not have it.
	for _, installer := range []string{"uv", "pip"} {
		if out, status := w.pinpack(t, "build", "tiny", "--build-path", "stage", "--out", "warm", "--installer", installer); status != 0 {
			t.Fatalf("build with nothing special: exit status %d\n%s", status, out)
		}
	}
	if err := os.RemoveAll(filepath.Join(dir, "warm")); err != nil {
		t.Fatal(err)
	}
	return w
}

// pinpack runs the command and returns all its output and the exit status.
func (w *workshop) pinpack(t *testing.T, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(filepath.Join(w.dir, "pinpack"), args...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "PIP_FIND_LINKS=", "UV_FIND_LINKS=")
	cmd.Env = append(cmd.Env, w.env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// lock writes the project's lock.
func (w *workshop) lock(t *testing.T, text string) {
	t.Helper()
	write(t, filepath.Join(w.dir, "tiny"), "requirements.txt", text)
}

func (w *workshop) exists(name string) bool {
	_, err := os.Lstat(filepath.Join(w.dir, name))
	return err == nil
}

// TestIndex builds against a package index of its own, with each installer.
func TestIndex(t *testing.T) {
	for _, installer := range []string{"uv", "pip"} {
		t.Run(installer, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			wheels := t.TempDir()
			var files []string
			for _, wheel := range []testkit.Wheel{
				{Name: "dep", Version: "1.0", Files: map[string]string{"dep/__init__.py": "x = 1\n"}},
				{Name: "tester", Version: "2.0", Files: map[string]string{"tester/__init__.py": "", "tester/__main__.py": "import dep, tiny; print('tested with', dep.x)\n"}, Scripts: map[string]string{"tester": "tester:main"}},
			} {
				files = append(files, wheel.Write(t, wheels))
			}
			index := testkit.NewIndex(t, files...)
			index.RequireAuth("ci", "hunter2")
			w.env = []string{"PIP_INDEX_URL=" + index.AuthURL(), "UV_NO_CACHE=1", "PIP_NO_CACHE_DIR=1"}
			build := func(args ...string) (string, int) {
				return w.pinpack(t, append([]string{"build", "-v", "tiny", "--build-path", "stage", "--installer", installer}, args...)...)
			}

			// Exactly the lock, from the index that is configured for pip, whichever
			// installer it is; the tests' own distribution is used and not shipped.
			w.lock(t, index.Requirements("dep"))
			write(t, filepath.Join(w.dir, "tiny"), "test.txt", index.Requirements("tester"))
			out, status := build("--test-requirements", "test.txt", "--test", "python -m tester")
			if status != 0 || !strings.Contains(out, "tested with 1") {
				t.Fatalf("exit status %d\n%s", status, out)
			}
			deb, err := testkit.ReadDeb(filepath.Join(w.dir, "dist", "tiny_1.2.3-1_all.deb"))
			if err != nil {
				t.Fatal(err)
			}
			var dep bool
			for name, data := range deb.Contents {
				dep = dep || strings.HasSuffix(name, "/site-packages/dep/__init__.py")
				if strings.Contains(name, "tester") || strings.Contains(string(data), "hunter2") {
					t.Errorf("%s is in the package, or holds the password", name)
				}
			}
			if !dep {
				t.Errorf("the locked distribution is not in the package: %q", deb.Paths())
			}
			if strings.Contains(out, "hunter2") {
				t.Errorf("the password is in the output:\n%s", out)
			}

			bad := []struct {
				name, lock, want string
			}{
				{"wrong hash", "dep==1.0 --hash=sha256:" + strings.Repeat("0", 64) + "\n", "hint: the file is not the one that was locked"},
				{"not there", "nothere==1.0 --hash=sha256:" + strings.Repeat("0", 64) + "\n", "install locked distributions: run "},
			}
			for _, b := range bad {
				w.lock(t, b.lock)
				out, status := build("--out", "bad")
				if status != 1 || !strings.Contains(out, b.want) {
					t.Errorf("%s: exit status %d, want 1 and %q:\n%s", b.name, status, b.want, out)
				}
				if w.exists("bad") {
					t.Errorf("%s: something is left", b.name)
				}
			}

			// An index that does not answer.
			w.lock(t, index.Requirements("dep"))
			w.env = append(w.env, "PIP_INDEX_URL=http://127.0.0.1:1/simple", "UV_HTTP_RETRIES=0", "PIP_RETRIES=0")
			if out, status := build("--out", "bad"); status != 1 || !strings.Contains(out, "hint: the package index cannot be reached") {
				t.Errorf("dead index: exit status %d:\n%s", status, out)
			}
		})
	}
}

// TestFetchedTool has uv fetched from an index that does not have it, and from
// one that serves another file under its name, which must not be run or kept.
func TestFetchedTool(t *testing.T) {
	w := newWorkshop(t)
	cache := filepath.Join(w.dir, "cache")
	wheels := t.TempDir()
	other := testkit.Wheel{Name: "uv", Version: "0.0.1"}.Write(t, wheels)
	fakes := []string{other}
	for _, tag := range []string{"manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64"} {
		fakes = append(fakes, testkit.Wheel{Name: "uv", Version: "0.13.9", Tag: "py3-none-" + tag, Data: map[string]string{"scripts/uv": "#!/bin/sh\necho owned >&2\n"}}.Write(t, wheels))
	}
	tests := []struct {
		name   string
		wheels []string
		want   []string
	}{
		{"not there", fakes[:1], []string{"fetch uv ", "not there", "hint: put uv "}},
		{"another file", fakes, []string{"the file's hash is not the pinned one", "hint: the package index serves another file"}},
	}
	for _, test := range tests {
		index := testkit.NewIndex(t, test.wheels...)
		w.env = []string{"XDG_CACHE_HOME=" + cache, "UV_DEFAULT_INDEX=" + index.URL(), "PATH=/usr/bin:/bin"}
		out, status := w.pinpack(t, "build", "tiny", "--build-path", "stage")
		if status != 1 {
			t.Errorf("%s: exit status %d, want 1", test.name, status)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in:\n%s", test.name, want, out)
			}
		}
		if strings.Contains(out, "owned") {
			t.Errorf("%s: it was run:\n%s", test.name, out)
		}
		if left, _ := filepath.Glob(filepath.Join(cache, "pinpack", "*")); left != nil {
			t.Errorf("%s: kept %q", test.name, left)
		}
	}
}
