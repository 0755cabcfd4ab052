// Package pipeline is the order of the work. It knows targets only as what takes
// files.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/packager"
	"github.com/pinpack/pinpack/internal/payload"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/publish"
	"github.com/pinpack/pinpack/internal/secret"
	"github.com/pinpack/pinpack/internal/step"
	"github.com/pinpack/pinpack/internal/steps"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
	"github.com/pinpack/pinpack/internal/verify"
	"github.com/pinpack/pinpack/internal/vulnerability"
)

// Pipeline has what the work takes.
type Pipeline struct {
	Host    ci.Host          // required
	Run     *command.Runner  // required
	Config  []string         // environment that configures pip and uv
	Clock   func() time.Time // required; only to tell how long things took
	Temp    string           // where the scratch directory is made
	Cache   string           // where fetched tools are kept
	Private []string         // directories of this machine that no shipped file may name
	Secrets []secret.Secret  // whose values no shipped file may hold
	// Vulnerabilities has known ones, where the plan wants them looked for.
	Vulnerabilities vulnerability.Source
	Targets         []publish.Named
	Docker          []string // environment that tells docker where its engine is
	// Isolate runs the project's code as another user, on a copy of the
	// checkout; it takes root. Hide are directories closed to it meanwhile.
	Isolate bool
	Hide    []string
	Program string // pinpack itself, for steps to call; "": they cannot
	Logs    string // directory for what steps print; the plan's is stronger
	Until   string // one of Stages, after which the work ends; "": the last
	Keep    bool   // leave the virtualenv and all that it was made with
	// Try is run in the virtualenv in place of tests and all that follows.
	Try func(ctx context.Context, dir string, environ []string) error
}

// Result is what came of it. It is written as pinpack.json.
type Result struct {
	Name            string                  `json:"name"`
	Version         string                  `json:"version"` // PEP 440
	Commit          string                  `json:"commit,omitempty"`
	Built           time.Time               `json:"built"`
	Python          string                  `json:"python"`
	Glibc           string                  `json:"glibc,omitempty"` // the oldest that runs it
	Prefix          string                  `json:"prefix"`
	Signer          string                  `json:"signer,omitempty"` // fingerprint of the key that signed
	Packages        []artifact.Artifact     `json:"packages"`
	Beside          []artifact.Artifact     `json:"beside,omitempty"` // what goes with the packages wherever they go
	Distributions   []venv.Distribution     `json:"distributions"`
	Files           int                     `json:"files"`          // paths in the packages
	InstalledSize   int64                   `json:"installed_size"` // bytes
	Steps           []steps.Timing          `json:"steps"`
	Tests           []steps.Tests           `json:"tests,omitempty"`
	Stages          []Stage                 `json:"stages"`
	Vulnerabilities []vulnerability.Finding `json:"vulnerabilities,omitempty"` // known ones, also those that are ignored
	Verified        []verify.Report         `json:"verified,omitempty"`
	Published       []artifact.Receipt      `json:"published,omitempty"`
	Unpublished     []Unpublished           `json:"unpublished,omitempty"`
	Out             string                  `json:"-"` // directory of the packages
}

// All are the packages and what goes with them.
func (r Result) All() []artifact.Artifact { return slices.Concat(r.Packages, r.Beside) }

// Stage is how long one took.
type Stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// Unpublished is a target that has not got everything.
type Unpublished struct {
	Target string   `json:"target"`
	Files  []string `json:"files"` // names of those that it lacks
	Error  string   `json:"error"`
}

