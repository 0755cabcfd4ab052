//go:build acceptance

package acceptance

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/testkit"
)

// system is a Debian with systemd as its first process, which has no network but
// its own.
type system struct {
	root
	suite  string
	python string // its interpreter
	leader int    // its first process, as we see it; 0 before it is booted
}

// pythons are the interpreters of the suites of Debian.
var pythons = map[string]string{"bookworm": "3.11", "trixie": "3.13"}

// installed are what a system has besides: servers, what builds packages, repositories
// of them, and a load.
const installed = "systemd systemd-sysv dbus init-system-helpers redis-server nginx curl procps iproute2 wrk ca-certificates " +
	"python3-pip git dpkg-dev apt-utils python3-apt rpm dnf createrepo-c prometheus-node-exporter supervisor"

// newSystem unpacks a system. It has the machine's network until it is booted.
func newSystem(t testing.TB, suite string) *system {
	t.Helper()
	testkit.NeedRoot(t)
	testkit.NeedNetwork(t)
	for _, tool := range []string{"systemd-nspawn", "nsenter", "debootstrap"} {
		testkit.Need(t, tool)
	}
	dir, err := os.MkdirTemp("", "pinpack-"+suite+"-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &system{root: root(dir), suite: suite, python: pythons[suite]}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, exec.Command("tar", "--extract", "--numeric-owner", "--directory", dir, "--file", systemTarball(t, suite)))
	return s
}

// systemMu is held by the test that makes a packed system.
var systemMu sync.Mutex

// systemTarball returns a packed system, which is made only once on a machine for
// each list of what is installed.
func systemTarball(t testing.TB, suite string) string {
	t.Helper()
	systemMu.Lock()
	defer systemMu.Unlock()
	cache := os.TempDir()
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		cache = dir
	}
	file := filepath.Join(cache, "pinpack-acceptance", "services-"+suite+"-"+runtime.GOARCH+"-"+digest([]byte(installed))[:8]+".tar")
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return file
	}
	dir := filepath.Join(sharedDir(t), suite)
	output(t, exec.Command("debootstrap", "--variant=minbase", suite, dir, "http://deb.debian.org/debian"))
	for _, name := range []string{testkit.CABundle, "/usr/local/share/ca-certificates/builder.crt"} {
		if err := copyFile(testkit.CABundle, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	python := "python" + pythons[suite]
	install := append([]string{"install", "--yes", "--quiet", "--no-install-recommends", python, python + "-venv"}, strings.Fields(installed)...)
	for _, args := range [][]string{{"update", "--quiet"}, install, {"clean"}} {
		root(dir).run(t, "apt-get", args...)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, exec.Command("tar", "--create", "--numeric-owner", "--directory", dir, "--file", file+".partial", "."))
	if err := os.Rename(file+".partial", file); err != nil {
		t.Fatal(err)
	}
	return file
}

// boot starts systemd, and waits until it is up. The system ends with the test.
func (s *system) boot(t testing.TB) {
	t.Helper()
	if err := os.Remove(s.path("/usr/sbin/policy-rc.d")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command("systemd-nspawn", "--boot", "--directory", string(s.root), "--machine", filepath.Base(string(s.root)),
		"--register=no", "--keep-unit", "--private-network", "--console=pipe", "--quiet")
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &log, &log, 10*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if leader, err := os.FindProcess(s.leader); err == nil && s.leader > 0 {
			_ = leader.Kill() // all of the system ends with it
		} else {
			_ = cmd.Process.Kill()
		}
		_ = cmd.Wait()
	})
	children := fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid)
	s.eventually(t, time.Minute, func() error {
		text, err := os.ReadFile(children)
		if err != nil {
			return err
		}
		if s.leader, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
			return err
		}
		state, _ := testkit.Output(s.inside("systemctl", "is-system-running"))
		if state = strings.TrimSpace(state); state != "running" {
			return fmt.Errorf("systemd is %q", state)
		}
		return nil
	})
}

// inside is a command in the booted system.
func (s *system) inside(name string, args ...string) *exec.Cmd {
	words := []string{"--target", strconv.Itoa(s.leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd", "--", name}
	cmd := exec.Command("nsenter", append(words, args...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	return cmd
}

// sh runs a script in the booted system, and returns all that it printed.
func (s *system) sh(t testing.TB, script string) string {
	t.Helper()
	return output(t, s.inside("sh", "-ec", "exec 2>&1\n"+script))
}

// fails is sh for a script that must fail.
func (s *system) fails(t testing.TB, script string) string {
	t.Helper()
	out, err := testkit.Output(s.inside("sh", "-c", "exec 2>&1\n"+script))
	if err == nil {
		t.Errorf("%s: succeeded: want it to fail\n%s", script, out)
		return out
	}
	return err.Error()
}

// eventually polls until a condition holds.
func (s *system) eventually(t testing.TB, limit time.Duration, condition func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := condition()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: wait %s: %v", s.suite, limit, err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// output runs a command to its end and returns what it printed.
func output(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	out, err := testkit.Output(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
