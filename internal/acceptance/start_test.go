//go:build acceptance

package acceptance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// process is a program that runs beside the test.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	log   bytes.Buffer // complete once it has ended
}

// start runs a program until the test ends, or stop is called. The signal is
// how it is asked to end; it is killed if that takes long, and if the test is.
func start(t testing.TB, cmd *exec.Cmd, signal os.Signal) *process {
	t.Helper()
	p := &process{cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.log, &p.log
	cmd.WaitDelay = 10 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go func() {
		// The kernel sends that signal when the thread ends that started it.
		runtime.LockOSThread()
		defer close(p.ended)
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
		p.stop(signal)
		if t.Failed() {
			t.Logf("%q printed:\n%s", brief(cmd), p.log.String())
		}
	})
	return p
}

func (p *process) stop(signal os.Signal) {
	_ = p.cmd.Process.Signal(signal)
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// until polls a condition while the process runs.
func (p *process) until(t testing.TB, limit time.Duration, condition func() error) {
	t.Helper()
	deadline := time.After(limit)
	for {
		err := condition()
		if err == nil {
			return
		}
		select {
		case <-p.ended:
			t.Fatalf("%q ended: %v", brief(p.cmd), err)
		case <-deadline:
			t.Fatalf("wait %s for %q: %v", limit, brief(p.cmd), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// get returns the body of a page of a server that has just been started.
func (p *process) get(t testing.TB, url string) string {
	t.Helper()
	var body []byte
	p.until(t, 30*time.Second, func() error {
		r, err := (&http.Client{Timeout: 10 * time.Second}).Get(url)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if body, err = io.ReadAll(r.Body); err == nil && r.StatusCode != http.StatusOK {
			err = fmt.Errorf("get %q: %s: %s", url, r.Status, body)
		}
		return err
	})
	return string(body)
}

// freePort is one that nobody listens on just now.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}
