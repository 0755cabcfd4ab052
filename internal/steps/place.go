package steps

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/sandbox"
	"github.com/pinpack/pinpack/internal/step"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
)

// place is where a step runs. Tests get a copy of the project that lacks what the
// virtualenv has of it: a module in the working directory, or beside the tests,
// would be imported in place of the one that is shipped.
func (r *Runner) place(pl plan.Plan, env venv.Env, s step.Step) (*sandbox.Work, error) {
	if s.Kind != step.Test || pl.StepRules.TestDirectory == "project" || builds(s) {
		return sandbox.In(pl.Source)
	}
	if r.work != nil {
		return r.work, nil
	}
	installed, err := env.LocalModules(pl)
	if err != nil {
		return nil, err
	}
	left, err := shadows(pl.Source, installed)
	if err != nil {
		return nil, fmt.Errorf("look for modules in %q: %w", pl.Source, err)
	}
	dir, err := r.folder("tests", filepath.Base(r.Source))
	if err != nil {
		return nil, err
	}
	r.work, err = sandbox.CopyTo(r.Run, pl.Source, dir, func(rel string, d fs.DirEntry) tree.Choice {
		if left[rel] || apart(pl, rel, d) {
			return tree.Leave
		}
		return tree.Take
	})
	return r.work, err
}

// folder is a new directory below the scratch directory, which the Runner's user can
// get through.
func (r *Runner) folder(kind, name string) (string, error) {
	parent := filepath.Join(r.Scratch, kind)
	if err := os.Mkdir(parent, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return filepath.Join(parent, name), nil
}

// apart is what no copy of a project has: results, history, what other tools
// installed there.
func apart(pl plan.Plan, rel string, d fs.DirEntry) bool {
	if !d.IsDir() {
		return filepath.ToSlash(rel) == ".git"
	}
	switch d.Name() {
	case ".git", "node_modules", "__pycache__", ".tox", ".nox", ".venv":
		return true
	}
	name := filepath.Join(pl.Source, rel)
	_, err := os.Lstat(filepath.Join(name, "pyvenv.cfg"))
	return err == nil || name == pl.Out
}
