package oci

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	registry "github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// Blob is content for a registry, from a file that is read as it is sent, or from
// memory. It is a v1.Layer.
type Blob struct {
	Name string // for people
	Type types.MediaType
	Hash v1.Hash
	Diff v1.Hash // of what an image's layer is uncompressed
	Len  int64
	Path string // the file; ""
	Data []byte // where there is no file

	progress func(done int64)
}

// BytesBlob is a blob of what is in memory.
func BytesBlob(name string, mediaType types.MediaType, data []byte) *Blob {
	return &Blob{Name: name, Type: mediaType, Hash: hashOf(data), Len: int64(len(data)), Data: data}
}

func hashOf(data []byte) v1.Hash {
	sum := sha256.Sum256(data)
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum[:])}
}

// Descriptor is how a manifest names it.
func (b *Blob) Descriptor() v1.Descriptor {
	return v1.Descriptor{MediaType: b.Type, Digest: b.Hash, Size: b.Len}
}

// Digest, DiffID, Size, MediaType, Compressed and Uncompressed are v1.Layer's.
func (b *Blob) Digest() (v1.Hash, error) { return b.Hash, nil }

// DiffID is the hash of an image's layer before it was compressed.
func (b *Blob) DiffID() (v1.Hash, error) { return b.Diff, nil }

// Size is in bytes.
func (b *Blob) Size() (int64, error) { return b.Len, nil }

// MediaType says what the content is.
func (b *Blob) MediaType() (types.MediaType, error) { return b.Type, nil }

// Compressed is the content as it is.
func (b *Blob) Compressed() (io.ReadCloser, error) {
	if b.Path == "" {
		return io.NopCloser(bytes.NewReader(b.Data)), nil
	}
	f, err := os.Open(b.Path)
	if err != nil {
		return nil, err
	}
	return &counted{File: f, tell: b.progress}, nil
}

// Uncompressed is for no one: blobs are sent as they are.
func (b *Blob) Uncompressed() (io.ReadCloser, error) {
	return nil, errors.New("content is sent as it is")
}

// counted tells how much of a file has been read.
type counted struct {
	*os.File
	done int64
	tell func(done int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	c.done += int64(n)
	if c.tell != nil {
		c.tell(c.done)
	}
	return n, err
}

// Upload brings a layer into the repository, unless it is there: one of another
// repository of the same registry is mounted. An upload that fails is begun anew.
func (r *Repository) Upload(ctx context.Context, name string, l v1.Layer) error {
	if b, ok := l.(*Blob); ok && r.setup.Progress != nil {
		told := *b
		told.progress = func(done int64) { r.setup.Progress(name, done, b.Len) }
		l = &told
	}
	what := "upload " + name + " to " + r.Name()
	return r.explain(what, r.policy.Do(ctx, what, func(ctx context.Context) error {
		return unfinished(remote.WriteLayer(r.repo, l, r.options(ctx)...))
	}))
}

// unfinished marks errors of an upload that was begun and did not end, and may when
// it is begun anew. What can be asked again as it is has been asked often enough.
func unfinished(err error) error {
	var refused *registry.Error
	var broken *url.Error
	switch {
	case errors.As(err, &refused):
		if r := refused.Request; r == nil || repeatable(r) || !retry.Transient(refused.StatusCode) && !refused.Temporary() && refused.StatusCode != http.StatusNotFound {
			return err
		}
	case errors.As(err, &broken):
		if broken.Op != "Patch" && broken.Op != "Put" || !transient(broken.Err) {
			return err
		}
	default:
		return err
	}
	return retry.Again{Err: err}
}

// transient tells whether a connection broke that may hold the next time.
func transient(err error) bool {
	var plain plainError
	var certificate *tls.CertificateVerificationError
	var unknown *net.DNSError
	var network *net.OpError
	switch {
	case err == nil, errors.As(err, &plain), errors.As(err, &certificate), errors.Is(err, context.Canceled), errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
		return false
	case errors.As(err, &unknown):
		return !unknown.IsNotFound
	}
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errStalled) ||
		strings.Contains(err.Error(), "http2: ") || strings.Contains(err.Error(), "server closed idle connection")
}
