package index

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	attempts     = 4                // for what may be better a moment later
	firstPause   = time.Second / 2  // doubled each time
	longestPause = time.Minute      // whatever Retry-After says
	patience     = 15 * time.Minute // for one attempt
)

// StatusError is an answer that is not the page or file.
type StatusError struct{ Status int }

func (e *StatusError) Error() string {
	return fmt.Sprintf("status %d %s", e.Status, http.StatusText(e.Status))
}

// ErrUntrusted is in the chain when an index shows a certificate that nobody
// trusted has signed. Its text names the way out.
var ErrUntrusted = errors.New("the index's certificate is signed by an authority that is not trusted here: want that authority's certificate in a file that SSL_CERT_FILE names")

// temporary is an error that another attempt may not meet.
type temporary struct {
	err   error
	after time.Duration // how long the index wants to be left alone
}

func (t temporary) Error() string { return t.err.Error() }
func (t temporary) Unwrap() error { return t.err }

// get asks for a URL, several times if need be, and has read take the answer.
// The credentials are those for the URL, or for the index that it belongs to.
func (a *Access) get(ctx context.Context, link, index, accept string, read func(*http.Response) error) error {
	pause := a.pause
	for n := 1; ; n++ {
		err := a.getOnce(ctx, link, index, accept, read)
		var t temporary
		if !errors.As(err, &t) || n == attempts {
			return err
		}
		timer := time.NewTimer(min(max(pause, t.after), longestPause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
		pause *= 2
	}
}

func (a *Access) getOnce(ctx context.Context, link, index, accept string, read func(*http.Response) error) error {
	attempt, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(attempt, http.MethodGet, link, nil)
	if err != nil {
		return errors.New("the address is no URL")
	}
	req.Header.Set("Accept", accept)
	client := *a.client
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		switch before := via[len(via)-1]; {
		case len(via) > 9:
			return errors.New("more than 9 redirects")
		case before.URL.Scheme == "https" && req.URL.Scheme != "https":
			return errors.New("it redirects from https to " + req.URL.Scheme)
		}
		req.URL.User = nil // who redirects says nothing of credentials
		a.authorize(req, index)
		return nil
	}
	a.authorize(req, index)
	resp, err := client.Do(req)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return failure(err)
	}
	defer resp.Body.Close()
	if err := status(resp); err != nil {
		return err
	}
	err = read(resp)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// authorize sets the credentials for the request's own host and no other's.
func (a *Access) authorize(req *http.Request, index string) {
	req.Header.Del("Authorization")
	user := a.login(req.URL, index)
	req.URL.User = nil
	if user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
}

// failure tells what may pass from what stays. The URL is left to the caller.
func failure(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("%w (%w)", ErrUntrusted, err)
	case errors.As(err, &name), errors.As(err, &invalid):
		return err
	}
	return temporary{err, 0}
}

func status(resp *http.Response) error {
	err := &StatusError{resp.StatusCode}
	switch resp.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return temporary{err, time.Duration(min(max(seconds, 0), 3600)) * time.Second}
	}
	return err
}

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, temporary{err, 0}
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("it is larger than %d bytes", limit)
	}
	return text, nil
}
