package testkit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// CABundle is where Debian keeps authorities; a company's are in it, too.
const CABundle = "/etc/ssl/certs/ca-certificates.crt"

// NeedRoot skips the test for anyone but root. Under CI=true it fails.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		skip(t, "needs root: run it as root, in a container or a virtual machine of its own")
	}
}

// DebianRoot returns a packed root directory of a suite of Debian, such as
// "bookworm", with next to nothing in it but this machine's certificate
// authorities. It is made only once on a machine.
func DebianRoot(t testing.TB, suite string) string {
	t.Helper()
	NeedRoot(t)
	Need(t, "debootstrap")
	path, err := debianRoot(suite)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func debianRoot(suite string) (path string, err error) {
	cache := os.TempDir()
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		cache = dir
	}
	cache = filepath.Join(cache, "pinpack-acceptance")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	path = filepath.Join(cache, suite+"-"+runtime.GOARCH+".tar")
	// One test makes it, also of several that go test runs at once.
	lock, err := os.Create(path + ".lock")
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock %q: %w", lock.Name(), err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	scratch, err := os.MkdirTemp("", "pinpack-root-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	dir := filepath.Join(scratch, suite)
	if err := bootstrap(dir, suite); err != nil {
		return "", err
	}
	partial := path + ".partial"
	if _, err := Output(exec.Command("tar", "--create", "--numeric-owner", "--directory", dir, "--file", partial, ".")); err != nil {
		return "", errors.Join(err, os.Remove(partial))
	}
	return path, os.Rename(partial, path)
}

// bootstrap makes a root directory.
func bootstrap(dir, suite string) error {
	const mirror = "http://deb.debian.org/debian"
	if _, err := Output(exec.Command("debootstrap", "--variant=minbase", suite, dir, mirror)); err != nil {
		return err
	}
	// No package may start a service: there is nobody to stop it.
	if err := os.WriteFile(filepath.Join(dir, "usr/sbin/policy-rc.d"), []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil {
		return err
	}
	bundle, err := os.ReadFile(CABundle)
	if err != nil {
		return err
	}
	// update-ca-certificates(8) keeps what is here, should ca-certificates be installed.
	for _, name := range []string{CABundle, "/usr/local/share/ca-certificates/builder.crt"} {
		name = filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if err == nil {
			err = os.WriteFile(name, bundle, 0o644)
		}
		if err != nil {
			return err
		}
	}
	_, err = Output(exec.Command("chroot", dir, "apt-get", "clean"))
	return err
}
