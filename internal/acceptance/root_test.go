//go:build acceptance

package acceptance

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

const (
	suite  = "bookworm"
	mirror = "http://deb.debian.org/debian"
	bundle = "/etc/ssl/certs/ca-certificates.crt" // a company's authorities are in it, too
)

// root is the root directory of a system without a kernel.
type root string

// newRoot unpacks a fresh bookworm with next to nothing in it.
func newRoot(t testing.TB) root {
	t.Helper()
	needRoot(t)
	r := root(filepath.Join(t.TempDir(), suite))
	if err := os.Mkdir(string(r), 0o755); err != nil {
		t.Fatal(err)
	}
	run(t, exec.Command("tar", "--extract", "--numeric-owner", "--directory", string(r), "--file", tarball(t)))
	return r
}

// tarball returns the packed bookworm root. It is made only once on a machine.
func tarball(t testing.TB) string {
	t.Helper()
	needRoot(t)
	testkit.Need(t, "debootstrap")
	path, err := bootstrapped()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var bootstrapped = sync.OnceValues(func() (string, error) {
	cache := os.TempDir()
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		cache = dir
	}
	cache = filepath.Join(cache, "pinpack-acceptance")
	path := filepath.Join(cache, suite+"-"+runtime.GOARCH+".tar")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	dir := filepath.Join(scratch, suite)
	if _, err := try(exec.Command("debootstrap", "--variant=minbase", suite, dir, mirror)); err != nil {
		return "", err
	}
	// No package may start a service: there is nobody to stop it.
	if err := os.WriteFile(filepath.Join(dir, "usr/sbin/policy-rc.d"), []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil {
		return "", err
	}
	// update-ca-certificates(8) keeps what is here, should ca-certificates be installed.
	for _, name := range []string{bundle, "/usr/local/share/ca-certificates/builder.crt"} {
		if err := copyFile(bundle, filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	if _, err := try(root(dir).command("root", "apt-get", "clean")); err != nil {
		return "", err
	}
	partial := path + fmt.Sprintf(".%d", os.Getpid())
	if _, err := try(exec.Command("tar", "--create", "--numeric-owner", "--directory", dir, "--file", partial, ".")); err != nil {
		os.Remove(partial)
		return "", err
	}
	return path, errors.Join(os.Rename(partial, path), os.RemoveAll(dir))
})

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
	return run(t, r.command("root", name, args...))
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
