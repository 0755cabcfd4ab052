package venv

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/lock"
)

// offer is what an index has of one requirement.
type offer struct {
	requirement lock.Requirement
	client      index.Client
	wheel       bool        // one that fits the interpreter is there
	source      *index.File // the source distribution, if there is one
	wheels      []string    // the wheels that do not fit
}

// withoutWheel finds those requirements of a group that have no wheel for the
// interpreter. The error names those that have no source distribution either.
func (b Builder) withoutWheel(ctx context.Context, n network, i pythonTags, g group) ([]offer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	offers := make([]offer, len(g.list))
	var wait sync.WaitGroup
	slots := make(chan struct{}, 8)
	for at, r := range g.list {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			o, err := lookFor(ctx, n.clients(g.index), r, i)
			if offers[at] = o; err != nil {
				cancel(err) // an index that does not answer need not be asked for the others
			}
		})
	}
	wait.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	var missing []offer
	var errs []error
	for _, o := range offers {
		if !o.wheel && o.source != nil {
			missing = append(missing, o)
		} else if len(o.wheels) > 0 && !o.wheel {
			errs = append(errs, fmt.Errorf("distribution %q %s: no file of the lock fits this interpreter (%s, %s): there are %s", o.requirement.Name, o.requirement.Version, i.ABI, i.Platform, strings.Join(o.wheels, ", ")))
		}
	}
	return missing, errors.Join(errs...)
}

// lookFor lists the files of one requirement that its lock allows.
func lookFor(ctx context.Context, clients []index.Client, r lock.Requirement, i pythonTags) (offer, error) {
	o := offer{requirement: r}
	for _, c := range clients {
		files, err := filesOf(ctx, c, r)
		if err != nil {
			return o, err
		}
		for _, f := range files {
			switch {
			case f.IsWheel() && i.fits(f.Name):
				o.wheel = true
			case f.IsWheel():
				o.wheels = append(o.wheels, f.Name)
			case f.IsSource() && (o.source == nil || strings.HasSuffix(o.source.Name, ".zip")):
				o.source, o.client = &f, c
			}
		}
	}
	return o, nil
}

// filesOf lists what may be taken for a requirement: the locked version, with a
// locked hash if there are any. A file of which the index knows no hash is held
// against the lock's once it is here.
func filesOf(ctx context.Context, c index.Client, r lock.Requirement) ([]index.File, error) {
	if r.URL != "" {
		link, err := url.Parse(r.URL)
		if err != nil {
			return nil, fmt.Errorf("distribution %q: its URL cannot be read", r.Name)
		}
		return []index.File{{Name: path.Base(link.Path), URL: r.URL, Hashes: r.Hashes}}, nil
	}
	files, err := c.Files(ctx, r.Name)
	var status *index.StatusError
	if errors.As(err, &status) && status.Status == 404 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []index.File
	for _, f := range files {
		version, ok := f.Version(r.Name)
		if !ok || !sameVersion(r.Version, version) {
			continue
		}
		if len(r.Hashes) > 0 {
			locked := func(hash string) bool { return slices.Contains(r.Hashes, hash) }
			if len(f.Hashes) > 0 && !slices.ContainsFunc(f.Hashes, locked) {
				continue
			}
			f.Hashes = r.Hashes
		}
		list = append(list, f)
	}
	return list, nil
}

// sources returns the offers of requirements that are to be built in any case.
func sources(ctx context.Context, n network, g group, list []lock.Requirement) ([]offer, error) {
	var offers []offer
	var errs []error
	for _, r := range list {
		o, err := lookFor(ctx, n.clients(g.index), r, pythonTags{})
		if err == nil && o.source == nil {
			err = fmt.Errorf("distribution %q %s: it is to be built, and the index has no source distribution that is locked", r.Name, r.Version)
		}
		offers, errs = append(offers, o), append(errs, err)
	}
	return offers, errors.Join(errs...)
}

// buildOffer downloads a source distribution and builds its wheel.
func (f *frontend) buildOffer(ctx context.Context, o offer) (string, error) {
	r := o.requirement
	work, err := f.workIn(r.Name)
	if err != nil {
		return "", err
	}
	archive := filepath.Join(work.dir, o.source.Name)
	if err := o.client.Download(ctx, *o.source, archive); err != nil {
		return "", err
	}
	if err := os.Mkdir(work.source(), 0o755); err != nil {
		return "", err
	}
	top, err := unpack(archive, work.source())
	if err != nil {
		return "", fmt.Errorf("unpack %q: %w", o.source.Name, err)
	}
	work.name, work.version, work.from, work.sub = r.Name, r.Version, o.source.Name, top
	return f.build(ctx, work)
}
