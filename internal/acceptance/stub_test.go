//go:build acceptance

package acceptance

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// python is the interpreter that most packages here depend on.
const python = "/usr/bin/python3.11"

// stub builds a package without files that stands for a system's, as the
// database of a real one would have them: it offers what a glibc of that version
// does, and more capabilities. The version is its own, too.
func stub(t testing.TB, glibc string, more ...string) string {
	t.Helper()
	testkit.Need(t, "rpmbuild")
	offers := slices.Concat([]string{"/bin/sh", "/usr/sbin/useradd", "ca-certificates", "tzdata"}, capabilities(t, glibc), more)
	dir := t.TempDir()
	spec := filepath.Join(dir, "system.spec")
	write(t, spec, "Name: system\nVersion: "+glibc+"\nRelease: 1\nSummary: The system\nLicense: MIT\nBuildArch: noarch\n"+
		"Provides: "+strings.Join(offers, "\nProvides: ")+"\n%description\nIt is there.\n%files\n")
	testkit.Run(t, exec.Command("rpmbuild", "-bb", "--define", "_topdir "+dir, spec))
	return filepath.Join(dir, "RPMS/noarch/system-"+glibc+"-1.noarch.rpm")
}

var symbolVersion = regexp.MustCompile(`\(GLIBC_([^)]+)\)`)

// capabilities are what rpm says that the libraries of bookworm's glibc offer,
// as far as one of a version has them: "libc.so.6(GLIBC_2.34)(64bit)".
func capabilities(t testing.TB, glibc string) []string {
	t.Helper()
	all := glibcs.get("bookworm", func() []string {
		testkit.Need(t, "rpmbuild")
		r := suite(t, "bookworm")
		var libraries []string
		for _, name := range strings.Fields(r.run(t, "dpkg-query", "--listfiles", "libc6")) {
			if strings.HasPrefix(name, "/lib") && strings.Contains(name, ".so.") {
				libraries = append(libraries, r.path(name))
			}
		}
		elfdeps := strings.TrimSpace(testkit.Run(t, exec.Command("rpm", "--eval", "%{_rpmconfigdir}/elfdeps")))
		list := strings.Fields(testkit.Run(t, exec.Command(elfdeps, append([]string{"--provides"}, libraries...)...)))
		return append(list, "rtld(GNU_HASH)") // its package says so by itself
	})
	var list []string
	for _, c := range all {
		if m := symbolVersion.FindStringSubmatch(c); m == nil || number(m[1]) > 0 && number(m[1]) <= number(glibc) {
			list = append(list, c)
		}
	}
	if len(list) < 10 {
		t.Fatalf("glibc %s offers %q only: this test looks in the wrong place", glibc, list)
	}
	return list
}

var glibcs once[[]string]

// number makes versions of glibc comparable; what is none is 0.
func number(version string) (n int) {
	var major, minor, patch int
	if parts, _ := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); parts < 2 {
		return 0
	}
	return major*1_000_000 + minor*1000 + patch
}
