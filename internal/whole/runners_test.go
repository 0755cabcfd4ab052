package whole

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestRunners has nox and tox, from a lock that nobody names, run a test: tox in an
// environment of its own with the very wheel that ships, and nox against the
// virtualenv that ships.
func TestRunners(t *testing.T) {
	testkit.NeedNetwork(t)
	w := newWorkshop(t)
	if err := os.Mkdir(filepath.Join(w.dir, "tools"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, status := w.pinpack(t, "fetch-uv", "tools"); status != 0 {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	tests := filepath.Join(w.dir, "tiny", "tests")
	if err := os.Mkdir(tests, 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(tests, "test_tiny.py"), "import sys\nimport tiny\n\n\ndef test_tiny():\n    print('FOUND', tiny.__file__, file=sys.__stderr__)\n")
	put(t, filepath.Join(w.dir, "tiny", "noxfile.py"), "import nox\n\n\n@nox.session\ndef tests(session):\n    session.run('python', '-m', 'pytest', '-s', 'tests')\n")
	put(t, filepath.Join(w.dir, "tiny", "tox.ini"), "[tox]\nenv_list = tests\n[testenv]\ndeps = pytest\ncommands = python -m pytest -s tests\n")
	put(t, filepath.Join(w.dir, "tests.in"), "nox\npytest\ntox\n")
	lock := exec.Command(filepath.Join(w.dir, "tools", "uv"), "pip", "compile", "--quiet", "--generate-hashes", "--python", "/usr/bin/python3",
		"--output-file", filepath.Join(w.dir, "tiny", "requirements-test.txt"), filepath.Join(w.dir, "tests.in"))
	if out, err := lock.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for command, want := range map[string]string{"python -m tox": "/tiny/.tox/tests/lib/", "nox --no-venv": "/venv/lib/"} {
		out, status := w.pinpack(t, "build", "tiny", "--build-path", "stage", "--test", command)
		_, found, _ := strings.Cut(out, "FOUND ")
		if found, _, _ = strings.Cut(found, "\n"); status != 0 || !strings.Contains(found, want) {
			t.Errorf("%s: exit status %d, tests %q, want one in %s:\n%s", command, status, found, want, out)
		}
		if strings.HasPrefix(command, "python -m tox") && !strings.Contains(out, "tiny-1.2.3-py3-none-any.whl\n") {
			t.Errorf("tox does not install the wheel that ships:\n%s", out)
		}
	}
}
