// Package verify proves packages where they are judged: in a clean system of
// their family, with systemd running. Each is installed, its services are
// started and waited for, it is upgraded, rolled back, reinstalled, removed and
// purged, and what it leaves behind is found by comparing the file system
// before and after.
//
// The systems are containers, made by an engine: docker, or systemd-nspawn.
// Nothing of them stays, and nothing of the host is changed.
package verify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/command"
)

// Options say how to verify.
type Options struct {
	Run      *command.Runner   // required: the environment also tells docker where its socket is
	Now      func() time.Time  // required
	Say      func(line string) // required: told of each event in one line
	Temp     string            // where roots are made; "": the system's directory
	Engine   string            // a row of the table of engines, or "auto"
	On       []Target          // none: one system for each format
	Previous []string          // earlier versions, one for each format at most: files, or http and https URLs
	Smoke    []string          // shell commands, run as the application's user
	Timeout  time.Duration     // required: for the services to be healthy, each time
}

// Run verifies packages, each on every target of its format. Files that are no
// packages, such as checksums beside them, are left out. What a package fails is
// in its report, see [Judge]; an error is a wrong option or a cancelled context.
func Run(ctx context.Context, files []string, o Options) (reports []Report, err error) {
	trials, err := o.trials(ctx, files)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp(o.Temp, "pinpack-verify-")
	if err != nil {
		return nil, fmt.Errorf("make directory for verify: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	previous, err := o.previous(ctx, temp)
	if err != nil {
		return nil, err
	}
	for _, t := range trials {
		t.earlierFile = previous[t.report.Format]
		cleanUp := t.run(ctx, temp)
		reports = append(reports, t.report)
		if err := errors.Join(context.Cause(ctx), cleanUp); err != nil {
			return reports, err
		}
	}
	return reports, nil
}

// Ready tells what would be wrong with the options, before there are packages:
// engines that cannot be had, previous versions that are not there. Nothing is
// fetched and nothing is made.
func (o Options) Ready(ctx context.Context) error {
	var errs []error
	for _, t := range o.On {
		_, err := findEngine(ctx, o.Engine, t, o.Run)
		errs = append(errs, err)
	}
	_, err := o.sources()
	return errors.Join(append(errs, err)...)
}

// trials makes one of each package and target. All that is wrong is reported.
func (o Options) trials(ctx context.Context, files []string) ([]*trial, error) {
	packages := map[string][]string{}
	var errs []error
	for _, file := range files {
		info, err := os.Stat(file)
		if err == nil && !info.Mode().IsRegular() {
			err = errors.New("not a file")
		}
		if format := formatOf(file); err != nil {
			errs = append(errs, fmt.Errorf("verify %q: %w: want a package", file, err))
		} else if format != "" {
			packages[format] = append(packages[format], file)
		}
	}
	if len(packages) == 0 && errs == nil {
		errs = append(errs, fmt.Errorf("verify %s: no package: want files of %s", quoted(files), strings.Join(artifact.FormatNames(), " or ")))
	}
	on := o.On
	for _, f := range families {
		if len(o.On) == 0 && packages[f.format] != nil {
			on = append(on, DefaultTarget(f.format, ""))
		}
	}
	var list []*trial
	for _, t := range on {
		e, err := findEngine(ctx, o.Engine, t, o.Run)
		errs = append(errs, err)
		if packages[t.Format] == nil {
			errs = append(errs, fmt.Errorf("verify on %q: there is no .%s to verify", t.Image, t.Format))
		}
		for _, file := range packages[t.Format] {
			list = append(list, newTrial(o, file, t, e))
		}
	}
	return list, errors.Join(errs...)
}
