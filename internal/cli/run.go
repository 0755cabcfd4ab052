package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/pipeline"
)

// statusError ends us as a program ended that the user ran: it has told of itself.
type statusError struct{ status int }

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", e.status) }

func (a *app) runCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run [DIR] -- COMMAND [ARG...]",
		Short: "Build the virtualenv and run a command there, as steps run",
		Long:  "run builds the virtualenv of the project in DIR (default: here), as build does, with what\nonly tests need, and runs a command in the project's folder in the environment that steps get.\nThen it takes everything away. Its exit status is the command's,\nor 128 and the signal's number where a signal ended it.",
	}
	read := a.inputs(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		at := cmd.ArgsLenAtDash()
		if at < 0 || at > 1 || len(args) == at {
			return usageError{errors.New("want a command after --, such as pinpack run -- python -m pytest -k login")}
		}
		words, dir := args[at:], args[:at]
		a.try = func(ctx context.Context, dir string, environ []string) error {
			err := a.runner().Run(ctx, command.Program{Name: words[0], Args: words[1:], Dir: dir, Env: environ, Attached: true})
			var c *command.Error
			switch {
			case !errors.As(err, &c) || ctx.Err() != nil:
				return err
			case c.Signal != "":
				return statusError{128 + int(unix.SignalNum(c.Signal))}
			case c.Status > 0:
				return statusError{c.Status}
			}
			return err
		}
		return a.build(cmd.Context(), read(dir))
	}
	return cmd
}

// untilFlags gives build the flags that end it early.
func (a *app) untilFlags(cmd *cobra.Command) {
	cmd.Flags().Var(&choice{&a.until, pipeline.Stages}, "until", "end after this stage, without packages: "+strings.Join(pipeline.Stages, ", "))
	cmd.Flags().BoolVar(&a.keepAll, "keep", false, "leave the virtualenv and the scratch directory, also when the build fails, and say where")
}

// choice is a flag with few values.
type choice struct {
	value *string
	of    []string
}

func (c *choice) Set(s string) error {
	if !slices.Contains(c.of, s) {
		return fmt.Errorf("want %s", strings.Join(c.of, ", "))
	}
	*c.value = s
	return nil
}
func (c *choice) String() string { return "" }
func (c *choice) Type() string   { return "stage" }
