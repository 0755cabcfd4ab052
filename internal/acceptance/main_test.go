//go:build acceptance

package acceptance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
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
	cmd := exec.Command("go", "build", "-o", path, "../../cmd/pinpack")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is released: it runs on any system
	_, err := testkit.Output(cmd)
	return path, err
})

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
