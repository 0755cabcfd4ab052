package testkit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Engine is a container engine of the test's own: nothing of it is outside of
// its directory, and it ends with the test.
type Engine struct {
	Socket string // path of its socket
	dir    string
}

// NeedRoot skips the test for anyone but root. Under CI=true it fails.
func NeedRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		skip(t, "needs root: run it as root, in a container or a virtual machine of its own")
	}
}

// StartEngine starts a docker engine. Its containers have the machine's network
// or none, since it may not touch bridges and packet filters. Its mounts are its
// own and end with it, and so does the /opt/containerd that it makes.
func StartEngine(t testing.TB) *Engine {
	t.Helper()
	NeedRoot(t)
	dockerd := Need(t, "dockerd")
	Need(t, "docker")
	dir, err := os.MkdirTemp("", "pinpack-engine-") // a short name: a socket's has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove engine: %v", err)
		}
	})
	e := &Engine{Socket: dir + "/socket", dir: dir}
	cmd := exec.Command("unshare", "--mount", "sh", "-euc", `mount -t tmpfs none /opt; exec "$@"`, "sh", dockerd,
		"--host", "unix://"+e.Socket, "--data-root", dir+"/data", "--exec-root", dir+"/exec", "--pidfile", dir+"/pid",
		"--log-level", "warn", "--bridge", "none", "--iptables=false", "--ip6tables=false")
	ended := beside(t, cmd)
	for range 600 {
		if e.Command("version").Run() == nil {
			return e
		}
		select {
		case <-ended:
			t.Fatal("dockerd ended before it served")
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatal("dockerd does not serve after a minute")
	return nil
}

// beside runs a program until the test ends: it is asked to end then, and killed
// if that takes long, or if the test itself is killed.
func beside(t testing.TB, cmd *exec.Cmd) (ended chan struct{}) {
	t.Helper()
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.WaitDelay = 10 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	ended = make(chan struct{})
	started := make(chan error)
	go func() {
		// The kernel sends that signal when the thread ends that started it.
		runtime.LockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // we end it ourselves
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		if t.Failed() {
			t.Logf("%q printed:\n%s", cmd.Args[0], log.String())
		}
	})
	return ended
}

// Command is docker's command line. The classic builder needs no plugin.
func (e *Engine) Command(args ...string) *exec.Cmd {
	cmd := exec.Command("docker", append([]string{"--host", "unix://" + e.Socket}, args...)...)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=0", "DOCKER_CONFIG="+e.dir+"/config")
	return cmd
}

// Docker runs docker's command line to its end and returns what it printed. If
// it fails, so does the test.
func (e *Engine) Docker(t testing.TB, args ...string) string {
	t.Helper()
	out, err := Output(e.Command(args...))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Output runs a command and returns what it printed. The error has all of it.
func Output(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("run %q: %w\n%s%s", cmd.Args, err, stdout.String(), stderr.String())
	}
	return stdout.String(), nil
}

// The images that pinpack's Dockerfile begins with.
const (
	EngineBase = "debian:12-slim"
	EngineGo   = "golang:1.25-bookworm"
)

// MakeBases makes the images that the Dockerfile begins with, which are not
// fetched: a clean bookworm, and one with this machine's Go.
func (e *Engine) MakeBases(t testing.TB) {
	t.Helper()
	e.Docker(t, "import", DebianRoot(t), EngineBase)
	goEnv := func(name string) string {
		out, err := Output(exec.Command("go", "env", name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(out)
	}
	text := "FROM " + EngineBase + "\nCOPY . /usr/local/go\nENV PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin GOTOOLCHAIN=local"
	for _, name := range []string{"GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE"} {
		text += fmt.Sprintf(" %s=%q", name, goEnv(name))
	}
	dockerfile := filepath.Join(t.TempDir(), "Dockerfile")
	if err := os.WriteFile(dockerfile, []byte(text+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	e.Docker(t, "build", "--tag", EngineGo, "--file", dockerfile, goEnv("GOROOT"))
}

// The system of DebianRoot.
const (
	debianSuite  = "bookworm"
	debianMirror = "http://deb.debian.org/debian"
	// CABundle is where Debian keeps authorities; a company's are in it, too.
	CABundle = "/etc/ssl/certs/ca-certificates.crt"
)

// DebianRoot returns a packed root directory of bookworm with next to nothing in
// it but this machine's certificate authorities. It is made only once on a
// machine.
func DebianRoot(t testing.TB) string {
	t.Helper()
	NeedRoot(t)
	Need(t, "debootstrap")
	path, err := debianRoot()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var debianRoot = sync.OnceValues(func() (path string, err error) {
	cache := os.TempDir()
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		cache = dir
	}
	cache = filepath.Join(cache, "pinpack-acceptance")
	path = filepath.Join(cache, debianSuite+"-"+runtime.GOARCH+".tar")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp("", "pinpack-root-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	dir := filepath.Join(scratch, debianSuite)
	if _, err := Output(exec.Command("debootstrap", "--variant=minbase", debianSuite, dir, debianMirror)); err != nil {
		return "", err
	}
	// No package may start a service: there is nobody to stop it.
	if err := os.WriteFile(filepath.Join(dir, "usr/sbin/policy-rc.d"), []byte("#!/bin/sh\nexit 101\n"), 0o755); err != nil {
		return "", err
	}
	bundle, err := os.ReadFile(CABundle)
	if err != nil {
		return "", err
	}
	// update-ca-certificates(8) keeps what is here, should ca-certificates be installed.
	for _, name := range []string{CABundle, "/usr/local/share/ca-certificates/builder.crt"} {
		name = filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if err == nil {
			err = os.WriteFile(name, bundle, 0o644)
		}
		if err != nil {
			return "", err
		}
	}
	if _, err := Output(exec.Command("chroot", dir, "apt-get", "clean")); err != nil {
		return "", err
	}
	partial := fmt.Sprintf("%s.%d", path, os.Getpid())
	if _, err := Output(exec.Command("tar", "--create", "--numeric-owner", "--directory", dir, "--file", partial, ".")); err != nil {
		return "", errors.Join(err, os.Remove(partial))
	}
	return path, os.Rename(partial, path)
})
