package interpreter

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// UV is uv as a source of interpreters: those that it manages, and
// python-build-standalone's, which it fetches and checks against the hashes that
// its release has.
type UV struct {
	Program func(context.Context) (string, error) // required: its path
	Config  []string                              // environment: UV_PYTHON_INSTALL_MIRROR and the like
	Dir     string                                // required: where it puts what it fetches
}

// find is the managed interpreter of a version, or nothing.
func (u *UV) find(ctx context.Context, run *command.Runner, version string) ([]string, error) {
	exe, err := u.Program(ctx)
	if err != nil {
		return nil, err
	}
	return u.look(ctx, run, exe, version, u.Config)
}

// install fetches a version, if it is not in Dir already.
func (u *UV) install(ctx context.Context, run *command.Runner, version string) ([]string, error) {
	exe, err := u.Program(ctx)
	if err != nil {
		return nil, err
	}
	env := command.Merge(u.Config, []string{"UV_PYTHON_INSTALL_DIR=" + u.Dir})
	err = run.Run(ctx, command.Program{Name: exe, Env: env, Args: []string{"python", "install", "--no-bin", "--no-progress", version}})
	if err != nil {
		return nil, fmt.Errorf("fetch by uv: %w", err)
	}
	return u.look(ctx, run, exe, version, env)
}

func (u *UV) look(ctx context.Context, run *command.Runner, exe, version string, env []string) ([]string, error) {
	out, err := run.Output(ctx, command.Program{Name: exe, Env: env, Dir: "/", Args: []string{
		"python", "find", "--managed-python", "--no-python-downloads", "--resolve-links", "--no-project", version}})
	var failed *command.Error
	if errors.As(err, &failed) && failed.Status > 0 {
		return nil, nil // there is none
	}
	return strings.Fields(out), err
}
