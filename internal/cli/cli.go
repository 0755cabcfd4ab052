// Package cli is pinpack's commands, flags, errors and hints. It is the only
// place that wires the other packages together, and the only one that looks at
// the environment and the clock.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/secret"
	"github.com/pinpack/pinpack/internal/steps"
)

// Exit statuses. One that a signal ended has 128 and the signal's number, as
// shells have it.
const (
	exitOK     = 0
	exitFailed = 1 // a step, a build or a target failed
	exitUsage  = 2 // the inputs are wrong; nothing was begun
)

// Process is what the operating system gives a program.
type Process struct {
	Args           []string // without the program's name
	Environ        []string
	Stdout, Stderr *os.File
}

// Main runs the program and returns its exit status.
func Main(p Process) int {
	ctx, stop := interruptible()
	defer stop()
	a := &app{proc: p}
	root := a.root()
	root.SetArgs(a.args())
	err := root.ExecuteContext(ctx)
	command.EndChildren()
	return a.report(ctx, err)
}

// app is one run of the program.
type app struct {
	proc    Process
	host    ci.Host // set once it is known where we run
	level   ci.Level
	quiet   bool
	verbose bool
	json    bool
	action  bool
	hinted  string // the hint given last: many errors may have the same
	secrets []secret.Secret
	until   string // stage after which a build ends
	keepAll bool   // what it made stays
	try     func(ctx context.Context, dir string, environ []string) error
}

// args are the arguments; a container action that was started without any is
// the action.
func (a *app) args() []string {
	if len(a.proc.Args) > 0 {
		return a.proc.Args
	}
	if slices.ContainsFunc(a.proc.Environ, func(v string) bool { return strings.HasPrefix(v, "INPUT_") }) {
		return []string{"action"}
	}
	return []string{"help"}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "pinpack",
		Short:         "Python applications as native packages, exactly as they were tested",
		Long:          "pinpack builds the virtualenv of a Python application from its lock, tests it,\nand packages the whole of it as .deb and .rpm.",
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.begin() },
	}
	root.SetOut(a.proc.Stdout)
	root.SetErr(a.proc.Stderr)
	root.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, "show only what goes wrong")
	root.PersistentFlags().BoolVarP(&a.verbose, "verbose", "v", false, "show every command and its output")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(a.buildCommand(), a.planCommand(), a.actionCommand(), a.releaseCommand(), a.publishCommand(), a.repoCommand(), a.verifyCommand(), a.minifyCommand(), a.fingerprintCommand(), a.compressCommand(), versionCommand(), schemaCommand(), a.fetchCommand(), generateCommand())
	root.AddCommand(a.signCommand(), a.attestCommand())
	root.AddCommand(a.runCommand())
	root.AddCommand(a.inspectCommand(), a.diffCommand())
	return root
}

// begin finds out how to speak.
func (a *app) begin() error {
	if a.quiet && a.verbose {
		return usageError{errors.New("flags --quiet and --verbose: want one of them")}
	}
	switch {
	case a.quiet:
		a.level = ci.Quiet
	case a.verbose:
		a.level = ci.Verbose
	}
	return nil
}

// speak chooses the host: the action speaks to the runner, all else to a
// terminal or a plain log, on standard error.
func (a *app) speak() ci.Host {
	if a.action {
		a.host = ci.NewGitHub(a.proc.Stdout, a.getenv)
	} else {
		a.host = ci.NewTerminal(a.proc.Stderr, a.level, width(a.proc.Stderr))
	}
	a.keep(secret.FromEnviron(slices.DeleteFunc(slices.Clone(a.proc.Environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return variables[name] != "" // kept when they are read: one may be a path
	})))
	for _, password := range index.Passwords(a.proc.Environ) {
		a.keep(secret.New("a password in netrc", password))
	}
	return a.host
}

// keep keeps secrets: out of all that is printed from now on, and out of packages.
func (a *app) keep(list []secret.Secret) {
	for _, s := range list {
		a.host.Mask(s.Value)
	}
	a.secrets = append(a.secrets, list...)
}

func (a *app) getenv(name string) string {
	v, _ := command.Lookup(a.proc.Environ, name)
	return v
}

// usageError is a wrong input: nothing was begun.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// signalError is the cause when a signal cancels the work.
type signalError struct{ signal syscall.Signal }

func (e signalError) Error() string { return "interrupted: " + e.signal.String() }

// interruptible is a context that the usual signals cancel. A second one ends
// the process the hard way.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		if s, ok := (<-signals).(syscall.Signal); ok {
			signal.Stop(signals)
			cancel(signalError{s})
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// report prints the error and returns the exit status.
func (a *app) report(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errDifferent) {
		return exitFailed
	}
	fail := func(message string) { fmt.Fprintln(a.proc.Stderr, "pinpack: error: "+message) }
	if a.host != nil {
		fail = a.host.Fail
	}
	var interrupted signalError
	if errors.As(context.Cause(ctx), &interrupted) {
		fail(interrupted.Error())
		for _, e := range flatten(err) { // what went wrong while cleaning up
			if !errors.As(e, &signalError{}) && !errors.Is(e, context.Canceled) {
				fail(e.Error())
			}
		}
		return 128 + int(interrupted.signal)
	}
	if ended := (statusError{}); errors.As(err, &ended) {
		return ended.status
	}
	for _, e := range flatten(err) {
		fail(e.Error())
		a.explain(e)
	}
	var usage usageError
	if errors.As(err, &usage) || a.host == nil {
		return exitUsage
	}
	return exitFailed
}

// flatten takes apart what errors.Join put together.
func flatten(err error) []error {
	for {
		u, ok := err.(usageError)
		if !ok {
			break
		}
		err = u.error
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || !strings.Contains(fmt.Sprintf("%T", err), "joinError") {
		return []error{err}
	}
	var list []error
	for _, e := range joined.Unwrap() {
		list = append(list, flatten(e)...)
	}
	return list
}

// explain prints the end of a program's output, unless it was shown already,
// and a hint.
func (a *app) explain(err error) {
	out := io.Writer(a.proc.Stderr)
	if a.action {
		out = a.proc.Stdout
	}
	var c *command.Error
	if errors.As(err, &c) && c.Tail != "" && !a.shown(err) {
		w, end := a.host.Program(true)
		for line := range strings.Lines(c.Tail) {
			fmt.Fprintln(w, "  | "+strings.TrimRight(line, "\r\n"))
		}
		end()
		if a.level == ci.Quiet {
			fmt.Fprintln(out, a.host.Hide(indent(c.Tail)))
		}
	}
	var step *steps.Error
	if errors.As(err, &step) && step.Log != "" {
		fmt.Fprintln(out, "full output: "+step.Log)
	}
	if h := hint(err); h != "" && h != a.hinted {
		fmt.Fprintln(out, "hint: "+h)
		a.hinted = h
	}
}

func indent(s string) string { return "  | " + strings.ReplaceAll(s, "\n", "\n  | ") }
