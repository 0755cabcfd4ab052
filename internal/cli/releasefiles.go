package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/publish"
	"github.com/pinpack/pinpack/internal/publish/files"
	"github.com/pinpack/pinpack/internal/publish/release"
	"github.com/pinpack/pinpack/internal/signature"
)

// releaseCommand publishes files that are there already: packages of several
// jobs together, or what another tool made.
func (a *app) releaseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "release FILE...",
		Short: "Put files into the GitHub Release of a tag, as the action does with its packages",
		Long: "Put files into the GitHub Release of a tag, as the action does with its packages:\n" +
			"a draft first, then the files, compared by digest, then published at once. It can\n" +
			"be run again at any time. Repository, tag and API come from the workflow's\n" +
			"environment, the token from GITHUB_TOKEN or --token.",
		Args: cobra.MinimumNArgs(1),
	}
	read := a.inputs(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a.speak()
		o, err := a.releaseOptions(read(nil))
		list, fileErr := releasedFiles(args)
		as, asErr := a.releasedAs(read(nil), args)
		if err := errors.Join(err, fileErr, asErr); err != nil {
			return usageError{err}
		}
		return a.releaseFiles(cmd.Context(), o, as, list)
	}
	return cmd
}

// releaseOptions reads what the workflow and the flags say.
func (a *app) releaseOptions(sources []config.Source) (release.Options, error) {
	c, err := config.Read(append(sources, a.fromVariables()...)...)
	dir, dirErr := os.Getwd()
	key, keyErr := a.openKey(c.Signing, dir, time.Now())
	event, eventErr := ci.ReadEvent(a.getenv, os.ReadFile)
	if event.Name == "" { // not in a workflow: the variables can be set all the same
		event = ci.Event{Name: "workflow_dispatch", Repository: a.getenv("GITHUB_REPOSITORY"), API: a.getenv("GITHUB_API_URL")}
	}
	if event.API == "" {
		event.API = "https://api.github.com"
	}
	if c.GitHub.Release == "auto" {
		c.GitHub.Release = "publish" // that is what the command is for
	}
	r, decideErr := plan.DecideRelease(c.GitHub, event, os.DirFS("."))
	if err := errors.Join(err, dirErr, keyErr, eventErr, decideErr); err != nil {
		return release.Options{}, err
	}
	token := c.GitHub.Token
	if token == "" {
		token = a.getenv("GITHUB_TOKEN")
	}
	return a.release(*r, event, token, key), nil
}

// release is how a release is published, for the action and for the command.
func (a *app) release(r plan.Release, event ci.Event, token string, key *signature.Key) release.Options {
	a.host.Mask(token)
	return release.Options{
		APIURL: event.API, Token: token, Repository: r.Repository, Tag: r.Tag,
		Name: r.Name, Notes: r.Notes, GenerateNotes: r.Generate, Draft: r.Draft, Prerelease: r.Prerelease,
		MakeLatest: r.MakeLatest, Overwrite: r.Overwrite, Key: key,
		Now: time.Now, Say: a.host.Info, Progress: a.progress(),
	}
}

// releasedAs says what the release becomes: a repository too, if it is to be one.
func (a *app) releasedAs(sources []config.Source, paths []string) (func(*release.Target) publish.Target, error) {
	c, _ := a.readInputs(sources) // what is wrong is told by releaseOptions
	if !c.GitHub.ReleaseRepository {
		return func(t *release.Target) publish.Target { return t }, nil
	}
	_, built, _ := files.Describe(paths) // only for the time; what cannot be read is told elsewhere
	at, err := a.timeOf(built)
	dir, dirErr := os.Getwd()
	key, keyErr := a.openKey(c.Signing, dir, at)
	return func(t *release.Target) publish.Target { return a.asRepository(t, c.GitHub, key, at) }, errors.Join(err, dirErr, keyErr)
}

func (a *app) releaseFiles(ctx context.Context, o release.Options, as func(*release.Target) publish.Target, list []artifact.Artifact) error {
	t, err := release.Open(ctx, o)
	if err != nil {
		return usageError{err}
	}
	receipts, err := as(t).Publish(ctx, list)
	for _, r := range receipts {
		if _, err := fmt.Fprintln(a.proc.Stdout, r.URL); err != nil {
			return err
		}
	}
	return err
}

// releasedFiles describes files as the target wants them.
func releasedFiles(names []string) ([]artifact.Artifact, error) {
	var list []artifact.Artifact
	var errs []error
	for _, name := range names {
		info, err := os.Stat(name)
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%q is no regular file", name)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sum, size, err := artifact.Digest(name)
		errs = append(errs, err)
		list = append(list, artifact.Artifact{
			Path: name, Name: filepath.Base(name), Format: strings.TrimPrefix(filepath.Ext(name), "."), Arch: runtime.GOARCH, Size: size, SHA256: sum,
		})
	}
	return list, errors.Join(errs...)
}
