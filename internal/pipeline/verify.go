package pipeline

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/verify"
)

// verifier is how packages are verified as the plan says.
func (p *Pipeline) verifier(v plan.Verify, temp string) verify.Options {
	run := *p.Run
	run.Env = command.Merge(p.Run.Env, p.Docker)
	return verify.Options{
		Run: &run, Now: p.Clock, Say: p.Host.Info, Temp: temp,
		Engine: v.Engine, On: v.On, Previous: v.Previous, Smoke: v.Smoke, Timeout: v.Timeout,
	}
}

// Ready tells, before anything is begun, that packages could not be verified as
// the plan says.
func (p *Pipeline) Ready(ctx context.Context, pl plan.Plan) error {
	if pl.Verify == nil {
		return nil
	}
	return p.verifier(*pl.Verify, "").Ready(ctx)
}

// verify tries the packages in clean systems, while they are nobody's yet.
func (p *Pipeline) verify(ctx context.Context, v plan.Verify, list []artifact.Artifact, temp string) ([]verify.Report, error) {
	var files []string
	for _, a := range list {
		files = append(files, a.Path)
	}
	reports, err := verify.Run(ctx, files, p.verifier(v, temp))
	for i, r := range reports {
		reports[i].File = filepath.Base(r.File) // it moves
		for _, e := range r.Events {
			for _, line := range e.Details() {
				p.Host.Info("  | " + line)
			}
		}
	}
	return reports, errors.Join(err, verify.Judge(reports))
}
