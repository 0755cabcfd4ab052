package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/project"
)

// findRoot finds the repository that the project is in, or else the workspace.
// Lock files and path dependencies may be anywhere in it.
func (pl *Plan) findRoot(ctx context.Context, m Machine) {
	pl.Root, pl.Dir = pl.Source, "."
	real, err := filepath.EvalSymlinks(pl.Source)
	if err != nil {
		return
	}
	top, err := pl.git(ctx, m, "rev-parse", "--show-toplevel")
	if err != nil || top == "/" {
		top = workspace(real)
	}
	if dir, err := filepath.Rel(top, real); err == nil && dir != "." && filepath.IsLocal(dir) {
		pl.Root, pl.Dir = top, filepath.ToSlash(dir)
	}
}

// workspace is the nearest folder above that is uv's root of one; the folder itself
// where there is none.
func workspace(dir string) string {
	for up := dir; up != "/"; up = filepath.Dir(up) {
		text, err := os.ReadFile(filepath.Join(up, "pyproject.toml"))
		if err == nil && up != dir && strings.Contains(string(text), "[tool.uv.workspace]") {
			return up
		}
	}
	return dir
}

// Whole tells whether building takes more of the repository than the project: path
// dependencies, or the history from which a version is read.
func (pl Plan) Whole() bool {
	return pl.Dir != "." && (len(pl.Lock.Locals) > 0 || len(pl.Tests.Locals) > 0 || pl.project.Version == "")
}

// readLocks reads the locked sets, of the application and of its tests.
func (pl *Plan) readLocks(c config.Config, p project.Project, found tests) error {
	repository, err := project.Open(pl.Root)
	if err != nil {
		return err
	}
	chosen := lock.Selection{
		Files: pl.inRoot(c.Lock), Dir: pl.Dir, Extras: c.Extras, Groups: c.Groups, Env: pl.Python.Markers, Project: p,
	}
	pl.Lock, err = lock.Load(repository, chosen)
	if errors.Is(err, lock.ErrNotFound) && c.Unpinned && c.Unhashed {
		pl.Lock, err = lock.Unlocked(chosen)
	}
	if pl.Lock.Requirements == nil {
		pl.Lock.Requirements = []lock.Requirement{} // [] in JSON, not null
	}
	err = errors.Join(err, pl.checkLock(pl.Lock, c)) // what could be read is checked, too
	if wanted := pl.missing(testTools(c, found)); err == nil && c.TestRequirements == nil && c.TestGroups == nil && wanted != nil {
		c = pl.findTestLock(repository, chosen, c, wanted)
	}
	if c.TestRequirements == nil && c.TestGroups == nil {
		return errors.Join(err, pl.checkIndexes())
	}
	tests, testErr := pl.readTestLock(repository, chosen, c)
	if err != nil || testErr != nil {
		return errors.Join(err, testErr)
	}
	tests.Requirements, err = lock.Extra(pl.Lock, tests)
	pl.Tests = tests
	return errors.Join(err, pl.checkIndexes())
}

// readTestLock reads what the tests need: files of their own, or groups of the
// application's lock.
func (pl *Plan) readTestLock(repository fs.FS, chosen lock.Selection, c config.Config) (lock.Lock, error) {
	var all lock.Lock
	var errs []error
	if c.TestRequirements != nil {
		files := chosen
		files.Files, files.Project, files.Extras, files.Groups = pl.inRoot(c.TestRequirements), project.Project{}, nil, nil
		l, err := lock.Load(repository, files)
		all, errs = l, append(errs, err, pl.checkLock(l, c))
	}
	if c.TestGroups != nil && pl.Lock.Files != nil {
		groups := chosen
		if groups.Files == nil {
			groups.Files = pl.Lock.Files[:1]
		}
		groups.Only, groups.Groups = true, c.TestGroups
		l, err := lock.Load(repository, groups)
		errs = append(errs, err, pl.checkLock(l, c))
		l.Requirements = append(l.Requirements, all.Requirements...)
		all = l
	}
	return all, errors.Join(errs...)
}

// inRoot makes the project's paths those of the repository.
func (pl *Plan) inRoot(names []string) []string {
	var list []string
	for _, name := range names {
		list = append(list, path.Join(pl.Dir, name))
	}
	return list
}

// checkLock refuses what is not locked, and a lock that is older than what the
// project requires.
func (pl *Plan) checkLock(l lock.Lock, c config.Config) error {
	err := l.Check(lock.Allow{Unpinned: c.Unpinned, Unhashed: c.Unhashed})
	if l.Stale == nil {
		return err
	}
	return errors.Join(err, fmt.Errorf("%w %s: %s", ErrStale, strings.Join(l.Files, ", "), strings.Join(l.Stale, "; ")))
}

// ErrStale is in the chain when a lock is older than what the project requires.
var ErrStale = errors.New("stale lock")

// checkIndexes refuses package indexes that could answer for what is not theirs.
func (pl *Plan) checkIndexes() error {
	configured, err := index.Configure(pl.installerEnv)
	if err != nil {
		return err
	}
	extra, known := configured.Extra, slices.Clone(pl.Owners)
	for _, r := range slices.Concat(pl.Lock.Requirements, pl.Tests.Requirements) {
		if r.Index != "" {
			known = append(known, index.Owner{URL: r.Index})
		}
	}
	var errs []error
	for _, o := range slices.Concat(pl.Lock.Options, pl.Tests.Options) {
		value, err := index.Expand(o.Value, pl.installerEnv)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: --%s: %w", o.File, o.Line, o.Name, err))
		} else if o.Name == "extra-index-url" {
			extra = append(extra, value)
		}
	}
	if errs != nil {
		return errors.Join(errs...)
	}
	return index.CheckOwners(extra, known, len(pl.Lock.Requirements)+len(pl.Tests.Requirements))
}
