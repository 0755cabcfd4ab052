package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/pipeline"
	"github.com/pinpack/pinpack/internal/verify"
)

// verifyCommand has the build's inputs for verification as its flags.
func (a *app) verifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify FILE...",
		Short: "Install, start, upgrade, roll back and remove packages in clean systems",
		Args:  cobra.MinimumNArgs(1),
	}
	given := inputFlags(cmd, config.VerifyInputs(), config.VerifyPrefix)
	cmd.Flags().BoolVar(&a.json, "json", false, "print the reports as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.speak()
		c, err := config.Read(config.Source{Where: "flag --%s", Without: config.VerifyPrefix, Values: given})
		if err != nil {
			return usageError{err}
		}
		return a.verify(cmd.Context(), c.Verify, args)
	}
	return cmd
}

func (a *app) verify(ctx context.Context, c config.Verify, files []string) error {
	run := a.runner()
	run.Env = command.Merge(run.Env, a.dockerEnv())
	reports, err := verify.Run(ctx, files, verify.Options{
		Run: run, Now: time.Now, Say: a.host.Info, Temp: a.temp(),
		Engine: c.Engine, On: c.On, Previous: c.Previous, Smoke: c.Smoke, Timeout: c.Timeout,
	})
	if err != nil && reports == nil && ctx.Err() == nil {
		return usageError{err} // nothing was begun
	} else if err != nil {
		return err
	}
	errs := []error{a.showReports(reports)}
	if unfit := verify.Judge(reports); unfit != nil {
		for _, e := range flatten(unfit) {
			errs = append(errs, fmt.Errorf("verify %w", e))
		}
	}
	return errors.Join(errs...)
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

// showUnfit prints the table of packages that were not fit to be published, and
// puts it on the run's page.
func (a *app) showUnfit(r pipeline.Result) error {
	if verify.Judge(r.Verified) == nil {
		return nil
	}
	if a.action {
		return a.host.Summary(fmt.Sprintf("### %s %s is not fit to be published\n\n", code(r.Name), code(r.Version)) + verify.Markdown(r.Verified))
	}
	var table strings.Builder
	if err := verify.Table(&table, r.Verified); err != nil {
		return err
	}
	_, err := fmt.Fprint(a.proc.Stderr, a.host.Hide(table.String()))
	return err
}
