package testkit

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"
)

// Run runs a command to its end and returns what it printed on standard output.
// If it fails, so does the test.
func Run(t testing.TB, cmd *exec.Cmd) string {
	t.Helper()
	out, err := Output(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Output is Run for commands that may fail. The error has all that was printed.
func Output(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("run %q: %w\n%s%s", brief(cmd), err, stdout.String(), stderr.String())
	}
	return stdout.String(), nil
}

// brief is the beginning and the end of a command line.
func brief(cmd *exec.Cmd) []string {
	const most = 30
	if n := len(cmd.Args); n > most {
		return slices.Concat(cmd.Args[:most/2], []string{"…"}, cmd.Args[n-most/2:])
	}
	return cmd.Args
}

// Process is a program that runs beside the test.
type Process struct {
	Ended chan struct{} // closed once it has ended
	cmd   *exec.Cmd
	log   bytes.Buffer // complete once it has ended
}

// Start runs a program until the test ends, or Stop is called. The signal is how
// it is asked to end; it is killed if that takes long, or if the test itself is.
func Start(t testing.TB, cmd *exec.Cmd, signal os.Signal) *Process {
	t.Helper()
	p := &Process{Ended: make(chan struct{}), cmd: cmd}
	cmd.Stdout, cmd.Stderr = &p.log, &p.log
	cmd.WaitDelay = 10 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		// The kernel sends that signal when the thread ends that started it.
		runtime.LockOSThread()
		defer close(p.Ended)
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
		p.Stop(signal)
		if t.Failed() {
			t.Logf("%q printed:\n%s", brief(cmd), p.log.String())
		}
	})
	return p
}

// Stop asks the program to end, and waits until it has.
func (p *Process) Stop(signal os.Signal) {
	_ = p.cmd.Process.Signal(signal)
	select {
	case <-p.Ended:
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.Ended
	}
}

// Until polls a condition while the program runs. The test fails when the program
// ends or the time is over before the condition returns no error.
func (p *Process) Until(t testing.TB, limit time.Duration, condition func() error) {
	t.Helper()
	deadline := time.After(limit)
	for {
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-p.Ended:
			t.Fatalf("%q ended: %v", brief(p.cmd), err)
		case <-deadline:
			t.Fatalf("wait %s for %q: %v", limit, brief(p.cmd), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
