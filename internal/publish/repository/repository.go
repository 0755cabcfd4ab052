// Package repository publishes into static repositories for apt, for dnf, or for
// both, in any store: with a page that says how to install from it.
package repository

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/apt"
	"github.com/pinpack/pinpack/internal/publish/release"
	"github.com/pinpack/pinpack/internal/publish/store"
	"github.com/pinpack/pinpack/internal/publish/target"
	"github.com/pinpack/pinpack/internal/publish/yum"
)

// Kind is what a repository is for.
type Kind struct {
	Scheme string
	deb    bool
	rpm    bool
}

// Kinds is the table of repositories, by the first word of their URL's scheme.
var Kinds = []Kind{{"apt", true, false}, {"yum", false, true}, {"repo", true, true}}

// OpenStore opens a store from its URL.
type OpenStore func(url string, s target.Setup) (store.Store, error)

// Target is a repository. It is a publish.Target and a publish.Checker.
type Target struct {
	kind  Kind
	store store.Store
	o     options
	setup target.Setup
	deb   *apt.Repo
	rpm   *yum.Repo
}

// Open opens a repository from its URL without the kind: the store's URL, with
// the repository's parameters in its query. It reads and writes nothing.
func Open(k Kind, location string, open OpenStore, s target.Setup) (*Target, error) {
	o, location, err := parse(k, location)
	st, storeErr := open(location, s)
	if err := errors.Join(err, storeErr); err != nil {
		return nil, err
	}
	if o.base != "" && k.deb {
		return nil, fmt.Errorf("parameter base: apt looks for packages below the repository only: want yum+…, or none")
	}
	if s.Say == nil {
		s.Say = func(string) {}
	}
	if s.Now == nil {
		s.Now = func() time.Time { return s.Time }
	}
	t := &Target{kind: k, store: st, o: o, setup: s}
	var debErr, rpmErr error
	t.deb, debErr = t.openDeb(o.suites)
	t.rpm, rpmErr = yum.New(yum.Options{
		Store: st, Base: o.base, Rename: rename(o.base), Keep: o.keep, Zstd: o.zstd,
		Key: s.Key, Unsigned: o.unsigned, Overwrite: s.Overwrite, Time: s.Time, Now: s.Now,
	})
	return t, errors.Join(debErr, rpmErr)
}

// rename is what files are called at a base: GitHub changes the names of assets.
func rename(base string) func(string) string {
	if u, err := url.Parse(base); err == nil && strings.Contains(u.Path, "/releases/") && strings.Contains(u.Path, "/download") {
		return release.StoredName
	}
	return nil
}

// openDeb is the repository with these suites to work on.
func (t *Target) openDeb(suites []string) (*apt.Repo, error) {
	arches := t.o.arches
	if len(arches) == 0 {
		arches = []string{"amd64", "arm64"} // where packages for all are looked for
	}
	return apt.New(apt.Options{
		Store: t.store, Suites: suites, Component: t.o.component, Arches: arches,
		Origin: t.o.origin, Label: t.o.label, Description: t.o.description, Keep: t.o.keep,
		Key: t.setup.Key, Unsigned: t.o.unsigned, Overwrite: t.setup.Overwrite, Time: t.setup.Time, Now: t.setup.Now,
	})
}

// defaultSuite is where packages are added when nobody says.
const defaultSuite = "stable"

// adding is the repository with suites to add to.
func (t *Target) adding() (*apt.Repo, error) {
	if len(t.o.suites) > 0 {
		return t.deb, nil
	}
	return t.openDeb([]string{defaultSuite})
}

// String is the repository's URL, without parameters.
func (t *Target) String() string { return t.kind.Scheme + "+" + t.store.String() }

// Check asks the store, and whether a signed repository can be signed again.
func (t *Target) Check(ctx context.Context) error {
	err := t.store.Check(ctx)
	if err == nil {
		err = t.checkKey(ctx)
	}
	return err
}

// checkKey asks of all that is there, whatever this is for: one key is beside it.
func (t *Target) checkKey(ctx context.Context) error {
	if err := t.deb.Check(ctx); err != nil {
		return err
	}
	return t.rpm.Check(ctx)
}

// takeKey puts the public key beside the repository. What another key has signed is
// signed anew, also what this is not for, as there is one key for all of it.
func (t *Target) takeKey(ctx context.Context) error {
	err := t.checkKey(ctx)
	for _, take := range []func(context.Context) error{t.writeKey, t.deb.Resign, t.rpm.Resign} {
		if err == nil {
			err = take(ctx)
		}
	}
	return err
}

// Publish adds the packages that the repository is for. Readers see all of them
// at once.
func (t *Target) Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	list = slices.DeleteFunc(artifact.Packages(list), func(a artifact.Artifact) bool {
		return !(a.Format == "deb" && t.kind.deb || a.Format == "rpm" && t.kind.rpm)
	})
	if len(list) == 0 {
		t.setup.Say("no packages for it")
		return nil, nil
	}
	var receipts []artifact.Receipt
	err := t.locked(ctx, func(ctx context.Context) error {
		at, err := t.add(ctx, list)
		for _, a := range list {
			if name, ok := at[a.Name]; ok {
				receipts = append(receipts, artifact.Receipt{Artifact: a.Name, Target: t.String(), URL: t.urlOf(name), Digest: "sha256:" + a.SHA256})
			}
		}
		if err != nil {
			return err
		}
		return t.present(ctx, list[0].Package, rpmsSigned(list))
	})
	return receipts, err
}

// add adds to both kinds, and returns where the packages are that are in.
func (t *Target) add(ctx context.Context, list []artifact.Artifact) (map[string]string, error) {
	at := map[string]string{}
	var debs, rpms []artifact.Artifact
	for _, a := range list {
		if a.Format == "deb" {
			debs = append(debs, a)
		} else {
			rpms = append(rpms, a)
		}
	}
	var errs []error
	if len(debs) > 0 {
		deb, err := t.adding()
		if err == nil {
			var names map[string]string
			if names, err = deb.Add(ctx, debs); err == nil {
				at = names
			}
		}
		errs = append(errs, err)
	}
	if len(rpms) > 0 {
		names, err := t.rpm.Add(ctx, rpms)
		if err == nil {
			for a, name := range names {
				at[a] = name
			}
		}
		errs = append(errs, err)
	}
	return at, errors.Join(errs...)
}

// locked does work while no other writer is at the repository.
func (t *Target) locked(ctx context.Context, work func(ctx context.Context) error) (err error) {
	held, unlock, err := t.store.Lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if t.setup.Key == nil {
		t.setup.Say("warning: the repository is NOT SIGNED: who installs from it cannot tell whether a package is yours; the input signing-key signs it")
	}
	if err := t.takeKey(held); err != nil {
		return err
	}
	if err := work(held); err != nil {
		if cause := context.Cause(held); cause != nil && ctx.Err() == nil {
			err = errors.Join(err, cause)
		}
		return err
	}
	return nil
}

// urlOf is where clients find a file.
func (t *Target) urlOf(name string) string {
	if strings.Contains(name, "://") {
		return name
	}
	if t.o.url != "" {
		return t.o.url + "/" + (&url.URL{Path: name}).EscapedPath()
	}
	return t.store.URL(name)
}
