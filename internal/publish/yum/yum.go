// Package yum writes RPM repositories, as dnf, yum and zypper read them, into a
// store. A client that updates meanwhile sees either what was there or all of
// what is new: metadata is named by its hash, and repomd.xml names it last.
package yum

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/rpmfile"
	"github.com/pinpack/pinpack/internal/signature"
)

// Options say what is published, and how.
type Options struct {
	Store store.Store
	// Base is where packages are that are published elsewhere, such as the
	// assets of a release: then the repository has metadata only. Rename is
	// what a file is called there; nil: as it is.
	Base      string
	Rename    func(name string) string
	Keep      int  // newest versions of a package to keep for each architecture; 0: all
	Zstd      bool // metadata in zstd, which takes dnf of EL 8 or later, instead of gzip
	Key       *signature.Key
	Unsigned  bool // even if the repository is signed
	Overwrite bool // replace a version that is there with other content
	Time      time.Time
	Now       func() time.Time
}

// ErrSigned is that a signed repository would lose its signature.
var ErrSigned = errors.New("the repository is signed: want the input signing-key, or unsigned=yes in its URL")

// Repo is a repository. Its methods that write want the store's lock held.
type Repo struct{ o Options }

// New checks the options.
func New(o Options) (*Repo, error) {
	if o.Base != "" {
		u, err := url.Parse(o.Base)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" {
			return nil, fmt.Errorf("base %q: want the URL of a directory, as https://example.org/packages/", o.Base)
		}
		o.Base = strings.TrimSuffix(o.Base, "/") + "/"
	}
	if o.Keep < 0 {
		return nil, fmt.Errorf("keep %d versions: want 1 or more, or 0 for all", o.Keep)
	}
	return &Repo{o}, nil
}

// Check tells whether the repository can be signed as it was, if it is there.
func (r *Repo) Check(ctx context.Context) error {
	if r.o.Key != nil || r.o.Unsigned {
		return nil
	}
	ok, err := store.Exists(ctx, r.o.Store, ascName)
	if err == nil && ok {
		err = ErrSigned
	}
	return err
}

// Entry is a package, as the metadata have it.
type Entry struct {
	Name, Epoch, Version, Release, Arch string
	Href                                string // where the file is, relative to the repository or to Base
	Base                                string // where that is, if it is elsewhere
	SHA256                              string // hexadecimal
	Size                                int64  // bytes
	Summary, URL                        string

	primary, filelists, other string // its elements in the three files
}

// EVR is the version as people write it: without an epoch of 0.
func (e Entry) EVR() string {
	evr := e.Version + "-" + e.Release
	if e.Epoch != "" && e.Epoch != "0" {
		evr = e.Epoch + ":" + evr
	}
	return evr
}

// same tells whether two entries are of one package, version and architecture.
func (e Entry) same(o Entry) bool {
	return e.Name == o.Name && e.EVR() == o.EVR() && e.Arch == o.Arch
}

// order sorts by name, then the newest version first.
func order(list []Entry) {
	slices.SortFunc(list, func(a, b Entry) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		if c := rpmfile.CompareEVR(b.Epoch, b.Version, b.Release, a.Epoch, a.Version, a.Release); c != 0 {
			return c
		}
		return strings.Compare(a.EVR()+" "+a.Arch, b.EVR()+" "+b.Arch)
	})
}

// retain returns the entries without the oldest ones, of those that have more
// than keep newer ones of the same name and architecture. Fresh ones stay.
func retain(list []Entry, keep int, fresh func(Entry) bool) []Entry {
	if keep == 0 {
		return list
	}
	order(list)
	seen := map[string]int{}
	return slices.DeleteFunc(list, func(e Entry) bool {
		seen[e.Name+" "+e.Arch]++
		return seen[e.Name+" "+e.Arch] > keep && !fresh(e)
	})
}

// List returns what the repository has.
func (r *Repo) List(ctx context.Context) ([]Entry, error) {
	m, err := r.load(ctx)
	return m.entries, err
}

func noFile(err error) bool { return errors.Is(err, fs.ErrNotExist) }
