package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
)

// rows is a service for which the table says all.
type rows struct {
	*Target
	own *route // from the URL; nil: the kind's
}

func newRows(t *Target, getenv func(string) string, mask func(string)) (service, error) {
	if !t.kind.passes() {
		return &rows{Target: t}, nil
	}
	own, header, err := ownRoute(t.at, getenv, mask)
	t.client.header = header
	return &rows{t, &own}, err
}

// address fills a template for a file.
func (r *rows) address(template string, a artifact.Artifact) (string, error) {
	vars := r.vars(a)
	path, err := expand(template, vars)
	return r.at.base + path, err
}

// vars are what templates may name: what the URL says, and the file.
func (r *rows) vars(a artifact.Artifact) map[string]string {
	vars := maps.Clone(r.at.vars)
	maps.Copy(vars, fileVars(a))
	return vars
}

func (r *rows) check(ctx context.Context) error {
	if r.kind.check == "" {
		return nil
	}
	link, err := r.address(r.kind.check, artifact.Artifact{})
	if err != nil {
		return err
	}
	_, err = r.client.do(ctx, request{method: http.MethodGet, url: link, ok: []int{http.StatusOK}})
	return err
}

func (r *rows) put(ctx context.Context, list []artifact.Artifact, done func(artifact.Artifact, string)) error {
	return r.each(ctx, list, func(ctx context.Context, a artifact.Artifact) error {
		way, _ := r.route(a.Format)
		if r.own != nil {
			way = *r.own
		}
		if err := r.bring(ctx, way, a); err != nil {
			return err
		}
		template := way.fetch
		if template == "" {
			template = way.look
		}
		link, err := r.address(template, a)
		if err == nil {
			done(a, readable(link))
		}
		return err
	})
}

// bring has the service hold the file.
func (r *rows) bring(ctx context.Context, way route, a artifact.Artifact) error {
	seen := state(unseen)
	if way.before {
		var err error
		if seen, err = r.look(ctx, way, a); err != nil {
			return err
		}
		if done, err := r.decide(ctx, way, a, seen, false); done || err != nil {
			return err
		}
	}
	taken, attempts, err := r.send(ctx, way, a)
	if err != nil || !taken {
		return err
	}
	if seen, err = r.look(ctx, way, a); err != nil {
		return err
	}
	if seen == unseen && attempts > 1 {
		return nil // an attempt of ours came through, and its answer did not
	}
	if done, err := r.decide(ctx, way, a, seen, true); done || err != nil {
		return err
	}
	if taken, _, err = r.send(ctx, way, a); err == nil && taken {
		err = errors.New("the service says that the name is taken, and will not have it replaced: want what it holds removed there, or a new version")
	}
	return err
}

// state is what the service holds under the name of a file.
type state int

const (
	unseen  state = iota // it does not say
	nothing              //
	same                 //
	other                //
)

// decide says whether all is done, for what the service holds; it makes room for
// a file that may replace another. taken tells that it has refused the file.
func (r *rows) decide(ctx context.Context, way route, a artifact.Artifact, seen state, taken bool) (done bool, err error) {
	skip := r.at.vars["if-exists"] == "skip"
	switch {
	case seen == same:
		return true, nil
	case seen == nothing, seen == unseen && !taken:
		return false, nil
	case !r.setup.Overwrite && skip:
		return true, nil
	case !r.setup.Overwrite && seen == unseen:
		return false, ErrUnknown
	case !r.setup.Overwrite:
		return false, ErrOther
	case way.remove == "":
		return false, nil
	}
	link, err := r.address(way.remove, a)
	if err == nil {
		_, err = r.client.do(ctx, request{method: http.MethodDelete, url: link, ok: []int{http.StatusOK, http.StatusAccepted, http.StatusNoContent, http.StatusNotFound}})
	}
	return false, err
}

// look asks what is there.
func (r *rows) look(ctx context.Context, way route, a artifact.Artifact) (state, error) {
	if way.look == "" {
		return unseen, nil
	}
	link, err := r.address(way.look, a)
	if err != nil {
		return unseen, err
	}
	sum, gone, err := r.sum(ctx, link, way.sum)
	switch {
	case err != nil || sum == "" && !gone:
		return unseen, err
	case gone:
		return nothing, nil
	case sum == a.SHA256:
		return same, nil
	}
	return other, nil
}

// sum is the SHA-256 of what is at an address, or of what the JSON there tells.
func (r *rows) sum(ctx context.Context, link, field string) (sum string, gone bool, err error) {
	req := request{method: http.MethodGet, url: link, ok: []int{http.StatusOK, http.StatusNotFound, http.StatusMethodNotAllowed}}
	var doc any
	h := sha256.New()
	req.read = func(in io.Reader) error {
		h.Reset()
		_, err := io.Copy(h, in)
		return err
	}
	if field != "" {
		req.read = func(in io.Reader) error { return json.NewDecoder(io.LimitReader(in, largest)).Decode(&doc) }
	}
	a, err := r.client.do(ctx, req)
	switch {
	case err != nil:
		return "", false, err
	case a.status == http.StatusNotFound:
		return "", true, nil
	case a.status != http.StatusOK: // one may only write
		return "", false, nil
	case field == "":
		return hex.EncodeToString(h.Sum(nil)), false, nil
	}
	for name := range strings.SplitSeq(field, ".") {
		object, _ := doc.(map[string]any)
		doc = object[name]
	}
	sum, _ = doc.(string)
	return strings.ToLower(sum), false, nil
}

// send sends the file. taken tells that the service has one of the name.
func (r *rows) send(ctx context.Context, way route, a artifact.Artifact) (taken bool, attempts int, err error) {
	link, err := r.address(way.url, a)
	if err != nil {
		return false, 0, err
	}
	vars := r.vars(a)
	header := http.Header{}
	for name, template := range way.header {
		header.Set(name, fill(template, vars))
	}
	content := raw(a, r.setup.Progress)
	if way.field != "" {
		var fields [][2]string
		for _, f := range way.form {
			fields = append(fields, [2]string{f[0], fill(f[1], vars)})
		}
		content = form(fields, way.field, a, r.setup.Progress)
	}
	ok := way.ok
	if ok == nil {
		ok = []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent}
	}
	answer, err := r.client.do(ctx, request{method: way.method, url: link, header: header, body: content, ok: append(slices.Clone(ok), way.exists...), again: r.arrived(way, a)})
	if err != nil || answer.status == 0 || slices.Contains(ok, answer.status) {
		return false, answer.attempts, err
	}
	if way.existsText != "" && !answer.says(way.existsText) {
		return false, 0, r.client.refusal(request{method: way.method, url: link}, answer)
	}
	return true, answer.attempts, nil
}

// arrived asks whether an attempt whose answer was lost was carried out: some
// services would take the file once more.
func (r *rows) arrived(way route, a artifact.Artifact) func(context.Context) (bool, error) {
	if !way.before || way.look == "" {
		return nil
	}
	return func(ctx context.Context) (bool, error) {
		seen, err := r.look(ctx, way, a)
		return seen == same, err
	}
}

// fill puts values into text that is no URL.
func fill(template string, vars map[string]string) string {
	for name, value := range vars {
		template = strings.ReplaceAll(template, "{"+name+"}", value)
	}
	return template
}
