package venv

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
)

// Module is an installed file that Python can import.
type Module struct {
	Name string // slash path below site-packages
	File string
}

// LocalModules lists the modules of what was built from the repository itself: the
// project, and other distributions of a workspace.
func (e Env) LocalModules(pl plan.Plan) ([]Module, error) {
	installed, err := e.Distributions()
	if err != nil {
		return nil, err
	}
	ours := []string{project.NormalizeName(e.Wheel.Name)}
	for _, l := range pl.Lock.Locals {
		ours = append(ours, project.NormalizeName(l.Name))
	}
	var list []Module
	for _, d := range installed {
		if !slices.Contains(ours, project.NormalizeName(d.Name)) {
			continue
		}
		files, err := d.Files()
		if err != nil {
			return nil, err
		}
		for _, name := range files {
			if !filepath.IsLocal(name) || !strings.HasSuffix(name, ".py") && !strings.HasSuffix(name, ".so") {
				continue
			}
			list = append(list, Module{filepath.ToSlash(name), filepath.Join(e.Site(), name)})
		}
	}
	return list, nil
}
