package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/sandbox"
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

// warn tells, loudly, what was allowed and is less than exact, and what will not run.
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
	if pl.Services != nil {
		for _, lack := range pl.Services.Lacks(func(program string) bool {
			_, err := os.Lstat(filepath.Join(env.Bin(), program))
			return err == nil
		}) {
			p.Host.Warn(lack)
		}
	}
	if list := env.Unconstrained(); list != nil {
		p.Host.Notice("build requirements that nothing constrains, of which another build may take other versions: " + strings.Join(list, ", ") + " (see the input build-constraints)")
	}
}

// isolate moves the work into a sandbox, if it is to: the plan's source becomes
// the copy there. leave must be called in any case.
func (p *Pipeline) isolate(pl *plan.Plan, scratch string) (run *command.Runner, leave func() error, err error) {
	if !p.Isolate {
		return p.Run, func() error { return nil }, nil
	}
	box, err := sandbox.Enter(p.Run, scratch, p.Hide)
	if err != nil {
		return nil, box.Leave, err
	}
	work, err := box.Copy(pl.Root, pl.Out)
	if err != nil {
		return nil, box.Leave, err
	}
	pl.Root, pl.Source = work.Dir, filepath.Join(work.Dir, filepath.FromSlash(pl.Dir))
	return box.Run, func() error { return errors.Join(work.Return(), box.Leave()) }, nil
}

// private lists the directories that no shipped file may name. One right below
// the root, such as /root or /src, is searched for with what is in it only: the
// word by itself is common.
func (p *Pipeline) private(pl plan.Plan, scratch string) []string {
	var list []string
	for _, dir := range append([]string{scratch, pl.Source, pl.Root, pl.Out}, p.Private...) {
		switch strings.Count(filepath.Clean(dir), "/") {
		case 0:
		case 1:
			if dir != "/" {
				list = append(list, filepath.Clean(dir)+"/")
			}
		default:
			list = append(list, filepath.Clean(dir))
		}
	}
	return list
}
