package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// Lock locks the directory itself (flock(2)), so that nothing is left of a lock.
func (d *Dir) Lock(ctx context.Context) (context.Context, func() error, error) {
	if err := os.MkdirAll(d.path, 0o755); err != nil {
		return nil, nil, err
	}
	f, err := os.Open(d.path)
	if err != nil {
		return nil, nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			break
		}
		select {
		case <-ctx.Done():
			return nil, nil, errors.Join(fmt.Errorf("wait for who writes into %q: %w", d.path, context.Cause(ctx)), f.Close())
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err == nil {
		err = d.sweep()
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("lock %q: %w", d.path, err), f.Close())
	}
	held, cancel := context.WithCancelCause(ctx)
	return held, func() error { cancel(nil); return f.Close() }, nil
}

// sweep removes what a writer left that was killed.
func (d *Dir) sweep() error {
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return err
	}
	defer root.Close()
	return root.RemoveAll(temporary)
}
