//go:build acceptance

package acceptance

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestConfigFiles ships a configuration that an administrator changes: upgrades
// and roll-backs keep the change, also where the package's own text is another
// one, and removing the package does not lose it.
func TestConfigFiles(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	const conf, default1, default2, own = "/etc/lines/lines.conf", "width = 80\n", "width = 100\n", "width = 132\n"
	work := t.TempDir()
	dir := filepath.Join(work, "lines")
	checkout(t, "lines", dir)
	var old, now result
	for _, v := range []struct {
		version, text string
		r             *result
	}{{"1.0", default1, &old}, {"1.1", default2, &now}} {
		write(t, dir+"/lines.conf", v.text)
		*v.r = builder{}.build(t, sharedDir(t), dir, "--version", v.version, "--config-files", "lines.conf:"+conf, "--test", "true")
	}
	holds := func(t *testing.T, r root, name, want string) {
		t.Helper()
		if text, err := os.ReadFile(r.path(name)); err != nil || string(text) != want {
			t.Errorf("%s: %q (%v): want %q", name, text, err, want)
		}
	}

	t.Run("deb", func(t *testing.T) {
		t.Parallel()
		r := newRoot(t)
		r.install(t, old.file(t, "deb"))
		holds(t, r, conf, default1)
		r.install(t, now.file(t, "deb"))
		holds(t, r, conf, default2) // nobody has changed it
		write(t, r.path(conf), own)
		r.install(t, old.file(t, "deb"), "--allow-downgrades", "--option", "Dpkg::Options::=--force-confold")
		holds(t, r, conf, own)
		r.install(t, now.file(t, "deb"), "--option", "Dpkg::Options::=--force-confold")
		holds(t, r, conf, own)
		r.run(t, "dpkg", "-r", "lines")
		holds(t, r, conf, own)
		r.run(t, "dpkg", "-P", "lines")
		if r.has(conf) {
			t.Errorf("%s after purge", conf)
		}
	})
	t.Run("rpm", func(t *testing.T) {
		t.Parallel()
		r := newRootWithPython(t)
		testkit.Run(t, r.rpm("--install", stub(t, "2.28", python)))
		testkit.Run(t, r.rpm("--upgrade", old.file(t, "rpm")))
		testkit.Run(t, r.rpm("--upgrade", now.file(t, "rpm")))
		holds(t, r, conf, default2)
		write(t, r.path(conf), own)
		testkit.Run(t, r.rpm("--upgrade", "--oldpackage", old.file(t, "rpm")))
		holds(t, r, conf, own)
		testkit.Run(t, r.rpm("--upgrade", now.file(t, "rpm")))
		holds(t, r, conf, own)
		testkit.Run(t, r.rpm("--erase", "lines"))
		holds(t, r, conf+".rpmsave", own)
	})
}
