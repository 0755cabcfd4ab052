package cli

import (
	"context"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/syspkg"
)

// installPython installs the system's interpreter where that is plainly what is
// missing: there is no python3 at all.
func (a *app) installPython(ctx context.Context, run *command.Runner) error {
	end := a.host.Group("install python3")
	out, done := a.host.Program(false)
	_, err := syspkg.Install(ctx, run, out, []string{"python3"})
	done()
	end("", err)
	return err
}