// Do carries the plan out. When it fails, nothing of the build is left: not in
// the plan's Out, not at the prefix, not in the scratch directory. Packages
// that could not be published are the exception; they are good.
func (p *Pipeline) Do(ctx context.Context, pl plan.Plan) (r Result, err error) {
	scratch, err := os.MkdirTemp(p.Temp, "pinpack-")
	if err != nil {
		return r, fmt.Errorf("make scratch directory: %w", err)
	}
	defer func() {
		err = errors.Join(err, p.remove("scratch directory", scratch, func() error { return removeAll(scratch) }))
	}()
	results, err := openOut(pl.Out)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, results.close()) }()

	pinned, _ := locked(pl)
	if err := p.vulnerable(ctx, &r, pl, pinned); err != nil {
		return r, err
	}
	source := pl.Source
	private := payload.Private{Paths: p.private(pl, scratch), Secrets: p.Secrets}
	inside, leave, err := p.isolate(&pl, scratch)
	defer func() { err = errors.Join(err, leave()) }()
	if err != nil {
		return r, err
	}
	packages, err := p.buildPackages(ctx, &r, pl)
	if err != nil {
		return r, err
	}
	b := venv.Builder{Run: inside, Config: p.Config, Scratch: scratch, Cache: p.Cache, Say: p.Host.Info, Owners: pl.Owners, Named: pl.Indexes}
	if p.Isolate {
		b.Cache = "" // it may lie in a closed directory
	}
	inVenv, err := p.steps(pl, inside, scratch, source)
	if err != nil {
		return r, err
	}
	defer func() { r.Steps, r.Tests = inVenv.Timings, inVenv.Tests }()
	if err := inVenv.All(ctx, pl, b.Place(pl), step.Before); err != nil {
		return r, err
	}
	env, err := stage(p, &r, "virtualenv", func() (env venv.Env, err error) {
		defer p.programs(&b)()
		return b.Build(ctx, pl)
	})
	defer func() { err = errors.Join(err, p.remove("virtualenv", env.Dir, env.Remove)) }()
	if err != nil {
		return r, err
	}
	env.Packages = packages
	if pl, err = pl.Complete(env.Wheel); err != nil {
		return r, err
	}
	p.warn(pl, env)
	if done, err := p.runSteps(ctx, &r, pl, b, env, inVenv); done || err != nil {
		return r, err
	}
	var info payload.BuildInfo
	t, err := stage(p, &r, "settle", func() (t tree.Tree, err error) {
		defer p.programs(&b)()
		if err := b.Settle(ctx, env); err != nil {
			return nil, err
		}
		t, info, err = payload.Gather(pl, env, private)
		if err != nil {
			return nil, err
		}
		pl = pl.WithDepends(info.Depends)
		if info.Glibc.Version != "" {
			p.Host.Info(fmt.Sprintf("needs glibc %s or newer (%s)", info.Glibc.Version, info.Glibc.Path))
		}
		r.Glibc = info.Glibc.Version
		r.Distributions, r.Files, r.InstalledSize = info.Distributions, t.Paths(), t.Size()
		sizes, err := payload.Sizes(pl, env, t, r.Distributions)
		for i, d := range r.Distributions {
			r.Distributions[i].Size = sizes[d.Name]
		}
		return t, err
	})
	if err != nil {
		return r, err
	}
	if p.Until == "settle" {
		return r, nil
	}
	if _, all := locked(pl); !all {
		if err := p.vulnerable(ctx, &r, pl, installed(pl, r.Distributions)); err != nil {
			return r, err
		}
	}
	r.Packages, err = stage(p, &r, "package", func() ([]artifact.Artifact, error) {
		return packager.Write(ctx, pl, t, results.staging, scratch)
	})
	if err != nil {
		return r, err
	}
	if err := p.afterPackage(ctx, inVenv, pl, env, r.Packages); err != nil {
		return r, err
	}
	r.Steps, r.Tests = inVenv.Timings, inVenv.Tests
	r.Name, r.Version, r.Commit, r.Built, r.Python, r.Prefix, r.Out = pl.Name, pl.Version, pl.Commit, pl.Time, pl.Python.Version, pl.Prefix, pl.Out
	if key := pl.Key(); key != nil {
		r.Signer = key.ID()
	}
	if err := context.Cause(ctx); err != nil {
		return r, err
	}
	if pl.Verify != nil {
		r.Verified, err = stage(p, &r, "verify", func() ([]verify.Report, error) {
			return p.verify(ctx, *pl.Verify, r.Packages, scratch)
		})
		if err != nil {
			return r, err
		}
	}
	boms, err := payload.Documents(pl, info, r.Packages) // nothing changes them any more
	if err != nil {
		return r, err
	}
	r.Beside = append(r.Beside, boms...)
	if err := results.commit(&r, pl.Key()); err != nil {
		return r, err
	}
	if len(p.Targets) == 0 {
		return r, nil
	}
	_, err = stage(p, &r, "publish", func() (any, error) { return nil, p.publish(ctx, &r) })
	return r, errors.Join(err, results.record(r))
}

// publish hands the packages to every target, and notes where they are.
func (p *Pipeline) publish(ctx context.Context, r *Result) error {
	outcomes, err := publish.All(ctx, p.Targets, r.All())
	for _, o := range outcomes {
		for _, receipt := range o.Receipts {
			p.Host.Info(receipt.Artifact + " is at " + receipt.URL)
		}
	}
	r.Published, r.Unpublished = Tell(p.Host, outcomes)
	return err
}

// Tell says what came of publishing as it is written for machines: where the
// files are, and where they are not.
func Tell(host ci.Host, outcomes []publish.Outcome) (published []artifact.Receipt, lacking []Unpublished) {
	for _, o := range outcomes {
		published = append(published, o.Receipts...)
		if o.Err != nil {
			lacking = append(lacking, Unpublished{o.Target, o.Missing, host.Hide(o.Err.Error())})
		}
	}
	return published, lacking
}

// programs opens the place for a stage's programs to write to.
func (p *Pipeline) programs(b *venv.Builder) (end func()) {
	b.Output, end = p.Host.Program(false)
	return end
}

// stage runs a part of the work: it gives it a group in the log, takes its
// time, and puts its name before its error.
func stage[T any](p *Pipeline, r *Result, name string, work func() (T, error)) (T, error) {
	started := p.Clock()
	end := p.Host.Group(name)
	v, err := work()
	took := p.Clock().Sub(started)
	r.Stages = append(r.Stages, Stage{name, took.Seconds()})
	end(fmt.Sprintf("(%.1f s)", took.Seconds()), err)
	if err != nil {
		return v, fmt.Errorf("%s: %w", name, err)
	}
	return v, nil
}
