package fingerprint

import (
	"cmp"
	"slices"
	"strings"
)

// levels sorts the files that get a hash by what must be known before: a file's
// name depends on its content, and that on the names of what it refers to. Files
// that refer to one another in a circle are one group. Each level is a list of
// groups, which need only groups of lower levels.
func (r *run) levels() [][][]*node {
	t := &tarjan{}
	for _, n := range r.order {
		if n.class == renamed && n.index == 0 {
			t.visit(n)
		}
	}
	var levels [][][]*node
	for _, group := range t.groups { // what a group refers to comes before it
		level := 0
		for _, n := range group {
			for _, to := range n.to {
				if to.group != n.group {
					level = max(level, to.level+1)
				}
			}
		}
		for _, n := range group {
			n.level = level
			n.cyclic = len(group) > 1 || slices.Contains(n.to, n)
		}
		slices.SortFunc(group, func(a, b *node) int { return strings.Compare(a.file.Name, b.file.Name) })
		for level >= len(levels) {
			levels = append(levels, nil)
		}
		levels[level] = append(levels[level], group)
	}
	for _, groups := range levels { // the large ones first
		slices.SortStableFunc(groups, func(a, b []*node) int { return cmp.Compare(b[0].file.Size, a[0].file.Size) })
	}
	return levels
}

// tarjan finds strongly connected components.
type tarjan struct {
	index  int
	stack  []*node
	groups [][]*node
}

func (t *tarjan) visit(n *node) {
	t.index++
	n.index, n.low = t.index, t.index
	t.stack = append(t.stack, n)
	for _, to := range n.to {
		switch {
		case to.index == 0:
			t.visit(to)
			n.low = min(n.low, to.low)
		case to.group == 0: // on the stack
			n.low = min(n.low, to.index)
		}
	}
	if n.low != n.index {
		return
	}
	at := slices.Index(t.stack, n)
	group := slices.Clone(t.stack[at:])
	t.stack = t.stack[:at]
	t.groups = append(t.groups, group)
	for _, m := range group {
		m.group = len(t.groups)
	}
}
