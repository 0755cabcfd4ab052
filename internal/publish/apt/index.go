package apt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/debfile"
)

// Index makes all indexes anew from the packages that are in the store. Each
// stays in the suites that have it; those that none has are added to the
// options' suites. Entries without a file go. An index that cannot be read does
// not matter.
func (r *Repo) Index(ctx context.Context) (packages int, err error) {
	suites, err := r.readable(ctx)
	if err != nil {
		return 0, err
	}
	before := referenced(suites)
	files, err := r.o.Store.List(ctx, "")
	if err != nil {
		return 0, err
	}
	listed := map[string][]Entry{} // by file
	for _, s := range suites {
		for _, e := range s.entries {
			listed[e.Filename] = append(listed[e.Filename], e)
		}
		s.entries, s.changed = nil, true
	}
	var errs []error
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".deb") {
			continue
		}
		e, err := r.scan(ctx, f.Name)
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		} else if err != nil {
			errs = append(errs, fmt.Errorf("index %q: %w", f.Name, err))
			continue
		}
		packages++
		homes := listed[f.Name]
		if len(homes) == 0 {
			for _, s := range r.o.Suites {
				homes = append(homes, Entry{Suite: s, Component: r.componentOf(f.Name)})
			}
		}
		for _, home := range homes {
			var s *suite
			suites, s = find(suites, home.Suite)
			e.Suite, e.Component = home.Suite, home.Component
			if i := slices.IndexFunc(s.entries, e.same); i >= 0 && s.entries[i].SHA256 != e.SHA256 {
				errs = append(errs, fmt.Errorf("index %q: %q is %s %s of suite %q, too, with another content: want one of them gone", f.Name, s.entries[i].Filename, e.Package, e.Version, s.name))
			} else if i < 0 {
				s.entries = append(s.entries, e)
			}
			s.changed = true
		}
	}
	if errs != nil {
		return 0, errors.Join(errs...)
	}
	return packages, r.commit(ctx, suites, before, nil)
}

// readable are the suites, without the entries that cannot be read.
func (r *Repo) readable(ctx context.Context) ([]*suite, error) {
	names, err := r.suiteNames(ctx)
	if err != nil {
		return nil, err
	}
	var list []*suite
	for _, name := range names {
		s, err := r.loadSuite(ctx, name)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.Is(err, errNoSuite):
		case s == nil:
			list = append(list, &suite{name: name, fields: map[string]string{}})
		default:
			list = append(list, s)
		}
	}
	return list, nil
}

// componentOf is the component of a file that no suite has: by its place in the
// pool, or that of the options.
func (r *Repo) componentOf(name string) string {
	if parts := strings.Split(name, "/"); len(parts) > 2 && parts[0] == "pool" && word.MatchString(parts[1]) {
		return parts[1]
	}
	return r.o.Component
}

// scan reads a package of the store.
func (r *Repo) scan(ctx context.Context, name string) (Entry, error) {
	in, _, err := r.o.Store.Read(ctx, name)
	if err != nil {
		return Entry{}, err
	}
	defer in.Close()
	h := sha256.New()
	counted := &counter{r: io.TeeReader(in, h)}
	control, err := debfile.Control(counted)
	if err != nil {
		return Entry{}, err
	}
	if _, err := io.Copy(io.Discard, counted); err != nil {
		return Entry{}, err
	}
	return newEntry(control, name, hex.EncodeToString(h.Sum(nil)), counted.n)
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
