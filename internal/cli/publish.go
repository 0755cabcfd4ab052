package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/pipeline"
	"github.com/pinpack/pinpack/internal/project"
	"github.com/pinpack/pinpack/internal/publish"
	"github.com/pinpack/pinpack/internal/publish/files"
	"github.com/pinpack/pinpack/internal/secret"
)

// publishCommand publishes what was built before, here or in another job.
func (a *app) publishCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "publish FILE... [--publish URL]...",
		Short: "Hand finished packages, and files beside them, to the targets of the input publish",
		Long: "Hand finished packages, and files beside them, to the targets of the input publish,\n" +
			"which may also stand in pyproject.toml. A FILE may be a glob, or a directory such as\n" +
			"dist. Packages are known by what is in them. What a target has already is not sent\n" +
			"again, so that this completes what was interrupted.",
		Args: cobra.MinimumNArgs(1),
	}
	read := a.inputs(cmd)
	cmd.Flags().BoolVar(&a.json, "json", false, "print what was published as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.speak()
		targets, list, err := a.readyToPublish(read(nil), args)
		if err == nil {
			err = publish.Check(cmd.Context(), targets)
		}
		if err != nil {
			return usageError{err}
		}
		return a.publishFiles(cmd.Context(), targets, list)
	}
	return cmd
}

// readyToPublish opens the targets and reads the files.
func (a *app) readyToPublish(sources []config.Source, args []string) ([]publish.Named, []artifact.Artifact, error) {
	c, configErr := a.readInputs(sources)
	for _, u := range c.Publish {
		a.keep(secret.FromURL("the input publish", u))
	}
	if configErr == nil && len(c.Publish) == 0 {
		configErr = errors.New("publish: no target: want the flag --publish URL, or tool.pinpack.publish in pyproject.toml")
	}
	paths, findErr := files.Find(args)
	list, built, fileErr := files.Describe(paths)
	if findErr == nil && fileErr == nil && len(artifact.Packages(list)) == 0 {
		fileErr = fmt.Errorf("publish %q: no package among them: want a .deb or .rpm", args)
	}
	at, timeErr := a.timeOf(built)
	dir, dirErr := os.Getwd()
	setup, setupErr := a.targetSetup(dir, at, c.GitHub)
	var keyErr error
	setup.Key, keyErr = a.openKey(c.Signing, dir, at)
	var targets []publish.Named
	var openErr error
	if configErr == nil && setupErr == nil {
		targets, openErr = publish.Open(c.Publish, setup)
	}
	return targets, list, errors.Join(configErr, findErr, fileErr, timeErr, dirErr, setupErr, keyErr, openErr)
}

// readInputs reads the inputs, those of the project's pyproject.toml too, if there
// is one: this also runs where there is no checkout.
func (a *app) readInputs(sources []config.Source) (config.Config, error) {
	sources = append(sources, a.fromVariables()...)
	where, _ := config.Read(sources...)
	name := filepath.Join(where.Directory, "pyproject.toml")
	if _, err := os.Stat(name); err != nil {
		return config.Read(sources...)
	}
	root, err := filepath.Abs(where.Directory)
	if err != nil {
		return where, err
	}
	tree, err := project.Open(root)
	if err != nil {
		return where, err
	}
	table, err := project.ReadTool(tree)
	c, configErr := config.Read(append(sources, config.FromTable(table))...)
	return c, errors.Join(err, configErr)
}

// timeOf is the time that metadata bears: SOURCE_DATE_EPOCH, else the packages'
// own, else now.
func (a *app) timeOf(built time.Time) (time.Time, error) {
	if epoch := a.getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return built, fmt.Errorf("SOURCE_DATE_EPOCH %q: want seconds since 1970", epoch)
		}
		return time.Unix(seconds, 0).UTC(), nil
	}
	if built.IsZero() {
		return time.Now().UTC().Truncate(time.Second), nil
	}
	return built, nil
}

func (a *app) publishFiles(ctx context.Context, targets []publish.Named, list []artifact.Artifact) error {
	outcomes, err := publish.All(ctx, targets, list)
	if a.json {
		var r struct {
			Published   []artifact.Receipt     `json:"published"`
			Unpublished []pipeline.Unpublished `json:"unpublished,omitempty"`
		}
		r.Published, r.Unpublished = pipeline.Tell(a.host, outcomes)
		return errors.Join(err, a.printJSON(r))
	}
	for _, o := range outcomes {
		for _, receipt := range o.Receipts {
			if _, printErr := fmt.Fprintln(a.proc.Stdout, a.host.Hide(receipt.Artifact+" is at "+receipt.URL)); printErr != nil {
				return errors.Join(err, printErr)
			}
		}
	}
	return err
}
