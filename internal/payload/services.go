package payload

import (
	"fmt"
	"os"
	"slices"

	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
)

// serviceFiles are those of the processes: units, users, directories, examples. Only
// now it is known which programs the virtualenv has.
func serviceFiles(pl plan.Plan, env venv.Env) ([]tree.Entry, error) {
	if pl.Services == nil {
		return nil, nil
	}
	app := *pl.Services
	entries, err := os.ReadDir(env.Bin())
	if err != nil {
		return nil, fmt.Errorf("list programs: %w", err)
	}
	app.Commands = []string{}
	for _, e := range entries {
		app.Commands = append(app.Commands, e.Name())
	}
	list, err := app.Files()
	if err != nil {
		return nil, err
	}
	conffiles := app.Configuration()
	for i, e := range list {
		list[i].Config = slices.Contains(conffiles, e.Path)
	}
	return list, nil
}
