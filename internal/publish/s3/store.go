// Package s3 keeps files in a bucket of Amazon S3, or of whatever else speaks its
// protocol (MinIO, Ceph, R2, Garage and so on): as a store for repositories, and
// as a target that takes files as they are.
package s3

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"github.com/pinpack/pinpack/internal/publish/retry"
	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/publish/target"
)

// Store is a prefix in a bucket.
type Store struct {
	place
	core  *minio.Core
	retry retry.Policy
	now   func() time.Time
	say   func(string)

	lease time.Duration // of a lock
	poll  time.Duration // between looks at somebody else's
	part  uint64        // bytes of a part of a large file
}

// own is what names of the store's own begin with.
const own = ".pinpack"

// OpenStore reads the URL and finds the credentials. It speaks to no server.
func OpenStore(link string, s target.Setup) (*Store, error) {
	getenv, mask, say := s.Getenv, s.Mask, s.Say
	if getenv == nil {
		getenv = func(string) string { return "" }
	}
	if mask == nil {
		mask = func(string) {}
	}
	if say == nil {
		say = func(string) {}
	}
	p, err := parse(link, getenv)
	if err != nil {
		return nil, err
	}
	login, err := p.login(s, getenv, mask)
	if err != nil {
		return nil, err
	}
	core, err := p.client(s, login)
	if err != nil {
		return nil, fmt.Errorf("bucket %q at %q: %w", p.bucket, p.endpoint.Host, err)
	}
	return &Store{
		place: p, core: core, retry: retry.Policy{Now: s.Now, Say: say}, now: s.Now, say: say,
		lease: 30 * time.Second, poll: 500 * time.Millisecond, part: 32 << 20,
	}, nil
}

// String is s3://BUCKET/PREFIX.
func (s *Store) String() string { return "s3://" + s.bucket + strings.TrimSuffix("/"+s.prefix, "/") }

// URL is where a file is served, if it is public.
func (s *Store) URL(name string) string { return s.url(name) }

// Check writes an object that nobody looks at, and removes it.
func (s *Store) Check(ctx context.Context) error {
	name := own + "-check"
	err := s.put(ctx, name, store.Bytes([]byte("pinpack was here\n")), nil)
	if err == nil {
		err = s.remove(ctx, name)
	}
	return err
}

// do makes calls until one succeeds or will not.
func (s *Store) do(ctx context.Context, what string, call func(context.Context) error) error {
	return s.retry.Do(ctx, "", func(ctx context.Context) error {
		err := call(ctx)
		if err == nil || errors.Is(err, fs.ErrNotExist) || ctx.Err() != nil {
			return err
		}
		return explain(what, err)
	})
}

// missing is fs.ErrNotExist for an object that is not there.
func missing(name string, err error) error {
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return err
}

// Read reads an object in one request, so that it is one object.
func (s *Store) Read(ctx context.Context, name string) (io.ReadCloser, store.Info, error) {
	if err := store.CheckName(name); err != nil {
		return nil, store.Info{}, err
	}
	r, info, _, err := s.get(ctx, name)
	return r, store.Info{Name: name, Size: info.Size}, err
}

func (s *Store) get(ctx context.Context, name string) (r io.ReadCloser, info minio.ObjectInfo, header http.Header, err error) {
	err = s.do(ctx, fmt.Sprintf("read %q", name), func(ctx context.Context) (err error) {
		r, info, header, err = s.core.GetObject(ctx, s.bucket, s.prefix+name, minio.GetObjectOptions{})
		return missing(name, err)
	})
	if err != nil {
		return nil, info, nil, err
	}
	return r, info, header, nil
}

// Write puts an object; S3 shows the old one until all of the new one is there.
func (s *Store) Write(ctx context.Context, name string, c store.Content) error {
	err := store.CheckName(name)
	if err == nil {
		err = s.put(ctx, name, c, nil)
	}
	return err
}

// put puts an object, if a condition is met. The content is read beforehand: what
// is not as described is not sent.
func (s *Store) put(ctx context.Context, name string, c store.Content, condition func(*minio.PutObjectOptions)) error {
	what := fmt.Sprintf("write %q", name)
	sum, err := verify(ctx, c)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	o := minio.PutObjectOptions{
		ContentType: c.Type, CacheControl: c.Cache, UserMetadata: map[string]string{"Sha256": sum},
		PartSize: s.part, DisableMultipart: c.Size <= int64(s.part), NumThreads: 2,
	}
	if condition != nil {
		condition(&o)
	}
	return s.do(ctx, what, func(ctx context.Context) error {
		in, err := c.Open()
		if err != nil {
			return local{err}
		}
		defer in.Close()
		_, err = s.core.Client.PutObject(ctx, s.bucket, s.prefix+name, in, c.Size, o)
		return err
	})
}

// verify reads content to its end.
func verify(ctx context.Context, c store.Content) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	in, err := c.Open()
	if err != nil {
		return "", err
	}
	defer in.Close()
	h := sha256.New()
	n, err := io.Copy(h, in)
	sum := hex.EncodeToString(h.Sum(nil))
	switch {
	case err != nil:
		return "", err
	case n != c.Size:
		return "", fmt.Errorf("%d bytes: want %d", n, c.Size)
	case c.SHA256 != "" && sum != c.SHA256:
		return "", fmt.Errorf("its digest is %s: want %s", sum, c.SHA256)
	}
	return sum, nil
}

// List lists all objects below the store's prefix whose name begins with another.
func (s *Store) List(ctx context.Context, prefix string) ([]store.Info, error) {
	var list []store.Info
	err := s.do(ctx, "list objects", func(ctx context.Context) error {
		list = nil
		ctx, stop := context.WithCancel(ctx) // ends the listing, too
		defer stop()
		for o := range s.core.Client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix + prefix, Recursive: true}) {
			if o.Err != nil {
				return o.Err
			}
			name := strings.TrimPrefix(o.Key, s.prefix)
			if store.CheckName(name) == nil { // neither a folder nor our own
				list = append(list, store.Info{Name: name, Size: o.Size})
			}
		}
		return nil
	})
	slices.SortFunc(list, func(a, b store.Info) int { return cmp.Compare(a.Name, b.Name) })
	return list, err
}

// Remove removes an object.
func (s *Store) Remove(ctx context.Context, name string) error {
	if err := store.CheckName(name); err != nil {
		return err
	}
	return s.remove(ctx, name)
}

func (s *Store) remove(ctx context.Context, name string) error {
	err := s.do(ctx, fmt.Sprintf("remove %q", name), func(ctx context.Context) error {
		return missing(name, s.core.RemoveObject(ctx, s.bucket, s.prefix+name, minio.RemoveObjectOptions{}))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
