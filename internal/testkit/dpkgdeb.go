package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BuildDeb has dpkg-deb make a package with one file, /opt/NAME/data, and returns
// its path. The same arguments give the same bytes.
func BuildDeb(t testing.TB, name, version, data string) string {
	t.Helper()
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: Test <test@example.org>\nDescription: test\n", name, version)
	for file, text := range map[string]string{"DEBIAN/control": control, "opt/" + name + "/data": data} {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, fmt.Sprintf("%s_%s_all.deb", name, version))
	cmd := exec.Command(Need(t, "dpkg-deb"), "--build", "--root-owner-group", root, path)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000")
	Run(t, cmd)
	return path
}
