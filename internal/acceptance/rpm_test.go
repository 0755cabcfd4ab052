//go:build acceptance

package acceptance

import (
	"maps"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestRPMSaysTheSame asks rpm what each .rpm holds and needs, holds it against
// what dpkg says of the .deb, and installs, checks and removes it.
func TestRPMSaysTheSame(t *testing.T) {
	for _, p := range projects {
		t.Run(p.folder, func(t *testing.T) {
			r := built(t, p.folder)
			compareLists(t, p.name, r.file(t, "deb"), r.file(t, "rpm"))
			ask(t, p.name, r.file(t, "rpm"))
			installRPM(t, p.folder, p.name, r.file(t, "rpm"))
		})
	}
}

// compareLists compares path, kind, mode and link of each entry, but for what
// is documented to differ: Debian's changelog, and the directories that belong
// to the system, which a .deb lists and an .rpm does not own.
func compareLists(t *testing.T, name, deb, rpm string) {
	t.Helper()
	testkit.Need(t, "rpm")
	one, err := testkit.ReadDeb(deb)
	if err != nil {
		t.Fatal(err)
	}
	two, err := testkit.ReadRPM(rpm)
	if err != nil {
		t.Fatal(err)
	}
	delete(one.Files, "/usr/share/doc/"+name+"/changelog.Debian.gz")
	for _, dir := range []string{"/opt", "/usr", "/usr/bin", "/usr/share", "/usr/share/doc"} {
		delete(one.Files, dir)
	}
	if diff := cmp.Diff(one.Files, two.Files); diff != "" {
		t.Errorf("files (-deb +rpm):\n%s", diff)
	}
	// The tools themselves read the same as testkit.
	listed := strings.Fields(run(t, exec.Command("rpm", "--query", "--package", "--list", rpm)))
	slices.Sort(listed)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(one.Files)), listed); diff != "" {
		t.Errorf("paths (-deb +rpm -qpl):\n%s", diff)
	}
	// What is between the prefix and its files is owned: nothing stays behind.
	for file := range two.Files {
		for dir := path.Dir(file); strings.HasPrefix(dir, "/opt/"); dir = path.Dir(dir) {
			if two.Files[dir] != "dir 0755" {
				t.Errorf("directory %s: %q: want it owned, with mode 0755", dir, two.Files[dir])
			}
		}
	}
}

// ask looks at the digests and at what the package needs and offers.
func ask(t *testing.T, name, rpm string) {
	t.Helper()
	if out := run(t, exec.Command("rpm", "--checksig", "--nosignature", rpm)); !strings.HasSuffix(out, ": digests OK\n") {
		t.Errorf("rpm --checksig: %s", out)
	}
	needs := func(what string) []string {
		list := strings.Split(strings.TrimSpace(run(t, exec.Command("rpm", "--query", "--package", what, rpm))), "\n")
		return slices.DeleteFunc(list, func(s string) bool { return strings.HasPrefix(s, "rpmlib(") })
	}
	if diff := cmp.Diff([]string{"/usr/bin/python3.11"}, needs("--requires")); diff != "" {
		t.Errorf("requires (-want +got):\n%s", diff)
	}
	for _, offer := range needs("--provides") {
		if !strings.HasPrefix(offer, name+" = ") && !strings.HasPrefix(offer, name+"(") {
			t.Errorf("provides %q: only itself is for others", offer)
		}
	}
}

// installRPM does so in a root that has the interpreter as Debian brings it, so
// that the commands run, too.
func installRPM(t *testing.T, folder, name, rpm string) {
	t.Helper()
	r := newRoot(t)
	r.run(t, "apt-get", "update", "--quiet")
	r.run(t, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "python3.11")
	if _, err := try(r.rpm("--install", rpm)); err == nil || !strings.Contains(err.Error(), "/usr/bin/python3.11 is needed by") {
		t.Errorf("rpm --install without an interpreter in its database: %v: want it refused", err)
	}
	run(t, r.rpm("--install", stub(t)))
	run(t, r.rpm("--install", rpm))
	r.verifyRPM(t, name)
	installed := stamps(t, r.path("/opt"))
	for _, user := range []string{"nobody", "root"} {
		uses[folder](t, r, user)
	}
	r.verifyRPM(t, name)
	if diff := cmp.Diff(installed, stamps(t, r.path("/opt"))); diff != "" {
		t.Errorf("what changed by running it (-before +after):\n%s", diff)
	}
	run(t, r.rpm("--erase", name))
	gone(t, r, name)
	for link, target := range links(t, r) {
		if strings.HasPrefix(target, "/opt/") {
			t.Errorf("left: /usr/bin/%s, a link to %s", link, target)
		}
	}
}

// rpm is the machine's rpm at work on the root. Debian's keeps its database
// below $HOME otherwise.
func (r root) rpm(args ...string) *exec.Cmd {
	return exec.Command("rpm", append([]string{"--root", string(r), "--dbpath", "/var/lib/rpm"}, args...)...)
}

// verifyRPM fails the test unless each file of the package is as it was shipped.
func (r root) verifyRPM(t testing.TB, name string) {
	t.Helper()
	if out, err := try(r.rpm("--verify", name)); err != nil || out != "" {
		t.Errorf("rpm --verify: %s%v", out, err)
	}
}

// stub builds a package without files that stands for the system's, as the
// database of a real one would have them.
func stub(t testing.TB) string {
	t.Helper()
	testkit.Need(t, "rpmbuild")
	dir := t.TempDir()
	spec := filepath.Join(dir, "system.spec")
	write(t, spec, "Name: system\nVersion: 1\nRelease: 1\nSummary: The system\nLicense: MIT\nBuildArch: noarch\n"+
		"Provides: /bin/sh\nProvides: /usr/bin/python3.11\n%description\nIt is there.\n%files\n")
	run(t, exec.Command("rpmbuild", "-bb", "--define", "_topdir "+dir, spec))
	return filepath.Join(dir, "RPMS/noarch/system-1-1.noarch.rpm")
}
