package release

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/publish/retry"
)

// reader is a Target to read with, or to comment with: it has no tag.
func reader(o Options) (*Target, error) {
	o.Tag = "none" // check wants one
	base, err := o.check()
	if err != nil {
		return nil, err
	}
	if o.Client == nil {
		o.Client = http.DefaultClient
	}
	if o.Sleep == nil {
		o.Sleep = retry.Sleep
	}
	return &Target{o: o, base: base, repo: "repos/" + o.Repository, limit: time.Minute, stall: 2 * time.Minute, known: map[int64]string{}}, nil
}

// Latest opens the first asset of the repository's latest release whose name
// matches, and tells the release's tag. A repository without a release, or one
// without such an asset, gives no reader and no error.
func Latest(ctx context.Context, o Options, match func(name string) bool) (tag string, content io.ReadCloser, err error) {
	t, err := reader(o)
	if err != nil {
		return "", nil, err
	}
	var r struct {
		found
		Assets []asset `json:"assets"`
	}
	if err := t.get(ctx, t.repo+"/releases/latest", &r); status(err) == http.StatusNotFound {
		return "", nil, nil
	} else if err != nil {
		return "", nil, fmt.Errorf("read latest release: %w", explain(err))
	}
	for _, a := range r.Assets {
		if a.State != uploaded || !match(a.Name) {
			continue
		}
		file, err := os.CreateTemp("", "pinpack-latest-*")
		if err != nil {
			return "", nil, err
		}
		// Nobody needs its name: it goes with the last one that has it open.
		err = os.Remove(file.Name())
		if err == nil {
			err = t.download(ctx, a, file, func() { _, _ = file.Seek(0, io.SeekStart); _ = file.Truncate(0) })
		}
		if err == nil {
			_, err = file.Seek(0, io.SeekStart)
		}
		if err != nil {
			return "", nil, errors.Join(fmt.Errorf("download %q: %w", a.Name, explain(err)), file.Close())
		}
		return r.TagName, file, nil
	}
	return r.TagName, nil, nil
}

// Comment writes one comment on a pull request for each subject, a package's
// name, and writes it anew when it is there already.
func Comment(ctx context.Context, o Options, pull int, subject, text string) error {
	t, err := reader(o)
	if err != nil {
		return err
	}
	const most = 65536 // what GitHub takes
	mark := "<!-- pinpack: " + strings.ReplaceAll(subject, "--", "- -") + " -->\n"
	text = mark + text
	if len(text) > most {
		text = text[:most-3] + "…"
	}
	type comment struct {
		ID   int64  `json:"id,omitempty"`
		Body string `json:"body"`
	}
	list, err := every[comment](ctx, t, fmt.Sprintf("%s/issues/%d/comments", t.repo, pull))
	if err != nil {
		return fmt.Errorf("read comments: %w", explain(err))
	}
	method, path := http.MethodPost, fmt.Sprintf("%s/issues/%d/comments", t.repo, pull)
	for _, c := range list {
		if strings.HasPrefix(c.Body, mark) {
			method, path = http.MethodPatch, fmt.Sprintf("%s/issues/comments/%d", t.repo, c.ID)
		}
	}
	err = t.try(ctx, once, func(ctx context.Context) error {
		_, err := t.send(ctx, method, path, comment{Body: text}, nil)
		return err
	})
	if err != nil {
		return fmt.Errorf("write comment: %w", explain(err))
	}
	return nil
}
