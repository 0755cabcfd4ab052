package yum

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/rpmfile"
)

// Add adds packages, and returns where each is: relative to the repository, or
// a URL if it is elsewhere. The same package again is a success.
func (r *Repo) Add(ctx context.Context, list []artifact.Artifact) (map[string]string, error) {
	m, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	before := hrefs(m.entries)
	at := map[string]string{}
	var fresh []Entry
	for _, a := range list {
		e, err := r.entryOf(a, m.entries)
		if err == nil {
			m.entries, e, err = r.enter(ctx, m.entries, e)
		}
		if err != nil {
			return nil, fmt.Errorf("publish %q: %w", a.Name, err)
		}
		fresh, at[a.Name] = append(fresh, e), e.Base+e.Href
	}
	for i, a := range list {
		if err := r.place(ctx, fresh[i], a, slices.Contains(before, fresh[i].Href)); err != nil {
			return nil, fmt.Errorf("publish %q: %w", a.Name, err)
		}
	}
	m.entries = retain(m.entries, r.o.Keep, func(e Entry) bool { return slices.ContainsFunc(fresh, e.same) })
	return at, r.commit(ctx, m, before, nil)
}

// hrefs are the files of the entries that are in the store.
func hrefs(list []Entry) []string {
	var names []string
	for _, e := range list {
		if e.Base == "" {
			names = append(names, e.Href)
		}
	}
	return names
}

// entryOf reads a package and chooses its place.
func (r *Repo) entryOf(a artifact.Artifact, list []Entry) (Entry, error) {
	f, err := os.Open(a.Path)
	if err != nil {
		return Entry{}, err
	}
	defer f.Close()
	buffered := bufio.NewReader(f)
	p, err := rpmfile.Read(buffered)
	if err == nil {
		err = p.CheckPayload(buffered)
	}
	if err != nil {
		return Entry{}, err
	}
	arch := p.Arch
	if p.Source {
		arch = "src"
	}
	name := p.Name + "-" + p.Version + "-" + p.Release + "." + arch + ".rpm"
	if store.CheckName(p.Name) != nil || store.CheckName(name) != nil || strings.Contains(name, "/") {
		return Entry{}, fmt.Errorf("package %q: its name, version, release or architecture makes no file name", name)
	}
	if r.o.Base != "" {
		name = a.Name
		if r.o.Rename != nil {
			name = r.o.Rename(name)
		}
		return newEntry(p, name, r.o.Base, a.SHA256, a.Size), nil
	}
	href := "packages/" + p.Name + "/" + name
	if slices.ContainsFunc(list, func(e Entry) bool { return e.Base == "" && e.Href == href && e.SHA256 != a.SHA256 }) {
		href = "packages/" + p.Name + "/" + a.SHA256[:12] + "/" + name // readers may be after the other one
	}
	return newEntry(p, href, "", a.SHA256, a.Size), nil
}

// enter puts an entry into the list. A file that is there already stays where it is.
func (r *Repo) enter(ctx context.Context, list []Entry, e Entry) ([]Entry, Entry, error) {
	i := slices.IndexFunc(list, e.same)
	if i < 0 {
		return append(list, e), e, nil
	}
	same, err := r.holds(ctx, list[i], e)
	switch {
	case err != nil:
		return nil, e, err
	case !same && !r.o.Overwrite:
		return nil, e, fmt.Errorf("the repository has %s %s with another content: want a new version or iteration, or overwrite", e.Name, e.EVR())
	case same && list[i].Base == "" && e.Base == "":
		return list, list[i], nil
	}
	list[i] = e
	return list, e, nil
}

// holds tells whether an entry is of the same file. Others' metadata may tell
// another digest of it.
func (r *Repo) holds(ctx context.Context, old, e Entry) (bool, error) {
	if len(old.SHA256) == len(e.SHA256) || old.Size != e.Size || old.Base != "" {
		return old.SHA256 == e.SHA256, nil
	}
	sum, _, err := store.Digest(ctx, r.o.Store, old.Href)
	if noFile(err) {
		return false, nil
	}
	return sum == e.SHA256, err
}

// place puts a package into the store, unless it is there.
func (r *Repo) place(ctx context.Context, e Entry, a artifact.Artifact, there bool) error {
	if e.Base != "" {
		return nil
	}
	if there {
		if ok, err := store.Exists(ctx, r.o.Store, e.Href); ok || err != nil {
			return err
		}
	}
	// It may be there from a run that did not come to its end.
	sum, _, err := store.Digest(ctx, r.o.Store, e.Href)
	if err == nil && sum == e.SHA256 {
		return nil
	} else if err != nil && !noFile(err) {
		return err
	}
	return r.o.Store.Write(ctx, e.Href, store.File(a.Path, a.SHA256, a.Size).As("application/x-rpm", forever))
}

// Remove removes a package, or one version of it (version-release, with the
// epoch if it has one), and its files. It returns what it removed.
func (r *Repo) Remove(ctx context.Context, name, version string) ([]Entry, error) {
	m, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	before := hrefs(m.entries)
	var gone []Entry
	m.entries = slices.DeleteFunc(m.entries, func(e Entry) bool {
		if e.Name != name || version != "" && e.EVR() != version {
			return false
		}
		gone = append(gone, e)
		return true
	})
	if len(gone) == 0 {
		return nil, nil
	}
	return gone, r.commit(ctx, m, before, hrefs(gone))
}

// Index makes the metadata anew from the packages that are in the store. Those
// that are elsewhere stay as they are. Metadata that cannot be read do not
// matter.
func (r *Repo) Index(ctx context.Context) (packages int, err error) {
	m, err := r.load(ctx)
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	_ = err // what can be read is there
	before := hrefs(m.entries)
	m.entries = slices.DeleteFunc(m.entries, func(e Entry) bool { return e.Base == "" || e.filelists == "" || e.other == "" })
	files, err := r.o.Store.List(ctx, "")
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, f := range files {
		if !strings.HasSuffix(f.Name, ".rpm") {
			continue
		}
		e, err := r.scan(ctx, f.Name)
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		i := slices.IndexFunc(m.entries, e.same)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("index %q: %w", f.Name, err))
		case i >= 0:
			errs = append(errs, fmt.Errorf("index %q: %q is %s %s, too: want one of them gone", f.Name, m.entries[i].Href, e.Name, e.EVR()))
		default:
			packages++
			m.entries = append(m.entries, e)
		}
	}
	if errs != nil {
		return 0, errors.Join(errs...)
	}
	return packages, r.commit(ctx, m, before, nil)
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
	buffered := bufio.NewReader(counted)
	p, err := rpmfile.Read(buffered)
	if err == nil {
		err = p.CheckPayload(buffered)
	}
	if err != nil {
		return Entry{}, err
	}
	return newEntry(p, name, "", hex.EncodeToString(h.Sum(nil)), counted.n), nil
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
