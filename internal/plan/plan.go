// Package plan decides everything before anything is done. Nothing here
// writes; nothing below reads an input, the environment or the clock.
package plan

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/license"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/project"
	"github.com/pinpack/pinpack/internal/service"
	"github.com/pinpack/pinpack/internal/step"
)

// Plan is the whole build, decided. It prints as JSON.
type Plan struct {
	Name        string    `json:"name"`              // of the package
	Version     string    `json:"version,omitempty"` // PEP 440; "" until the wheel is built
	VersionFrom string    `json:"version_from"`      // what said so
	Iteration   string    `json:"iteration"`
	Metadata    Metadata  `json:"metadata"`
	Source      string    `json:"source"` // the project's folder, absolute
	Root        string    `json:"root"`   // the repository or workspace that it is in, absolute
	Dir         string    `json:"dir"`    // slash path of the project in Root
	Commit      string    `json:"commit,omitempty"`
	Dirty       bool      `json:"dirty,omitempty"`  // tracked files differ from the commit
	System      string    `json:"system,omitempty"` // that builds: "debian:12"
	Time        time.Time `json:"time"`             // of every file and package
	TimeFrom    string    `json:"time_from"`
	Prefix      string    `json:"prefix"`   // of the virtualenv on the target machine
	InPlace     bool      `json:"in_place"` // it is built there, too
	Python      Python    `json:"python"`
	Installer   string    `json:"installer"`
	Extras      []string  `json:"extras,omitempty"` // of the project, shipped
	Groups      []string  `json:"groups,omitempty"` // of the lock, shipped
	Unpinned    bool      `json:"unpinned,omitempty"`
	Unhashed    bool      `json:"unhashed,omitempty"`
	Lock        lock.Lock `json:"lock"`
	// Tests is what the test lock files have beyond Lock.
	Tests            lock.Lock         `json:"test_lock,omitzero"`
	Owners           []index.Owner     `json:"index_owners,omitempty"`
	BuildDeps        []string          `json:"build_deps,omitempty"` // system packages for the build
	LibraryPackages  []config.Library  `json:"library_packages,omitempty"`
	BuildConstraints []string          `json:"build_constraints,omitempty"` // relative to Source
	Steps            []step.Step       `json:"steps,omitempty"`
	StepRules        StepRules         `json:"step_rules"`
	Env              []string          `json:"-"` // for the steps; may hold secrets
	EnvNames         []string          `json:"env,omitempty"`
	Files            []config.File     `json:"files,omitempty"`
	Scripts          []string          `json:"scripts"` // to link in /usr/bin; null: all of the project's
	Packages         []Package         `json:"packages"`
	Services         *service.App      `json:"services,omitempty"`
	Hooks            map[string]string `json:"maintainer_scripts,omitempty"` // the project's own, by event
	ConfigFiles      []config.File     `json:"config_files,omitempty"`
	AuditAllow       []string          `json:"audit_allow,omitempty"`
	SBOM             []string          `json:"sbom,omitempty"` // formats of sbom.Formats
	Licenses         license.Policy    `json:"licenses,omitzero"`
	LicensesExcept   []string          `json:"licenses_except,omitempty"` // distributions, normalised
	Targets          []string          `json:"publish,omitempty"`
	Verify           *Verify           `json:"verify,omitempty"` // nil: packages are not verified
	Signing          *Signing          `json:"signing,omitempty"`
	Vulnerabilities  *Vulnerabilities  `json:"vulnerabilities,omitempty"` // nil: nobody looks for them
	Release          *Release          `json:"release,omitempty"`
	Upload           *Upload           `json:"artifact,omitempty"`
	Out              string            `json:"out"` // absolute
	Notes            []string          `json:"notes,omitempty"`

	Builder      string        `json:"-"` // pinpack's version
	Indexes      []index.Named `json:"-"` // that go by a name; credentials of theirs may be in the environment
	project      project.Project
	inputs       config.Config
	history      history
	installerEnv []string
	services     service.App // as said
	testNote     string      // why tests that are there are not run
}

