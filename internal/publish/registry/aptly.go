package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/retry"
)

// aptly takes files into a directory, from there into a repository, and publishes
// that.
//
// See https://www.aptly.info/doc/api/
type aptly struct {
	*Target
	passphrase string // of the key that the server signs with
}

func (p aptly) api(parts ...string) string {
	link := p.at.base + "/api"
	for _, part := range parts {
		link += "/" + escape(part)
	}
	return link
}

func (p aptly) check(ctx context.Context) error {
	if err := p.client.get(ctx, p.api("version"), nil); err != nil {
		return err
	}
	return p.client.get(ctx, p.api("repos", p.at.vars["repo"]), nil)
}

func (p aptly) put(ctx context.Context, list []artifact.Artifact, done func(artifact.Artifact, string)) error {
	var errs []error
	var good, send []artifact.Artifact
	for _, a := range list {
		missing, err := p.look(ctx, a)
		if err != nil {
			errs = append(errs, fmt.Errorf("publish %q: %w", a.Name, err))
			continue
		}
		if good = append(good, a); missing {
			send = append(send, a)
		}
	}
	if len(send) > 0 {
		if err := p.add(ctx, send); err != nil {
			return joined(ctx, append(errs, err))
		}
	}
	if len(good) == 0 {
		return joined(ctx, errs)
	}
	// Also where nothing was added: a run before this one may have come so far.
	if err := p.publish(ctx); err != nil {
		return joined(ctx, append(errs, err))
	}
	for _, a := range good {
		done(a, p.api("repos", p.at.vars["repo"]))
	}
	return joined(ctx, errs)
}

// look tells whether the repository is to be given the file.
func (p aptly) look(ctx context.Context, a artifact.Artifact) (missing bool, err error) {
	var list []struct{ Package, Version, Architecture, SHA256 string }
	query := fmt.Sprintf("%s (= %s) {%s}", a.Package, a.Version, a.Arch)
	if err := p.client.get(ctx, p.api("repos", p.at.vars["repo"], "packages")+"?format=details&q="+escape(query), &list); err != nil {
		return false, err
	}
	for _, there := range list {
		switch {
		case there.Package != a.Package || there.Version != a.Version || there.Architecture != a.Arch:
		case there.SHA256 == a.SHA256:
			return false, nil
		case p.setup.Overwrite:
			return true, nil
		case p.at.vars["if-exists"] == "skip":
			return false, nil
		default:
			return false, ErrOther
		}
	}
	return true, nil
}

// add brings files into the repository. The directory for them is their own, so
// that nobody else's files are in it, and it is known again after a kill.
func (p aptly) add(ctx context.Context, list []artifact.Artifact) error {
	h := sha256.New()
	for _, a := range list {
		fmt.Fprintln(h, a.SHA256)
	}
	dir := "pinpack-" + hex.EncodeToString(h.Sum(nil))[:16]
	for _, a := range list {
		_, err := p.client.do(ctx, request{method: http.MethodPost, url: p.api("files", dir), body: form(nil, "file", a, p.setup.Progress), ok: []int{http.StatusOK}})
		if err != nil {
			return fmt.Errorf("publish %q: %w", a.Name, err)
		}
	}
	link := p.api("repos", p.at.vars["repo"], "file", dir)
	if p.setup.Overwrite {
		link += "?forceReplace=1"
	}
	var report struct {
		FailedFiles []string
		Report      struct{ Warnings []string }
	}
	err := p.patiently(ctx, request{method: http.MethodPost, url: link, ok: []int{http.StatusOK}, into: &report, again: func(ctx context.Context) (bool, error) {
		for _, a := range list {
			if missing, err := p.look(ctx, a); missing || err != nil {
				return false, err
			}
		}
		return true, nil
	}})
	if err == nil && len(report.FailedFiles) > 0 {
		err = fmt.Errorf("aptly refuses %s: %s", strings.Join(report.FailedFiles, ", "), strings.Join(report.Report.Warnings, "; "))
		_, tidy := p.client.do(ctx, request{method: http.MethodDelete, url: p.api("files", dir), ok: []int{http.StatusOK, http.StatusNotFound}})
		err = errors.Join(err, tidy)
	}
	return err
}

// patiently makes a call again while somebody else holds what it needs, which is
// what 409 means here.
func (p aptly) patiently(ctx context.Context, r request) error {
	r.ok = append(r.ok, http.StatusConflict)
	into := r.into
	r.into = nil
	return p.client.retry.Do(ctx, "", func(ctx context.Context) error {
		a, err := p.client.do(ctx, r)
		switch {
		case err != nil:
			return err
		case a.status == http.StatusConflict:
			return retry.Again{Err: p.client.refusal(r, a)}
		case into == nil || a.status == 0:
			return nil
		}
		return json.Unmarshal(a.body, into)
	})
}

// publish has apt see the repository as it is now.
func (p aptly) publish(ctx context.Context) error {
	type signing struct {
		Skip       bool   `json:",omitempty"`
		Batch      bool   `json:",omitempty"`
		GpgKey     string `json:",omitempty"`
		Passphrase string `json:",omitempty"`
	}
	sign := signing{Batch: true, GpgKey: p.at.vars["gpg-key"], Passphrase: p.passphrase}
	if p.at.vars["sign"] == "no" {
		sign = signing{Skip: true}
	}
	prefix := p.api("publish", prefixed(p.at.vars["prefix"]))
	update, err := json.Marshal(map[string]any{"Signing": sign, "ForceOverwrite": p.setup.Overwrite})
	if err != nil {
		return err
	}
	r := request{method: http.MethodPut, url: prefix + "/" + escape(prefixed(p.at.vars["distribution"])), body: text("application/json", update), ok: []int{http.StatusOK}}
	err = p.patiently(ctx, r)
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Status != http.StatusNotFound {
		return err
	}
	type source struct{ Name, Component string }
	create, err := json.Marshal(map[string]any{
		"SourceKind": "local", "Sources": []source{{p.at.vars["repo"], p.at.vars["component"]}},
		"Distribution": p.at.vars["distribution"], "Architectures": p.at.lists["architectures"], "Signing": sign, "ForceOverwrite": p.setup.Overwrite,
	})
	if err != nil {
		return err
	}
	return p.patiently(ctx, request{method: http.MethodPost, url: prefix, body: text("application/json", create), ok: []int{http.StatusOK, http.StatusCreated}})
}

// prefixed writes a prefix or distribution as aptly has it in its URLs.
func prefixed(s string) string {
	if s == "" || s == "." {
		return ":."
	}
	return strings.NewReplacer("_", "__", "/", "_").Replace(s)
}
