package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/publish"
	"github.com/pinpack/pinpack/internal/publish/apt"
	"github.com/pinpack/pinpack/internal/publish/release"
	"github.com/pinpack/pinpack/internal/publish/repository"
	"github.com/pinpack/pinpack/internal/publish/target"
	"github.com/pinpack/pinpack/internal/publish/workflow"
	"github.com/pinpack/pinpack/internal/signature"
)

// targetSetup is what targets are opened with. Time is that of the packages.
func (a *app) targetSetup(dir string, at time.Time, github config.GitHub) (target.Setup, error) {
	transport, err := index.Transport(a.proc.Environ)
	if err != nil {
		return target.Setup{}, err
	}
	getenv := func(name string) string { // a container action is not given GITHUB_TOKEN
		if v := a.getenv(name); v != "" || name != "GITHUB_TOKEN" {
			return v
		}
		return github.Token
	}
	return target.Setup{
		WorkDir: dir, Getenv: getenv, Client: &http.Client{Transport: transport},
		Time: at, Now: time.Now, Overwrite: github.Overwrite,
		Say: a.host.Info, Progress: a.progress(), Mask: a.host.Mask,
	}, nil
}

// openTargets opens all targets and asks their servers whether they will take
// the packages.
func (a *app) openTargets(ctx context.Context, d decision) ([]publish.Named, error) {
	err := publish.Check(ctx, d.targets)
	github, githubErr := a.githubTargets(ctx, d)
	return append(slices.Clone(d.targets), github...), errors.Join(err, githubErr)
}

// githubTargets opens what the plan wants published on GitHub. A release needs
// its token to be good before the first minute is spent.
func (a *app) githubTargets(ctx context.Context, d decision) ([]publish.Named, error) {
	var targets []publish.Named
	var errs []error
	if u := d.plan.Upload; u != nil {
		t, err := a.openArtifact(d)
		if t != nil {
			targets = append(targets, publish.Named{Name: "workflow artifact", Target: t})
		}
		errs = append(errs, err)
	}
	if r := d.plan.Release; r != nil {
		t, err := release.Open(ctx, a.release(*r, d.event, d.config.GitHub.Token, d.plan.Key()))
		if err == nil {
			targets = append(targets, publish.Named{Name: "release " + r.Tag, Target: a.asRepository(t, d.config.GitHub, d.plan.Key(), d.plan.Time)})
		}
		errs = append(errs, err)
	}
	return targets, errors.Join(errs...)
}

// asRepository makes a release a repository for apt, if it is to be one.
func (a *app) asRepository(t *release.Target, github config.GitHub, key *signature.Key, at time.Time) publish.Target {
	if !github.ReleaseRepository {
		return t
	}
	return repository.Flat{Inner: t, Index: apt.Flat{Name: release.StoredName, Key: key, Time: at}, Temp: a.temp(), Say: a.host.Info}
}

// openArtifact is nil where the runner takes no artifacts and none was asked
// for in so many words.
func (a *app) openArtifact(d decision) (publish.Target, error) {
	u := d.plan.Upload
	results, token := a.getenv("ACTIONS_RESULTS_URL"), a.getenv("ACTIONS_RUNTIME_TOKEN")
	if ok, reason := workflow.Available(results, token); !ok {
		if u.Must {
			return nil, fmt.Errorf("upload workflow artifact: %s", reason)
		}
		a.host.Notice("no workflow artifact: " + reason)
		return nil, nil
	}
	a.host.Mask(token)
	name := u.Name
	if name == "" {
		system := d.system.ID + d.system.Version
		name = workflow.SafeName(d.plan.Name, d.plan.Version, system, "python"+d.plan.Python.Minor, runtime.GOARCH)
	}
	t, err := workflow.Open(workflow.Options{
		ResultsURL: results, Token: token, Name: name, Retention: u.Retention, MaxRetention: d.event.Retention,
		Compression: u.Compression, Files: u.Files, Overwrite: u.Overwrite, RunURL: d.event.Run,
		Now: time.Now, Mask: a.host.Mask, Say: a.host.Info, Progress: a.progress(),
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// progress tells of each quarter of an upload that takes long enough to wonder.
func (a *app) progress() func(name string, done, total int64) {
	const long = 16 << 20
	told := map[string]int64{}
	var mu sync.Mutex // several targets are served at the same time
	return func(name string, done, total int64) {
		if total < long {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if quarter := done * 4 / total; quarter != told[name] {
			told[name] = quarter
			a.host.Info(fmt.Sprintf("%s: %d %% of %s", name, quarter*25, bytes(total)))
		}
	}
}
