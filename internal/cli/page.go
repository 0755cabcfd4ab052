package cli

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/debfile"
	"github.com/pinpack/pinpack/internal/pipeline"
	"github.com/pinpack/pinpack/internal/publish/release"
)

// page is what the run's page says of the build. What cannot be compared is
// left out: the packages are good all the same.
func (a *app) page(ctx context.Context, r pipeline.Result, d decision) string {
	before, now := a.compare(ctx, r, d)
	return summary(r, d.event.Repository, d.event.Run, before, now)
}

// compare reads the last release's .deb of the same package and architecture,
// and ours.
func (a *app) compare(ctx context.Context, r pipeline.Result, d decision) (*previous, *debfile.File) {
	var ours artifact.Artifact
	for _, p := range r.Packages {
		if p.Format == "deb" {
			ours = p
		}
	}
	if ours.Path == "" || d.event.Repository == "" || d.config.GitHub.Token == "" {
		return nil, nil
	}
	f, err := os.Open(ours.Path)
	if err != nil {
		return nil, nil
	}
	defer f.Close()
	now, err := debfile.Read(f)
	if err != nil {
		a.host.Detail("no comparison: " + err.Error())
		return nil, nil
	}
	start, end := r.Name+"_", "_"+ours.Arch+".deb"
	tag, body, err := release.Latest(ctx, release.Options{APIURL: d.event.API, Token: d.config.GitHub.Token, Repository: d.event.Repository, Now: time.Now}, func(name string) bool {
		return strings.HasPrefix(name, start) && strings.HasSuffix(name, end)
	})
	if err != nil || body == nil {
		a.host.Detail("no release to compare with" + because(err))
		return nil, nil
	}
	defer body.Close()
	file, err := debfile.Read(body)
	if err != nil {
		a.host.Detail("no comparison: " + err.Error())
		return nil, nil
	}
	if d.plan.Release != nil && d.plan.Release.Tag == tag {
		return nil, nil // it is this very build
	}
	return &previous{tag, file}, &now
}

// comment keeps one comment on the pull request up to date, if it is wanted. A
// token that may not is told, and fails nothing: those of forks never may.
func (a *app) comment(ctx context.Context, d decision, text string) {
	if !d.config.GitHub.Comment || d.event.Pull == 0 {
		return
	}
	err := release.Comment(ctx, release.Options{APIURL: d.event.API, Token: d.config.GitHub.Token, Repository: d.event.Repository, Now: time.Now}, d.event.Pull, d.plan.Name, text)
	if err != nil {
		a.host.Warn("no comment on the pull request: " + err.Error())
	}
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}
