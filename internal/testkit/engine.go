package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// StartEngine starts a docker engine. Its containers have the machine's network
// or none, since it may not touch bridges and packet filters. Its mounts are its
// own and end with it, and so does the /opt/containerd that it makes.
func StartEngine(t testing.TB) *Engine {
	t.Helper()
	return startEngine(t, "")
}

// StartEngineOnCgroup2 starts one that sees control groups of version 2 alone,
// whatever the machine has: as on most of today's systems.
func StartEngineOnCgroup2(t testing.TB) *Engine {
	t.Helper()
	return startEngine(t, "umount --lazy --recursive /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; ")
}

// startEngine starts one after a script in its own mount namespace.
func startEngine(t testing.TB, prepare string) *Engine {
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
	cmd := exec.Command("unshare", "--mount", "sh", "-euc", prepare+`mount -t tmpfs none /opt; exec "$@"`, "sh", dockerd,
		"--host", "unix://"+e.Socket, "--data-root", dir+"/data", "--exec-root", dir+"/exec", "--pidfile", dir+"/pid",
		"--log-level", "warn", "--bridge", "none", "--iptables=false", "--ip6tables=false")
	daemon := Start(t, cmd, syscall.SIGTERM)
	daemon.Until(t, time.Minute, func() error {
		_, err := Output(e.Command("version"))
		return err
	})
	return e
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
	return Run(t, e.Command(args...))
}

// The images that pinpack's Dockerfile begins with.
const (
	EngineBase   = "debian:12-slim"
	EngineGo     = "golang:1.25-bookworm"
	EngineDocker = "docker:28-cli"
)

// MakeBases makes the images that the Dockerfile begins with, which are not
// fetched: a clean bookworm, one with this machine's Go, and its docker client.
func (e *Engine) MakeBases(t testing.TB) {
	t.Helper()
	e.Docker(t, "import", DebianRoot(t, "bookworm"), EngineBase)
	goEnv := func(name string) string { return strings.TrimSpace(Run(t, exec.Command("go", "env", name))) }
	text := "FROM " + EngineBase + "\nCOPY . /usr/local/go\nENV PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin GOTOOLCHAIN=local"
	for _, name := range []string{"GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE"} {
		text += fmt.Sprintf(" %s=%q", name, goEnv(name))
	}
	dockerfile := filepath.Join(t.TempDir(), "Dockerfile")
	if err := os.WriteFile(dockerfile, []byte(text+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	e.Docker(t, "build", "--tag", EngineGo, "--file", dockerfile, goEnv("GOROOT"))

	text = "FROM scratch\nCOPY docker /usr/local/bin/docker\n"
	if err := os.WriteFile(dockerfile, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	client := t.TempDir()
	Run(t, exec.Command("cp", "--dereference", Need(t, "docker"), filepath.Join(client, "docker")))
	e.Docker(t, "build", "--tag", EngineDocker, "--file", dockerfile, client)
}