// Metadata is what a package says of itself.
type Metadata struct {
	Summary     string `json:"summary"`               // one line
	Description string `json:"description,omitempty"` // paragraphs apart by empty lines
	License     string `json:"license,omitempty"`
	Homepage    string `json:"homepage,omitempty"`
	Maintainer  string `json:"maintainer"`
	Section     string `json:"section"`
}

// Package is what differs between the formats.
type Package struct {
	Format      string   `json:"format"`
	Epoch       string   `json:"epoch,omitempty"`
	Version     string   `json:"version,omitempty"` // upstream version in the format's notation
	Depends     []string `json:"depends"`
	Compression string   `json:"compression"`
}

// Machine is what a plan may know of the machine that builds.
type Machine struct {
	Run     *command.Runner    // required
	Environ []string           // its environment: SOURCE_DATE_EPOCH, what env inputs pass on
	Now     time.Time          // used when neither the environment nor a commit tells the time
	Root    bool               // we may write anywhere
	Dir     string             // working directory
	Python  interpreter.Finder // where interpreters are
	System  OSRelease          // what system it is
	Event   ci.Event           // what the workflow run is for
	Version string             // pinpack's own
}

// Make decides. It takes the project as read, or the error that reading gave,
// so that everything wrong is told at once, joined in the error.
func Make(ctx context.Context, c config.Config, p project.Project, m Machine) (Plan, error) {
	pl := Plan{
		Name: c.Name, Iteration: c.Iteration, Prefix: c.Prefix,
		Source: absolute(m.Dir, c.Directory),
		Out:    absolute(m.Dir, c.Out),
		Files:  c.Files, ConfigFiles: c.ConfigFiles,
		Scripts: c.Scripts, AuditAllow: c.AuditAllow, SBOM: c.SBOM, Licenses: license.Policy{Allow: c.LicensesAllow, Deny: c.LicensesDeny}, LicensesExcept: c.LicensesExcept, BuildConstraints: c.BuildConstraints,
		Installer: c.Installer, Targets: c.Publish,
		Extras: c.Extras, Groups: c.Groups, Unpinned: c.Unpinned, Unhashed: c.Unhashed,
		BuildDeps: c.BuildDeps, LibraryPackages: c.LibraryPackages,
		System: m.System.Release(), Builder: m.Version,
		inputs: c, installerEnv: command.Installer(m.Environ),
	}
	for _, i := range p.Indexes {
		pl.Indexes = append(pl.Indexes, index.Named(i))
	}
	for _, o := range c.IndexOwners {
		pl.Owners = append(pl.Owners, index.Owner(o))
	}
	var errs []error
	fail := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	source, err := project.Open(pl.Source)
	if err != nil {
		return pl, err
	}
	for _, f := range c.BuildConstraints {
		fail(exists(source, f))
	}
	fail(pl.readTime(ctx, m))
	fail(pl.readHistory(ctx, m, c, first(c.Name, project.NormalizeName(p.Name))))
	from, err := m.Python.Find(ctx, c.Python, p.RequiresPython, c.PythonBundle)
	fail(err)
	pl.Python = python(from, c.PythonBundle)
	pl.findRoot(ctx, m)
	tests := findTests(source, c)
	fail(pl.readLocks(c, p, tests))
	fail(pl.readEnv(c.Env, m.Environ))
	fail(pl.readSteps(source, c.Steps, tests, m))
	fail(pl.readServices(source, c))
	fail(pl.decideVerify(c, m))
	pl.decideVulnerabilities(c.Vulnerabilities, m.Dir)
	fail(pl.decideGitHub(c.GitHub, m.Event, source))
	for _, format := range c.Formats {
		pl.Packages = append(pl.Packages, Package{
			Format: format, Depends: depends(format, pl.Python, c.RunDeps), Compression: compression(c.Compression, format, m.System),
		})
	}
	fail(pl.readKey(c.Signing, m.Now))
	if p.File != "" {
		pl, err = pl.Complete(p)
		fail(err)
		fail(pl.checkPrefix(c.BuildPath, m.Root))
	}
	return pl, errors.Join(errs...)
}

func absolute(dir, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}
