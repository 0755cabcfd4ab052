package repository

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/pinpack/pinpack/internal/publish/store"
)

// Package is one of a repository, as people and programs read it.
type Package struct {
	Format    string `json:"format"`
	Name      string `json:"name"`
	Version   string `json:"version"` // with epoch, if any, and revision or release
	Arch      string `json:"arch"`
	Suite     string `json:"suite,omitempty"`
	Component string `json:"component,omitempty"`
	File      string `json:"file"` // below the repository, or a URL
	URL       string `json:"url"`
	SHA256    string `json:"sha256"`
	Size      int64  `json:"size"`
	Summary   string `json:"summary,omitempty"`
}

// ErrNotFound is that a package is in none of a repository's indexes.
var ErrNotFound = errors.New("the repository has no such package")

// List returns what a repository has, by name, the newest version first.
func (t *Target) List(ctx context.Context) ([]Package, error) {
	list, err := t.packages(ctx)
	if err == nil && len(list) == 0 {
		err = t.there(ctx, false)
	}
	if err != nil {
		return nil, fmt.Errorf("list %q: %w", t, err)
	}
	return list, nil
}

func (t *Target) packages(ctx context.Context) ([]Package, error) {
	var list []Package
	if t.kind.deb {
		entries, err := t.deb.List(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			list = append(list, Package{"deb", e.Package, e.Version, e.Arch, e.Suite, e.Component, e.Filename, t.urlOf(e.Filename), e.SHA256, e.Size, e.Summary})
		}
	}
	if t.kind.rpm {
		entries, err := t.rpm.List(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			list = append(list, Package{"rpm", e.Name, e.EVR(), e.Arch, "", "", e.Base + e.Href, t.urlOf(e.Base + e.Href), e.SHA256, e.Size, e.Summary})
		}
	}
	slices.SortStableFunc(list, func(a, b Package) int {
		return cmp.Or(cmp.Compare(a.Format, b.Format), cmp.Compare(a.Suite, b.Suite), cmp.Compare(a.Name, b.Name))
	})
	return list, nil
}

// errNone is that there is none, not even one without packages.
var errNone = errors.New("there is no repository")

// there is errNone where nothing has one of the prefixes, or is a package if these
// will do.
func (t *Target) there(ctx context.Context, packages bool) error {
	for _, prefix := range []string{stateName, "dists/", "repodata/"} {
		if files, err := t.store.List(ctx, prefix); err != nil || len(files) > 0 {
			return err
		}
	}
	files, err := t.store.List(ctx, "")
	isPackage := func(f store.Info) bool { return slices.Contains([]string{".deb", ".rpm"}, path.Ext(f.Name)) }
	if err != nil || packages && slices.ContainsFunc(files, isPackage) {
		return err
	}
	return errNone
}

// Remove removes a package, or one version of it if it is given, from the
// suites of the URL, or from all, and its files. It returns what it removed;
// none is ErrNotFound.
func (t *Target) Remove(ctx context.Context, name, version string) ([]Package, error) {
	if err := t.there(ctx, false); err != nil {
		return nil, fmt.Errorf("remove %q from %q: %w", name, t, err)
	}
	var gone []Package
	err := t.locked(ctx, func(ctx context.Context) error {
		if t.kind.deb {
			list, err := t.deb.Remove(ctx, name, version)
			if err != nil {
				return err
			}
			for _, e := range list {
				gone = append(gone, Package{"deb", e.Package, e.Version, e.Arch, e.Suite, e.Component, e.Filename, t.urlOf(e.Filename), e.SHA256, e.Size, e.Summary})
			}
		}
		if t.kind.rpm {
			list, err := t.rpm.Remove(ctx, name, version)
			if err != nil {
				return err
			}
			for _, e := range list {
				gone = append(gone, Package{"rpm", e.Name, e.EVR(), e.Arch, "", "", e.Base + e.Href, t.urlOf(e.Base + e.Href), e.SHA256, e.Size, e.Summary})
			}
		}
		if len(gone) == 0 {
			if version != "" {
				name += " " + version
			}
			return fmt.Errorf("remove %q: %w", name, ErrNotFound)
		}
		return t.present(ctx, "", nil)
	})
	return gone, err
}

// Index makes all indexes anew from the packages in the store, and returns how
// many there are. It mends what was damaged, and takes in what was put there by
// hand.
func (t *Target) Index(ctx context.Context) (packages int, err error) {
	if err := t.there(ctx, true); err != nil {
		return 0, fmt.Errorf("index %q: %w, nor a package", t, err)
	}
	err = t.locked(ctx, func(ctx context.Context) error {
		var debErr, rpmErr error
		if t.kind.deb {
			deb, err := t.adding()
			if err != nil {
				return err
			}
			packages, debErr = deb.Index(ctx)
		}
		if t.kind.rpm {
			var n int
			n, rpmErr = t.rpm.Index(ctx)
			packages += n
		}
		if err := errors.Join(debErr, rpmErr); err != nil {
			return err
		}
		return t.present(ctx, "", nil)
	})
	return packages, err
}
