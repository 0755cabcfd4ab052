package s3

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/pinpack/pinpack/internal/publish/retry"
	"github.com/pinpack/pinpack/internal/publish/store"
)

// lockName is the object that says who writes. It bears that writer's name, and is
// renewed while he works: one that was not for the time of its lease has no owner
// any more. The time is the server's own.
const lockName = own + "-lock"

// ErrLost is the cause when the context of a lock is cancelled.
var ErrLost = errors.New("the lock of the bucket was lost: want this run again")

// lock is one that is held.
type lock struct {
	*Store
	owner string
	mu    sync.Mutex
	tag   string // the ETag of the object as we wrote it
}

// Lock takes the lock by a conditional write (If-None-Match, If-Match). Where the
// service ignores conditions, it looks a moment later whether the lock is still its own.
func (s *Store) Lock(ctx context.Context) (context.Context, func() error, error) {
	l := &lock{Store: s, owner: rand.Text()}
	told := false
	for {
		ok, err := l.take(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("lock %s: %w", s, err)
		}
		if ok {
			break
		}
		if !told {
			s.say("waiting for another job that writes into " + s.String())
			told = true
		}
		if err := retry.Sleep(ctx, s.poll); err != nil {
			return nil, nil, fmt.Errorf("wait for who writes into %s: %w", s, err)
		}
	}
	held, cancel := context.WithCancelCause(ctx)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		l.keep(held, stop, cancel)
	}()
	s.sweep(held)
	return held, sync.OnceValue(func() error {
		close(stop)
		<-stopped
		lost := context.Cause(held)
		cancel(nil)
		if errors.Is(lost, ErrLost) {
			return nil // it is somebody else's
		}
		return s.remove(context.WithoutCancel(ctx), lockName)
	}), nil
}

// take tries to become the owner.
func (l *lock) take(ctx context.Context) (bool, error) {
	err := l.write(ctx, func(o *minio.PutObjectOptions) { o.SetMatchETagExcept("*") })
	if err == nil {
		return l.sure(ctx)
	}
	if !taken(err) {
		return false, err
	}
	owner, tag, old, err := l.look(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil // given back just now
	case err != nil:
		return false, err
	case owner == l.owner: // an attempt of ours whose answer was lost
		l.tag = tag
		return true, nil
	case old < l.lease:
		return false, nil
	}
	l.say("taking the lock of a job that does not renew it any more")
	if err := l.write(ctx, func(o *minio.PutObjectOptions) { o.SetMatchETag(tag) }); err != nil {
		if taken(err) || errors.Is(err, fs.ErrNotExist) {
			return false, nil // somebody was faster
		}
		return false, err
	}
	return l.sure(ctx)
}

// sure tells whether the lock is ours, also with a service that ignores conditions:
// there the last of several writers has it.
func (l *lock) sure(ctx context.Context) (bool, error) {
	err := l.write(ctx, func(o *minio.PutObjectOptions) { o.SetMatchETagExcept("*") })
	if taken(err) {
		owner, _, _, err := l.look(ctx)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return owner == l.owner, err
	}
	if err != nil {
		return false, err
	}
	l.say("the bucket's service knows no conditional writes: want one job at a time to write there")
	if err := retry.Sleep(ctx, 2*l.poll); err != nil {
		return false, err
	}
	owner, _, _, err := l.look(ctx)
	return owner == l.owner, err
}

// write writes the lock and keeps its tag.
func (l *lock) write(ctx context.Context, condition func(*minio.PutObjectOptions)) error {
	o := minio.PutObjectOptions{ContentType: "text/plain", CacheControl: "no-store", DisableMultipart: true}
	condition(&o)
	return l.do(ctx, "write the lock", func(ctx context.Context) error {
		text := l.owner + "\n" + rand.Text() + "\n" // another tag each time
		info, err := l.core.Client.PutObject(ctx, l.bucket, l.prefix+lockName, strings.NewReader(text), int64(len(text)), o)
		if err == nil {
			l.mu.Lock()
			l.tag = info.ETag
			l.mu.Unlock()
		}
		return missing(lockName, err)
	})
}

// look says who has the lock, and how long ago it was renewed.
func (l *lock) look(ctx context.Context) (owner, tag string, old time.Duration, err error) {
	r, info, header, err := l.get(ctx, lockName)
	if err != nil {
		return "", "", 0, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, 1000))
	if err != nil {
		return "", "", 0, err
	}
	owner, _, _ = strings.Cut(string(data), "\n")
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		old = date.Sub(info.LastModified)
	} else if l.now != nil {
		old = l.now().Sub(info.LastModified)
	}
	return owner, info.ETag, old, nil
}

// keep renews the lock until it is told to stop. When that fails for so long that
// others may take it, the work under it is cancelled.
func (l *lock) keep(ctx context.Context, stop <-chan struct{}, lost context.CancelCauseFunc) {
	failed := 0
	for {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			return
		case <-time.After(l.lease / 4):
		}
		l.mu.Lock()
		tag := l.tag
		l.mu.Unlock()
		attempt, cancel := context.WithTimeout(ctx, l.lease/4)
		one := *l.Store
		one.retry.Attempts = 1
		renewed := &lock{Store: &one, owner: l.owner}
		err := renewed.write(attempt, func(o *minio.PutObjectOptions) { o.SetMatchETag(tag) })
		cancel()
		if err == nil {
			failed = 0
			l.mu.Lock()
			l.tag = renewed.tag
			l.mu.Unlock()
			continue
		}
		if taken(err) { // also where an answer of ours was lost
			if owner, tag, _, lookErr := l.look(ctx); lookErr == nil && owner == l.owner {
				l.mu.Lock()
				l.tag = tag
				l.mu.Unlock()
				continue
			}
		}
		if failed++; taken(err) || errors.Is(err, fs.ErrNotExist) || failed > 2 {
			lost(ErrLost)
			return
		}
	}
}

// sweep removes what a writer that died had half-uploaded. Who may not do that
// leaves it to the bucket's own rules.
func (s *Store) sweep(ctx context.Context) {
	for u := range s.core.Client.ListIncompleteUploads(ctx, s.bucket, s.prefix, true) {
		if u.Err != nil {
			return
		}
		_ = s.core.AbortMultipartUpload(ctx, s.bucket, u.Key, u.UploadID)
	}
}

var _ store.Store = (*Store)(nil)
