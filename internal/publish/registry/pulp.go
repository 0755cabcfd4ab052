package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
)

// pulp works in tasks that are asked for until they are done.
//
// See https://pulpproject.org/pulp_deb and https://pulpproject.org/pulp_rpm
type pulp struct{ *Target }

// pulpKinds are the paths for a format below those of the API.
var pulpKinds = map[string]struct{ kind, content string }{
	"deb": {"deb/apt", "deb/packages"},
	"rpm": {"rpm/rpm", "rpm/packages"},
}

type pulpRepo struct {
	Href        string `json:"pulp_href"`
	Latest      string `json:"latest_version_href"`
	Autopublish bool   `json:"autopublish"`
}

func (p pulp) api() string { return p.at.base + "/pulp/api/v3/" }

// find asks for a list of which the first element is wanted.
func find[T any](ctx context.Context, p pulp, path string) (first T, found bool, err error) {
	var page struct{ Results []T }
	if err = p.client.get(ctx, p.api()+path, &page); err == nil && len(page.Results) > 0 {
		first, found = page.Results[0], true
	}
	return first, found, err
}

func (p pulp) repo(ctx context.Context, format string) (pulpRepo, error) {
	name := p.at.vars[format]
	r, found, err := find[pulpRepo](ctx, p, "repositories/"+pulpKinds[format].kind+"/?name="+escape(name))
	if err == nil && !found {
		err = fmt.Errorf("%s=%s in the target's URL: Pulp has no such repository, or not for these credentials: want the name of one", format, name)
	}
	return r, err
}

func (p pulp) check(ctx context.Context) error {
	var errs []error
	for _, format := range artifact.FormatNames() {
		if p.at.vars[format] != "" {
			_, err := p.repo(ctx, format)
			errs = append(errs, err)
		}
	}
	return joined(ctx, errs)
}

func (p pulp) put(ctx context.Context, list []artifact.Artifact, done func(artifact.Artifact, string)) error {
	var errs []error
	for _, format := range artifact.FormatNames() {
		var these, good []artifact.Artifact
		for _, a := range list {
			if a.Format == format {
				these = append(these, a)
			}
		}
		if these == nil {
			continue
		}
		errs = append(errs, p.each(ctx, these, func(ctx context.Context, a artifact.Artifact) error {
			err := p.bring(ctx, a)
			if err == nil {
				good = append(good, a)
			}
			return err
		}))
		if len(good) == 0 {
			continue
		}
		if err := p.publish(ctx, format); err != nil {
			errs = append(errs, fmt.Errorf("publish %s=%s: %w", format, p.at.vars[format], err))
			continue
		}
		for _, a := range good {
			done(a, p.api()+"content/"+pulpKinds[format].content+"/?sha256="+a.SHA256)
		}
	}
	return joined(ctx, errs)
}

// bring has the repository hold the file.
func (p pulp) bring(ctx context.Context, a artifact.Artifact) error {
	repo, err := p.repo(ctx, a.Format)
	if err != nil {
		return err
	}
	there, found, err := find[struct {
		Href   string `json:"pulp_href"`
		SHA256 string `json:"sha256"`
	}](ctx, p, "content/"+pulpKinds[a.Format].content+"/?repository_version="+escape(repo.Latest)+identified(a))
	switch {
	case err != nil || found && there.SHA256 == a.SHA256:
		return err
	case !found:
	case !p.setup.Overwrite && p.at.vars["if-exists"] == "skip":
		return nil
	case !p.setup.Overwrite:
		return ErrOther
	default:
		data, err := json.Marshal(map[string]any{"remove_content_units": []string{there.Href}})
		if err == nil {
			err = p.task(ctx, request{method: http.MethodPost, url: p.at.base + repo.Href + "modify/", body: text("application/json", data)})
		}
		if err != nil {
			return err
		}
	}
	fields := [][2]string{{"repository", repo.Href}}
	if a.Format == "deb" {
		fields = append(fields, [2]string{"distribution", p.at.vars["distribution"]}, [2]string{"component", p.at.vars["component"]})
	}
	return p.task(ctx, request{
		method: http.MethodPost, url: p.api() + "content/" + pulpKinds[a.Format].content + "/", body: form(fields, "file", a, p.setup.Progress),
	})
}

// identified are the words of a query by which Pulp knows a package.
func identified(a artifact.Artifact) string {
	if a.Format == "deb" {
		return "&package=" + escape(a.Package) + "&version=" + escape(a.Version) + "&architecture=" + escape(a.Arch)
	}
	epoch, rest, ok := strings.Cut(a.Version, ":")
	if !ok {
		epoch, rest = "0", a.Version
	}
	version, release, _ := strings.Cut(rest, "-")
	return "&name=" + escape(a.Package) + "&epoch=" + escape(epoch) + "&version=" + escape(version) + "&release=" + escape(release) + "&arch=" + escape(a.Arch)
}

// publish makes a publication of what the repository holds now, if there is none.
func (p pulp) publish(ctx context.Context, format string) error {
	repo, err := p.repo(ctx, format)
	if err != nil {
		return err
	}
	path := "publications/" + pulpKinds[format].kind + "/"
	_, found, err := find[pulpRepo](ctx, p, path+"?repository_version="+escape(repo.Latest))
	if err != nil || found || repo.Autopublish {
		return err
	}
	data, err := json.Marshal(map[string]any{"repository": repo.Href})
	if err != nil {
		return err
	}
	return p.task(ctx, request{method: http.MethodPost, url: p.api() + path, body: text("application/json", data)})
}

// task makes a call that begins a task, and waits for it.
func (p pulp) task(ctx context.Context, r request) error {
	var begun struct{ Task string }
	r.ok, r.into = []int{http.StatusAccepted}, &begun
	if _, err := p.client.do(ctx, r); err != nil {
		return err
	}
	if !strings.HasPrefix(begun.Task, "/") {
		return errors.New("Pulp did not say which task it began: want this run again")
	}
	var task struct {
		State string
		Error struct{ Description string }
	}
	return p.client.await(ctx, "task "+begun.Task, func(ctx context.Context) (bool, error) {
		if err := p.client.get(ctx, p.at.base+begun.Task, &task); err != nil {
			return false, err
		}
		switch task.State {
		case "failed", "canceled":
			return false, fmt.Errorf("Pulp's task %s: %s", task.State, message(answer{body: []byte(task.Error.Description)}))
		}
		return task.State == "completed" || task.State == "skipped", nil
	})
}
