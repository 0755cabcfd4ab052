package workflow

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// service is where the results service's methods are (results/api/v1/artifact.proto).
const service = "/twirp/github.actions.results.api.v1.ArtifactService/"

// The requests, in proto names; what is empty is left out. A field that a server
// does not know is an error to it: mime_type is sent with version 7 only.
type (
	createRequest struct {
		ids
		Name      string `json:"name"`
		Version   int    `json:"version"`
		MimeType  string `json:"mime_type,omitempty"`
		ExpiresAt string `json:"expires_at,omitempty"` // RFC 3339
	}
	finalizeRequest struct {
		ids
		Name string `json:"name"`
		Size string `json:"size"` // of the bytes sent, in decimal
		Hash string `json:"hash"` // of the bytes sent: "sha256:" and hexadecimal
	}
	listRequest struct {
		ids
		NameFilter string `json:"name_filter"` // exactly
	}
	deleteRequest struct {
		ids
		Name string `json:"name"`
	}
)

// answer is what any method answers, in snake case, errors too.
type answer struct {
	OK              bool        `json:"ok"`
	SignedUploadURL string      `json:"signed_upload_url"`
	ArtifactID      json.Number `json:"artifact_id"`
	Artifacts       []stored    `json:"artifacts"`
	Code            string      `json:"code"`
	Msg             string      `json:"msg"`
}

// stored is a finalized artifact.
type stored struct {
	ids                    // of the job that made it
	DatabaseID json.Number `json:"database_id"`
	Name       string      `json:"name"`
	Size       json.Number `json:"size"`
	Digest     string      `json:"digest"` // "sha256:…"; empty on some servers
}

// call makes one attempt at a method. An answer that is no JSON comes from
// something in between, and may be another one the next time.
func (t *Target) call(ctx context.Context, method string, in any) (answer, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.origin+service+method, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+t.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, text, err := t.send(req)
	if err != nil {
		return answer{}, err
	}
	var a answer
	if err := decode(text, &a); err != nil {
		return answer{}, &failure{status: resp.StatusCode, text: "the answer is not the protocol's JSON", again: true, after: t.after(resp)}
	}
	t.keepSignature(a.SignedUploadURL)
	switch {
	case resp.StatusCode/100 == 2:
		return a, nil
	case strings.Contains(strings.ToLower(a.Msg), "insufficient usage"):
		return answer{}, &failure{status: resp.StatusCode, text: fmt.Sprintf("%s (%s)", ErrQuota, t.scrub(a.Msg)), cause: ErrQuota}
	}
	// A refusal by something in front of the service is not the service's, and
	// passes: actions/toolkit#2452.
	again := retry.Transient(resp.StatusCode) || strings.Contains(a.Msg, "Error from intermediary")
	return answer{}, &failure{status: resp.StatusCode, code: t.scrub(a.Code), text: t.scrub(a.Msg), again: again, after: t.after(resp)}
}

// must makes an answer that is not ok an error. Asking again would not help.
func must(a answer, err error) (answer, error) {
	if err == nil && !a.OK {
		return a, &failure{status: http.StatusOK, text: `the service says "ok": false, and not why`}
	}
	return a, err
}

// send makes one request and reads its answer. To have none is a failure after
// which another attempt may pass, unless it is for a certificate.
func (t *Target) send(req *http.Request) (*http.Response, []byte, error) {
	req.Header.Set("User-Agent", "pinpack")
	resp, err := t.Client.Do(req)
	if err == nil {
		defer resp.Body.Close()
		var text []byte
		if text, err = io.ReadAll(io.LimitReader(resp.Body, 4<<20)); err == nil {
			return resp, text, nil
		}
	}
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err // without the URL, which is signed
	}
	if cause := context.Cause(req.Context()); cause != nil {
		err = cause
	}
	var bad *tls.CertificateVerificationError
	return nil, nil, &failure{
		text:  t.scrub(fmt.Sprintf("no answer from %s: %v", req.URL.Host, err)),
		again: !errors.As(err, &bad),
		cause: err,
	}
}

// decode reads JSON in snake case, as github.com writes it, or in lower camel
// case, as Gitea and act do, with numbers as such or as strings.
func decode(text []byte, a *answer) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return err
	}
	text, err := json.Marshal(snake(v))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, a)
}

func snake(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for key, value := range v {
			var b strings.Builder
			for _, r := range key {
				if unicode.IsUpper(r) {
					b.WriteByte('_')
				}
				b.WriteRune(unicode.ToLower(r))
			}
			m[b.String()] = snake(value)
		}
		return m
	case []any:
		for i := range v {
			v[i] = snake(v[i])
		}
	}
	return v
}
