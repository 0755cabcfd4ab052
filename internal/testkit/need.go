package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// debianPackages are the packages that bring a program, where Debian's name for
// them is worth knowing to Need.
var debianPackages = map[string]string{
	"rpm":          "rpm",
	"rpmbuild":     "rpm",
	"dpkg-deb":     "dpkg",
	"lintian":      "lintian",
	"shellcheck":   "shellcheck",
	"debootstrap":  "debootstrap",
	"createrepo_c": "createrepo-c",
	"dnf":          "dnf",
	"gcc":          "gcc libc6-dev",
	"python3":      "python3",
	"pip3":         "python3-pip",
	"git":          "git",
	"cpio":         "cpio",
	"zstd":         "zstd",
	"brotli":       "brotli",
	"gzip":         "gzip",
	"docker":       "docker.io",
	"pg_config":    "libpq-dev",
	"strip":        "binutils",
	"npm":          "npm nodejs",
	"msgfmt":       "gettext",

	"dpkg-shlibdeps":    "dpkg-dev",
	"dpkg-scanpackages": "dpkg-dev",
	"apt-ftparchive":    "apt-utils",
	"chromium":          "chromium",
	"systemd-nspawn":    "systemd-container",
	"systemd-analyze":   "systemd",
	"systemd-sysusers":  "systemd",
	"systemd-tmpfiles":  "systemd",
	"kill":              "procps",
	"dash":              "dash",
	"bash":              "bash",
	"dockerd":           "docker.io",
	"docker-registry":   "docker-registry",
	"aptly":             "aptly",
	"pg_ctlcluster":     "postgresql",
	"gpg":               "gnupg",
	"htpasswd":          "apache2-utils",
	"skopeo":            "skopeo",
	"podman":            "podman",
	"runc":              "runc",
}

// Need returns the path of a program that the test cannot do without. Where it
// is missing, root on Debian gets it installed; anyone else has the test skipped
// with what to install. Under CI=true nothing is skipped: the test fails.
func Need(t testing.TB, tool string) string {
	t.Helper()
	path, err := Tool(tool)
	if err != nil {
		skip(t, "needs %s: %v", tool, err)
	}
	return path
}

// Tool is Need where there is no test to skip: the error says what to install.
func Tool(tool string) (string, error) { return machine.need(tool, os.Geteuid() == 0) }

// NeedPip returns a Python that has pip.
func NeedPip(t testing.TB) string {
	t.Helper()
	python := Need(t, "python3")
	if exec.Command(python, "-m", "pip", "--version").Run() != nil {
		Need(t, "pip3")
	}
	return python
}

func skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// machine is this one, which every test of the process shares.
var machine toolbox

// toolbox remembers what was tried, so that no program is installed twice.
type toolbox struct {
	mu       sync.Mutex
	failures map[string]error
}

func (b *toolbox) need(tool string, root bool) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if path, err := exec.LookPath(tool); err == nil && complete(tool) {
		return path, nil
	}
	err, tried := b.failures[tool]
	if !tried {
		if err = install(tool, root); err == nil {
			return exec.LookPath(tool)
		}
		if b.failures == nil {
			b.failures = map[string]error{}
		}
		b.failures[tool] = err
	}
	return "", err
}

// aptInstall installs the packages $1, with fresh lists where the old ones are not
// enough. It waits for its turn: go test runs several packages' tests at once,
// and apt has a waiting lock for packages but none for the lists. What apt starts
// does not inherit the lock.
const aptInstall = `exec 9>"$2" && flock 9
install() { apt-get install --yes --quiet --no-install-recommends "$@" 9>&-; }
install $1 || { apt-get update --quiet 9>&- && install $1; }`

// complete tells whether what a program cannot do without is there, too.
func complete(tool string) bool {
	if tool != "gcc" {
		return true
	}
	_, err := os.Stat("/usr/include/stdio.h")
	return err == nil
}

func install(tool string, root bool) error {
	name, known := debianPackages[tool]
	if !known {
		return fmt.Errorf("install %q and put it on PATH", tool)
	}
	_, err := exec.LookPath("apt-get")
	if !root || err != nil {
		return fmt.Errorf("install it, on Debian with `apt-get install --no-install-recommends %s` as root", name)
	}
	lock := filepath.Join(os.TempDir(), "pinpack-testkit-apt.lock")
	cmd := exec.Command("sh", "-c", aptInstall, "sh", name, lock)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("install Debian package %q: %w\n%s", name, err, output)
	}
	if _, err := exec.LookPath(tool); err != nil {
		return fmt.Errorf("install Debian package %q: %w", name, err)
	}
	return nil
}
