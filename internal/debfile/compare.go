package debfile

import (
	"cmp"
	"slices"
)

// Change is one thing that is another in a new package. From or To is empty for
// what was added or removed.
type Change struct {
	Name string `json:"name"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// Difference is what installing a new package in place of an old one changes.
type Difference struct {
	Distributions []Change
	Depends       []Change
	Units         []Change
	Size          int64 // bytes that it takes more
}

// Compare tells what changes from an old package to a new one.
func Compare(old, new File) Difference {
	versions := func(list []Distribution) map[string]string {
		m := map[string]string{}
		for _, d := range list {
			m[d.Name] = d.Version
		}
		return m
	}
	set := func(list []string) map[string]string {
		m := map[string]string{}
		for _, s := range list {
			m[s] = s
		}
		return m
	}
	return Difference{
		Distributions: changes(versions(old.Distributions), versions(new.Distributions)),
		Depends:       changes(set(old.Depends), set(new.Depends)),
		Units:         changes(set(old.Units), set(new.Units)),
		Size:          new.InstalledSize - old.InstalledSize,
	}
}

func changes(old, new map[string]string) []Change {
	var list []Change
	for name, to := range new {
		if from := old[name]; from != to {
			list = append(list, Change{name, from, to})
		}
	}
	for name, from := range old {
		if _, ok := new[name]; !ok {
			list = append(list, Change{name, from, ""})
		}
	}
	slices.SortFunc(list, func(a, b Change) int { return cmp.Compare(a.Name, b.Name) })
	return list
}
