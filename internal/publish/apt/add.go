package apt

import (
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/debfile"
	"github.com/pinpack/pinpack/internal/publish/store"
)

// Add adds packages to the options' suites, and returns where in the repository
// each is. The same package again is a success.
func (r *Repo) Add(ctx context.Context, list []artifact.Artifact) (map[string]string, error) {
	suites, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	before := referenced(suites)
	taken := referenced(suites)
	at := map[string]string{}
	var fresh []Entry
	for _, a := range list {
		e, err := r.entryOf(a, suites, taken)
		if err == nil {
			suites, err = r.enter(suites, e)
		}
		if err != nil {
			return nil, fmt.Errorf("publish %q: %w", a.Name, err)
		}
		taken[e.Filename], at[a.Name] = e.SHA256, e.Filename
		fresh = append(fresh, e)
	}
	for i, a := range list {
		if err := r.place(ctx, fresh[i], a, before); err != nil {
			return nil, fmt.Errorf("publish %q: %w", a.Name, err)
		}
	}
	for _, s := range suites {
		if slices.Contains(r.o.Suites, s.name) {
			s.entries = retain(s.entries, r.o.Keep, func(e Entry) bool {
				return slices.ContainsFunc(fresh, func(f Entry) bool { return f.same(e) })
			})
			s.changed = true
		}
	}
	return at, r.commit(ctx, suites, before, nil)
}

// entryOf reads a package and chooses its place in the pool: another one, if
// other content has its name there. That is so in repositories for several
// releases of Debian, which have packages of one name and version each.
func (r *Repo) entryOf(a artifact.Artifact, suites []*suite, taken map[string]string) (Entry, error) {
	f, err := os.Open(a.Path)
	if err != nil {
		return Entry{}, err
	}
	defer f.Close()
	control, err := debfile.Control(f)
	if err != nil {
		return Entry{}, err
	}
	e, err := newEntry(control, "x", a.SHA256, a.Size)
	if err != nil {
		return Entry{}, err
	}
	dir := path.Join("pool", r.o.Component, poolPrefix(e.Package), e.Package)
	name := fileName(e)
	filename := path.Join(dir, name)
	if sum, ok := taken[filename]; ok && sum != a.SHA256 {
		filename = path.Join(dir, a.SHA256[:12], name)
	}
	e.Component = r.o.Component
	for _, s := range suites { // it may be there already, in the place that others chose
		if i := slices.IndexFunc(s.entries, e.same); i >= 0 && s.entries[i].SHA256 == a.SHA256 {
			filename = s.entries[i].Filename
		}
	}
	e, err = newEntry(control, filename, a.SHA256, a.Size)
	e.Component = r.o.Component
	return e, err
}

// poolPrefix is the directory that packages of a name share with others.
func poolPrefix(name string) string {
	if strings.HasPrefix(name, "lib") && len(name) > 3 {
		return name[:4]
	}
	return name[:1]
}

// fileName is how Debian names a package's file, without the epoch.
func fileName(e Entry) string {
	version := e.Version
	if _, after, ok := strings.Cut(version, ":"); ok {
		version = after
	}
	return e.Package + "_" + version + "_" + e.Arch + ".deb"
}

// enter puts an entry into the suites of the options.
func (r *Repo) enter(suites []*suite, e Entry) ([]*suite, error) {
	for _, name := range r.o.Suites {
		var s *suite
		suites, s = find(suites, name)
		e.Suite = name
		i := slices.IndexFunc(s.entries, e.same)
		switch {
		case i < 0:
			s.entries = append(s.entries, e)
		case s.entries[i].SHA256 == e.SHA256:
		case !r.o.Overwrite:
			return nil, fmt.Errorf("suite %q has %s %s with another content: want a new version or iteration, or overwrite", name, e.Package, e.Version)
		default:
			s.entries[i] = e
		}
	}
	return suites, nil
}

// place puts a package into the pool, unless the repository has it there.
func (r *Repo) place(ctx context.Context, e Entry, a artifact.Artifact, there map[string]string) error {
	if there[e.Filename] == e.SHA256 {
		if ok, err := store.Exists(ctx, r.o.Store, e.Filename); ok || err != nil {
			return err
		}
	}
	// It may be there from a run that did not come to its end.
	sum, _, err := store.Digest(ctx, r.o.Store, e.Filename)
	if err == nil && sum == e.SHA256 {
		return nil
	} else if err != nil && !noFile(err) {
		return err
	}
	return r.o.Store.Write(ctx, e.Filename, store.File(a.Path, a.SHA256, a.Size).As("application/vnd.debian.binary-package", forever))
}

// Remove removes a package, or one version of it, from the options' suites, or
// all if there are none, and its files. It returns what it removed.
func (r *Repo) Remove(ctx context.Context, name, version string) ([]Entry, error) {
	suites, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	before := referenced(suites)
	var gone []Entry
	var purge []string
	for _, s := range suites {
		if len(r.o.Suites) > 0 && !slices.Contains(r.o.Suites, s.name) {
			continue
		}
		s.entries = slices.DeleteFunc(s.entries, func(e Entry) bool {
			if e.Package != name || version != "" && e.Version != version {
				return false
			}
			gone, s.changed = append(gone, e), true
			purge = append(purge, e.Filename)
			return true
		})
	}
	if len(gone) == 0 {
		return nil, nil
	}
	return gone, r.commit(ctx, suites, before, purge)
}
