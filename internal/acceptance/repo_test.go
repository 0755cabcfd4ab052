//go:build acceptance

package acceptance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// clients makes each client of a repository.
var clients = []struct {
	name string
	make func(t testing.TB, s *site) client
}{
	{"apt of bookworm", func(t testing.TB, s *site) client { return newAptClient(t, "bookworm", s) }},
	{"apt of trixie", func(t testing.TB, s *site) client { return newAptClient(t, "trixie", s) }},
	{"dnf", func(t testing.TB, s *site) client { return newDnfClient(t, s) }},
}

// TestRepositoriesInstall has apt and dnf, with all their checks on, install from
// a repository, upgrade, go back and go on, and refuse every file of it in which
// a byte is changed.
func TestRepositoriesInstall(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	for _, key := range []string{"ed25519", "rsa"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			packages, dir := sharedDir(t), filepath.Join(sharedDir(t), "site")
			s := serve(t, dir)
			publish := func(version string) {
				t.Helper()
				testkit.Run(t, publishing(t, secretKey(t, key), append([]string{"publish", "--publish", "repo+dir:" + dir + "?url=" + s.url}, tiny(t, packages, version, secretKey(t, key))...)...))
			}
			publish(version(1))
			publish(version(2))
			var list []client
			for _, c := range clients {
				list = append(list, c.make(t, s))
			}
			for i, c := range list {
				installs(t, clients[i].name, c, "", version(2))
			}
			publish(version(3))
			for i, c := range list {
				installs(t, clients[i].name, c, "", version(3))
				installs(t, clients[i].name, c, version(1), version(1))
				installs(t, clients[i].name, c, version(2), version(2))
			}
			if key != "ed25519" {
				return // what is altered is found by digest, whatever the key
			}
			for i, c := range list {
				t.Run("altered/"+clients[i].name, func(t *testing.T) { altered(t, c, s) })
			}
			if apt, ok := list[0].(*aptClient); ok {
				apt.options = []string{"--option", "Acquire::By-Hash=no"}
				t.Run("altered/apt without by-hash", func(t *testing.T) { altered(t, apt, s) })
				if err := os.Remove(filepath.Join(dir, "dists/stable/InRelease")); err != nil {
					t.Fatal(err)
				}
				t.Run("altered/apt without InRelease", func(t *testing.T) { altered(t, apt, s) })
			}
		})
	}
}

// installs has a client install, and looks at what it has then.
func installs(t *testing.T, name string, c client, version, want string) {
	t.Helper()
	if err := c.get(version); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got := c.has(t); got != want {
		t.Fatalf("%s has %q: want %q", name, got, want)
	}
}

// altered changes a byte in each file that a client takes on the way to an
// installation, in one after the other.
func altered(t *testing.T, c client, s *site) {
	c.forget(t)
	used := s.during(nil, func() { installs(t, "unaltered", c, version(3), version(3)) })
	t.Logf("it takes %s", strings.Join(used, " "))
	if len(used) < 3 {
		t.Fatalf("it takes %q only: this test looks in the wrong place", used)
	}
	for _, file := range used {
		c.forget(t)
		var err error
		asked := s.during(flip(file), func() { err = c.get(version(3)) })
		if err == nil || c.has(t) != "" {
			t.Errorf("%s altered: %v, has %q after %s: want it refused", file, err, c.has(t), strings.Join(asked, " "))
		}
	}
	c.forget(t)
	installs(t, "unaltered again", c, version(3), version(3))
}

// TestRepositoryOfUnsignedPackages holds that apt takes no unsigned repository
// unless its sources say so, as those that are written do.
func TestRepositoryOfUnsignedPackages(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	dir := filepath.Join(sharedDir(t), "site")
	s := serve(t, dir)
	cmd := publishing(t, "", append([]string{"publish", "--publish", "repo+dir:" + dir + "?url=" + s.url}, tiny(t, sharedDir(t), version(1), "")...)...)
	testkit.Run(t, cmd)
	write(t, filepath.Join(dir, "key.asc"), "") // newAptClient wants one
	apt, dnf := newAptClient(t, "bookworm", s), newDnfClient(t, s)
	installs(t, "apt", apt, "", version(1))
	installs(t, "dnf", dnf, "", version(1))
	apt.forget(t)
	sources := apt.path("/etc/apt/sources.list.d/tiny.sources")
	text, err := os.ReadFile(sources)
	if err != nil {
		t.Fatal(err)
	}
	write(t, sources, strings.ReplaceAll(string(text), "Trusted: yes\n", ""))
	if err := apt.get(""); err == nil || apt.has(t) != "" {
		t.Errorf("apt takes an unsigned repository: %v", err)
	}
}

// TestPageIsValid has Chromium show the page, and nothing missing from it.
func TestPageIsValid(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	chromium := testkit.Need(t, "chromium")
	dir := filepath.Join(sharedDir(t), "site")
	s := serve(t, dir)
	packages := sharedDir(t)
	for n := range 3 {
		testkit.Run(t, publishing(t, secretKey(t, "ed25519"), append([]string{"publish", "--publish", "repo+dir:" + dir + "?suite=bookworm,trixie&url=" + s.url}, tiny(t, packages, version(n), secretKey(t, "ed25519"))...)...))
	}
	var shown string
	asked := s.during(nil, func() {
		args := []string{"--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + t.TempDir(), "--virtual-time-budget=2000"}
		shown = testkit.Run(t, exec.Command(chromium, append(args, "--dump-dom", s.url+"/index.html")...))
		if name := os.Getenv("PINPACK_SCREENSHOT"); name != "" {
			testkit.Run(t, exec.Command(chromium, append(args, "--window-size=900,1500", "--screenshot="+name, s.url+"/index.html")...))
		}
	})
	if len(asked) != 1 || asked[0] != "/index.html" {
		t.Errorf("the page fetches %q: want nothing besides itself", asked)
	}
	for _, want := range []string{"sudo apt-get install tiny", "sudo dnf install tiny", s.url + "/key.asc", `<a href="pool/main/t/tiny/tiny_1.002-1_all.deb">1.002-1</a>`} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
}
