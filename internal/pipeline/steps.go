package pipeline

import (
	"context"
	"fmt"
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
func (p *Pipeline) steps(pl plan.Plan, run *command.Runner, scratch, source string) *steps.Runner {
	r := &steps.Runner{Host: p.Host, Run: run, Clock: p.Clock, Scratch: scratch, Source: source, Logs: p.Logs}
	if pl.StepRules.Logs != "" {
		r.Logs = pl.StepRules.Logs
	}
	return r
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
