package verify

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// trial is one package on one system.
type trial struct {
	Options
	earlierFile string // "": there is no earlier version
	manager     manager
	engine      engine
	report      Report

	system  system
	current pkg
	earlier pkg // the previous version; its name is empty when there is none
	before  manifest
	running []string // units that were started, and that must go on running
	known   []string // all units that the package has had
	user    string   // the application's
	data    []string // where its data may be
}

func newTrial(o Options, file string, t Target, e engine) *trial {
	return &trial{
		Options: o, manager: managerFor(t.Format), engine: e,
		report: Report{File: file, Format: t.Format, System: t.Image, Engine: e.name, User: "nobody"},
	}
}

// run does everything and fills the report. The error is one of cleaning up.
func (t *trial) run(ctx context.Context, temp string) (err error) {
	t.system = system{machine: t.engine.open(t.Run, t.report.System, temp), run: t.Run, env: environment(t.Run.Env)}
	defer func() { err = t.system.close() }()
	if t.event("prepare", "", func() error { return t.prepare(ctx) }) {
		t.report.Package, t.report.Version, t.report.Previous = t.current.name, t.current.version, t.earlier.version
		t.fresh(ctx)
		t.upgrades(ctx)
	}
	t.report.OK = !slices.ContainsFunc(t.report.Events, func(e Event) bool { return !e.OK })
	return nil
}

// event does one thing and reports it.
func (t *trial) event(name, version string, do func() error) bool {
	started := t.Now()
	err := do()
	e := Event{Name: name, Version: version, OK: err == nil, Seconds: t.Now().Sub(started).Seconds()}
	if err != nil {
		e.fill(err)
	}
	t.report.Events = append(t.report.Events, e)
	t.Say(strings.TrimSuffix(fmt.Sprintf("%s on %s: %s: %s, %.1f s: %s", path.Base(t.report.File), t.report.System, e.title(), e.result(), e.Seconds, e.Problem), ": "))
	return e.OK
}

// prepare makes the system, with what the package needs in it, so that nothing
// but the package comes and goes from then on.
func (t *trial) prepare(ctx context.Context) error {
	s := t.system
	if err := s.open(ctx); err != nil {
		return fmt.Errorf("make system: %w", explained(err))
	}
	// Images of containers forbid services to start.
	if _, err := s.do(ctx, "sh", "-c", "mkdir -p "+inside+"/previous && rm -f /usr/sbin/policy-rc.d"); err != nil {
		return err
	}
	var err error
	if t.current, err = t.bring(ctx, t.report.File, inside); err != nil {
		return err
	}
	if t.earlierFile != "" {
		if t.earlier, err = t.bring(ctx, t.earlierFile, inside+"/previous"); err != nil {
			return err
		}
		if t.earlier.name != t.current.name || t.earlier.version == t.current.version {
			return fmt.Errorf("previous version is %s %s: want an earlier version of %s %s", t.earlier.name, t.earlier.version, t.current.name, t.current.version)
		}
	}
	if len(t.current.units)+len(t.earlier.units) == 0 {
		return nil
	}
	if _, err := s.do(ctx, "test", "-x", "/lib/systemd/systemd"); err != nil {
		if err := t.obtain(ctx, "install systemd", t.manager.systemd); err != nil {
			return err
		}
	}
	if err := s.boot(ctx); err != nil {
		return err
	}
	return s.up(ctx)
}

// bring copies a package into the system, reads it, and installs what it needs.
func (t *trial) bring(ctx context.Context, file, dir string) (pkg, error) {
	to := path.Join(dir, path.Base(file))
	if err := t.system.put(ctx, file, to); err != nil {
		return pkg{}, err
	}
	p, err := t.manager.inspect(ctx, t.system, to)
	if err != nil || len(p.needs) == 0 {
		return p, err
	}
	needs := p.needs
	if t.report.Format == "deb" {
		needs = []string{strings.Join(needs, ", ")}
	}
	return p, t.obtain(ctx, "install what "+p.name+" "+p.version+" needs", with(t.manager.satisfy, needs...))
}

