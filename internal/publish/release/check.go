package release

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var (
	repository = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*$`)
	// See git-check-ref-format(1).
	noTag = regexp.MustCompile(`[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|^[./-]|[./]$|^@$|^refs/`)
)

// check reports all that is wrong with the options, and parses APIURL.
func (o Options) check() (*url.URL, error) {
	var errs []error
	base, err := url.Parse(strings.TrimSuffix(o.APIURL, "/") + "/")
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.RawQuery != "" || base.User != nil {
		errs = append(errs, fmt.Errorf("API URL %q: want GitHub's, such as https://api.github.com", o.APIURL))
	}
	if o.Token == "" {
		errs = append(errs, fmt.Errorf("%w: there is none: want the input token, %s", ErrPermission, permissions))
	}
	if !repository.MatchString(o.Repository) {
		errs = append(errs, fmt.Errorf("repository %q: want OWNER/NAME", o.Repository))
	}
	switch {
	case o.Tag == "":
		errs = append(errs, errors.New("no tag: want the input tag, or a workflow that runs on a tag's push"))
	case noTag.MatchString(o.Tag):
		errs = append(errs, fmt.Errorf("tag %q: want a name that git allows for a tag, such as v1.0", o.Tag))
	}
	switch o.MakeLatest {
	case "", "true", "false", "legacy":
	default:
		errs = append(errs, fmt.Errorf("make latest %q: want true, false or legacy", o.MakeLatest))
	}
	return base, errors.Join(errs...)
}

// checkAccess asks GitHub, harmlessly, whether the release can be made.
func (t *Target) checkAccess(ctx context.Context) error {
	var repo struct {
		FullName    string `json:"full_name"`
		Archived    bool   `json:"archived"`
		Permissions struct {
			Push bool `json:"push"`
		} `json:"permissions"`
	}
	err := t.get(ctx, t.repo, &repo)
	switch {
	case status(err) == http.StatusNotFound:
		return fmt.Errorf("read repository: %w: there is none at %s that it can see: want the repository's own %s", ErrPermission, t.base, permissions)
	case err != nil:
		return fmt.Errorf("read repository: %w", explain(err))
	case repo.FullName == "":
		return fmt.Errorf("read repository: %s answers, but not as GitHub does: want GITHUB_API_URL", t.base)
	case repo.Archived:
		return errors.New("the repository is archived: want one that can be written to")
	}
	var ref struct {
		Ref string `json:"ref"`
	}
	err = t.get(ctx, t.repo+"/git/ref/tags/"+escapeSegments(t.o.Tag), &ref)
	switch {
	case status(err) == http.StatusNotFound || err == nil && ref.Ref != "refs/tags/"+t.o.Tag:
		return errors.New("the tag is not in the repository: want it pushed first (git push origin TAG)")
	case err != nil:
		return fmt.Errorf("read tag: %w", explain(err))
	}
	// "permissions" in the repository is about a person: for a workflow's token
	// it has push as false, whatever that token may do. To have notes generated
	// takes the permission to write releases, and changes nothing.
	err = t.try(ctx, safe, func(ctx context.Context) error {
		_, err := t.send(ctx, http.MethodPost, t.repo+"/releases/generate-notes", map[string]string{"tag_name": t.o.Tag}, &struct{}{})
		return err
	})
	switch status(err) {
	case http.StatusNotFound:
		if !repo.Permissions.Push {
			return fmt.Errorf("%w: GitHub answers 404 Not Found: want %s", ErrPermission, permissions)
		}
	case http.StatusBadRequest, http.StatusUnprocessableEntity: // about the notes only
	default:
		if err != nil {
			return fmt.Errorf("ask whether the token may write: %w", explain(err))
		}
	}
	return nil
}

// escapeSegments escapes what is between the slashes.
func escapeSegments(path string) string {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}
