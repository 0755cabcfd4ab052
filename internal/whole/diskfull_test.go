package whole

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of a size (tmpfs(5)) in a directory until the test
// ends.
func smallDisk(t *testing.T, dir, size string) string {
	t.Helper()
	small := filepath.Join(dir, "small")
	if err := os.Mkdir(small, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size="+size); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("mount a small file system: %v", err)
		}
		t.Skipf("mount a small file system: %v: this test wants root", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(small, 0) })
	return small
}

// TestDiskFull fills the disk in the virtualenv's place and in the results': an
// earlier result stays as it was, and nothing else is left.
func TestDiskFull(t *testing.T) {
	w := newWorkshop(t)
	small := smallDisk(t, w.dir, "2m")
	results := filepath.Join(small, "dist")
	if out, status := w.pinpack(t, "build", "tiny", "--build-path", "stage", "--out", results); status != 0 {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	before := entries(t, results)
	bigData(t)(filepath.Join(w.dir, "tiny"))
	tests := []struct {
		name string
		env  []string
		args []string
	}{
		{"results", nil, []string{"--compression", "none", "--formats", "deb", "--out", results}},
		{"scratch", []string{"TMPDIR=" + small}, []string{"--out", results}},
	}
	for _, test := range tests {
		w.env = test.env
		out, status := w.pinpack(t, append([]string{"build", "tiny", "--build-path", "stage"}, test.args...)...)
		if status != 1 || !strings.Contains(out, "hint: the disk is full") {
			t.Errorf("%s: exit status %d, want 1 and a hint:\n%s", test.name, status, out)
		}
		if after := entries(t, results); after != before {
			t.Errorf("%s: the results were %s, and are %s", test.name, before, after)
		}
		if got := entries(t, small); got != "dist" {
			t.Errorf("%s: left %s", test.name, got)
		}
	}
}

func entries(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}
