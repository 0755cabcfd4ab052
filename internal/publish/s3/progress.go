package s3

import (
	"io"
	"sync/atomic"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/store"
)

// watched is content that tells how much of it was read. Its first reading only
// verifies it.
func watched(c store.Content, a artifact.Artifact, tell func(string, int64, int64)) store.Content {
	open, first := c.Open, new(atomic.Bool)
	first.Store(true)
	c.Open = func() (io.ReadCloser, error) {
		in, err := open()
		if err != nil || first.Swap(false) {
			return in, err
		}
		return &counted{ReadCloser: in, tell: func(done int64) { tell(a.Name, done, a.Size) }}, nil
	}
	return c
}

type counted struct {
	io.ReadCloser
	done int64
	tell func(int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if c.done += int64(n); n > 0 {
		c.tell(c.done)
	}
	return n, err
}
