package workflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
)

// upload is one artifact on its way.
type upload struct {
	*Target
	name    string
	version int                   // what CreateArtifact calls so: 4, or 7 for what is not a zip
	mime    string                // of the content
	total   int64                 // bytes, about
	write   func(io.Writer) error // writes the content, the same each time
	sum     string                // the content's SHA-256, once it is known
}

// placed is an artifact that is there.
type placed struct{ id, sha256 string }

func (t *Target) zipped(list []artifact.Artifact, entries []entry) *upload {
	entries = withSums(list, entries)
	return &upload{
		Target: t, name: t.Name, version: 4, mime: "application/zip", total: zipSize(entries),
		write: func(w io.Writer) error { return writeZip(w, entries, t.Compression) },
	}
}

func (t *Target) plain(e entry) *upload {
	return &upload{
		Target: t, name: e.name, version: 7, mime: "application/octet-stream", total: e.size,
		write: e.copyTo, sum: e.sha256,
	}
}

// run brings the artifact to where it can be seen, or finds it there.
func (u *upload) run(ctx context.Context) (placed, error) {
	signed, there, err := u.create(ctx)
	if err != nil || signed == "" {
		return there, err
	}
	b := u.newBlob(ctx, signed, u.mime, func(done int64) { u.Progress(u.name, done, max(done, u.total)) })
	if err := u.write(b); err != nil {
		return placed{}, err
	}
	if err := b.commit(); err != nil {
		return placed{}, err
	}
	return u.finalize(ctx, b)
}

// create returns the URL to put the content to. It is empty where the content is
// there already.
func (u *upload) create(ctx context.Context) (signed string, there placed, err error) {
	req := createRequest{ids: u.ids, Name: u.name, Version: u.version}
	if u.version != 4 {
		req.MimeType = u.mime
	}
	if u.Retention > 0 {
		req.ExpiresAt = u.Now().UTC().AddDate(0, 0, u.Retention).Format(time.RFC3339)
	}
	for n := 0; ; n++ {
		var a answer
		err := u.retry(ctx, "call CreateArtifact", func(ctx context.Context, _ int) (err error) {
			a, err = must(u.call(ctx, "CreateArtifact", req))
			return err
		})
		if err == nil {
			to, err := url.Parse(a.SignedUploadURL)
			if err != nil || to.Host == "" {
				return "", placed{}, errors.New("call CreateArtifact: no upload URL in the answer: want a server that speaks artifacts v4, such as github.com")
			}
			return a.SignedUploadURL, placed{}, nil
		}
		switch status := statusOf(err); {
		case status == http.StatusConflict:
			there, ok, err := u.taken(ctx, n)
			if err != nil || ok {
				return "", there, err
			}
		case u.version != 4 && (status == http.StatusBadRequest || status == http.StatusInternalServerError):
			return "", placed{}, fmt.Errorf("%w; not every server takes artifacts that are no zip: want them in one zip there", err)
		default:
			return "", placed{}, err
		}
	}
}

// finalize makes the artifact visible.
func (u *upload) finalize(ctx context.Context, b *blob) (placed, error) {
	done := placed{sha256: b.sha256()}
	req := finalizeRequest{u.ids, u.name, strconv.FormatInt(b.size, 10), "sha256:" + done.sha256}
	err := u.retry(ctx, "call FinalizeArtifact", func(ctx context.Context, n int) error {
		// Where only the answer was lost, a second call would fail, or make a
		// second artifact: actions/upload-artifact#531.
		if n > 0 && u.visible(ctx, b, &done) {
			return nil
		}
		a, err := must(u.call(ctx, "FinalizeArtifact", req))
		done.id = a.ArtifactID.String()
		return err
	})
	if ctx.Err() == nil && (err != nil || done.id == "") {
		seen := u.once(ctx, 0, func(ctx context.Context, _ int) error {
			if !u.visible(ctx, b, &done) {
				return errors.New("not there")
			}
			return nil
		})
		switch {
		case seen == nil:
			err = nil
		case err == nil:
			err = errors.New("call FinalizeArtifact: no artifact id in the answer: want a server that speaks artifacts v4, such as github.com")
		}
	}
	if err != nil {
		return placed{}, err
	}
	return done, nil
}

// visible asks once whether the artifact is there, as it was sent. Gitea tells no
// digest.
func (u *upload) visible(ctx context.Context, b *blob, done *placed) bool {
	e, err := u.find(ctx)
	whole := e.Digest == "sha256:"+done.sha256 || e.Digest == "" && e.Size.String() == strconv.FormatInt(b.size, 10)
	if err != nil || e.Name == "" || !whole {
		return false
	}
	done.id = e.DatabaseID.String()
	return true
}

// find asks once for the newest artifact of our name; there is none if its name
// is empty.
func (u *upload) find(ctx context.Context) (stored, error) {
	a, err := u.call(ctx, "ListArtifacts", listRequest{u.ids, u.name})
	var newest stored
	for _, e := range a.Artifacts {
		if e.Name == u.name && (newest.Name == "" || number(e) > number(newest)) {
			newest = e
		}
	}
	return newest, err
}

func number(e stored) int64 {
	n, _ := e.DatabaseID.Int64() // one that is none counts as the oldest
	return n
}

// statusOf is the status of the answer that an error comes from, or 0.
func statusOf(err error) int {
	var f *failure
	if errors.As(err, &f) {
		return f.status
	}
	return 0
}
