package attest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// Client is how servers are reached.
type Client struct {
	// Transport goes through the user's proxies, trusting the user's authorities.
	Transport http.RoundTripper
	// Retry says how often a request is made that may yet succeed.
	Retry retry.Policy
	// Mask keeps a secret out of everything that is told from now on.
	Mask func(secret string)
}

// answerLimit is how much of an answer is read, in bytes.
const answerLimit = 1 << 20

// perRequest is how long one attempt may take.
const perRequest = 30 * time.Second

// in is an HTTP client whose requests end with ctx and are made again while they
// may yet succeed. Redirects, which would be followed with the token, are not taken.
func (c Client) in(ctx context.Context) *http.Client {
	return &http.Client{
		Transport:     patient{ctx, c},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type patient struct {
	ctx    context.Context // sigstore-go makes its requests without one
	client Client
}

// RoundTrip makes a request until it has an answer that another attempt would not
// change. Bodies are small, and kept.
func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		if err := r.Body.Close(); err != nil {
			return nil, err
		}
	}
	var answer *http.Response
	err := p.client.Retry.Do(p.ctx, r.URL.Host, func(ctx context.Context) error {
		var err error
		answer, err = p.once(ctx, r, body)
		return err
	})
	return answer, err
}

func (p patient) once(ctx context.Context, r *http.Request, body []byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, perRequest)
	defer cancel()
	request := r.Clone(ctx)
	if r.Body != nil {
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	answer, err := p.client.Transport.RoundTrip(request)
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &untrusted):
		return nil, err
	case err != nil:
		return nil, retry.Again{Err: err}
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, answerLimit))
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return nil, retry.Again{Err: err}
	}
	if retry.Transient(answer.StatusCode) {
		after := retry.After(answer.Header, p.client.now())
		return nil, retry.Again{Err: fmt.Errorf("%s%s", answer.Status, said(text)), After: after}
	}
	answer.Body = io.NopCloser(bytes.NewReader(text))
	return answer, nil
}

func (c Client) now() time.Time {
	if c.Retry.Now == nil {
		return time.Time{}
	}
	return c.Retry.Now()
}

// said is what a server says besides the status, in one line.
func said(text []byte) string {
	line := strings.Join(strings.Fields(string(text)), " ")
	if line == "" {
		return ""
	}
	if len(line) > 300 {
		line = line[:300] + "…"
	}
	return ": " + line
}
