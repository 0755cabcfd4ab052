package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// client speaks to one service.
type client struct {
	http   *http.Client
	login  credentials
	header http.Header // of every request, to this host only
	retry  retry.Policy
	stall  time.Duration // for how long nothing may move
	// wanted says which credentials would be right.
	wanted string
}

// request is one call.
type request struct {
	method, url string
	header      http.Header
	body        body                  // what is sent; the zero value is nothing
	ok          []int                 // answers that are none of its errors
	into        any                   // what a JSON answer is decoded into
	read        func(io.Reader) error // takes the answer's body, in place of into
	// again is asked before each attempt but the first, where one that failed may
	// have been carried out: whether all is done.
	again func(context.Context) (bool, error)
}

// answer is what came back.
type answer struct {
	status   int // 0: a former attempt was carried out
	header   http.Header
	body     []byte // its beginning
	attempts int
}

// says tells whether the answer has the words in it, in whatever case.
func (a answer) says(words string) bool {
	return strings.Contains(strings.ToLower(string(a.body)), words)
}

// largest is how much of an answer we keep.
const largest = 4 << 20

// do makes a call until there is an answer that is ok, or one that will not change.
func (c *client) do(ctx context.Context, r request) (answer, error) {
	var a answer
	n := 0
	err := c.retry.Do(ctx, "", func(ctx context.Context) (err error) {
		if n++; n > 1 && r.again != nil {
			if done, err := r.again(ctx); done || err != nil {
				a = answer{}
				return err
			}
		}
		a, err = c.once(ctx, r)
		return err
	})
	a.attempts = n
	return a, err
}

func (c *client) once(ctx context.Context, r request) (answer, error) {
	ctx, moved, stop := watch(ctx, c.stall)
	defer stop()
	in, err := r.body.open(moved)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url, in)
	if err != nil {
		return answer{}, errors.Join(errors.New("the address is no URL"), in.Close())
	}
	r.body.describe(req, moved)
	maps.Copy(req.Header, c.header)
	maps.Copy(req.Header, r.header)
	req.Header.Set("User-Agent", "pinpack")
	c.login.set(req)
	resp, err := c.client(r.method).Do(req)
	if err != nil {
		return answer{}, c.noAnswer(ctx, r, err)
	}
	defer resp.Body.Close()
	return c.take(ctx, r, resp, moved)
}

// take reads the answer.
func (c *client) take(ctx context.Context, r request, resp *http.Response, moved func()) (answer, error) {
	a := answer{status: resp.StatusCode, header: resp.Header}
	body := &moving{resp.Body, moved}
	good := contains(r.ok, resp.StatusCode)
	if good && r.read != nil && resp.StatusCode == http.StatusOK {
		if err := r.read(body); err != nil {
			return a, c.noAnswer(ctx, r, err)
		}
		return a, nil
	}
	var err error
	if a.body, err = io.ReadAll(io.LimitReader(body, largest)); err != nil && good {
		return a, c.noAnswer(ctx, r, err)
	}
	if !good {
		err := c.refusal(r, a)
		if retry.Transient(a.status) {
			return a, retry.Again{Err: err, After: retry.After(a.header, c.now())}
		}
		return a, err
	}
	if r.into != nil && len(bytes.TrimSpace(a.body)) > 0 {
		if err := json.Unmarshal(a.body, r.into); err != nil {
			return a, fmt.Errorf("%s %s: the answer is not JSON as it should be: want the address of the service itself", r.method, readable(r.url))
		}
	}
	return a, nil
}

func (c *client) now() time.Time {
	if c.retry.Now == nil {
		return time.Time{}
	}
	return c.retry.Now()
}

// client is one that lets nothing slip by a redirection: no credentials to another
// host, no request that becomes another one, no https that becomes http.
func (c *client) client(method string) *http.Client {
	h := *c.http
	h.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		first, last := via[0], via[len(via)-1]
		switch {
		case len(via) > 9:
			return errRedirect{"redirects more than 9 times"}
		case req.Method != method:
			return errRedirect{fmt.Sprintf("redirects to %s: want that address in the target's URL", readable(req.URL.String()))}
		case last.URL.Scheme == "https" && req.URL.Scheme != "https":
			return errRedirect{"redirects from https to " + req.URL.Scheme}
		case req.URL.Host != first.URL.Host:
			req.Header.Del(c.login.header)
			for name := range c.header {
				req.Header.Del(name)
			}
		}
		return nil
	}
	return &h
}

type errRedirect struct{ text string }

func (e errRedirect) Error() string { return e.text }

// noAnswer is the error when there was none, or not all of it.
func (c *client) noAnswer(ctx context.Context, r request, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // its text has the URL as it was sent
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	text := fmt.Errorf("%s %s: %w", r.method, readable(r.url), err)
	var local *localError
	var redirect errRedirect
	var name *net.DNSError
	switch {
	case errors.As(err, &local):
		return local.error
	case errors.As(err, &redirect), untrusted(err):
		return text
	case errors.As(err, &name) && name.IsNotFound:
		return fmt.Errorf("%w: want the name of a host", text)
	}
	return retry.Again{Err: text}
}

// readable is a URL as people may read it: without its query, in which some
// services have secrets.
func readable(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return "the service"
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}

func contains(list []int, n int) bool {
	if list == nil {
		return n == http.StatusOK || n == http.StatusCreated || n == http.StatusAccepted || n == http.StatusNoContent
	}
	for _, one := range list {
		if one == n {
			return true
		}
	}
	return false
}
