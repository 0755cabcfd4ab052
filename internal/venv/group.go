package venv

import (
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/pep508"
)

// group is what is installed in one call: it comes from one index, which is the
// only one that the installer then knows. So no other can answer for it.
type group struct {
	index  string
	pinned bool // to a version or a URL; else its dependencies are installed as well
	hashed bool
	list   []lock.Requirement
}

// groupsOf parts a lock by index, pins and hashes. The first owner whose names
// match has a distribution; then the index that it was locked from; then the
// default one. A further index that neither an owner's row nor the lock speaks
// of is an error, see [index.Unowned].
func groupsOf(l lock.Lock, c index.Config, owners []index.Owner) ([]group, error) {
	known := slices.Clone(owners)
	for _, r := range l.Requirements {
		if r.Index != "" {
			known = append(known, index.Owner{URL: r.Index})
		}
	}
	if err := index.CheckOwners(c.Extra, known, len(l.Requirements)); err != nil {
		return nil, err
	}
	var groups []group
	for _, r := range l.Requirements {
		g := group{indexOf(r, c, owners), r.Pinned(), len(r.Hashes) > 0, nil}
		at := slices.IndexFunc(groups, func(h group) bool {
			return h.index == g.index && h.pinned == g.pinned && h.hashed == g.hashed
		})
		if at < 0 {
			groups, at = append(groups, g), len(groups)
		}
		groups[at].list = append(groups[at].list, r)
	}
	// What is not pinned comes last, and takes what is there as it is.
	slices.SortStableFunc(groups, func(a, b group) int {
		switch {
		case a.pinned == b.pinned:
			return 0
		case a.pinned:
			return -1
		}
		return 1
	})
	return groups, nil
}

// indexOf returns where a requirement comes from. A configured URL is taken as
// it stands there, with its credentials.
func indexOf(r lock.Requirement, c index.Config, owners []index.Owner) string {
	link := ownerOf(r.Name, owners)
	if link == "" {
		link = r.Index
	}
	if link == "" || index.Same(link, index.Public) {
		return c.Default // what was locked from the public index comes from a mirror, where one is configured
	}
	for _, configured := range append([]string{c.Default}, c.Extra...) {
		if index.Same(configured, link) {
			return configured
		}
	}
	return link
}

func ownerOf(name string, owners []index.Owner) string {
	for _, o := range owners {
		if o.Owns(name) {
			return o.URL
		}
	}
	return ""
}

// text writes requirements for an installer, with the options that say nothing
// of indexes and building.
func (g group) text(options []lock.Option) string {
	l := lock.Lock{Requirements: g.list}
	for _, o := range options {
		if o.Name == "trusted-host" || o.Name == "pre" {
			l.Options = append(l.Options, o)
		}
	}
	return l.Render()
}

// without returns the group without some requirements.
func (g group) without(list []lock.Requirement) group {
	g.list = slices.DeleteFunc(slices.Clone(g.list), func(r lock.Requirement) bool {
		return slices.ContainsFunc(list, func(s lock.Requirement) bool { return s.Name == r.Name && s.Version == r.Version && s.Line == r.Line })
	})
	return g
}

// fromSource picks what the lock's own options want built, wheel or not: no-binary
// and only-binary, of which the last one to name a distribution counts.
func (g group) fromSource(options []lock.Option) []lock.Requirement {
	var list []lock.Requirement
	for _, r := range g.list {
		build := false
		for _, o := range options {
			if o.Name != "no-binary" && o.Name != "only-binary" {
				continue
			}
			for name := range strings.SplitSeq(o.Value, ",") {
				switch name = strings.TrimSpace(name); {
				case name == ":none:":
					build = build && o.Name != "no-binary"
				case name == ":all:", pep508.NormalizeName(name) == r.Name:
					build = o.Name == "no-binary"
				}
			}
		}
		if build {
			list = append(list, r)
		}
	}
	return list
}
