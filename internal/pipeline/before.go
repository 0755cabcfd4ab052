package pipeline

import (
	"context"
	"strings"

	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/syspkg"
	"github.com/pinpack/pinpack/internal/venv"
)

// buildPackages installs the system packages that the build needs. They are ours to
// install, not the project's code's.
func (p *Pipeline) buildPackages(ctx context.Context, r *Result, pl plan.Plan) ([]syspkg.Package, error) {
	if len(pl.BuildDeps) == 0 {
		return nil, nil
	}
	return stage(p, r, "build packages", func() ([]syspkg.Package, error) {
		out, end := p.Host.Program(false)
		defer end()
		return syspkg.Install(ctx, p.Run, out, pl.BuildDeps)
	})
}

// warn tells, loudly, what was allowed and is less than exact.
func (p *Pipeline) warn(pl plan.Plan, env venv.Env) {
	var unpinned, unhashed []string
	for _, r := range pl.Lock.Requirements {
		if !r.Pinned() {
			unpinned = append(unpinned, r.Name)
		}
		if len(r.Hashes) == 0 {
			unhashed = append(unhashed, r.Name)
		}
	}
	if unpinned != nil {
		p.Host.Warn("unpinned, as you allow: another build may ship other versions of " + strings.Join(unpinned, ", "))
	}
	if unhashed != nil {
		p.Host.Warn("without hashes, as you allow: a package index may serve anything as " + strings.Join(unhashed, ", "))
	}
	if list := env.Unconstrained(); list != nil {
		p.Host.Notice("build requirements that nothing constrains, of which another build may take other versions: " + strings.Join(list, ", ") + " (see the input build-constraints)")
	}
}
