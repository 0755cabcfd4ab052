//go:build acceptance

package acceptance

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// servedImage is the image of servedRoot.
const servedImage = "served:1"

// servedRoot is a packed bookworm with systemd, Python, and the package managers
// of both families: what a package of either needs is there, since the engine's
// containers have no network.
func servedRoot(t testing.TB) string {
	t.Helper()
	return string(roots.get("served", func() root {
		r := newRootWithPython(t)
		r.run(t, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "systemd", "dbus", "rpm", "dnf")
		r.run(t, "apt-get", "clean")
		write(t, r.path("/etc/rpm/macros"), "%_dbpath /var/lib/rpm\n")
		write(t, r.path("/etc/dnf/vars/releasever"), "12\n")
		write(t, r.path("/etc/yum.repos.d/system.repo"), "[system]\nname=system\nbaseurl=file:///repo\ngpgcheck=0\n")
		system := r.path(r.put(t, stub(t, "2.36", python, "systemd"), "/repo"))
		output(t, exec.Command(testkit.Need(t, "createrepo_c"), "--quiet", filepath.Dir(system)))
		testkit.Run(t, r.rpm("--install", system))
		file := filepath.Join(scratch, "roots", "served.tar")
		output(t, exec.Command("tar", "--create", "--numeric-owner", "--directory", string(r), "--file", file, "."))
		return root(file)
	}))
}

// verified holds that a build was verified in both formats, and what was done.
func verified(t testing.TB, r result, previous string) {
	t.Helper()
	if len(r.Verified) != 2 {
		t.Fatalf("%d reports: want one for each format", len(r.Verified))
	}
	for _, v := range r.Verified {
		done := ""
		for _, e := range v.Events {
			done += e.Name + "\n"
		}
		want := "prepare\ninstall\nservices\nsmoke: whois-server --version\nreinstall\nservices\nremove\nfiles after remove\n"
		if v.Format == "deb" {
			want += "purge\nfiles after purge\n"
		}
		if previous != "" {
			want += "install\nservices\nupgrade\nservices\nsmoke: whois-server --version\nroll back\nservices\nupgrade\nservices\nremove\nfiles after remove\n"
			if v.Format == "deb" {
				want += "purge\nfiles after purge\n"
			}
		}
		if diff := cmp.Diff(want, done); diff != "" || !v.OK || !strings.HasPrefix(v.Previous, previous) || v.User != "whois-server" || strings.Contains(v.File, "/") {
			t.Errorf("%+v (-want +done):\n%s", v, diff)
		}
	}
}

// TestBuildVerifies has packages verified, in both formats, upgraded and rolled
// back, before they are published. Those that do not get healthy are not.
func TestBuildVerifies(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	e := testkit.StartEngine(t)
	e.Docker(t, "import", servedRoot(t), servedImage)
	b := builder{env: []string{"DOCKER_HOST=unix://" + e.Socket}}
	work := sharedDir(t)
	dir := filepath.Join(work, "whois")
	checkout(t, "whois", dir)
	old := b.build(t, sharedDir(t), dir, "--version", "1.3.0", "--test", "true")
	args := []string{
		"--verify", "--verify-engine", "docker", "--verify-on", "deb=" + servedImage, "--verify-smoke", "whois-server --version",
		"--verify-previous", old.file(t, "deb"), "--publish", "dir:" + filepath.Join(work, "published"), "--test", "true",
	}
	good := b.build(t, work, dir, append(slices.Clone(args), "--verify-on", "rpm="+servedImage, "--verify-previous", old.file(t, "rpm"))...)
	verified(t, good, "1.3.0")
	for _, format := range []string{"deb", "rpm"} {
		if files, err := filepath.Glob(filepath.Join(work, "published", "whois-server*1.4.0*."+format)); err != nil || len(files) != 1 {
			t.Errorf("published: %q (%v): want one .%s", files, err, format)
		}
	}

	replace(t, dir+"/pyproject.toml", `healthcheck = "/healthz"`, "healthcheck = \"/sick\"\nhealth-timeout = \"1s\"")
	before := testkit.TreeDump(t, work)
	log, err := b.try(t, work, dir, append(args, "--version", "1.5.0", "--formats", "deb")...)
	if err == nil {
		t.Fatalf("a package that does not get healthy is published:\n%s", log)
	}
	says(t, err.Error(), "services 1.5.0-1: whois-server.service: ", "not healthy within 1 second", "status 404", "roll back 1.3.0-1: ok")
	if diff := cmp.Diff(before, testkit.TreeDump(t, work)); diff != "" {
		t.Errorf("files (-before +after):\n%s", diff)
	}
	if out := e.Docker(t, "ps", "--all", "--quiet"); out != "" {
		t.Errorf("containers left: %s", out)
	}
}
