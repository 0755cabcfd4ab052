package command

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// marked is a script whose processes are found by a variable of the test's own.
func marked(script string) (p Program, left func() []string) {
	variable := "PINPACK_TEST=" + rand.Text()
	p = shell(script)
	p.Env = []string{variable}
	return p, func() []string { return processes(variable) }
}

// processes lists the command lines of the processes that have the variable.
func processes(variable string) []string {
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	var list []string
	for _, file := range environs {
		env, _ := os.ReadFile(file)
		if bytes.Contains(env, []byte(variable)) {
			line, _ := os.ReadFile(filepath.Dir(file) + "/cmdline")
			list = append(list, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return list
}

// within fails the test when work takes longer.
func within(t *testing.T, limit time.Duration, work func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); work() }()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("not done after %s", limit)
	}
}

// started waits for the file by which a script says that it is ready.
func started(t *testing.T, file string) {
	t.Helper()
	for range 500 {
		if _, err := os.Stat(file); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the program did not get ready")
}

func TestRunEndsWhatAProgramLeftBehind(t *testing.T) {
	t.Parallel()
	const ready = `until test -e "$READY"; do sleep 0.01; done; `
	tests := map[string]string{
		"in the background":             `sleep 60 & `,
		"ignoring SIGTERM":              `sh -c 'trap "" TERM HUP; : >"$READY"; sleep 60' & ` + ready,
		"in a session of its own":       `setsid sh -c ': >"$READY"; sleep 60' & ` + ready,
		"forked twice":                  `( setsid sh -c '( : >"$READY"; sleep 60 ) & ' & ) & ` + ready,
		"with its streams closed":       `setsid sh -c ': >"$READY"; exec sleep 60' <&- >&- 2>&- & ` + ready,
		"with children of its own":      `setsid sh -c 'sleep 60 & setsid sleep 60 & : >"$READY"; sleep 60' & ` + ready,
		"on its way to another session": `setsid sleep 60 <&- >&- 2>&- & `,
	}
	for name, script := range tests {
		for end, status := range map[string]string{"after a success": "exit 0", "after a failure": "exit 3"} {
			t.Run(name+" "+end, func(t *testing.T) {
				t.Parallel()
				p, left := marked(script + status)
				p.Env = append(p.Env, "READY="+filepath.Join(t.TempDir(), "ready"))
				var err error
				within(t, grace, func() { err = runner.Run(t.Context(), p) })
				if (err == nil) != (status == "exit 0") {
					t.Errorf("Run = %v", err)
				}
				if diff := cmp.Diff([]string(nil), left()); diff != "" {
					t.Errorf("processes left (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestOutputDoesNotWaitForTheBackground(t *testing.T) {
	t.Parallel()
	p, left := marked("sleep 60 & setsid sleep 60 & echo value")
	within(t, grace, func() {
		if got, err := runner.Output(t.Context(), p); got != "value\n" || err != nil {
			t.Errorf("Output = %q, %v", got, err)
		}
	})
	if diff := cmp.Diff([]string(nil), left()); diff != "" {
		t.Errorf("processes left (-want +got):\n%s", diff)
	}
}

func TestRunEndsWhatAProgramLeftBesideAnother(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	other := make(chan error, 1)
	ready := filepath.Join(t.TempDir(), "ready")
	go func() {
		other <- runner.Run(ctx, Program{Name: "sh", Args: []string{"-c", `: >"$0"; exec sleep 60`, ready}})
	}()
	started(t, ready)
	for name, script := range map[string]string{
		"in its group": `env -i sleep 60 & echo $! >"$PID"`,
		"outside":      `setsid sh -c 'echo $$ >"$PID"; exec sleep 60' & until test -s "$PID"; do sleep 0.01; done`,
	} {
		file := filepath.Join(t.TempDir(), "pid")
		p := shell(script)
		p.Env = []string{"PID=" + file}
		if err := runner.Run(t.Context(), p); err != nil {
			t.Error(err)
		}
		if gone(t, file); t.Failed() {
			t.Error(name)
		}
	}
	cancel()
	<-other
}

// gone looks for the process whose id is in a file, and finds a zombie too.
func gone(t *testing.T, file string) {
	t.Helper()
	pid, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat"); err == nil {
		t.Errorf("left: %s", stat)
	}
}

// TestLastProgramTakesTheUnmarkedAlong is not parallel: no other program is at
// work.
func TestLastProgramTakesTheUnmarkedAlong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	// A process title may be written over the environment, as PostgreSQL does.
	p := shell(`env -i setsid /bin/sh -c 'echo $$ >"$0"; exec sleep 60' "$FILE" & until test -s "$FILE"; do sleep 0.01; done`)
	p.Env = []string{"FILE=" + file}
	within(t, grace, func() {
		if err := runner.Run(t.Context(), p); err != nil {
			t.Error(err)
		}
	})
	gone(t, file)
}

// TestRunReapsOrphans is not parallel: it counts our children. A process that
// ended unnoticed is still there as a zombie.
func TestRunReapsOrphans(t *testing.T) {
	for _, script := range []string{"sleep 60 & sleep 60 &", "( setsid true & ) & sleep 0.05", "( true & ) & sleep 0.05"} {
		if err := runner.Run(t.Context(), shell(script)); err != nil {
			t.Fatal(err)
		}
		if list := children(); list != nil {
			t.Errorf("%s: children left: %v", script, list)
		}
	}
}

// TestEndChildrenEndsAll is not parallel: it ends every child of this process.
func TestEndChildrenEndsAll(t *testing.T) {
	variable := "PINPACK_TEST=" + rand.Text()
	attr := &os.ProcAttr{Env: []string{variable}}
	for _, script := range []string{"sleep 60; :", "sleep 60 & setsid sleep 60 & sleep 60; :"} {
		if _, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "PATH=/usr/bin:/bin; " + script}, attr); err != nil {
			t.Fatal(err)
		}
	}
	becomeSubreaper()
	EndChildren()
	if diff := cmp.Diff([]string(nil), processes(variable)); diff != "" {
		t.Errorf("processes left (-want +got):\n%s", diff)
	}
	if list := children(); list != nil {
		t.Errorf("children left: %v", list)
	}
}

func TestRunnersLeaveEachOthersProcessesAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	// This one's daemon has to be there when the others have come and gone.
	long := shell(`setsid sh -c 'echo $$ >"$DIR/daemon"; exec sleep 60' & until test -e "$DIR/go"; do sleep 0.01; done; kill -0 "$(cat "$DIR/daemon")"`)
	long.Env = []string{"DIR=" + dir}
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(t.Context(), long) }()
	started(t, at("daemon"))
	var work sync.WaitGroup
	for i := range 20 {
		work.Go(func() {
			other := Runner{Env: runner.Env}
			p := shell("setsid sleep 60 & sleep 60 & exit " + strconv.Itoa(i%2))
			if err := other.Run(t.Context(), p); (err == nil) != (i%2 == 0) {
				t.Errorf("Run = %v", err)
			}
		})
	}
	work.Wait()
	if err := os.WriteFile(at("go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the daemon of a program that was at work is gone: %v", err)
	}
}

func TestRunDoesNotWaitForInputThatNobodyReads(t *testing.T) {
	t.Parallel()
	p, left := marked("exec 3<&0; sleep 60 <&3 & exit 3")
	p.Stdin = strings.NewReader(strings.Repeat("x", 1<<20))
	within(t, grace+time.Second, func() {
		var e *Error
		if err := runner.Run(t.Context(), p); !errors.As(err, &e) || e.Status != 3 {
			t.Errorf("Run = %v, want exit status 3", err)
		}
	})
	if diff := cmp.Diff([]string(nil), left()); diff != "" {
		t.Errorf("processes left (-want +got):\n%s", diff)
	}
}
