package whole

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestPytest builds a project whose pyproject.toml says nothing of tests: they are
// found, their requirements are, and they leave no trace: the packages are, byte for
// byte, those of a build without any.
func TestPytest(t *testing.T) {
	testkit.NeedNetwork(t)
	w := newWorkshop(t)
	project := filepath.Join(w.dir, "whois")
	if err := os.CopyFS(project, os.DirFS(filepath.Join("..", "..", "testdata", "projects", "whois"))); err != nil {
		t.Fatal(err)
	}
	rewrite(t, filepath.Join(project, "pyproject.toml"), func(text string) string {
		return strings.NewReplacer("test = [\"python -m pytest tests\"]\n", "", "test-requirements = \"requirements-test.txt\"\n", "").Replace(text)
	})
	// Flat: what is beside the tests could be taken for what is installed.
	if err := os.Rename(filepath.Join(project, "src", "whois_server"), filepath.Join(project, "whois_server")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(project, "tests", "test_where.py"), "import whois_server\n\ndef test_where():\n    assert 'site-packages' in whois_server.__file__\n")
	w.env = []string{"SOURCE_DATE_EPOCH=1700000000"}
	build := func(out string, args ...string) string {
		t.Helper()
		text, status := w.pinpack(t, append([]string{"build", "whois", "--build-path", "stage", "--out", out}, args...)...)
		if status != 0 {
			t.Fatalf("exit status %d\n%s", status, text)
		}
		return text
	}
	if text := build("tested"); !strings.Contains(text, "== test 1: python -m pytest\n") || !strings.Contains(text, "passed") {
		t.Errorf("the tests did not run:\n%s", text)
	}
	build("untested", "--test", "none")
	for _, name := range strings.Fields(entries(t, filepath.Join(w.dir, "untested"))) {
		a, err := os.ReadFile(filepath.Join(w.dir, "tested", name))
		b, otherErr := os.ReadFile(filepath.Join(w.dir, "untested", name))
		if err != nil || otherErr != nil || name != "pinpack.json" && !bytes.Equal(a, b) {
			t.Errorf("%s: %v, %v, or other bytes", name, err, otherErr)
		}
	}
	result, err := os.ReadFile(filepath.Join(w.dir, "tested", "pinpack.json"))
	if err != nil || !strings.Contains(string(result), `"passed": `) || strings.Contains(string(result), `"passed": 0`) {
		t.Errorf("no report of passed tests: %v\n%s", err, result)
	}

	// A failing one, an empty choice, and one whose file cannot be imported.
	put(t, filepath.Join(project, "tests", "test_bad.py"), "def test_bad():\n    n = 1\n    assert n == 2\n")
	text, status := w.pinpack(t, "build", "whois", "--build-path", "stage", "--out", "bad")
	if want := filepath.Join(project, "tests", "test_bad.py") + ":3: tests.test_bad::test_bad: "; status != 1 || !strings.Contains(text, want) {
		t.Errorf("exit status %d, want 1 and %q:\n%s", status, want, text)
	}
	text, status = w.pinpack(t, "build", "whois", "--build-path", "stage", "--out", "bad", "--test", "python -m pytest -k nothing_is_called_so")
	if want := "error: test 1 (python -m pytest -k nothing_is_called_so): no tests were found"; status != 1 || !strings.Contains(text, want) {
		t.Errorf("exit status %d, want 1 and %q:\n%s", status, want, text)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "bad")); err == nil {
		t.Error("something was written")
	}
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func rewrite(t *testing.T, name string, change func(string) string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	put(t, name, change(string(text)))
}

// TestMuchOutput lets a step print a gigabyte, which it may: we stay small.
func TestMuchOutput(t *testing.T) {
	w := newWorkshop(t)
	cmd := exec.Command(filepath.Join(w.dir, "pinpack"), "build", "tiny", "-q", "--build-path", "stage", "--step-output", "2GB", "--step-logs", "logs",
		"--test", `yes "a line of the thousand million bytes" | head -c 1000000000; exit 9`)
	cmd.Dir = w.dir
	var shown bytes.Buffer
	cmd.Stdout, cmd.Stderr = &shown, &shown
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	most := memory(cmd.Process.Pid)
	err := cmd.Wait()
	out := shown.Bytes()
	if err == nil || !strings.Contains(string(out), "exit status 9") {
		t.Errorf("%v\n%s", err, out)
	}
	if len(out) > 64<<10 {
		t.Errorf("%d bytes shown with -q", len(out))
	}
	info, err := os.Stat(filepath.Join(w.dir, "logs", "test-1.log"))
	if err != nil || info.Size() != 1e9 {
		t.Errorf("the full output is not kept: %v, %v", info, err)
	}
	if n := <-most; n == 0 || n > 300 {
		t.Errorf("%d MiB of memory: want some, and 300 at most", n)
	}
}

// memory tells, once a process has ended, how much of it was in memory at most, in
// MiB. (What wait4(2) says of that counts the memory of us, who started it.)
func memory(pid int) <-chan int {
	most := make(chan int, 1)
	go func() {
		n := 0
		for {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			_, after, ok := strings.Cut(string(status), "VmHWM:")
			if err != nil || !ok { // it has ended
				most <- n >> 10
				return
			}
			fmt.Sscan(after, &n)
			time.Sleep(20 * time.Millisecond)
		}
	}()
	return most
}

// TestStepFillsTheDisk: the error says so, and results stay as they were.
func TestStepFillsTheDisk(t *testing.T) {
	w := newWorkshop(t)
	small := smallDisk(t, w.dir, "16m")
	w.env = []string{"TMPDIR=" + small}
	results := filepath.Join(small, "dist")
	if out, status := w.pinpack(t, "build", "tiny", "--build-path", "stage", "--out", results); status != 0 {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	before := entries(t, results)
	// The copy that tests work on is below TMPDIR, as all of the scratch directory.
	for _, step := range [][]string{{"--test", "cat /dev/zero > fill"}, {"--test", "cat /dev/zero > fill || true"}, {"--assets", "cat /dev/zero > $TMPDIR/fill"}} {
		out, status := w.pinpack(t, "build", "tiny", "--build-path", "stage", "--out", results, "--step-logs", filepath.Join(small, "logs"), step[0], step[1])
		if status != 1 || !strings.Contains(out, "hint: the disk is full") {
			t.Errorf("%q: exit status %d, want 1 and a hint:\n%s", step, status, out)
		}
		if after := entries(t, results); after != before {
			t.Errorf("%q: the results were %s, and are %s", step, before, after)
		}
		for _, left := range []string{filepath.Join(small, "fill"), filepath.Join(small, "logs"), filepath.Join(w.dir, "tiny", "fill")} {
			if err := os.RemoveAll(left); err != nil {
				t.Fatal(err)
			}
		}
		if got := entries(t, small); got != "dist" {
			t.Errorf("%q: left %s", step, got)
		}
	}
}
