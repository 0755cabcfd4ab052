package whole

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/testkit"
)

// runnersPatience is how long the GitHub runner waits after SIGINT before it
// gets rough (7.5 s), less a margin.
const runnersPatience = 7 * time.Second

// TestInterrupt ends the build by a signal in each of its stages: it must be
// over in time, and nothing of it may be left.
func TestInterrupt(t *testing.T) {
	testkit.Need(t, "python3")
	stages := []struct {
		name  string
		args  []string
		files func(dir string) // prepares the project
		when  string           // the output that says: now
	}{
		{"virtualenv", nil, func(dir string) { write(t, dir, "hang-build", "") }, "backend hangs"},
		{"test", []string{"--test", "echo begun; trap '' TERM INT; sleep 300 & sleep 300"}, nil, "begun"},
		{"assets", []string{"--assets", "echo begun; setsid -f sh -c 'exec >/dev/null 2>&1 </dev/null; sleep 300'; sleep 300"}, nil, "begun"},
		{"settle", nil, manyModules(t), "== settle"},
		{"package", []string{"--compression", "xz"}, bigData(t), "== package"},
	}
	for _, s := range stages {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(s.name+" "+sig.String(), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				project := filepath.Join(dir, "tiny")
				if err := os.CopyFS(project, os.DirFS(filepath.Join("..", "..", "testdata", "tiny"))); err != nil {
					t.Fatal(err)
				}
				if s.files != nil {
					s.files(project)
				}
				prefix := fmt.Sprintf("/opt/pinpack-interrupt-%d-%s-%d", os.Getpid(), s.name, sig)
				mark := "PINPACK_TEST_MARK=" + prefix
				interrupt(t, dir, sig, s.when, mark, append([]string{"build", "-v", "tiny", "--prefix", prefix, "--env", mark}, s.args...))
				for _, left := range []string{prefix, filepath.Join(dir, "dist"), filepath.Dir(prefix) + "/." + filepath.Base(prefix) + ".pinpack-build"} {
					if _, err := os.Lstat(left); err == nil {
						t.Errorf("%s is left", left)
						os.RemoveAll(left)
					}
				}
				if left, _ := filepath.Glob(filepath.Join(dir, "tmp", "*")); left != nil {
					t.Errorf("left in TMPDIR: %q", left)
				}
				for _, pid := range processes(t, mark) {
					t.Errorf("process %d is left", pid)
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
			})
		}
	}
}

// interrupt runs pinpack, sends the signal once its output says so, and
// returns when it has ended, as it should.
func interrupt(t *testing.T, dir string, sig syscall.Signal, when, mark string, args []string) {
	t.Helper()
	tmp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The test binary is pinpack when its name is: see testscript.Main.
	pinpack := filepath.Join(dir, "pinpack")
	if err := os.Symlink(self, pinpack); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(pinpack, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+tmp, mark)
	seen := &watcher{when: []byte(when), found: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = seen, seen
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-seen.found:
	case <-done:
		t.Fatalf("ended before %q was seen:\n%s", when, seen)
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill()
		t.Fatalf("never said %q:\n%s", when, seen)
	}
	sent := time.Now()
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		_ = cmd.Process.Kill()
		t.Fatalf("did not end:\n%s", seen)
	}
	if took := time.Since(sent); took > runnersPatience {
		t.Errorf("took %v to end, want at most %v", took, runnersPatience)
	}
	if got, want := cmd.ProcessState.ExitCode(), 128+int(sig); got != want {
		t.Errorf("exit status %d, want %d:\n%s", got, want, seen)
	}
	if !strings.Contains(seen.String(), "interrupted: "+sig.String()) {
		t.Errorf("does not say that it was interrupted:\n%s", seen)
	}
}

// watcher keeps output and closes found when it has seen a text.
type watcher struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	when  []byte
	found chan struct{}
	once  sync.Once
}

func (w *watcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.buf.Write(p)
	if bytes.Contains(w.buf.Bytes(), w.when) {
		w.once.Do(func() { close(w.found) })
	}
	return len(p), nil
}

func (w *watcher) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// processes lists those whose environment has the mark.
func processes(t *testing.T, mark string) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var list []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		env, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err == nil && bytes.Contains(env, []byte(mark+"\x00")) {
			list = append(list, pid)
		}
	}
	return list
}

// manyModules makes compiling take a while.
func manyModules(t *testing.T) func(string) {
	return func(dir string) {
		text := strings.Repeat("def f(a, b=1):\n    return [x * a for x in range(b)]\n", 300)
		for i := range 400 {
			write(t, dir, fmt.Sprintf("src/tiny/m%d.py", i), text)
		}
	}
}

// bigData makes packing take a while: xz is slow.
func bigData(t *testing.T) func(string) {
	return func(dir string) {
		var b bytes.Buffer
		for i := range 6_000_000 {
			fmt.Fprintf(&b, "%x", uint32(i)*2654435761)
		}
		write(t, dir, "src/tiny/data", b.String())
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
