//go:build acceptance

package acceptance

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestPulp publishes to Pulp 3 as it is on the package index, and has apt and dnf
// install, upgrade and go back from there.
func TestPulp(t *testing.T) {
	t.Parallel()
	p := testkit.StartPulp(t)
	packages, dir := sharedDir(t), sharedDir(t)
	debs, rpms := p.Repository("deb/apt", "debs"), p.Repository("rpm/rpm", "rpms")
	write(t, filepath.Join(dir, "key.asc"), "")
	// Pulp signs nothing without a signing service. The .rpm has a signature of ours.
	write(t, filepath.Join(dir, "tiny.sources"), "Types: deb\nURIs: "+debs+"\nSuites: bookworm\nComponents: contrib\nArchitectures: amd64\nTrusted: yes\n")
	write(t, filepath.Join(dir, "tiny.repo"), "[tiny]\nname=tiny\nbaseurl="+rpms+"\ngpgcheck=0\nrepo_gpgcheck=0\n")
	target := "pulp://" + p.Host + "?scheme=http&deb=debs&rpm=rpms&distribution=bookworm&component=contrib"
	publish := func(args ...string) *exec.Cmd {
		cmd := exec.Command(program(t), append([]string{"publish", "--publish", target}, args...)...)
		cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + dir, "PULP_USERNAME=" + p.User, "PULP_PASSWORD=" + p.Password}
		return cmd
	}
	made := func(version string) []string { return tiny(t, packages, version, secretKey(t, "ed25519")) }
	testkit.Run(t, publish(made(version(1))...))
	testkit.Run(t, publish(made(version(1))...)) // again
	testkit.Run(t, publish(append(made(version(1)), made(version(2))...)...))
	if err := p.Served(debs + "dists/bookworm/Release"); err != nil {
		t.Fatal(err)
	}
	if err := p.Served(rpms + "repodata/repomd.xml"); err != nil {
		t.Fatal(err)
	}
	var list []client
	for _, c := range clients {
		list = append(list, c.make(t, &site{dir: dir}))
	}
	all := func(get, want string) {
		t.Helper()
		for i, c := range list {
			installs(t, clients[i].name, c, get, want)
		}
	}
	all("", version(2))
	testkit.Run(t, publish(made(version(3))...))
	all("", version(3))
	all(version(1), version(1))

	// Another content under the same names.
	other := tinyWith(t, sharedDir(t), version(3), "other", secretKey(t, "ed25519"))
	_, err := testkit.Output(publish(other...))
	if err == nil || strings.Count(err.Error(), "another content under this name") < 2 {
		t.Errorf("another content: %v", err)
	}
	all(version(3), version(3))
	testkit.Run(t, publish(append(other, "--overwrite")...))
	for i, c := range list {
		c.forget(t)
		installs(t, clients[i].name, c, version(3), "other")
	}
	wrong := publish(made(version(1))...)
	wrong.Env = append(wrong.Env, "PULP_PASSWORD=wrong")
	if _, err := testkit.Output(wrong); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a wrong password: %v", err)
	}
}
