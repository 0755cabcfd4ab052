package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/service"
)

// readServices reads the processes that are to run as services, and the project's
// own maintainer scripts.
func (pl *Plan) readServices(source fs.FS, c config.Config) error {
	pl.services = c.Services
	name := first(c.Procfile, "Procfile")
	text, err := fs.ReadFile(source, name)
	switch {
	case c.Procfile == "none", c.Procfile == "" && errors.Is(err, fs.ErrNotExist):
		err = nil
	case err != nil:
		err = fmt.Errorf("read %q: %w", name, cause(err))
	default:
		var processes []service.Process
		if processes, err = service.ParseProcfile(string(text)); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		pl.services = pl.services.WithProcfile(processes)
	}
	return errors.Join(err, pl.readHooks(source, c.Hooks))
}

// hooks are the names of maintainer scripts, of both families.
var hooks = []string{"preinst", "postinst", "prerm", "postrm", "pre", "post", "preun", "postun", "posttrans"}

func (pl *Plan) readHooks(source fs.FS, dir string) error {
	pl.Hooks = map[string]string{}
	var errs []error
	for _, hook := range hooks {
		text, err := fs.ReadFile(source, path.Join(first(dir, "debian"), hook))
		if err == nil {
			pl.Hooks[hook] = string(text)
		} else if !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("read %q: %w", path.Join(first(dir, "debian"), hook), cause(err)))
		}
	}
	if dir != "" && len(pl.Hooks) == 0 {
		errs = append(errs, fmt.Errorf("maintainer-scripts %q: none there: want some of preinst, postinst, prerm, postrm, pre, post, preun, postun, posttrans", dir))
	}
	return errors.Join(errs...)
}

// completeServices fills in what the services take from the package.
func (pl *Plan) completeServices() error {
	pl.Services = nil
	app := pl.services
	app.Name, app.Commit, app.Prefix = pl.Name, pl.Commit, pl.Prefix
	app.Summary, app.Homepage = pl.Metadata.Summary, pl.Metadata.Homepage
	app.Version = pl.Version + "-" + pl.Iteration
	for _, p := range pl.Packages {
		app.Version = p.FullVersion(pl.Iteration)
	}
	app, err := app.Complete()
	if err != nil {
		return err
	}
	if len(app.Processes) > 0 {
		pl.Services = &app
		pl.Notes = append(pl.Notes, app.Notes()...)
	}
	packages := make([]Package, len(pl.Packages))
	for i, p := range pl.Packages {
		p.Depends = unite(p.Depends, app.Depends(p.Format))
		if p.Format == "rpm" && (pl.Services != nil || len(pl.Hooks) > 0) {
			p.Depends = unite(p.Depends, []string{"/bin/sh"}) // for the scripts
		}
		packages[i] = p
	}
	pl.Packages = packages
	return nil
}

// unite adds what is not there yet.
func unite(list, more []string) []string {
	all := append([]string{}, list...)
	for _, s := range more {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
