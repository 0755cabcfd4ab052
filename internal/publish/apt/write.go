package apt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/signature"
)

const (
	retiredName = "dists/retired.json"
	forever     = "public, max-age=31536000, immutable"
	never       = "no-cache"
)

// commit writes the suites that changed, and then removes what is due. Of what
// the suites named before, files is what they had in the pool; those that are
// named no more are removed in time, and at once if they are in purge.
func (r *Repo) commit(ctx context.Context, suites []*suite, before map[string]string, purge []string) error {
	var next []rendered
	live := map[string]bool{}
	var dropped []string
	for name := range referenced(suites) {
		live[name] = true
	}
	for name := range before {
		if !live[name] {
			dropped = append(dropped, name)
		}
	}
	for _, s := range suites {
		dir := "dists/" + s.name + "/"
		files := s.files
		if s.changed {
			n, err := r.render(s)
			if err != nil {
				return err
			}
			next = append(next, n)
			for _, f := range s.files {
				dropped = append(dropped, dir+byHash(f))
			}
			files = n.files
		}
		for _, f := range files {
			live[dir+byHash(f)] = true
		}
	}
	dropped = slices.DeleteFunc(dropped, func(name string) bool { return live[name] })
	retired, err := store.ReadRetired(ctx, r.o.Store, retiredName)
	if err != nil {
		return err
	}
	if err := retired.Note(ctx, dropped, live, r.o.Now()); err != nil {
		return err
	}
	for _, n := range next {
		if err := r.write(ctx, n); err != nil {
			return err
		}
	}
	return retired.Sweep(ctx, r.o.Now(), slices.DeleteFunc(purge, func(name string) bool { return live[name] }))
}

// rendered is a suite ready to be written.
type rendered struct {
	dir     string
	indexes map[string][]byte
	others  []file // not made here
	files   []file // all that Release names
	release string
}

// render decides what a suite's files hold.
func (r *Repo) render(s *suite) (rendered, error) {
	for _, e := range s.entries {
		if e.Arch != "all" && !slices.Contains(s.arches, e.Arch) {
			s.arches = append(s.arches, e.Arch)
		}
	}
	for _, a := range r.o.Arches {
		if !slices.Contains(s.arches, a) {
			s.arches = append(s.arches, a)
		}
	}
	slices.Sort(s.arches)
	n := rendered{dir: "dists/" + s.name + "/"}
	var err error
	if n.indexes, err = s.indexes(); err != nil {
		return n, err
	}
	for name, data := range n.indexes {
		n.files = append(n.files, file{name, digest(data), int64(len(data))})
	}
	n.others = s.others()
	n.files = append(n.files, n.others...)
	set := func(field string, values ...string) {
		for _, v := range values {
			if v != "" {
				s.fields[field] = v
				return
			}
		}
	}
	set("Origin", r.o.Origin, s.fields["Origin"], "pinpack")
	set("Label", r.o.Label, s.fields["Label"], s.fields["Origin"])
	set("Suite", s.fields["Suite"], s.name)
	set("Codename", s.fields["Codename"], s.name)
	set("Description", r.o.Description)
	text := renderRelease(s.fields, s.arches, s.components(), n.files, true)
	n.release = text(date(text, s.release, r.o.Time, r.o.Now()))
	return n, nil
}

// write writes a suite, what is named before what names it.
func (r *Repo) write(ctx context.Context, n rendered) error {
	names := slices.Sorted(maps.Keys(n.indexes))
	for _, f := range n.files {
		data, ok := n.indexes[f.name]
		if !ok {
			continue
		}
		if err := store.Put(ctx, r.o.Store, n.dir+byHash(f), data, mediaType(f.name), forever); err != nil {
			return err
		}
	}
	for _, f := range n.others {
		if err := r.linkByHash(ctx, n.dir, f); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := store.Put(ctx, r.o.Store, n.dir+name, n.indexes[name], mediaType(name), never); err != nil {
			return err
		}
	}
	return r.writeRelease(ctx, n.dir, n.release)
}

// linkByHash puts a file that is not made here where clients look for it by its
// hash, since Release says that they can. Release may also name what is there in
// a compressed form only.
func (r *Repo) linkByHash(ctx context.Context, dir string, f file) error {
	if ok, err := store.Exists(ctx, r.o.Store, dir+byHash(f)); ok || err != nil {
		return err
	}
	data, err := store.ReadAll(ctx, r.o.Store, dir+f.name, maxIndex)
	if noFile(err) || err == nil && digest(data) != f.sha256 {
		return nil
	} else if err != nil {
		return err
	}
	return store.Put(ctx, r.o.Store, dir+byHash(f), data, mediaType(f.name), forever)
}

// writeRelease writes a Release file and its signatures.
func (r *Repo) writeRelease(ctx context.Context, dir, release string) error {
	signed, err := sign(r.o.Key, release)
	if err != nil {
		return err
	}
	if err := store.Put(ctx, r.o.Store, dir+"Release", []byte(release), "text/plain", never); err != nil {
		return err
	}
	for _, name := range []string{"Release.gpg", "InRelease"} {
		if r.o.Key == nil {
			err = r.o.Store.Remove(ctx, dir+name)
		} else {
			err = store.Put(ctx, r.o.Store, dir+name, signed[name], "application/pgp-signature", never)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Resign signs the suites that another key has signed, or none: the clients of all
// suites are given the one key that is beside the repository.
func (r *Repo) Resign(ctx context.Context) error {
	if r.o.Key == nil {
		return nil
	}
	names, err := r.suiteNames(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		s, err := r.loadRelease(ctx, name)
		if errors.Is(err, errNoSuite) || err == nil && r.o.Key.Signed(s.signature) {
			continue
		} else if err != nil {
			return fmt.Errorf("suite %q: %w", name, err)
		}
		if err := r.writeRelease(ctx, "dists/"+name+"/", s.release); err != nil {
			return err
		}
	}
	return nil
}

// sign makes the signatures of a Release file, by name; none without a key.
func sign(key *signature.Key, release string) (map[string][]byte, error) {
	if key == nil {
		return nil, nil
	}
	detached, err := key.DetachArmored(strings.NewReader(release))
	if err != nil {
		return nil, err
	}
	clear, err := key.Clearsign([]byte(release))
	return map[string][]byte{"Release.gpg": detached, "InRelease": clear}, err
}

func mediaType(name string) string {
	switch {
	case strings.HasSuffix(name, ".gz"):
		return "application/gzip"
	case strings.HasSuffix(name, ".xz"):
		return "application/x-xz"
	}
	return "text/plain"
}
