package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var runner = Runner{Env: Clean(nil, DefaultPath)}

func shell(script string) Program {
	return Program{Name: "/bin/sh", Args: []string{"-euc", script}}
}

// script writes an executable file into dir.
func script(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestRunKeepsOrderOfBothStreams(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := shell("for i in 1 2 3 4 5; do echo out$i; echo err$i >&2; done")
	p.Output = &out
	if err := runner.Run(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	want := "out1\nerr1\nout2\nerr2\nout3\nerr3\nout4\nerr4\nout5\nerr5\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestRunPassesOnAllOfALongOutput(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := shell("head -c 3000000 /dev/zero")
	p.Output = &out
	if err := runner.Run(t.Context(), p); err != nil || out.Len() != 3000000 {
		t.Errorf("%d bytes came through, %v; want 3000000", out.Len(), err)
	}
}

func TestOutputIsStandardOutputAlone(t *testing.T) {
	t.Parallel()
	var errOut bytes.Buffer
	p := shell("echo value; echo warning >&2; exit 3")
	p.Output = &errOut
	got, err := runner.Output(t.Context(), p)
	if got != "value\n" || errOut.String() != "warning\n" {
		t.Errorf("Output = %q and %q on standard error, want value and warning", got, errOut.String())
	}
	var e *Error
	if !errors.As(err, &e) || e.Tail != "warning" {
		t.Errorf("error %#v, want an *Error with the warning as its tail", err)
	}
}

func TestRunReadsInput(t *testing.T) {
	t.Parallel()
	p := Program{Name: "cat", Stdin: strings.NewReader("given")}
	if got, err := runner.Output(t.Context(), p); got != "given" || err != nil {
		t.Errorf("cat = %q, %v", got, err)
	}
	if got, err := runner.Output(t.Context(), Program{Name: "cat"}); got != "" || err != nil {
		t.Errorf("cat without input = %q, %v", got, err)
	}
	p = Program{Name: "true", Stdin: strings.NewReader(strings.Repeat("x", 1<<20))}
	if err := runner.Run(t.Context(), p); err != nil {
		t.Errorf("a program that does not read its input: %v", err)
	}
}

func TestRunWorksInDirectory(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := runner.Output(t.Context(), Program{Name: "/bin/pwd", Dir: dir}); got != dir+"\n" || err != nil {
		t.Errorf("pwd in %q = %q, %v", dir, got, err)
	}
}

func TestErrorSaysHowTheProgramEnded(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		program Program
		want    Error
		message string
	}{
		"exit status": {
			shell("echo one; echo two >&2; exit 7"),
			Error{Program: "/bin/sh", Args: []string{"-euc", "echo one; echo two >&2; exit 7"}, Status: 7, Tail: "one\ntwo"},
			`run "/bin/sh": exit status 7`,
		},
		"signal": {
			shell("echo dying; kill -SEGV $$"),
			Error{Program: "/bin/sh", Args: []string{"-euc", "echo dying; kill -SEGV $$"}, Status: -1, Signal: "SIGSEGV", Tail: "dying"},
			`run "/bin/sh": ended by SIGSEGV`,
		},
		"real-time signal": {
			shell("kill -40 $$"),
			Error{Program: "/bin/sh", Args: []string{"-euc", "kill -40 $$"}, Status: -1, Signal: "signal 40"},
			`run "/bin/sh": ended by signal 40`,
		},
		"no such file": {
			Program{Name: "/nowhere/tool"},
			Error{Program: "/nowhere/tool", Status: -1},
			`run "/nowhere/tool": fork/exec /nowhere/tool: no such file or directory`,
		},
		"not a program": {
			Program{Name: "/etc/passwd"},
			Error{Program: "/etc/passwd", Status: -1},
			`run "/etc/passwd": fork/exec /etc/passwd: permission denied`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := runner.Run(t.Context(), test.program)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("Run = %v, want an *Error", err)
			}
			got := *e
			if got.Err == nil {
				t.Error("the error has no cause")
			}
			got.Err = nil
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.message, err.Error()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRunFindsProgramOnTheRunnersPath(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	script(t, second, "pinpack-test-tool", "echo second")
	// Neither a directory nor a file that nobody may execute is a program.
	if err := errors.Join(
		os.Mkdir(filepath.Join(first, "pinpack-test-dir"), 0o755),
		os.WriteFile(filepath.Join(first, "pinpack-test-tool"), nil, 0o644),
	); err != nil {
		t.Fatal(err)
	}
	r := Runner{Env: []string{"PATH=" + first + "::" + second}}
	if got, err := r.Output(t.Context(), Program{Name: "pinpack-test-tool"}); got != "second\n" || err != nil {
		t.Errorf("pinpack-test-tool = %q, %v; want second's", got, err)
	}
	if got, err := r.Find("pinpack-test-tool"); got != second+"/pinpack-test-tool" || err != nil {
		t.Errorf("Find = %q, %v", got, err)
	}
	p := Program{Name: "pinpack-test-tool", Env: []string{"PATH=" + first}}
	if err := r.Run(t.Context(), p); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("with a PATH of the program's own: %v, want it not found", err)
	}
	for _, name := range []string{"sh", "pinpack-test-dir"} {
		err := r.Run(t.Context(), Program{Name: name})
		want := fmt.Sprintf("run %q: executable file not found in $PATH on PATH %q", name, first+"::"+second)
		if !errors.Is(err, exec.ErrNotFound) || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if _, err := r.Find(name); !errors.Is(err, exec.ErrNotFound) {
			t.Errorf("Find(%q): %v, want exec.ErrNotFound", name, err)
		}
	}
}

func TestRunGivesExactlyTheEnvironment(t *testing.T) {
	t.Setenv("PINPACK_TEST_OURS", "leaked")
	r := Runner{Env: []string{"PATH=/usr/bin:/bin", "A=1", "B=two words"}}
	out, err := r.Output(t.Context(), Program{Name: "env", Env: []string{"B=stronger", "C="}})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(out), "\n")
	got = slices.DeleteFunc(got, func(v string) bool { return strings.HasPrefix(v, markName+"=") })
	slices.Sort(got)
	if diff := cmp.Diff([]string{"A=1", "B=stronger", "C=", "PATH=/usr/bin:/bin"}, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestRunLogsTheCommandBeforeItRuns(t *testing.T) {
	t.Parallel()
	var lines []string
	r := Runner{Env: runner.Env, Log: func(line string) { lines = append(lines, line) }}
	p := Program{Name: "echo", Args: []string{"it's", "*", "", "a=b"}, Env: []string{"SECRET=x"}}
	if err := r.Run(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`echo 'it'\''s' '*' '' a=b`}, lines); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// failing takes some bytes and then none.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errors.New("reader went away")
	}
	return len(p), nil
}

func TestRunEndsThoughNobodyTakesTheOutput(t *testing.T) {
	t.Parallel()
	p := shell("head -c 1000000 /dev/zero; echo done >&2")
	p.Output = &failing{left: 100}
	err := runner.Run(t.Context(), p)
	if want := `pass on output of "/bin/sh": reader went away`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRunDoesNotStartWhenCancelled(t *testing.T) {
	t.Parallel()
	cause := errors.New("the reason")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	file := filepath.Join(t.TempDir(), "ran")
	if err := runner.Run(ctx, Program{Name: "touch", Args: []string{file}}); !errors.Is(err, cause) {
		t.Errorf("Run = %v, want the cause of the cancellation", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the program ran")
	}
}
