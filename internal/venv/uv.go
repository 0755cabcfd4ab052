package venv

import (
	"context"
	"os"
)

// UV returns the path of uv, for other work than building: the one on PATH, or
// that in the cache, into which it is fetched if need be.
func (b Builder) UV(ctx context.Context) (string, error) {
	scratch, err := os.MkdirTemp("", "pinpack-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	b.Scratch = scratch
	n, err := b.network(scratch)
	if err != nil {
		return "", err
	}
	return b.findUV(ctx, n)
}
