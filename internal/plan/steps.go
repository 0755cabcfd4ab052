package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/pinpack/pinpack/internal/step"
)

// StepRules is what goes for all steps.
type StepRules struct {
	TestDirectory string   `json:"test_directory"` // "copy" or "project"
	Reports       []string `json:"test_reports,omitempty"`
	Output        int64    `json:"output"`         // bytes that each may print
	Logs          string   `json:"logs,omitempty"` // absolute; "": in the cache
	// Found is a test command that nobody asked for: that it finds nothing is no
	// failure.
	Found bool `json:"found,omitempty"`
}

// readSteps lists the steps, and gives each what it does not say itself.
func (pl *Plan) readSteps(source fs.FS, in step.Inputs, found tests, m Machine) error {
	pl.StepRules = StepRules{TestDirectory: in.TestDirectory, Reports: in.Reports, Output: in.Output}
	if in.Logs != "" {
		pl.StepRules.Logs = absolute(m.Dir, in.Logs)
	}
	named := slices.ContainsFunc(in.Named, func(s step.Step) bool { return s.Kind == step.Test })
	if found.any() && !named {
		in.Test, pl.testNote = found.command(*pl)
		pl.StepRules.Found = len(in.Test) > 0
	}
	var errs []error
	for _, s := range in.Steps() {
		if s.Timeout == 0 {
			s.Timeout = in.Timeout
		}
		if s.Kind == step.Test && s.Retries == 0 {
			s.Retries = in.Retries
		}
		errs = append(errs, resolveStep(&s, source, m.Environ))
		pl.Steps = append(pl.Steps, s)
	}
	return errors.Join(errs...)
}

// resolveStep finds what a named step names: its folder, and variables of the
// builder's.
func resolveStep(s *step.Step, source fs.FS, environ []string) error {
	var errs []error
	if s.Dir != "" && s.Dir != "." {
		if info, err := fs.Stat(source, s.Dir); err != nil {
			errs = append(errs, fmt.Errorf("step %q: directory %q: %w", s.Name, s.Dir, cause(err)))
		} else if !info.IsDir() {
			errs = append(errs, fmt.Errorf("step %q: directory %q: is no directory", s.Name, s.Dir))
		}
	}
	var env []string
	for _, e := range slices.Concat(s.Env, s.Secrets) {
		e, name, err := resolve(e, environ)
		if err != nil {
			errs = append(errs, fmt.Errorf("step %q: variable %q: not set in the builder's environment: want it set there%s", s.Name, name, orTable(s, name)))
			continue
		}
		env = append(env, e)
		if !slices.Contains(s.Secrets, name) {
			s.EnvNames = append(s.EnvNames, name)
		}
	}
	s.Env, s.Dir = env, path.Clean(s.Dir)
	if s.Dir == "." {
		s.Dir = ""
	}
	return errors.Join(errs...)
}

// orTable says how else a variable may be had: not where it is a secret.
func orTable(s *step.Step, name string) string {
	if slices.Contains(s.Secrets, name) {
		return ""
	}
	return ", or here by env = { " + name + " = \"VALUE\" }"
}
