package s3

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/minio/minio-go/v7"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/publish/target"
)

// Target is a prefix that collects files.
type Target struct {
	*Store
	name      string
	overwrite bool
	progress  func(name string, done, total int64)
}

// Open opens a target for files as they are.
func Open(link string, s target.Setup) (*Target, error) {
	st, err := OpenStore(link, s)
	if err != nil {
		return nil, err
	}
	return &Target{st, target.Name(link), s.Overwrite, s.Progress}, nil
}

// Takes tells whether a file goes there: a prefix has many builds, and no place for
// what says something of one under a name that each has.
func (t *Target) Takes(a artifact.Artifact) bool { return !a.OfBuild() }

// Publish uploads the files, some at the same time.
func (t *Target) Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	const width = 4
	list = slices.DeleteFunc(slices.Clone(list), func(a artifact.Artifact) bool { return !t.Takes(a) })
	errs := make([]error, len(list))
	slots := make(chan struct{}, width)
	var group sync.WaitGroup
	for i, a := range list {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			if err := t.bring(ctx, a); err != nil {
				errs[i] = fmt.Errorf("publish %q: %w", a.Name, err)
			}
		})
	}
	group.Wait()
	var receipts []artifact.Receipt
	for i, a := range list {
		if errs[i] == nil {
			receipts = append(receipts, artifact.Receipt{Artifact: a.Name, Target: t.name, URL: t.URL(a.Name), Digest: "sha256:" + a.SHA256})
		}
	}
	if err := errors.Join(errs...); err != nil && ctx.Err() != nil {
		return receipts, context.Cause(ctx)
	}
	return receipts, errors.Join(errs...)
}

// ErrOther is in the chain when there is another object of the name.
var ErrOther = errors.New("there is another content under this name: want a new version or iteration, or the input overwrite")

// bring has the bucket hold the file. It never replaces what came meanwhile,
// where the service knows conditions.
func (t *Target) bring(ctx context.Context, a artifact.Artifact) error {
	c := store.File(a.Path, a.SHA256, a.Size).As(mediaType(a.Name), "no-cache")
	if a.IsPackage() {
		c.Cache = "public, max-age=31536000, immutable" // its name has its version in it
	}
	if t.progress != nil {
		c = watched(c, a, t.progress)
	}
	for range 3 {
		sum, err := t.sum(ctx, a.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = t.put(ctx, a.Name, c, func(o *minio.PutObjectOptions) { o.SetMatchETagExcept("*") })
			if taken(err) {
				continue // it came meanwhile, or an attempt of ours did
			}
			return err
		case err != nil || sum == a.SHA256:
			return err
		case !t.overwrite:
			return ErrOther
		default:
			return t.put(ctx, a.Name, c, nil)
		}
	}
	return errors.New("it comes and goes: want one job at a time to write it")
}

// sum is the digest of an object: as we noted it, else of what it holds.
func (t *Target) sum(ctx context.Context, name string) (string, error) {
	var info minio.ObjectInfo
	err := t.do(ctx, fmt.Sprintf("look for %q", name), func(ctx context.Context) (err error) {
		info, err = t.core.StatObject(ctx, t.bucket, t.prefix+name, minio.StatObjectOptions{})
		return missing(name, err)
	})
	if err != nil {
		return "", err
	}
	if sum := info.UserMetadata["Sha256"]; len(sum) == 64 {
		return sum, nil
	}
	sum, _, err := store.Digest(ctx, t.Store, name)
	return sum, err
}

func mediaType(name string) string {
	switch ext := filepath.Ext(name); {
	case ext == ".deb":
		return "application/vnd.debian.binary-package"
	case ext == ".rpm":
		return "application/x-rpm"
	case ext == ".json":
		return "application/json"
	case ext == ".asc", strings.HasSuffix(name, "SUMS"), slices.Contains([]string{".txt", ".sha256"}, ext):
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}
