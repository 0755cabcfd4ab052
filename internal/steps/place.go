package steps

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/sandbox"
	"github.com/pinpack/pinpack/internal/step"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
)

// place is where a step runs.
type place struct {
	work  *sandbox.Work
	node  nodeTools // what is to be installed
	tools string    // directory of programs of Node.js; "": none
	lock  string    // what locks them, digested
}

// place makes the place for a step: a copy of its inputs, of the project for what
// takes tools of Node.js, whose node_modules must not come into it, or for tests,
// and else the project itself.
func (r *Runner) place(pl plan.Plan, env venv.Env, s step.Step) (p place, err error) {
	node, hasNode := nodeOf(pl.Source, s)
	switch {
	case s.Kind == step.Test:
		p.work, err = r.testPlace(pl, env, s)
	case len(s.Inputs) > 0:
		p.work, err = r.inputs(pl, s, node)
	case hasNode:
		p.work, err = r.copy(pl, folderOf(s), nil)
	default:
		p.work, err = sandbox.In(pl.Source)
	}
	if err != nil || !hasNode {
		return p, err
	}
	if _, err := r.Run.Find(node.program); err != nil {
		r.Host.Warn(fmt.Sprintf("%s: %s is there, and no %s: its tools are not installed", s.Name, node.files[0], node.program))
		return p, nil
	}
	p.node, p.lock = node, node.digest
	p.tools = filepath.Join(p.work.Dir, filepath.FromSlash(node.dir), "node_modules", ".bin")
	return p, nil
}

// testPlace is where tests run. They get a copy of the project that lacks what the
// virtualenv has of it: a module in the working directory, or beside the tests, would
// be imported in place of the one that is shipped.
func (r *Runner) testPlace(pl plan.Plan, env venv.Env, s step.Step) (*sandbox.Work, error) {
	if pl.StepRules.TestDirectory == "project" || builds(s) {
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
	for _, dir := range append(hollow(pl.Source, left), records(pl.Source)...) {
		left[dir] = true
	}
	r.work, err = r.copy(pl, "tests", left)
	return r.work, err
}

func folderOf(s step.Step) string { return "step-" + fileOf(s) }

var lineFile = regexp.MustCompile(`^(before|after-install|test|after-test|assets|after-package)-[0-9]+$`)

// fileOf is a step's name in names of files: "test-1" is the line that is called "test 1",
// and not a step that somebody called so.
func fileOf(s step.Step) string {
	if s.Named && lineFile.MatchString(s.Name) {
		return "named-" + s.Name
	}
	return strings.ReplaceAll(s.Name, " ", "-")
}

// copy copies the project, without some of its files.
func (r *Runner) copy(pl plan.Plan, name string, without map[string]bool) (*sandbox.Work, error) {
	dir, err := r.folder(filepath.Join("copies", name), filepath.Base(r.Source))
	if err != nil {
		return nil, err
	}
	return sandbox.CopyTo(r.Run, pl.Source, dir, func(rel string, d fs.DirEntry) tree.Choice {
		if without[rel] || r.apart(pl, rel, d) {
			return tree.Leave
		}
		return tree.Take
	})
}

// inputs copies what a step says it reads, and what its tools of Node.js are
// locked by.
func (r *Runner) inputs(pl plan.Plan, s step.Step, node nodeTools) (*sandbox.Work, error) {
	dir, err := r.folder(filepath.Join("copies", folderOf(s)), filepath.Base(r.Source))
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	work, err := sandbox.CopyTo(r.Run, pl.Source, dir, func(rel string, d fs.DirEntry) tree.Choice {
		if r.apart(pl, rel, d) {
			return tree.Leave
		}
		if d.IsDir() || slices.Contains(node.files, filepath.ToSlash(rel)) || node.brings(filepath.ToSlash(rel)) {
			return tree.Take
		}
		if !step.Match(s.Rooted(s.Inputs...), filepath.ToSlash(rel)) {
			return tree.Leave
		}
		for _, g := range s.Inputs {
			found[g] = found[g] || step.Match(s.Rooted(g), filepath.ToSlash(rel))
		}
		return tree.Take
	})
	for _, g := range s.Inputs {
		if err == nil && !found[g] {
			err = fmt.Errorf("inputs: nothing in the project matches %q", path.Join(s.Dir, g))
		}
	}
	return work, err
}

// within makes a path one below a folder.
func within(dir, name string) (string, bool) {
	if dir == "" {
		return name, true
	}
	return strings.CutPrefix(name, dir+"/")
}

// folder is a new directory below the scratch directory, which the Runner's user can
// get through.
func (r *Runner) folder(kind, name string) (string, error) {
	parent := filepath.Join(r.Scratch, kind)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	return filepath.Join(parent, name), nil
}

// apart is what no copy of a project has: results, history, what other tools
// installed there.
func (r *Runner) apart(pl plan.Plan, rel string, d fs.DirEntry) bool {
	if !d.IsDir() {
		return filepath.ToSlash(rel) == ".git"
	}
	switch d.Name() {
	case ".git", "node_modules", "__pycache__", ".tox", ".nox", ".venv":
		return true
	}
	_, err := os.Lstat(filepath.Join(pl.Source, rel, "pyvenv.cfg"))
	return err == nil || filepath.Join(r.Source, rel) == pl.Out
}
