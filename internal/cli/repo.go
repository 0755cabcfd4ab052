package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/publish"
	"github.com/pinpack/pinpack/internal/publish/repository"
	"github.com/pinpack/pinpack/internal/secret"
)

// repoCommand looks after static repositories, beside publishing into them.
func (a *app) repoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "repo", Short: "List, remove and index packages in static repositories for apt and dnf",
		Long: "Look after static repositories, as the input publish makes them. URL is one of a\n" +
			"target, such as apt+dir:PATH?suite=bookworm, yum+dir:PATH or repo+dir:PATH.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, c := range []struct {
		use, short string
		args       cobra.PositionalArgs
		run        func(ctx context.Context, t *repository.Target, args []string) (any, string, error)
	}{
		{"list URL", "List the packages of a repository", cobra.ExactArgs(1), listRepo},
		{"remove URL NAME[=VERSION]...", "Remove packages from a repository, or single versions of them, and their files", cobra.MinimumNArgs(2), removeFromRepo},
		{"index URL", "Make a repository's indexes anew from the packages that are in it, and sign them", cobra.ExactArgs(1), indexRepo},
	} {
		sub := &cobra.Command{Use: c.use, Short: c.short, Args: c.args}
		read := a.inputs(sub)
		sub.Flags().BoolVar(&a.json, "json", false, "print the result as JSON")
		sub.RunE = func(cmd *cobra.Command, args []string) error {
			a.speak()
			t, err := a.openRepo(read(nil), args[0])
			if err != nil {
				return usageError{err}
			}
			result, text, err := c.run(cmd.Context(), t, args[1:])
			if result == nil { // nothing to tell
				return err
			}
			if a.json {
				return errors.Join(err, a.printJSON(result))
			}
			_, printErr := fmt.Fprint(a.proc.Stdout, a.host.Hide(text))
			return errors.Join(err, printErr)
		}
		cmd.AddCommand(sub)
	}
	return cmd
}

// openRepo opens a repository with the signing key of the inputs.
func (a *app) openRepo(sources []config.Source, url string) (*repository.Target, error) {
	a.keep(secret.FromURL("the URL", url))
	c, err := a.readInputs(sources)
	at, timeErr := a.timeOf(time.Time{})
	dir, dirErr := os.Getwd()
	key, keyErr := a.openKey(c.Signing, dir, at)
	setup, setupErr := a.targetSetup(dir, at, c.GitHub)
	if err := errors.Join(err, timeErr, dirErr, keyErr, setupErr); err != nil {
		return nil, err
	}
	setup.Key = key
	t, err := publish.OpenRepository(url, setup)
	if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	return t, nil
}

func listRepo(ctx context.Context, t *repository.Target, _ []string) (any, string, error) {
	list, err := t.List(ctx)
	if err != nil {
		return nil, "", err
	}
	if list == nil {
		list = []repository.Package{}
	}
	return list, packageTable(list), nil
}

func removeFromRepo(ctx context.Context, t *repository.Target, args []string) (any, string, error) {
	var errs []error
	for _, arg := range args {
		if name, version, given := strings.Cut(arg, "="); name == "" || given && version == "" {
			errs = append(errs, fmt.Errorf("remove %q: want NAME or NAME=VERSION", arg))
		}
	}
	if errs != nil {
		return nil, "", usageError{errors.Join(errs...)}
	}
	all := []repository.Package{}
	for _, arg := range args {
		name, version, _ := strings.Cut(arg, "=")
		list, err := t.Remove(ctx, name, version)
		all, errs = append(all, list...), append(errs, err)
	}
	return all, packageTable(all), errors.Join(errs...)
}

func indexRepo(ctx context.Context, t *repository.Target, _ []string) (any, string, error) {
	n, err := t.Index(ctx)
	if err != nil {
		return nil, "", err
	}
	return map[string]int{"packages": n}, count(n, "package") + " indexed\n", nil
}

// packageTable writes packages for people.
func packageTable(list []repository.Package) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, p := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", p.Name, p.Version, p.Arch, p.Format, strings.TrimSpace(p.Suite+" "+p.Component))
	}
	_ = w.Flush() // a builder takes everything
	return text.String()
}
