//go:build acceptance

package acceptance

import (
	"maps"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestRPMSaysTheSame asks rpm what each .rpm holds and needs, holds it against
// what dpkg says of the .deb, and installs, checks and removes it.
func TestRPMSaysTheSame(t *testing.T) {
	t.Parallel()
	for _, p := range projects {
		t.Run(p.folder, func(t *testing.T) {
			t.Parallel()
			r := built(t, p.folder)
			compareLists(t, p.name, r.file(t, "deb"), r.file(t, "rpm"))
			ask(t, r)
			installRPM(t, p.folder, r)
		})
	}
}

// compareLists compares path, kind, mode and link of each entry, but for what
// is documented to differ: Debian's changelog, lintian's overrides, SBOMs, the web
// server's group, and the directories that belong to the system, which a .deb
// lists and an .rpm does not own.
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
	delete(one.Files, "/usr/share/lintian/overrides/"+name)
	for _, doc := range []string{"sbom.cdx.json", "sbom.spdx.json"} { // they name the package, and what it needs in its format's words
		name := "/usr/share/doc/" + name + "/" + doc
		if one.Files[name] == "" || one.Files[name] == two.Files[name] {
			t.Errorf("%s: %q in both", name, one.Files[name])
		}
		one.Files[name] = two.Files[name]
	}
	for _, dir := range []string{
		"/opt", "/usr", "/usr/bin", "/usr/lib", "/usr/lib/systemd", "/usr/lib/systemd/system", "/usr/lib/sysusers.d", "/usr/lib/tmpfiles.d",
		"/usr/libexec", "/usr/share", "/usr/share/doc", "/usr/share/lintian", "/usr/share/lintian/overrides",
	} {
		delete(one.Files, dir)
	}
	for _, group := range []string{"/usr/lib/systemd/system/" + name + ".socket.d/10-", "/usr/lib/sysusers.d/" + name + "-"} {
		if one.Files[group+"deb.conf"] != "" {
			delete(one.Files, group+"deb.conf")
			one.Files[group+"rpm.conf"] = two.Files[group+"rpm.conf"]
		}
	}
	if diff := cmp.Diff(one.Files, two.Files); diff != "" {
		t.Errorf("files (-deb +rpm):\n%s", diff)
	}
	// The tools themselves read the same as testkit.
	listed := strings.Fields(testkit.Run(t, exec.Command("rpm", "--query", "--package", "--list", rpm)))
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
func ask(t *testing.T, r result) {
	t.Helper()
	rpm := r.file(t, "rpm")
	if out := testkit.Run(t, exec.Command("rpm", "--checksig", "--nosignature", rpm)); !strings.HasSuffix(out, ": digests OK\n") {
		t.Errorf("rpm --checksig: %s", out)
	}
	list := func(what string) []string {
		return strings.Split(strings.TrimSpace(testkit.Run(t, exec.Command("rpm", "--query", "--package", what, rpm))), "\n")
	}
	var others, glibc []string
	for _, need := range list("--requires") {
		switch {
		case strings.HasPrefix(need, "rpmlib("):
		case strings.Contains(need, ".so.") || strings.HasPrefix(need, "rtld("):
			glibc = append(glibc, need)
		default:
			others = append(others, need)
		}
	}
	wanted := []string{python}
	if served[r.Name] {
		wanted = []string{"/bin/sh", "/usr/bin/python3.11", "/usr/sbin/useradd"}
	}
	slices.Sort(others)
	if diff := cmp.Diff(wanted, slices.Compact(others)); diff != "" {
		t.Errorf("requires (-want +got):\n%s", diff)
	}
	if r.Glibc == "" && len(glibc) > 0 {
		t.Errorf("requires %q: want none, since nothing is native", glibc)
	}
	known := capabilities(t, r.Glibc)
	for _, need := range glibc {
		if !slices.Contains(known, need) {
			t.Errorf("requires %q: glibc %q offers no such thing", need, r.Glibc)
		}
	}
	for _, offer := range list("--provides") {
		if !strings.HasPrefix(offer, r.Name+" = ") && !strings.HasPrefix(offer, r.Name+"(") {
			t.Errorf("provides %q: only itself is for others", offer)
		}
	}
}

// installRPM does so in a root that has the interpreter as Debian brings it, so
// that the commands run, too.
func installRPM(t *testing.T, folder string, built result) {
	t.Helper()
	rpm := built.file(t, "rpm")
	r := newRootWithPython(t)
	r.refuses(t, rpm, python)
	if built.Glibc != "" {
		testkit.Run(t, r.rpm("--install", stub(t, "2.12", python)))
		r.refuses(t, rpm, "libc.so.6(GLIBC_"+built.Glibc+")(64bit)")
	}
	testkit.Run(t, r.rpm("--upgrade", stub(t, "2.28", python)))
	r.tryRPM(t, folder, built)
}

// tryRPM installs a package, runs what is inside, looks for anything that
// changed, and removes it.
func (r root) tryRPM(t *testing.T, folder string, built result) {
	t.Helper()
	name := built.Name
	testkit.Run(t, r.rpm("--install", built.file(t, "rpm")))
	r.verifyRPM(t, name)
	if served[name] {
		serves(t, r, name, "nginx")
	}
	installed := stamps(t, r.path("/opt"))
	for _, user := range []string{"nobody", "root"} {
		uses[folder](t, r, user)
	}
	r.verifyRPM(t, name)
	if diff := cmp.Diff(installed, stamps(t, r.path("/opt"))); diff != "" {
		t.Errorf("what changed by running it (-before +after):\n%s", diff)
	}
	testkit.Run(t, r.rpm("--erase", name))
	gone(t, r, name)
	if served[name] {
		stays(t, r, name, data[name]...)
	}
	for link, target := range links(t, r) {
		if strings.HasPrefix(target, "/opt/") {
			t.Errorf("left: /usr/bin/%s, a link to %s", link, target)
		}
	}
}

// refuses fails the test unless rpm misses a capability for a package.
func (r root) refuses(t testing.TB, rpm, capability string) {
	t.Helper()
	_, err := testkit.Output(r.rpm("--install", rpm))
	if err == nil || !strings.Contains(err.Error(), capability+" is needed by") {
		t.Errorf("rpm --install where nothing offers %s: %v: want it refused", capability, err)
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
	if out, err := testkit.Output(r.rpm("--verify", name)); err != nil || out != "" {
		t.Errorf("rpm --verify: %s%v", out, err)
	}
}
