// Package apt writes Debian repositories (https://wiki.debian.org/DebianRepository/Format)
// into a store. A client that updates meanwhile sees either what was there or
// all of what is new: packages first, then indexes by their hash, then InRelease.
package apt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/signature"
)

// Options say what is published, and how. What is empty of Origin, Label and
// Description is what the repository has already, or a default.
type Options struct {
	Store     store.Store
	Suites    []string // where packages are added; the first one is the default
	Component string
	// Arches are architectures to have indexes of, besides those of packages:
	// packages for all are in each.
	Arches                     []string
	Origin, Label, Description string
	Keep                       int // newest versions of a package to keep for each architecture; 0: all
	Key                        *signature.Key
	Unsigned                   bool // even if the repository is signed
	Overwrite                  bool // replace a version that is there with other content
	Time                       time.Time
	Now                        func() time.Time
}

// ErrSigned is that a signed repository would lose its signature.
var ErrSigned = errors.New("the repository is signed: want the input signing-key, or unsigned=yes in its URL")

// Repo is a repository. Its methods that write want the store's lock held.
type Repo struct{ o Options }

// word is what suites and components are made of.
var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._~-]*$`)

// New checks the options.
func New(o Options) (*Repo, error) {
	var errs []error
	for _, s := range append([]string{o.Component}, append(o.Suites, o.Arches...)...) {
		if !word.MatchString(s) {
			errs = append(errs, fmt.Errorf("suite, component or architecture %q: want letters, digits and +._~-", s))
		}
	}
	for _, s := range []string{o.Origin, o.Label, o.Description} {
		if strings.ContainsAny(s, "\r\n") {
			errs = append(errs, fmt.Errorf("field %q of Release: want one line", s))
		}
	}
	if o.Keep < 0 {
		errs = append(errs, fmt.Errorf("keep %d versions: want 1 or more, or 0 for all", o.Keep))
	}
	return &Repo{o}, errors.Join(errs...)
}

// Check tells whether the repository can be signed as it was, if it is there.
func (r *Repo) Check(ctx context.Context) error {
	if r.o.Key != nil || r.o.Unsigned {
		return nil
	}
	names, err := r.suiteNames(ctx)
	if err != nil {
		return err
	}
	for _, s := range names {
		if ok, err := store.Exists(ctx, r.o.Store, "dists/"+s+"/InRelease"); err != nil {
			return err
		} else if ok {
			return fmt.Errorf("suite %q: %w", s, ErrSigned)
		}
	}
	return nil
}

// List returns what the suites have.
func (r *Repo) List(ctx context.Context) ([]Entry, error) {
	suites, err := r.load(ctx)
	var list []Entry
	for _, s := range suites {
		list = append(list, s.entries...)
	}
	return list, err
}

// load reads all suites. Those of the options that are not there are new.
func (r *Repo) load(ctx context.Context) ([]*suite, error) {
	names, err := r.suiteNames(ctx)
	if err != nil {
		return nil, err
	}
	var list []*suite
	for _, name := range names {
		s, err := r.loadSuite(ctx, name)
		if errors.Is(err, errNoSuite) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("suite %q: %w", name, err)
		}
		list = append(list, s)
	}
	return list, nil
}

// suiteNames finds the suites that are there.
func (r *Repo) suiteNames(ctx context.Context) ([]string, error) {
	files, err := r.o.Store.List(ctx, "dists/")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		dir, file := cutLast(strings.TrimPrefix(f.Name, "dists/"))
		if (file == "Release" || file == "InRelease") && dir != "" && !strings.Contains(dir, "/binary-") && !strings.HasSuffix(dir, "/source") && !slices.Contains(names, dir) {
			names = append(names, dir)
		}
	}
	return names, nil
}

func cutLast(name string) (dir, file string) {
	i := strings.LastIndexByte(name, '/')
	return name[:max(i, 0)], name[i+1:]
}

// find returns the suite of the name, which may be new.
func find(list []*suite, name string) ([]*suite, *suite) {
	for _, s := range list {
		if s.name == name {
			return list, s
		}
	}
	s := &suite{name: name, fields: map[string]string{}}
	return append(list, s), s
}

// referenced are the pool files that entries of the suites name, with their
// digests.
func referenced(list []*suite) map[string]string {
	files := map[string]string{}
	for _, s := range list {
		for _, e := range s.entries {
			files[e.Filename] = e.SHA256
		}
	}
	return files
}

// noFile tells a file that is not there from one that cannot be read.
func noFile(err error) bool { return errors.Is(err, fs.ErrNotExist) }
