package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"
)

// post is one try of an upload, from the file's first byte on. It has no time
// limit as a whole, but may not stand still.
func (t *Target) post(ctx context.Context, r *found, f file, name string) (a asset, err error) {
	ctx, moves, cancel := t.watch(ctx)
	defer cancel(nil)

	// For a request that the transport has to send once more.
	open := func() (io.ReadCloser, error) {
		in, err := f.open()
		if err != nil {
			return nil, err
		}
		t.progress(name, 0, f.size)
		done := int64(0)
		return &counted{in, func(n int, err error) {
			done += int64(n)
			moves()
			switch {
			case ctx.Err() != nil:
			case n > 0:
				t.progress(name, done, f.size)
			case err != io.EOF && !errors.Is(err, os.ErrClosed): // the transport closes it once it has an answer
				cancel(err)
			}
		}}, nil
	}
	in, err := open()
	if err != nil {
		return a, err
	}
	to, _, _ := strings.Cut(r.UploadURL, "{")
	query := url.Values{"name": {name}}
	if f.label != "" {
		query.Set("label", f.label)
	}
	c := t.client()
	req, err := c.NewUploadRequest(to+"?"+query.Encode(), in, f.size, f.media)
	if err != nil {
		in.Close()
		return a, err
	}
	req.GetBody = open
	if _, err = t.do(ctx, c, req, &a); err != nil && status(err) == 0 && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil && a.ID == 0 {
		err = errNoAnswer
	}
	return a, err
}

// watch gives a transfer a context that ends when nothing has moved for a while.
func (t *Target) watch(ctx context.Context) (_ context.Context, moves func(), cancel context.CancelCauseFunc) {
	ctx, stop := context.WithCancelCause(ctx)
	stalled := time.AfterFunc(t.stall, func() { stop(fmt.Errorf("it stood still for %v", t.stall)) })
	return ctx, func() { stalled.Reset(t.stall) }, func(cause error) { stalled.Stop(); stop(cause) }
}

// counted tells of what is read from it.
type counted struct {
	io.ReadCloser
	read func(n int, err error)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.read(n, err)
	return n, err
}
