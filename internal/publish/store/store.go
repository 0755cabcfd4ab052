// Package store holds the files of a repository wherever they are served from.
// Whoever writes a repository knows nothing of what is below: a directory, a
// bucket.
package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Store holds files by name: relative, with slashes, as fs.ValidPath has it and
// no element beginning with ".pinpack", which is the store's own. It is safe for
// use from several goroutines.
type Store interface {
	// Check asks whether files can be read and written. It writes nothing that
	// readers see.
	Check(ctx context.Context) error
	// Read opens a file. One that is not there is fs.ErrNotExist.
	Read(ctx context.Context, name string) (io.ReadCloser, Info, error)
	// Write puts a file in place of what has the name: at once and whole, so
	// that every reader sees either what was there or all of the new one. When it
	// returns, the file is there to stay, and every Read that begins sees it.
	Write(ctx context.Context, name string, c Content) error
	// List returns all files whose name begins with the prefix, sorted by name.
	List(ctx context.Context, prefix string) ([]Info, error)
	// Remove removes a file. One that is not there is a success.
	Remove(ctx context.Context, name string) error
	// Lock keeps other writers out until unlock is called; it waits for them, as
	// long as ctx lets it. The context it returns is cancelled, with the reason
	// as its cause, should the lock be lost: work under it. A writer that died
	// leaves no lock that stays. What a writer that died had half-written is
	// gone once the lock is held.
	Lock(ctx context.Context) (held context.Context, unlock func() error, err error)
	// URL is where a file can be fetched, by those who may.
	URL(name string) string
	// String is the store's own URL, without secrets.
	String() string
}

// Info is what a store says of a file.
type Info struct {
	Name string
	Size int64 // bytes
}

// Content is what is written.
type Content struct {
	// Open opens it, once for each attempt.
	Open func() (io.ReadCloser, error)
	Size int64 // bytes
	// SHA256 is in lower-case hexadecimal. A store refuses content that has
	// another.
	SHA256 string
	// Type is the media type, and Cache the Cache-Control header to serve it
	// with. Both may be empty, and mean nothing to a directory.
	Type, Cache string
}

// Bytes is content that is in memory.
func Bytes(data []byte) Content {
	sum := sha256.Sum256(data)
	return Content{
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
		Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]),
	}
}

// File is the content of a file of this machine, whose digest and size are known.
func File(path, sum string, size int64) Content {
	return Content{Open: func() (io.ReadCloser, error) { return os.Open(path) }, Size: size, SHA256: sum}
}

// As is the content with headers to serve it with.
func (c Content) As(mediaType, cache string) Content {
	c.Type, c.Cache = mediaType, cache
	return c
}

// Named is content and where it goes.
type Named struct {
	Name string
	Content
}

// Together writes several files, each at once and whole, in order, and as close
// to each other as the store can: a directory has all of them ready before the
// first gets its name.
func Together(ctx context.Context, s Store, list []Named) error {
	if t, ok := s.(interface {
		WriteTogether(ctx context.Context, list []Named) error
	}); ok {
		return t.WriteTogether(ctx, list)
	}
	for _, f := range list {
		if err := s.Write(ctx, f.Name, f.Content); err != nil {
			return err
		}
	}
	return nil
}

// ReadAll reads a whole file of at most limit bytes. One that is not there is
// fs.ErrNotExist.
func ReadAll(ctx context.Context, s Store, name string, limit int64) ([]byte, error) {
	r, info, err := s.Read(ctx, name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if info.Size > limit {
		return nil, fmt.Errorf("read %q: %d bytes: want %d at most", name, info.Size, limit)
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %q: more than %d bytes", name, limit)
	}
	return data, nil
}

// Digest reads a file to the end and returns its SHA-256 in lower-case
// hexadecimal, and its size.
func Digest(ctx context.Context, s Store, name string) (sum string, size int64, err error) {
	r, _, err := s.Read(ctx, name)
	if err != nil {
		return "", 0, err
	}
	defer r.Close()
	h := sha256.New()
	size, err = io.Copy(h, r)
	if err != nil {
		return "", 0, fmt.Errorf("read %q: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// Exists tells whether there is a file of the name.
func Exists(ctx context.Context, s Store, name string) (bool, error) {
	r, _, err := s.Read(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return true, r.Close()
}

// own is what names of the store's own begin with.
const own = ".pinpack"

// CheckName tells what is wrong with a file's name.
func CheckName(name string) error {
	if !fs.ValidPath(name) || name == "." || strings.ContainsAny(name, "\x00\\") {
		return fmt.Errorf("file name %q: want a relative path, without . and ..", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, own) {
			return fmt.Errorf("file name %q: %s… is the store's own", name, own)
		}
	}
	return nil
}
