package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/step"
	"github.com/pinpack/pinpack/internal/steps"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
)

// steps has what running the plan's steps takes. Source is the project where the
// user has it.
func (p *Pipeline) steps(pl plan.Plan, run *command.Runner, scratch, source string) (*steps.Runner, error) {
	temp := filepath.Join(scratch, "tmp") // a sandbox has made it
	if err := os.Mkdir(temp, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make directory for temporary files: %w", err)
	}
	bin, err := p.itself(scratch)
	if err != nil {
		return nil, err
	}
	r := &steps.Runner{Temp: temp, Bin: bin, Host: p.Host, Run: run, Clock: p.Clock, Scratch: scratch, Source: source, Logs: p.Logs}
	if pl.StepRules.Logs != "" {
		r.Logs = pl.StepRules.Logs
	}
	if p.Cache != "" {
		r.Cache = filepath.Join(p.Cache, "steps") // ours alone: also in a sandbox
	}
	return r, nil
}

// itself is a directory with pinpack, for steps that use its tools for static files.
func (p *Pipeline) itself(scratch string) (string, error) {
	if p.Program == "" {
		return "", nil
	}
	dir := filepath.Join(scratch, "pinpack")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", fmt.Errorf("make directory for programs: %w", err)
	}
	return dir, os.Symlink(p.Program, filepath.Join(dir, "pinpack"))
}

// Stages are what the work can end after, before it is done.
var Stages = []string{"virtualenv", "test", "assets", "settle"}

// remove takes something away, unless it is to be kept.
func (p *Pipeline) remove(what, dir string, remove func() error) error {
	if !p.Keep || dir == "" {
		return remove()
	}
	p.Host.Info("kept: " + what + " " + dir)
	return nil
}

// runSteps runs what there is between building the virtualenv and settling it. Done is
// a work that ends here.
func (p *Pipeline) runSteps(ctx context.Context, r *Result, pl plan.Plan, b venv.Builder, env venv.Env, inVenv *steps.Runner) (done bool, err error) {
	if err := inVenv.All(ctx, pl, env, step.AfterInstall); err != nil || p.Until == "virtualenv" {
		return true, err
	}
	if len(pl.Tests.Requirements) > 0 && (len(pl.Steps) > 0 || p.Try != nil) {
		if inVenv.Overlay, err = stage(p, r, "test requirements", func() (string, error) {
			defer p.programs(&b)()
			return b.Overlay(ctx, pl, env)
		}); err != nil {
			return true, err
		}
	}
	if err := inVenv.ShowOverlay(env); err != nil {
		return true, err
	}
	if p.Try != nil {
		return true, p.Try(ctx, pl.Source, inVenv.Environ(pl, env))
	}
	if err := inVenv.All(ctx, pl, env, step.Test, step.AfterTest); err != nil || p.Until == "test" {
		return true, err
	}
	return p.Until == "assets", inVenv.All(ctx, pl, env, step.Assets)
}

// afterPackage runs what is to see the finished packages, on copies of them: what is
// published is what we made.
func (p *Pipeline) afterPackage(ctx context.Context, r *steps.Runner, pl plan.Plan, env venv.Env, list []artifact.Artifact) error {
	wanted := false
	for _, s := range pl.Steps {
		wanted = wanted || s.Kind == step.AfterPackage
	}
	if !wanted {
		return nil
	}
	dir := filepath.Join(r.Scratch, "packages")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("copy packages: %w", err)
	}
	for _, a := range list {
		if err := tree.Copy(a.Path, filepath.Join(dir, a.Name), nil); err != nil {
			return fmt.Errorf("copy packages: %w", err)
		}
	}
	if err := r.Run.Own(dir); err != nil {
		return fmt.Errorf("copy packages: %w", err)
	}
	r.Extra = []string{"PINPACK_PACKAGES=" + dir}
	return r.All(ctx, pl, env, step.AfterPackage)
}
