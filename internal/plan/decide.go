package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/config"
)

func exists(source fs.FS, name string) error {
	info, err := fs.Stat(source, name)
	if err == nil && info.IsDir() {
		err = errors.New("is a directory")
	}
	if err != nil {
		return fmt.Errorf("read %q: %w", name, cause(err))
	}
	return nil
}

// cause drops the path that fs errors repeat.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// readTime finds the commit, and the time that everything in the packages gets:
// SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/),
// else that of the commit, else the clock's.
func (pl *Plan) readTime(ctx context.Context, m Machine) error {
	pl.Time, pl.TimeFrom = m.Now, "the clock"
	if head, err := pl.git(ctx, m, "log", "-1", "--format=%H %ct"); err == nil {
		commit, stamp, _ := strings.Cut(head, " ")
		seconds, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil {
			return fmt.Errorf("read commit: time %q: %w", stamp, err)
		}
		pl.Commit, pl.Time, pl.TimeFrom = commit, time.Unix(seconds, 0), "the commit"
		changed, err := pl.git(ctx, m, "status", "--porcelain", "--untracked-files=no", "--", ".")
		pl.Dirty = err != nil || changed != ""
	} else if ctx.Err() != nil {
		return err
	}
	if epoch, ok := command.Lookup(m.Environ, "SOURCE_DATE_EPOCH"); ok && epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil || seconds < 0 || seconds > 1<<32-1 {
			return fmt.Errorf("SOURCE_DATE_EPOCH %q: want seconds since 1970, from 0 to %d", epoch, 1<<32-1)
		}
		pl.Time, pl.TimeFrom = time.Unix(seconds, 0), "SOURCE_DATE_EPOCH"
	}
	pl.Time = pl.Time.UTC().Truncate(time.Second)
	return nil
}

// readEnv resolves NAME to the builder's value.
func (pl *Plan) readEnv(wanted, environ []string) error {
	var errs []error
	for _, e := range wanted {
		e, name, err := resolve(e, environ)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		pl.Env = append(pl.Env, e)
		pl.EnvNames = append(pl.EnvNames, name)
	}
	return errors.Join(errs...)
}

// resolve gives a variable that is named alone the builder's value.
func resolve(variable string, environ []string) (whole, name string, err error) {
	name, _, given := strings.Cut(variable, "=")
	if given {
		return variable, name, nil
	}
	value, ok := command.Lookup(environ, name)
	if !ok {
		return "", name, fmt.Errorf("variable %q: not set in the builder's environment: want NAME=VALUE, or the variable set", name)
	}
	return name + "=" + value, name, nil
}

// checkPrefix decides where the virtualenv is built. A path that is in use on
// this machine is refused, for an application may be installed there.
func (pl *Plan) checkPrefix(buildPath string, root bool) error {
	pl.InPlace = buildPath == "prefix" || buildPath == "auto" && root
	if !root && buildPath == "prefix" {
		return fmt.Errorf("build path %q: only root can build at %s: want build-path auto or stage", buildPath, pl.Prefix)
	}
	if buildPath == "stage" {
		return nil
	}
	entries, err := os.ReadDir(pl.Prefix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("prefix %q: %w: want a path that is free, or build-path stage", pl.Prefix, cause(err))
	}
	build := buildAt(pl.Prefix)
	switch {
	case build == running && buildPath == "prefix":
		return fmt.Errorf("prefix %q: another build is at work there: wait for it, or want build-path stage", pl.Prefix)
	case build == running && pl.InPlace:
		pl.InPlace = false
		pl.Notes = append(pl.Notes, "another build is at work at "+pl.Prefix+": this one is staged")
	case build == none && len(entries) > 0:
		return fmt.Errorf("prefix %q: not empty on this machine: want a path that is free, or build-path stage, which leaves it alone", pl.Prefix)
	}
	return nil
}

// bundleNeeds is what a bundled interpreter takes from the system: certificate
// authorities, and time zones, whose package SUSE calls by another name.
var bundleNeeds = map[string][]string{
	"deb": {"ca-certificates", "tzdata"},
	"rpm": {"ca-certificates", "(tzdata or timezone)"},
}

func depends(format string, py Python, extra []config.Dependency) []string {
	var deps []string
	switch {
	case py.Bundle:
		deps = append(deps, bundleNeeds[format]...)
	case py.Path != "":
		deps = append(deps, py.Dependency(format))
	}
	for _, d := range extra {
		if (d.Format == "" || d.Format == format) && !slices.Contains(deps, d.Spec) {
			deps = append(deps, d.Spec)
		}
	}
	return deps
}
