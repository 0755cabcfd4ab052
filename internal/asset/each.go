package asset

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls work for every element of a list, on all processors. Problems of
// files are gathered, so that all are reported at once; any other error, or the
// end of the context, ends the work early.
func Each[T any](ctx context.Context, list []T, work func(ctx context.Context, v T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return
				}
				err := work(ctx, list[i])
				if err == nil {
					continue
				}
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
				if !onlyProblems(err) {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return Problems(errs)
}

// onlyProblems tells whether the work on other files can go on.
func onlyProblems(err error) bool {
	for _, e := range flatten([]error{err}) {
		var p *Problem
		if !errors.As(e, &p) {
			return false
		}
	}
	return true
}
