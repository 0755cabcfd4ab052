package release

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/google/go-github/v60/github"
)

// same tells whether an asset is whole and has the file's content.
func (t *Target) same(ctx context.Context, a asset, f file) (bool, error) {
	if a.State != uploaded || a.Size != f.size {
		return false, nil
	}
	sum, err := t.sum(ctx, a)
	return sum == f.sha256, err
}

// sum returns an asset's SHA-256 as GitHub tells it. A server that tells none
// is asked for the asset itself, once: an asset never changes, it is deleted.
func (t *Target) sum(ctx context.Context, a asset) (string, error) {
	if sum, ok := strings.CutPrefix(a.Digest, "sha256:"); ok {
		return sum, nil
	}
	t.mu.Lock()
	sum := t.known[a.ID]
	t.mu.Unlock()
	if sum != "" {
		return sum, nil
	}
	h := sha256.New()
	if err := t.download(ctx, a, h, h.Reset); err != nil {
		return "", err
	}
	sum = hex.EncodeToString(h.Sum(nil))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known[a.ID] = sum
	return sum, nil
}

// text returns the content of an asset that is a small file.
func (t *Target) text(ctx context.Context, a asset) (string, error) {
	var b bytes.Buffer
	if a.Size > 1<<20 {
		return "", fmt.Errorf("read asset %q: it has %d bytes: want a file of checksums", a.Name, a.Size)
	}
	err := t.download(ctx, a, &b, b.Reset)
	return b.String(), err
}

// download writes an asset's content, from its first byte on at each try. GitHub
// redirects to its store, which takes no token.
func (t *Target) download(ctx context.Context, a asset, to io.Writer, reset func()) error {
	for p := (tries{}); ; {
		c := t.client()
		req, err := c.NewRequest(http.MethodGet, fmt.Sprintf("%s/releases/assets/%d", t.repo, a.ID), nil)
		if err != nil {
			return err
		}
		req.Header.Set("Accept", "application/octet-stream")
		reset()
		err = t.receive(ctx, c, req, to)
		switch {
		case err == nil:
			return nil
		case status(err) == http.StatusNotFound:
			return againError{fmt.Sprintf("the asset %q has been deleted", a.Name)}
		}
		if err := t.pause(ctx, &p, err); err != nil {
			return fmt.Errorf("download %q: %w", a.Name, explain(err))
		}
	}
}

// receive is one try of a download. Like an upload it may not stand still.
func (t *Target) receive(ctx context.Context, c *github.Client, req *http.Request, to io.Writer) error {
	ctx, moves, cancel := t.watch(ctx)
	defer cancel(nil)
	_, err := t.do(ctx, c, req, writerFunc(func(p []byte) (int, error) {
		moves()
		return to.Write(p)
	}))
	if err != nil && status(err) == 0 && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return err
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
