package venv

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/lock"
)

// installLock installs a locked set into the virtualenv or, unless target is "",
// into a directory. Nothing more: without dependencies, so that the installer
// adds nothing; with hashes, so that it takes no other file; without building.
// What turns out to have no wheel is built by the frontend, and so is what is in
// the repository.
func (f *frontend) installLock(ctx context.Context, env Env, l lock.Lock, target string) error {
	net, err := f.inst.net.with(l, f.pl.Root, command.Merge(f.b.Run.Env, f.b.Config))
	if err != nil {
		return err
	}
	f.inst.net = net
	groups, err := groupsOf(l, net.config, f.b.Owners)
	if err != nil {
		return err
	}
	var pins string
	for n, g := range groups {
		c := call{python: env.python(), dir: f.pl.Root, target: target, index: g.index, hashes: g.hashed && g.pinned, deps: !g.pinned}
		if !g.pinned {
			if c.constraints, err = f.b.write(fmt.Sprintf("%s-pins.txt", filepath.Base(f.dir)), pins); err != nil {
				return err
			}
		}
		file := fmt.Sprintf("%s-%d.txt", filepath.Base(f.dir), n)
		if err := f.installGroup(ctx, g, l.Options, c, file); err != nil {
			return err
		}
		for _, r := range g.list {
			if r.Version != "" {
				pins += r.Name + "==" + r.Version + "\n"
			}
		}
	}
	var wheels []string
	for _, local := range l.Locals {
		wheel, err := f.buildLocal(ctx, f.pl.Root, local)
		if err != nil {
			return err
		}
		wheels = append(wheels, wheel)
	}
	return f.installWheels(ctx, env.python(), target, wheels)
}

// installGroup installs a group with the call, and builds what has no wheel.
func (f *frontend) installGroup(ctx context.Context, g group, options []lock.Option, c call, name string) error {
	install := func(g group) error {
		if len(g.list) == 0 {
			return nil
		}
		file, err := f.b.write(name, g.text(options))
		if err != nil {
			return err
		}
		c.file = file
		return f.inst.run(ctx, c)
	}
	forced := g.fromSource(options)
	offers, err := sources(ctx, f.inst.net, g, forced)
	if err != nil {
		return err
	}
	g = g.without(forced)
	if failed := install(g); failed != nil {
		if ctx.Err() != nil || !g.pinned {
			return failed
		}
		i, err := f.b.askInterpreter(ctx, f.pl.Python.Path)
		if err != nil {
			return errors.Join(failed, err)
		}
		missing, err := f.b.withoutWheel(ctx, f.inst.net, i, g)
		if err != nil || len(missing) == 0 {
			return errors.Join(failed, err)
		}
		for _, o := range missing {
			g = g.without([]lock.Requirement{o.requirement})
		}
		if err := install(g); err != nil {
			return err
		}
		offers = append(offers, missing...)
	}
	return f.installBuilt(ctx, offers, c)
}

// installBuilt builds source distributions and installs their wheels.
func (f *frontend) installBuilt(ctx context.Context, offers []offer, c call) error {
	var wheels []string
	for _, o := range offers {
		wheel, err := f.buildOffer(ctx, o)
		if err != nil {
			return err
		}
		wheels = append(wheels, wheel)
	}
	return f.installWheels(ctx, c.python, c.target, wheels)
}

// installWheels installs wheels that were built here, without what they depend on.
func (f *frontend) installWheels(ctx context.Context, python, target string, wheels []string) error {
	if len(wheels) == 0 {
		return nil
	}
	return f.inst.run(ctx, call{python: python, dir: f.b.Scratch, target: target, wheels: wheels})
}
