//go:build acceptance

package acceptance

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// root is the root directory of a system without a kernel.
type root string

// newRoot unpacks a fresh bookworm with next to nothing in it but apt's lists.
func newRoot(t testing.TB) root {
	t.Helper()
	return copyRoot(t, suite(t, "bookworm"))
}

// newRootWithPython is newRoot with the interpreter as Debian brings it.
func newRootWithPython(t testing.TB) root {
	t.Helper()
	return copyRoot(t, roots.get("with python", func() root {
		r := root(filepath.Join(scratch, "roots", "bookworm with python"))
		duplicate(t, suite(t, "bookworm"), r)
		r.run(t, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "python3.11")
		r.run(t, "apt-get", "clean")
		return r
	}))
}

// roots are what the tests' own are copies of.
var roots once[root]

// suite is a clean root of a suite of Debian with apt's lists of today.
func suite(t testing.TB, name string) root {
	t.Helper()
	return roots.get(name, func() root {
		r := root(filepath.Join(scratch, "roots", name))
		if err := os.MkdirAll(string(r), 0o755); err != nil {
			t.Fatal(err)
		}
		testkit.Run(t, exec.Command("tar", "--extract", "--numeric-owner", "--directory", string(r), "--file", testkit.DebianRoot(t, name)))
		write(t, r.path("/etc/dpkg/dpkg.cfg.d/unsafe"), "force-unsafe-io\n") // nobody wants it after a crash
		r.run(t, "apt-get", "update", "--quiet")
		return r
	})
}

// copyRoot makes a root of the test's own.
func copyRoot(t testing.TB, from root) root {
	t.Helper()
	r := root(filepath.Join(t.TempDir(), "root"))
	duplicate(t, from, r)
	return r
}

func duplicate(t testing.TB, from, to root) {
	t.Helper()
	testkit.Run(t, exec.Command("cp", "--archive", "--reflink=auto", string(from), string(to)))
}

// command is a command in the root, run by a user of it in an environment with
// nothing of ours. Its own mounts and processes end with it.
func (r root) command(user, name string, args ...string) *exec.Cmd {
	argv := []string{
		"--mount", "--pid", "--fork", "--kill-child", "--root=" + string(r), "--wd=/", "--mount-proc", "--",
		// A process that changes its user forgets that it is to be killed with
		// unshare. So a shell stays, as the first of the namespace: with it all end.
		"sh", "-c", `"$@"; exit $?`, "sh",
		"setpriv", "--reuid", user, "--regid", group(user), "--clear-groups", "--", name,
	}
	cmd := exec.Command("unshare", append(argv, args...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	return cmd
}

func group(user string) string {
	if user == "nobody" {
		return "nogroup"
	}
	return user
}

// run runs a command in the root, as its root, and returns what it printed.
func (r root) run(t testing.TB, name string, args ...string) string {
	t.Helper()
	return testkit.Run(t, r.command("root", name, args...))
}

// install has apt install a .deb in the root, with all that it depends on.
func (r root) install(t testing.TB, deb string, options ...string) {
	t.Helper()
	args := append([]string{"install", "--yes", "--quiet"}, options...)
	r.run(t, "apt-get", append(args, r.put(t, deb, "/packages"))...)
}

// path is where something in the root is.
func (r root) path(name string) string { return filepath.Join(string(r), name) }

// has tells whether there is something of this name.
func (r root) has(name string) bool {
	_, err := os.Lstat(r.path(name))
	return err == nil
}

// put copies a file into a directory of the root and returns its name there.
func (r root) put(t testing.TB, file, dir string) string {
	t.Helper()
	name := filepath.Join(dir, filepath.Base(file))
	if err := copyFile(file, r.path(name)); err != nil {
		t.Fatal(err)
	}
	return name
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
