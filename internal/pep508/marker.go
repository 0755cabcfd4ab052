package pep508

import "slices"

// Marker is a condition on an environment. The zero Marker always holds.
type Marker struct {
	text string
	root *node // nil for always
}

// node is a comparison, or what joins others.
type node struct {
	join  string // "and", "or"; "" for a comparison
	nodes []*node
	comparison
}

// ParseMarker reads a marker such as `python_version >= "3.9" and os_name == "posix"`.
// It refuses unknown variables, and comparisons that the specification gives no
// meaning to.
func ParseMarker(text string) (Marker, error) {
	root, err := parse(text)
	if err != nil {
		return Marker{}, err
	}
	return Marker{trimBlanks(text), root}, nil
}

// String returns the marker as it was written, without blanks around it, and "" for
// one that always holds.
func (m Marker) String() string { return m.text }

// Eval tells whether the marker holds. `extra == "x"` holds when x is among the active
// extras, and `extra != "x"` when it is not.
func (m Marker) Eval(env Environment, a Active) bool {
	return m.root == nil || m.root.eval(env, a)
}

// Names returns the variables that the marker depends on, sorted, in their present
// spelling.
func (m Marker) Names() []string {
	var names []string
	if m.root != nil {
		m.root.names(&names)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (n *node) names(list *[]string) {
	for _, inner := range n.nodes {
		inner.names(list)
	}
	if n.join == "" {
		*list = append(*list, n.variable)
	}
}

func (n *node) eval(env Environment, a Active) bool {
	switch n.join {
	case "and":
		return !slices.ContainsFunc(n.nodes, func(n *node) bool { return !n.eval(env, a) })
	case "or":
		return slices.ContainsFunc(n.nodes, func(n *node) bool { return n.eval(env, a) })
	default:
		return n.holds(env, a)
	}
}
