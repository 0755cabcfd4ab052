//go:build acceptance

package acceptance

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/testkit"
)

// engine is a container engine of the test's own: nothing of it is outside of
// its directory, and it ends with the test.
type engine struct{ socket string }

// startEngine starts one. Containers use the machine's network, since the
// engine may not touch its bridges and packet filters. Its mounts are its own
// and end with it, and so does the /opt/containerd that it makes.
func startEngine(t testing.TB) engine {
	t.Helper()
	needRoot(t)
	dockerd := testkit.Need(t, "dockerd")
	testkit.Need(t, "docker")
	dir, err := os.MkdirTemp("", "pinpack-engine-") // a short name: a socket's has 107 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Errorf("remove engine: %v", err)
		}
	})
	e := engine{socket: "unix://" + dir + "/socket"}
	daemon := start(t, exec.Command("unshare", "--mount", "sh", "-euc", `mount -t tmpfs none /opt; exec "$@"`, "sh", dockerd,
		"--host", e.socket, "--data-root", dir+"/data", "--exec-root", dir+"/exec", "--pidfile", dir+"/pid",
		"--log-level", "warn", "--bridge", "none", "--iptables=false", "--ip6tables=false"), syscall.SIGTERM)
	daemon.until(t, time.Minute, func() error {
		_, err := try(e.command("version"))
		return err
	})
	return e
}

// command is docker's command line. The classic builder needs no plugin.
func (e engine) command(args ...string) *exec.Cmd {
	cmd := exec.Command("docker", append([]string{"--host", e.socket}, args...)...)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=0", "DOCKER_CONFIG="+filepath.Join(scratch, "docker"))
	return cmd
}

// bases makes the two images that the Dockerfile begins with, which are not
// fetched: a clean bookworm, and one with this machine's Go.
func (e engine) bases(t testing.TB) {
	t.Helper()
	run(t, e.command("import", tarball(t), "debian:12-slim"))
	dockerfile := filepath.Join(t.TempDir(), "Dockerfile")
	text := "FROM debian:12-slim\nCOPY . /usr/local/go\nENV PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin GOTOOLCHAIN=local"
	for _, name := range []string{"GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE"} {
		text += fmt.Sprintf(" %s=%q", name, goEnv(t, name))
	}
	write(t, dockerfile, text+"\n")
	run(t, e.command("build", "--tag", "golang:1.25-bookworm", "--file", dockerfile, goEnv(t, "GOROOT")))
}

func goEnv(t testing.TB, name string) string {
	t.Helper()
	return strings.TrimSpace(run(t, exec.Command("go", "env", name)))
}

// files lists what is below dir, but for what a repository keeps for itself.
func files(t testing.TB, dir string) map[string]fs.FileMode {
	t.Helper()
	found := map[string]fs.FileMode{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == ".git" {
			return skip(d, err)
		}
		info, err := d.Info()
		if err == nil {
			found[strings.TrimPrefix(path, dir)] = info.Mode()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
