package registry

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
)

// body is what a request sends: bytes before a file, the file, and bytes after
// it. It is opened anew for each attempt, and nothing of the file is kept.
type body struct {
	mime          string
	before, after []byte
	file          *artifact.Artifact // nil: none
	progress      func(name string, done, total int64)
}

// raw is a file as it is.
func raw(a artifact.Artifact, progress func(string, int64, int64)) body {
	return body{mime: mediaType(a), file: &a, progress: progress}
}

// text is bytes of a media type.
func text(mime string, data []byte) body { return body{mime: mime, before: data} }

// form is a multipart form (RFC 7578) with fields and then the file.
func form(fields [][2]string, field string, a artifact.Artifact, progress func(string, int64, int64)) body {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.SetBoundary("pinpack-" + strings.ToLower(rand.Text())) // which it takes
	for _, f := range fields {
		_ = w.WriteField(f[0], f[1]) // into memory
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", multipart.FileContentDisposition(field, a.Name))
	header.Set("Content-Type", mediaType(a))
	_, _ = w.CreatePart(header)
	split := b.Len()
	_ = w.Close()
	return body{mime: w.FormDataContentType(), before: bytes.Clone(b.Bytes()[:split]), after: bytes.Clone(b.Bytes()[split:]), file: &a, progress: progress}
}

// size is the number of bytes of all of it.
func (b body) size() int64 {
	n := int64(len(b.before) + len(b.after))
	if b.file != nil {
		n += b.file.Size
	}
	return n
}

// localError is one of this machine's, which no further attempt changes.
type localError struct{ error }

func (e *localError) Unwrap() error { return e.error }

// open opens it from its beginning.
func (b body) open(moved func()) (io.ReadCloser, error) {
	if b.size() == 0 {
		return http.NoBody, nil
	}
	if b.file == nil {
		return io.NopCloser(bytes.NewReader(b.before)), nil
	}
	f, err := os.Open(b.file.Path)
	if err != nil {
		return nil, &localError{err}
	}
	file := &sending{file: f, of: b, moved: moved}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(b.before), file, bytes.NewReader(b.after)), f}, nil
}

// describe sets what a request says of its body.
func (b body) describe(r *http.Request, moved func()) {
	r.ContentLength = b.size()
	if b.size() == 0 {
		r.Body = http.NoBody
		return
	}
	r.Header.Set("Content-Type", b.mime)
	r.GetBody = func() (io.ReadCloser, error) { return b.open(moved) }
}

// sending is the file of a body while it is sent.
type sending struct {
	file  *os.File
	of    body
	done  int64
	moved func()
}

func (s *sending) Read(p []byte) (int, error) {
	n, err := s.file.Read(p)
	s.done += int64(n)
	s.moved()
	if s.of.progress != nil && n > 0 {
		s.of.progress(s.of.file.Name, s.done, s.of.file.Size)
	}
	switch {
	case err == io.EOF && s.done < s.of.file.Size, s.done > s.of.file.Size:
		return n, &localError{fmt.Errorf("%s has another size than when it was described: want it left alone while it is published", s.of.file.Path)}
	case err != nil && err != io.EOF:
		return n, &localError{err}
	}
	return n, err
}

// moving tells of what comes in.
type moving struct {
	io.Reader
	moved func()
}

func (m *moving) Read(p []byte) (int, error) {
	m.moved()
	return m.Reader.Read(p)
}

// watch ends the context once nothing has moved for a while.
func watch(ctx context.Context, stall time.Duration) (watched context.Context, moved, stop func()) {
	watched, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(stall, func() { cancel(fmt.Errorf("nothing moved for %s", stall)) })
	return watched, func() { timer.Reset(stall) }, func() { timer.Stop(); cancel(nil) }
}

func mediaType(a artifact.Artifact) string {
	switch a.Format {
	case "deb":
		return "application/vnd.debian.binary-package"
	case "rpm":
		return "application/x-rpm"
	case "json":
		return "application/json"
	}
	return "application/octet-stream"
}
