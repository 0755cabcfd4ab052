package release

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-github/v60/github"
)

var errNoAnswer = errors.New("GitHub's answer is empty")

// client is a new one for each call: go-github remembers a limit by the
// machine's own clock, and answers in GitHub's place until it is over.
func (t *Target) client() *github.Client {
	c := github.NewClient(t.o.Client)
	c.BaseURL, c.UserAgent = t.base, "pinpack"
	return c
}

// send makes one call of the API and decodes the answer.
func (t *Target) send(ctx context.Context, method, path string, body, answer any) (*github.Response, error) {
	c := t.client()
	req, err := c.NewRequest(method, path, body)
	if err != nil {
		return nil, err
	}
	return t.do(ctx, c, req, answer)
}

// do puts the token on the request, not into the transport: so it is not sent
// along to where a download is redirected.
func (t *Target) do(ctx context.Context, c *github.Client, req *http.Request, answer any) (*github.Response, error) {
	req.Header.Set("Authorization", "Bearer "+t.o.Token)
	r, err := c.Do(ctx, req, answer)
	if response(err) != nil {
		err = answerError{err}
	}
	return r, err
}

func (t *Target) get(ctx context.Context, path string, answer any) error {
	return t.try(ctx, safe, func(ctx context.Context) error {
		_, err := t.send(ctx, http.MethodGet, path, nil, answer)
		return err
	})
}

// every reads all pages of a list.
func every[T any](ctx context.Context, t *Target, path string) ([]T, error) {
	var all []T
	for page := 1; page > 0; {
		var list []T
		next := 0
		err := t.try(ctx, safe, func(ctx context.Context) error {
			list = nil
			r, err := t.send(ctx, http.MethodGet, fmt.Sprintf("%s?per_page=100&page=%d", path, page), nil, &list)
			if err == nil {
				next = r.NextPage
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		all, page = append(all, list...), next
	}
	return all, nil
}
