// Package command runs other programs. It is the only package that may import
// os/exec.
//
// Every program gets exactly the environment that its Runner holds (see
// [Clean]), no terminal, and a process group of its own. When it ends, or when
// the context is cancelled, nothing it started stays: its group and whatever it
// left behind as an orphan are ended too. The end of its output is kept for the
// error.
package command

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// grace is how long a program has between SIGTERM and SIGKILL. The GitHub
// runner gives an action 7.5 s after SIGINT; cleaning up must fit in as well.
const grace = 2 * time.Second

// Runner runs programs in one environment.
type Runner struct {
	Env []string          // required: the environment, as "NAME=value"
	Log func(line string) // told of each command before it starts; nil: nobody is
	// User is who runs the programs; nil: we ourselves. It takes root.
	User *User
}

// Program is one command to run.
type Program struct {
	Name   string    // required: a path, or a name to be found on the PATH of Env
	Args   []string  //
	Dir    string    // working directory; "": this process's
	Env    []string  // added to the Runner's, and stronger
	Stdin  io.Reader // nil: empty
	Output io.Writer // gets standard output and error as they come; nil: only the tail is kept
	// Attached gives the program our own standard streams, and the terminal if
	// there is one, in place of Stdin and Output.
	Attached bool
}

// Error is a program that could not be started or did not succeed.
type Error struct {
	Program string   // its name or path
	Args    []string //
	Status  int      // exit status; -1 when it was not started or ended by a signal
	Signal  string   // the signal that ended it, "SIGKILL"; "" when none
	Tail    string   // the end of its output
	Err     error    // the cause
}

func (e *Error) Error() string {
	switch {
	case e.Signal != "":
		return fmt.Sprintf("run %q: ended by %s", e.Program, e.Signal)
	case e.Status > 0:
		return fmt.Sprintf("run %q: exit status %d", e.Program, e.Status)
	}
	return fmt.Sprintf("run %q: %v", e.Program, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Run runs a program to its end. A failure is an *Error; a cancelled context is
// also in its chain.
func (r *Runner) Run(ctx context.Context, p Program) error {
	out := p.Output
	if out == nil {
		out = io.Discard
	}
	return r.run(ctx, p, out, nil)
}

// Output runs a program and returns its standard output. Standard error goes to
// p.Output and into the error.
func (r *Runner) Output(ctx context.Context, p Program) (string, error) {
	out := p.Output
	if out == nil {
		out = io.Discard
	}
	var stdout bytes.Buffer
	err := r.run(ctx, p, out, &stdout)
	return stdout.String(), err
}

// run starts the program with one pipe for both streams, so that their order is
// kept. With a separate stdout, only standard error goes through the pipe.
func (r *Runner) run(ctx context.Context, p Program, out io.Writer, stdout *bytes.Buffer) error {
	if err := ctx.Err(); err != nil {
		return &Error{Program: p.Name, Args: p.Args, Status: -1, Err: context.Cause(ctx)}
	}
	if r.Log != nil {
		r.Log(p.String())
	}
	becomeSubreaper()
	mark := markName + "=" + rand.Text()
	env := Merge(r.User.environ(Merge(r.Env, p.Env)), []string{mark})
	name, err := find(p.Name, env)
	if err != nil {
		return &Error{Program: p.Name, Args: p.Args, Status: -1, Err: err}
	}
	cmd := exec.Command(name, p.Args...)
	cmd.Dir, cmd.Env, cmd.Stdin = p.Dir, env, p.Stdin
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = grace // for input that nobody reads

	keep := &tail{limit: 16 << 10}
	output, err := openPipe(io.MultiWriter(keep, out))
	if err != nil {
		return err
	}
	pipes := []*pipe{output}
	cmd.Stdout, cmd.Stderr = output.w, output.w
	if stdout != nil {
		own, err := openPipe(stdout)
		if err != nil {
			_ = finish(pipes)
			return err
		}
		pipes, cmd.Stdout = append(pipes, own), own.w
	}
	back := func() {}
	if p.Attached {
		back = attach(cmd)
	}
	defer back()
	if err := start(cmd, r.User); err != nil {
		_ = finish(pipes)
		return &Error{Program: p.Name, Args: p.Args, Status: -1, Err: err}
	}
	stop := endOnCancel(ctx, cmd.Process.Pid)
	err = cmd.Wait()
	stop()
	endAll(cmd.Process.Pid, mark)
	r.User.End()
	copyErr := finish(pipes)
	if cause := context.Cause(ctx); cause != nil {
		return &Error{Program: p.Name, Args: p.Args, Status: -1, Tail: keep.String(), Err: cause}
	}
	if err != nil {
		return failure(p, cmd, keep.String(), err)
	}
	if copyErr != nil {
		return fmt.Errorf("pass on output of %q: %w", p.Name, copyErr)
	}
	return nil
}

// endOnCancel asks the process group to end when the context is cancelled, and
// makes it after the grace. The returned function must be called once the
// program has been waited for.
func endOnCancel(ctx context.Context, pid int) (stop func()) {
	done, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		_ = syscall.Kill(-pid, syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(grace):
			_ = syscall.Kill(-pid, syscall.SIGKILL)
		}
	}()
	return func() { close(done); <-left }
}

func failure(p Program, cmd *exec.Cmd, tail string, err error) error {
	e := &Error{Program: p.Name, Args: p.Args, Status: -1, Tail: tail, Err: err}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		e.Status = exit.ExitCode()
		if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			e.Signal = signalName(ws.Signal())
		}
	}
	return e
}

// find looks a program up on the PATH of env rather than on our own.
func find(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	path, _ := Lookup(env, "PATH")
	for _, dir := range strings.Split(path, ":") {
		if dir == "" {
			continue
		}
		file := dir + "/" + name
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", fmt.Errorf("%w on PATH %q", exec.ErrNotFound, path)
}

// Find returns the path of a program on the Runner's PATH, or an error that
// [errors.Is] exec.ErrNotFound.
func (r *Runner) Find(name string) (string, error) { return find(name, r.Env) }

// String is the command as a person would type it.
func (p Program) String() string {
	words := []string{Quote(p.Name)}
	for _, a := range p.Args {
		words = append(words, Quote(a))
	}
	return strings.Join(words, " ")
}

// Quote writes a word so that a POSIX shell reads it as it is.
func Quote(word string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("@%+=:,./_-", c)
	}
	if word != "" && strings.TrimFunc(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