// obtain installs what the network has.
func (t *trial) obtain(ctx context.Context, what string, argv []string) error {
	err := t.manager.obtain(ctx, t.system, argv...)
	if f := (*fault)(nil); errors.As(err, &f) {
		f.problem = what + ": " + f.problem
	}
	return err
}

// fresh installs the package where it has never been.
func (t *trial) fresh(ctx context.Context) {
	p, m := t.current, t.manager
	if !t.snapshot(ctx) {
		return
	}
	if t.change(ctx, "install", p, m.install) && t.services(ctx, p) && t.smoke(ctx, p) {
		if t.change(ctx, "reinstall", p, m.reinstall) {
			t.services(ctx, p)
		}
	}
	t.leave(ctx, p)
}

// upgrades goes from the previous version to the new one, back, and up again.
// The way back is the more interesting if the new version is broken.
func (t *trial) upgrades(ctx context.Context) {
	p, old, m := t.current, t.earlier, t.manager
	if old.name == "" || !t.snapshot(ctx) {
		return
	}
	if t.change(ctx, "install", old, m.install) {
		t.services(ctx, old)
		up := t.change(ctx, "upgrade", p, m.upgrade) && t.services(ctx, p) && t.smoke(ctx, p)
		back := t.change(ctx, "roll back", old, m.rollBack) && t.services(ctx, old)
		if up && back && t.change(ctx, "upgrade", p, m.upgrade) {
			t.services(ctx, p)
		}
	}
	t.leave(ctx, p)
}

// change has the package manager do something with a package file.
func (t *trial) change(ctx context.Context, name string, p pkg, argv []string) bool {
	return t.event(name, p.version, func() error { return t.manager.change(ctx, t.system, with(argv, p.file)...) })
}

// leave removes the package, purges it where there is such a thing, and looks
// for what it leaves.
func (t *trial) leave(ctx context.Context, p pkg) {
	m := t.manager
	if _, err := t.system.do(ctx, with(m.installed, p.name)...); err != nil {
		return
	}
	removed := t.event("remove", "", func() error {
		if err := m.change(ctx, t.system, with(m.remove, p.name)...); err != nil {
			return err
		}
		return t.stopped(ctx)
	})
	t.running, t.known = nil, nil
	if removed {
		t.compare(ctx, "files after remove", false)
	}
	if m.purge != nil && t.event("purge", "", func() error { return m.change(ctx, t.system, with(m.purge, p.name)...) }) {
		t.compare(ctx, "files after purge", true)
	}
	// What may stay is not there for the next installation.
	_, _ = t.system.do(ctx, with([]string{"rm", "-rf", "--"}, t.data...)...)
}

// snapshot remembers the file system. What it takes is nobody's event unless it
// fails.
func (t *trial) snapshot(ctx context.Context) bool {
	var err error
	if t.before, err = t.files(ctx); err != nil {
		return t.event("list files", "", func() error { return err })
	}
	t.data = dataDirs(t.current.name, nil)
	return true
}

func (t *trial) files(ctx context.Context) (manifest, error) {
	out, err := t.system.read(ctx, "sh", "-c", listFiles)
	return parseManifest(out), err
}

func (t *trial) compare(ctx context.Context, name string, purged bool) {
	t.event(name, "", func() error {
		after, err := t.files(ctx)
		if err != nil {
			return err
		}
		if paths := compare(t.before, after, leftovers(t.report.Format, purged, t.data)); paths != nil {
			return &fault{problem: fmt.Sprintf("%d left or changed: %s", len(paths), paths[0]), paths: paths}
		}
		return nil
	})
}

// smoke runs the user's commands as the application's user.
func (t *trial) smoke(ctx context.Context, p pkg) bool {
	for _, line := range t.Smoke {
		ok := t.event("smoke: "+line, p.version, func() error {
			var out strings.Builder
			program := t.system.as(t.report.User, []string{"sh", "-c", line})
			program.Output = &out
			err := t.Run.Run(ctx, program)
			failed := (*command.Error)(nil)
			switch {
			case errors.As(err, &failed) && failed.Status > 0:
				return &fault{problem: fmt.Sprintf("exit status %d", failed.Status), output: out.String()}
			case err != nil:
				return &fault{problem: err.Error(), output: out.String()}
			}
			return nil
		})
		if !ok {
			return false
		}
	}
	return true
}
