package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/pipeline"
	"github.com/pinpack/pinpack/internal/publish"
	"github.com/pinpack/pinpack/internal/sandbox"
)

func (a *app) buildCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "build [DIR]",
		Short: "Build, test and package the project in DIR (default: here)",
		Args:  cobra.MaximumNArgs(1),
	}
	read := a.inputs(cmd)
	cmd.Flags().BoolVar(&a.json, "json", false, "print the result as JSON")
	a.untilFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.build(cmd.Context(), read(args)) }
	return cmd
}

func (a *app) planCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan [DIR]",
		Short: "Print what build would do, and stop",
		Args:  cobra.MaximumNArgs(1),
	}
	read := a.inputs(cmd)
	cmd.Flags().BoolVar(&a.json, "json", false, "print the plan as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.speak()
		d, err := a.decide(cmd.Context(), read(args), a.runner())
		if err != nil {
			return usageError{err}
		}
		if a.json {
			return a.printJSON(d.plan)
		}
		return a.printPlan(d.plan)
	}
	return cmd
}

func (a *app) actionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "action",
		Short: "Do what build does as a step of a GitHub workflow, with inputs from INPUT_*",
		Args:  cobra.NoArgs,
	}
	read := a.inputs(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.action = true
		return a.build(cmd.Context(), append(read(args), config.FromEnviron(a.proc.Environ)))
	}
	return cmd
}

// inputs gives a command a flag for every input. The function that it returns
// reads them, once they are parsed.
func (a *app) inputs(cmd *cobra.Command) func(args []string) []config.Source {
	given := inputFlags(cmd, config.Inputs, "")
	// An unknown flag is told together with whatever else is wrong.
	cmd.FParseErrWhitelist.UnknownFlags = true
	return func(args []string) []config.Source {
		s := config.Source{Where: "flag --%s", Values: given}
		for _, name := range unknownFlags(cmd.Flags(), a.proc.Args) {
			s.Values[name] = nil
		}
		if len(args) > 0 {
			if len(given["directory"]) > 0 {
				s.Fixed = append(s.Fixed, fmt.Errorf("directory %q and flag --directory %q: want one of them", args[0], given["directory"][0]))
			}
			given["directory"] = args
		}
		return []config.Source{s}
	}
}

// inputFlags gives a command a flag for each of some inputs, named without what
// their names begin with. It returns where the values will be.
func inputFlags(cmd *cobra.Command, inputs []config.Input, without string) map[string][]string {
	given := map[string][]string{}
	for _, in := range inputs {
		help := strings.ReplaceAll(in.Describe(), "`", "'") // between backquotes pflag looks for the value's name
		f := cmd.Flags().VarPF(&values{given, in}, strings.TrimPrefix(in.Name, without), "", help)
		if in.Kind == config.Switch {
			f.NoOptDefVal = "true"
		}
	}
	return given
}

// values is the flag of one input. Each time it is given adds one.
type values struct {
	given map[string][]string
	in    config.Input
}

func (v *values) Set(s string) error {
	v.given[v.in.Name] = append(v.given[v.in.Name], s)
	return nil
}
func (v *values) String() string { return "" }
func (v *values) Type() string   { return string(v.in.Kind) }

// unknownFlags lists the flags on the command line that a command does not
// have. It reads as pflag does: the word after a flag without = is its value.
func unknownFlags(flags *pflag.FlagSet, args []string) []string {
	var list []string
	for i := 0; i < len(args) && args[i] != "--"; i++ {
		name, ok := strings.CutPrefix(args[i], "--")
		if !ok {
			continue
		}
		name, _, hasValue := strings.Cut(name, "=")
		switch f := flags.Lookup(name); {
		case f == nil && name != "help":
			list = append(list, name)
		case f != nil && !hasValue && f.NoOptDefVal == "":
			i++
		}
	}
	return list
}

func (a *app) runner() *command.Runner {
	path := ""
	if a.action {
		path = command.DefaultPath // the given one is the host's
	}
	return &command.Runner{Env: command.Clean(a.proc.Environ, path), Log: func(line string) { a.host.Detail("+ " + line) }}
}

