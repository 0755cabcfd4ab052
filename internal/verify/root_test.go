//go:build acceptance

package verify

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// systemRoot is the packed root of a bookworm with systemd, and with rpm and dnf
// as if it were a system of theirs, too: a package without files stands for what
// such a system provides. It is made only once on a machine.
func systemRoot(t testing.TB) string {
	t.Helper()
	base := testkit.DebianRoot(t, "bookworm")
	file := strings.TrimSuffix(base, ".tar") + "-verify.tar"
	if _, err := os.Stat(file); err == nil {
		return file
	}
	testkit.NeedNetwork(t)
	testkit.Need(t, "rpmbuild")
	testkit.Need(t, "createrepo_c")
	root := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, exec.Command("tar", "--extract", "--numeric-owner", "--directory", root, "--file", base))
	chroot := func(script string) {
		t.Helper()
		cmd := exec.Command("chroot", root, "sh", "-euc", script)
		cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
		output(t, cmd)
	}
	chroot("apt-get --quiet update; apt-get --quiet --yes --no-install-recommends install systemd dbus rpm dnf; apt-get clean; rm -rf /var/lib/apt/lists/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/*")
	put(t, filepath.Join(root, "etc/rpm/macros"), "%_dbpath /var/lib/rpm\n", 0o644)
	put(t, filepath.Join(root, "etc/dnf/vars/releasever"), "12\n", 0o644)
	put(t, filepath.Join(root, "etc/yum.repos.d/stub.repo"), "[stub]\nname=stub\nbaseurl=file:///repo\ngpgcheck=0\n", 0o644)
	work := t.TempDir()
	spec := filepath.Join(work, "stub.spec")
	put(t, spec, "Name: distro-stub\nVersion: 1\nRelease: 1\nSummary: The system\nLicense: MIT\nBuildArch: noarch\n"+
		"Provides: /bin/sh\nProvides: systemd\nProvides: shadow-utils\n%description\nIt is there.\n%files\n", 0o644)
	output(t, exec.Command("rpmbuild", "-bb", "--define", "_topdir "+work, spec))
	output(t, exec.Command("cp", "--recursive", filepath.Join(work, "RPMS/noarch"), filepath.Join(root, "repo")))
	output(t, exec.Command("createrepo_c", filepath.Join(root, "repo")))
	chroot("rpm --install /repo/distro-stub-1-1.noarch.rpm")
	output(t, exec.Command("tar", "--create", "--numeric-owner", "--directory", root, "--file", file+".part", "."))
	if err := os.Rename(file+".part", file); err != nil {
		t.Fatal(err)
	}
	return file
}
