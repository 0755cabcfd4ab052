package release

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/google/go-github/v60/github"
)

// found is a release as the API tells of it. go-github 60 knows neither
// "immutable" here nor "digest" below.
type found struct {
	ID         int64  `json:"id"`
	TagName    string `json:"tag_name"`
	HTMLURL    string `json:"html_url"`
	UploadURL  string `json:"upload_url"` // a template; the host is not the API's
	Draft      bool   `json:"draft"`
	Prerelease bool   `json:"prerelease"`
	Immutable  bool   `json:"immutable"`
}

// asset is a file of a release. It is there once its state is "uploaded".
type asset struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	State       string `json:"state"`
	Size        int64  `json:"size"`
	Digest      string `json:"digest"` // "sha256:…"; empty from servers that have none
	DownloadURL string `json:"browser_download_url"`
}

const uploaded = "uploaded"

// byTag finds a published release; drafts are not found so.
func (t *Target) byTag(ctx context.Context) (found, error) {
	var r found
	err := t.get(ctx, t.repo+"/releases/tags/"+url.PathEscape(t.o.Tag), &r)
	return r, err
}

// create makes a draft, once.
func (t *Target) create(ctx context.Context) (r found, err error) {
	release := &github.RepositoryRelease{
		TagName: &t.o.Tag, Draft: github.Bool(true), Prerelease: &t.o.Prerelease,
		Body: github.String(t.notes()), GenerateReleaseNotes: &t.o.GenerateNotes,
	}
	if t.o.Name != "" {
		release.Name = &t.o.Name
	}
	err = t.try(ctx, once, func(ctx context.Context) error {
		_, err := t.send(ctx, http.MethodPost, t.repo+"/releases", release, &r)
		if err == nil && r.ID == 0 {
			return errNoAnswer
		}
		return err
	})
	return r, err
}

// undraft publishes a draft. What was written on it by hand stays; whether it is
// the latest is said here, since a draft cannot be that.
func (t *Target) undraft(ctx context.Context, r *found) error {
	release := &github.RepositoryRelease{Draft: github.Bool(false)}
	if t.o.Prerelease || r.Prerelease {
		release.Prerelease = github.Bool(true) // which GitHub never makes the latest
	} else if t.o.MakeLatest != "" {
		release.MakeLatest = &t.o.MakeLatest
	}
	return t.try(ctx, safe, func(ctx context.Context) error {
		_, err := t.send(ctx, http.MethodPatch, fmt.Sprintf("%s/releases/%d", t.repo, r.ID), release, &found{})
		return err
	})
}

func (t *Target) assets(ctx context.Context, id int64) ([]asset, error) {
	list, err := every[asset](ctx, t, fmt.Sprintf("%s/releases/%d/assets", t.repo, id))
	if status(err) == http.StatusNotFound {
		return nil, againError{"the release has been deleted"}
	}
	return list, explain(err)
}

// remove deletes; what is gone already is a success.
func (t *Target) remove(ctx context.Context, path string) error {
	err := t.try(ctx, safe, func(ctx context.Context) error {
		_, err := t.send(ctx, http.MethodDelete, t.repo+"/releases/"+path, nil, nil)
		return err
	})
	if status(err) == http.StatusNotFound {
		return nil
	}
	return explain(err)
}

func (t *Target) removeAsset(ctx context.Context, id int64) error {
	return t.remove(ctx, fmt.Sprintf("assets/%d", id))
}

func (t *Target) rename(ctx context.Context, id int64, name string) error {
	return t.try(ctx, safe, func(ctx context.Context) error {
		_, err := t.send(ctx, http.MethodPatch, fmt.Sprintf("%s/releases/assets/%d", t.repo, id), map[string]string{"name": name}, &asset{})
		return err
	})
}
