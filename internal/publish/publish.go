// Package publish opens a target from its URL.
package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/dir"
	"github.com/pinpack/pinpack/internal/publish/target"
)

// Target takes finished packages.
type Target interface {
	// Publish is idempotent: a package that is there already is a success.
	Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error)
}

// Checker is a target that can tell, before there is anything to publish, whether
// its server takes what it will be sent: that it is there, and that the
// credentials are good.
type Checker interface {
	Check(ctx context.Context) error
}

type kind struct {
	scheme string
	// open reads the whole URL. It speaks to no server: that is for Check.
	open func(url string, s target.Setup) (Target, error)
}

// kinds is the table of targets, by the scheme of their URL.
var kinds = []kind{
	{"dir", func(url string, s target.Setup) (Target, error) {
		return dir.Open(strings.TrimPrefix(url, "dir:"), s.WorkDir)
	}},
}

// Open opens every target, in order. What is wrong with any of them is joined
// in the error.
func Open(urls []string, s target.Setup) ([]Target, error) {
	var list []Target
	var errs []error
	for _, u := range urls {
		t, err := open(u, s)
		if err != nil {
			errs = append(errs, fmt.Errorf("publish to %q: %w", u, err))
		}
		list = append(list, t)
	}
	return list, errors.Join(errs...)
}

func open(u string, s target.Setup) (Target, error) {
	scheme, _, ok := strings.Cut(u, ":")
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.scheme == scheme })
	if !ok || i < 0 {
		var known []string
		for _, k := range kinds {
			known = append(known, k.scheme+":…")
		}
		return nil, fmt.Errorf("unknown kind of target: want %s", strings.Join(known, ", "))
	}
	return kinds[i].open(u, s)
}

// Check asks every target that can tell whether it will take what it is sent.
// What is wrong with any of them is joined in the error.
func Check(ctx context.Context, list []Target) error {
	var errs []error
	for _, t := range list {
		if c, ok := t.(Checker); ok {
			errs = append(errs, c.Check(ctx))
		}
	}
	return errors.Join(errs...)
}
