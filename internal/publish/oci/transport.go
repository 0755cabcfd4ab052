package oci

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// stall is for how long a request may stand still: no byte sent, none received.
const stall = 2 * time.Minute

var errStalled = fmt.Errorf("no byte has moved for %s", stall)

// transport sends requests to a registry: again where that does no harm, and only
// over TLS if it was not told otherwise. What was begun and may be half done, a
// blob's upload, is the caller's to begin anew.
type transport struct {
	inner     http.RoundTripper
	policy    retry.Policy
	plainHTTP bool
	stall     time.Duration
}

// plainError is a request that would have been readable for all.
type plainError struct{ host string }

func (e plainError) Error() string {
	return fmt.Sprintf("%s answers by HTTP without TLS, where everyone on the way reads the password: want HTTPS, or the option plain-http=true", e.host)
}

// RoundTrip is of http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	if req.URL.Scheme != "https" && !t.plainHTTP && !loopback(req.URL.Host) {
		return nil, plainError{req.URL.Host}
	}
	if !repeatable(req) {
		return t.once(req)
	}
	err = t.policy.Do(req.Context(), req.Method+" "+req.URL.Host+req.URL.Path, func(context.Context) error {
		if resp, err = t.again(req); err != nil {
			if transient(err) {
				return retry.Again{Err: err}
			}
			return err
		}
		if !retry.Transient(resp.StatusCode) {
			return nil
		}
		return retry.Again{Err: keep(resp), After: retry.After(resp.Header, t.policy.Now())}
	})
	var status statusError
	if err != nil && !errors.As(err, &status) {
		return nil, err
	}
	return resp, nil // also one that never got better, for what it says
}

// statusError is an answer that may be another one the next time.
type statusError string

func (e statusError) Error() string { return string(e) }

// keep reads an answer's body, so that its connection is free and it can be read
// again.
func keep(resp *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // what there is of it
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return statusError(resp.Status)
}

// repeatable tells whether it does no harm to send a request twice. Beginning an
// upload is: one that is never filled goes away by itself.
func repeatable(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodPost:
		return req.Body == nil || req.GetBody != nil
	case http.MethodPut:
		return strings.Contains(req.URL.Path, "/manifests/") && (req.Body == nil || req.GetBody != nil)
	}
	return false
}

func (t *transport) again(req *http.Request) (*http.Response, error) {
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = body
	}
	return t.once(req)
}

// once sends a request and cancels it when it stands still.
func (t *transport) once(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	timer := time.AfterFunc(t.stall, func() { cancel(errStalled) })
	end := func() { timer.Stop(); cancel(nil) }
	out := req.Clone(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		out.Body = &watched{ReadCloser: req.Body, moved: func() { timer.Reset(t.stall) }, end: func() {}}
	}
	resp, err := t.inner.RoundTrip(out)
	if err != nil {
		end()
		if cause := context.Cause(ctx); errors.Is(cause, errStalled) {
			err = cause
		}
		return nil, err
	}
	resp.Body = &watched{ReadCloser: resp.Body, moved: func() { timer.Reset(t.stall) }, end: end}
	return resp, nil
}

// watched tells when bytes move.
type watched struct {
	io.ReadCloser
	moved, end func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if err == nil {
		w.moved()
	}
	return n, err
}

func (w *watched) Close() error {
	w.end()
	return w.ReadCloser.Close()
}

func encodeAuth(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
}
