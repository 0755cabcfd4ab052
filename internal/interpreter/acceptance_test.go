//go:build acceptance

package interpreter_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestBundleRunsOnCleanSystems runs a virtualenv on each bundle in systems with
// next to nothing but glibc: one as old as this machine's, and a newer one. The
// newer has its certificates where Red Hat has them.
func TestBundleRunsOnCleanSystems(t *testing.T) {
	bookworm, trixie := filepath.Join(t.TempDir(), "bookworm"), filepath.Join(t.TempDir(), "trixie")
	for _, root := range []string{bookworm, trixie} {
		if err := os.Mkdir(root, 0o755); err != nil {
			t.Fatal(err)
		}
		do(t, "tar", "--extract", "--numeric-owner", "--directory", root, "--file", testkit.DebianRoot(t, filepath.Base(root)))
	}
	authorities := filepath.Join(trixie, "etc/pki/tls/certs/ca-bundle.crt")
	if err := os.MkdirAll(filepath.Dir(authorities), 0o755); err != nil {
		t.Fatal(err)
	}
	do(t, "mv", filepath.Join(trixie, testkit.CABundle), authorities)

	for name, prefix := range prefixes(t) {
		b := bundle(t, prefix)
		minor := regexp.MustCompile(`^3\.[0-9]+`).FindString(b.Version)
		for _, root := range []string{bookworm, trixie} {
			t.Run(name+" on "+filepath.Base(root), func(t *testing.T) {
				dir := filepath.Join(root, "opt/app")
				if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
					t.Fatal(err)
				}
				do(t, "cp", "--archive", b.Dir, filepath.Join(dir, "python"))
				virtualenv(t, dir, "/opt/app", minor)
				out := inside(t, root, "/opt/app/bin/python3", "-c", script+more)
				if want := "/opt/app /opt/app/python\nauthorities True\n"; !strings.HasPrefix(out, want) {
					t.Errorf("printed %q, want %q", out, want)
				}
				t.Log(strings.TrimSpace(out))
			})
		}
	}
}

// more loads the authorities, and the system's OpenSSL beside the bundle's.
const more = `
print("authorities", len(ssl.create_default_context().get_ca_certs()) > 20)
try:
    system = ctypes.CDLL("libcrypto.so.3")
except OSError:
    print(ssl.OPENSSL_VERSION)
else:
    system.OpenSSL_version.restype = ctypes.c_char_p
    print(ssl.OPENSSL_VERSION, "beside", system.OpenSSL_version(0).decode())
`

// inside runs a program in a root, with a /proc, which $ORIGIN takes.
func inside(t testing.TB, root string, args ...string) string {
	t.Helper()
	cmd := exec.Command("unshare", append([]string{"--mount", "--pid", "--fork", "--kill-child", "--root=" + root, "--wd=/", "--mount-proc", "--"}, args...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	out, err := testkit.Output(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
