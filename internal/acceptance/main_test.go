//go:build acceptance

package acceptance

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
)

// scratch is a directory that all tests share and anyone may read. It goes at
// the end.
var scratch string

func TestMain(m *testing.M) {
	syscall.Umask(0o022) // what the tests lay out is for other users to read
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "pinpack-acceptance-"); err == nil {
			err = os.Chmod(scratch, 0o755)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "make scratch directory:", err)
			return 1
		}
		defer os.RemoveAll(scratch)
		return m.Run()
	}())
}

// program builds pinpack once and returns its path.
func program(t testing.TB) string {
	t.Helper()
	path, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var compiled = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "pinpack")
	out, err := exec.Command("go", "build", "-o", path, "../../cmd/pinpack").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build pinpack: %w\n%s", err, out)
	}
	return path, nil
})

// needRoot skips the test for anyone but root, who alone may chroot and mount.
func needRoot(t testing.TB) {
	t.Helper()
	switch {
	case os.Geteuid() == 0:
	case os.Getenv("CI") == "true":
		t.Fatal("needs root")
	default:
		t.Skip("needs root: run it as root, in a container or a virtual machine of its own")
	}
}

// run runs a command to its end and returns what it printed. If it fails, so
// does the test.
func run(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	out, err := try(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// try is run for commands that may fail. The error has all that was printed.
func try(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("run %q: %w\n%s%s", brief(cmd), err, stdout.String(), stderr.String())
	}
	return stdout.String(), nil
}

// brief is the beginning and the end of a command line.
func brief(cmd *exec.Cmd) []string {
	const most = 30
	if n := len(cmd.Args); n > most {
		return slices.Concat(cmd.Args[:most/2], []string{"…"}, cmd.Args[n-most/2:])
	}
	return cmd.Args
}

// sharedDir is a t.TempDir that other users may look into.
func sharedDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(scratch, "shared-")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// write makes a file and the directories above it.
func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
