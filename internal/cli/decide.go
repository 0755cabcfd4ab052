package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
	"github.com/pinpack/pinpack/internal/publish"
	"github.com/pinpack/pinpack/internal/secret"
	"github.com/pinpack/pinpack/internal/venv"
)

// decision is the plan, and what it was made from.
type decision struct {
	plan    plan.Plan
	config  config.Config
	event   ci.Event
	system  plan.OSRelease
	targets []publish.Named // those that only a URL names
}

// decide reads everything and makes the plan. It writes nothing.
func (a *app) decide(ctx context.Context, sources []config.Source, run *command.Runner) (decision, error) {
	var d decision
	sources = append(sources, a.fromVariables()...)
	dir, err := os.Getwd()
	if err != nil {
		return d, err
	}
	// Where the project is comes first: its pyproject.toml holds inputs, too.
	where, _ := config.Read(sources...)
	root := where.Directory
	if !filepath.IsAbs(root) {
		root = filepath.Join(dir, root)
	}
	files, err := project.Open(root)
	if err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			err = cause
		}
		_, configErr := config.Read(sources...)
		return d, errors.Join(configErr, fmt.Errorf("open project %q: %w: want the folder of a project", where.Directory, err))
	}
	p, projectErr := project.Read(files)
	var configErr, eventErr, planErr error
	d.config, configErr = config.Read(append(sources, config.FromTable(p.Tool, p.Steps...))...)
	a.keep(secret.New("the input token", d.config.GitHub.Token))
	keyErr := a.readKey(&d.config.Signing, dir)
	a.keep(secret.FromEnviron(d.config.Env))
	for _, s := range d.config.Steps.Named {
		a.keep(secret.FromEnviron(s.Env))
		for _, name := range s.Secrets {
			a.keep(secret.New(name, a.getenv(name)))
		}
	}
	for _, u := range d.config.Publish {
		a.keep(secret.FromURL("the input publish", u))
	}
	system, _ := os.ReadFile("/etc/os-release") // what we do not know of the system stays empty
	d.system = plan.ParseOSRelease(string(system))
	if a.action {
		d.event, eventErr = ci.ReadEvent(a.getenv, os.ReadFile)
	}
	d.plan, planErr = plan.Make(ctx, d.config, p, plan.Machine{
		Version: strings.Trim(version(), "()"),

		Run: run, Environ: a.proc.Environ, Now: time.Now(), Root: os.Geteuid() == 0,
		Dir: dir, Python: a.finder(run), System: d.system, Event: d.event,
	})
	setup, setupErr := a.targetSetup(dir, d.plan.Time, d.config.GitHub)
	setup.Key = d.plan.Key()
	var targetErr error
	d.targets, targetErr = publish.Open(d.config.Publish, setup)
	return d, errors.Join(projectErr, configErr, keyErr, eventErr, planErr, setupErr, targetErr)
}

// finder looks for interpreters where this machine has them. One that is to be
// fetched goes to the cache.
func (a *app) finder(run *command.Runner) interpreter.Finder {
	f := interpreter.Finder{
		Run: run, Bin: "/usr/bin", Path: a.getenv("PATH"),
		Places: interpreter.Places(a.getenv("HOME"), a.getenv("RUNNER_TOOL_CACHE")),
	}
	if cache := a.cache(); cache != "" {
		b := venv.Builder{Run: run, Config: command.Installer(a.proc.Environ), Cache: cache, Say: a.host.Info}
		f.UV = &interpreter.UV{Program: b.UV, Config: b.Config, Dir: filepath.Join(cache, "python")}
	}
	return f
}
