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
)

// Target takes finished packages.
type Target interface {
	// Publish is idempotent: a package that is there already is a success.
	Publish(ctx context.Context, list []artifact.Artifact) ([]artifact.Receipt, error)
}

type kind struct {
	scheme string
	open   func(rest, workDir string) (Target, error)
}

// kinds is the table of targets, by the scheme of their URL. Opening one checks
// all that can be checked before there is anything to publish.
var kinds = []kind{
	{"dir", func(rest, workDir string) (Target, error) { return dir.Open(rest, workDir) }},
}

// Open opens every target, in order. What is wrong with any of them is joined
// in the error.
func Open(urls []string, workDir string) ([]Target, error) {
	var list []Target
	var errs []error
	for _, u := range urls {
		t, err := open(u, workDir)
		if err != nil {
			errs = append(errs, fmt.Errorf("publish to %q: %w", u, err))
		}
		list = append(list, t)
	}
	return list, errors.Join(errs...)
}

func open(u, workDir string) (Target, error) {
	scheme, rest, ok := strings.Cut(u, ":")
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.scheme == scheme })
	if !ok || i < 0 {
		var known []string
		for _, k := range kinds {
			known = append(known, k.scheme+":…")
		}
		return nil, fmt.Errorf("unknown kind of target: want %s", strings.Join(known, ", "))
	}
	return kinds[i].open(rest, workDir)
}