func (a *app) build(ctx context.Context, sources []config.Source) (err error) {
	host := a.speak()
	if a.action {
		owner, watchErr := sandbox.Watch(a.getenv("GITHUB_WORKSPACE"))
		if watchErr != nil {
			return watchErr
		}
		defer func() { err = errors.Join(err, owner.GiveBack()) }()
	}
	run := a.runner()
	started := time.Now()
	d, err := a.decide(ctx, sources, run)
	if errors.Is(err, interpreter.ErrNone) && a.installPython(ctx, run) == nil {
		d, err = a.decide(ctx, sources, run)
	}
	var targets []publish.Named
	if err == nil {
		targets, err = a.openTargets(ctx, d)
	}
	p := a.pipeline(run)
	if err = errors.Join(err, p.Ready(ctx, d.plan)); err != nil {
		return usageError{err}
	}
	pl := d.plan
	for _, n := range pl.Notes {
		host.Warn(n)
	}
	host.Info(fmt.Sprintf("%s %s for %s, python %s, %s from %s",
		pl.Name, orUnknown(pl.Version), pl.Prefix, pl.Python.Version, count(len(pl.Lock.Requirements), "locked distribution"), strings.Join(pl.Lock.Files, ", ")))
	p.Secrets, p.Targets = a.secrets, targets
	p.Logs, p.Until, p.Keep, p.Try = a.logs(pl.Name), a.until, a.keepAll, a.try
	if p.Vulnerabilities, err = a.vulnerabilities(pl); err != nil {
		return usageError{err}
	}
	switch {
	case a.action && os.Geteuid() == 0:
		p.Isolate, p.Hide, p.Temp = true, a.runnerDirs(), ""
	case a.action:
		host.Warn("not root: the project's own code runs as the user that this step runs as, and can read what it can")
	}
	remove, err := a.lastRelease(ctx, d)
	defer func() { err = errors.Join(err, remove()) }()
	if err != nil {
		return err
	}
	r, err := p.Do(ctx, pl)
	var incomplete *publish.Incomplete
	if errors.As(err, &incomplete) && a.action && ctx.Err() == nil {
		return errors.Join(err, a.tell(ctx, r, d)) // the packages are good
	}
	if err != nil {
		return errors.Join(err, a.failed(r), a.showUnfit(r))
	}
	if a.try != nil {
		return nil
	}
	if a.until != "" {
		host.Info("ended after " + a.until + ", as you asked: there are no packages")
		return nil
	}
	return a.finish(ctx, r, d, time.Since(started))
}

// pipeline is what the work takes of this machine.
func (a *app) pipeline(run *command.Runner) pipeline.Pipeline {
	program, err := os.Executable()
	if err != nil {
		a.host.Detail("steps cannot call pinpack: " + err.Error())
	}
	return pipeline.Pipeline{
		Host: a.host, Run: run, Program: program, Config: command.Installer(a.proc.Environ), Clock: time.Now,
		Temp: a.temp(), Cache: a.cache(), Private: a.private(), Docker: a.dockerEnv(),
	}
}

// runnerDirs are the runner's directories: the checkout, with the token in its
// Git configuration; files by which outputs are set; the event; the home that
// all actions of the job share.
func (a *app) runnerDirs() []string {
	var list []string
	add := func(dir string) {
		if dir = filepath.Clean(dir); filepath.IsAbs(dir) && dir != "/" && !slices.Contains(list, dir) {
			list = append(list, dir)
		}
	}
	for _, name := range []string{"GITHUB_WORKSPACE", "HOME"} {
		add(a.getenv(name))
	}
	// Where act's RUNNER_TEMP is the container's own /tmp, there is nothing of
	// the runner in it, and our scratch directory is.
	if dir := a.getenv("RUNNER_TEMP"); !config.Shared(filepath.Clean(dir)) {
		add(dir)
	}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH"} {
		add(filepath.Dir(a.getenv(name)))
	}
	return list
}

// private lists the user's directories: home, workspace, working directory. One
// that every system has, such as /tmp, tells nothing of this machine; a home is
// private all the same.
func (a *app) private() []string {
	list := []string{a.getenv("HOME"), a.getenv("GITHUB_WORKSPACE")}
	if dir, err := os.Getwd(); err == nil && !config.Shared(dir) {
		list = append(list, dir)
	}
	return list
}

// temp is the runner's directory for temporary files, if it is there: older
// runners name one of the host's. "" is the system's.
func (a *app) temp() string {
	dir := a.getenv("RUNNER_TEMP")
	if info, err := os.Stat(dir); a.action && dir != "" && err == nil && info.IsDir() {
		return dir
	}
	return ""
}

// cache is where fetched tools are kept between builds.
func (a *app) cache() string {
	if dir := a.getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "pinpack")
	}
	if home := a.getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".cache", "pinpack")
	}
	return ""
}

func orUnknown(version string) string {
	if version == "" {
		return "(version from the wheel)"
	}
	return version
}

// printJSON prints a result for machines, without secrets.
func (a *app) printJSON(v any) error {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(a.proc.Stdout, a.host.Hide(text.String()))
	return err
}
