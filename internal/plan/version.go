package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/pep440"
	"github.com/pinpack/pinpack/internal/project"
)

// history is what the version needs to know of the project's past.
type history struct {
	tag     string           // that is built; "" for none
	last    pep440.Version   // the last release, by the tags; zero when none is known
	shallow bool             // the clone holds a part of the history only
	here    []pep440.Version // that the commit itself is tagged with
	build   *pep440.Build    // of a commit between releases; nil: the version is the project's
}

// readHistory looks at the repository's tags, and decides whether this is a build
// between two releases.
func (pl *Plan) readHistory(ctx context.Context, m Machine, c config.Config, name string) error {
	pl.history = history{}
	if !m.Event.IsPull() {
		pl.history.tag = first(c.GitHub.Tag, m.Event.Tag)
	}
	if pl.Commit != "" {
		shallow, err := pl.git(ctx, m, "rev-parse", "--is-shallow-repository")
		pl.history.shallow = err == nil && shallow == "true"
		merged, _ := pl.git(ctx, m, "tag", "--merged", "HEAD")
		pl.history.last = pep440.Latest(releases(merged, name))
		here, _ := pl.git(ctx, m, "tag", "--points-at", "HEAD")
		pl.history.here = releases(here, name)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	between := m.Event.Name != "" && pl.history.tag == "" && c.Version == ""
	if c.Snapshot == "never" || c.Snapshot == "auto" && !between {
		return nil
	}
	commit := first(m.Event.Commit, pl.Commit)
	if commit == "" {
		return fmt.Errorf("snapshot %q: the project is in no Git repository with a commit to name: want auto, or git installed", c.Snapshot)
	}
	pl.history.build = &pep440.Build{Pull: m.Event.Pull, Commit: commit, Time: pl.Time}
	return nil
}

// git asks the repository.
func (pl *Plan) git(ctx context.Context, m Machine, args ...string) (string, error) {
	// The checkout may belong to another user than the one we are.
	out, err := m.Run.Output(ctx, command.Program{Name: "git", Args: args, Dir: pl.Source, Env: []string{
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*", "GIT_OPTIONAL_LOCKS=0",
	}})
	return strings.TrimSpace(out), err
}

// releases reads the versions out of tags. Where a repository holds several
// projects, and tags name one, those of the others do not count: the project's own
// are taken, else those without a name, else those of the one name there is, such
// as "release".
func releases(tags, name string) []pep440.Version {
	by := map[string][]pep440.Version{}
	for _, tag := range strings.Fields(tags) {
		if v, err := pep440.Parse(versionOf(tag)); err == nil {
			by[projectOf(tag)] = append(by[projectOf(tag)], v)
		}
	}
	for _, key := range []string{name, ""} {
		if by[key] != nil {
			return by[key]
		}
	}
	if len(by) == 1 {
		for _, only := range by {
			return only
		}
	}
	return nil
}

// projectOf is what stands before a tag's version: "app" of "app/v1.2" and
// "app-1.2", "" of "v1.2".
func projectOf(tag string) string {
	before := strings.TrimSuffix(tag, versionOf(tag))
	return project.NormalizeName(strings.TrimRight(before, "/-"))
}

// decideVersion takes the first of: the input, the tag that is built, what the
// project says; failing these, the wheel will tell.
func (pl *Plan) decideVersion(c config.Config, p project.Project) error {
	tagged, tagErr := pep440.Parse(versionOf(pl.history.tag))
	switch {
	case c.Version != "":
		pl.Version, pl.VersionFrom = c.Version, "the input"
	case tagErr == nil && pl.history.tag != "":
		pl.Version, pl.VersionFrom = tagged.Original, "the tag "+pl.history.tag
	case p.Version != "":
		pl.Version, pl.VersionFrom = p.Version, p.File
	default:
		pl.VersionFrom = "the wheel, once it is built"
		return pl.checkDerived(p)
	}
	v, err := pep440.Parse(pl.Version)
	if err != nil {
		return fmt.Errorf("%s: %w", pl.VersionFrom, err)
	}
	pl.writeVersions(v)
	return errors.Join(checkEpoch(pl.VersionFrom, v), pl.checkTag(v, p))
}

// checkTag refuses a tag that says another version than the project, or a release
// whose tag says another than its packages. A tag that says none is the user's
// affair.
func (pl *Plan) checkTag(v pep440.Version, p project.Project) error {
	tagged, err := pep440.Parse(versionOf(pl.history.tag))
	if err != nil || pl.history.tag == "" {
		return nil
	}
	if pl.VersionFrom == "the input" {
		if pl.Release == nil || tagged.Compare(v) == 0 {
			return nil
		}
		return fmt.Errorf("tag %q: the packages' version is %s (from %s): want the tag and the version to agree, or release never", pl.history.tag, v.Original, pl.VersionFrom)
	}
	said, err := pep440.Parse(p.Version)
	if err != nil || tagged.Compare(said) == 0 {
		return nil
	}
	return fmt.Errorf("tag %q: the project's version is %s (from %s): want the tag and the version to agree, or the input version", pl.history.tag, said.Original, p.File)
}

// derivers are what reads a project's version from its Git history.
var derivers = []string{"setuptools-scm", "setuptools-git-versioning", "hatch-vcs", "versioningit", "poetry-dynamic-versioning", "versioneer", "vcs-versioning", "uv-dynamic-versioning", "dunamai"}

// checkDerived refuses to take a version from a history of which the clone holds a
// part: it would be made up, such as 0.1.dev1, and sort before every release.
func (pl *Plan) checkDerived(p project.Project) error {
	if !pl.history.shallow || pl.history.here != nil {
		return nil
	}
	for _, r := range p.BuildRequires {
		name, _, _ := strings.Cut(r, "[")
		name = project.NormalizeName(strings.TrimSpace(strings.FieldsFunc(name+" ", func(r rune) bool { return strings.ContainsRune(" <>=!~;@", r) })[0]))
		if slices.Contains(derivers, name) {
			return fmt.Errorf("version: %s reads it from the Git history, and this clone is shallow: %w", name, ErrShallow)
		}
	}
	return nil
}

// ErrShallow is in the chain when a version cannot be told from a shallow clone.
var ErrShallow = errors.New("want the whole history and its tags (actions/checkout with fetch-depth: 0), or the input version")

// noteSnapshot says what a build between releases rests on.
func (pl *Plan) noteSnapshot() {
	if pl.history.build != nil && pl.history.last.IsZero() && pl.history.shallow {
		pl.Notes = append(pl.Notes, "the last release is not known, as this clone is shallow: the packages' version may sort before it: check out with fetch-depth: 0")
	}
}
