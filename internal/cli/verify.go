package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/verify"
)

// verifyFlags are those of the verify command.
type verifyFlags struct {
	engine              string
	on, previous, smoke []string
	timeout             time.Duration
}

func (a *app) verifyCommand() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify FILE...",
		Short: "Install, start, upgrade, roll back and remove packages in clean systems",
		Args:  cobra.MinimumNArgs(1),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.engine, "engine", "auto", "what makes the systems: "+strings.Join(verify.EngineNames(), ", "))
	flags.StringArrayVar(&f.on, "on", nil, "a system: an image such as debian:12, or deb=IMAGE, rpm=IMAGE; with nspawn also the path of a root or tarball, deb=/path; may be repeated")
	flags.StringArrayVar(&f.previous, "previous", nil, "the version to upgrade from and to roll back to: a file or URL, one for each format")
	flags.StringArrayVar(&f.smoke, "smoke", nil, "a shell command that must succeed as the application's user; may be repeated")
	flags.DurationVar(&f.timeout, "timeout", 2*time.Minute, "how long the services may take to be healthy")
	flags.BoolVar(&a.json, "json", false, "print the reports as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.verify(cmd.Context(), f, args) }
	return cmd
}

func (a *app) verify(ctx context.Context, f verifyFlags, files []string) error {
	a.speak()
	var targets []verify.Target
	var errs []error
	for _, s := range f.on {
		t, err := verify.ParseTarget(s)
		targets, errs = append(targets, t), append(errs, err)
	}
	if f.timeout <= 0 {
		errs = append(errs, fmt.Errorf("flag --timeout %s: want more than 0", f.timeout))
	}
	if err := errors.Join(errs...); err != nil {
		return usageError{err}
	}
	run := a.runner()
	run.Env = command.Merge(run.Env, a.dockerEnv())
	reports, err := verify.Run(ctx, files, verify.Options{
		Run: run, Now: time.Now, Say: a.host.Info, Temp: a.temp(),
		Engine: f.engine, On: targets, Previous: f.previous, Smoke: f.smoke, Timeout: f.timeout,
	})
	if err != nil && reports == nil && ctx.Err() == nil {
		return usageError{err} // nothing was begun
	} else if err != nil {
		return err
	}
	return errors.Join(a.showReports(reports), verify.Judge(reports))
}

// dockerEnv is how docker is told where its engine and its credentials are.
func (a *app) dockerEnv() []string {
	var env []string
	for _, v := range a.proc.Environ {
		if strings.HasPrefix(v, "DOCKER_") {
			env = append(env, v)
		}
	}
	return env
}

// showReports prints the table, and what is known of what failed.
func (a *app) showReports(reports []verify.Report) error {
	if a.json {
		return a.printJSON(reports)
	}
	for _, r := range reports {
		for _, e := range r.Events {
			for _, line := range e.Details() {
				a.host.Info("  | " + line)
			}
		}
	}
	var table strings.Builder
	if err := verify.Table(&table, reports); err != nil {
		return err
	}
	_, err := fmt.Fprint(a.proc.Stdout, a.host.Hide(table.String()))
	return err
}
