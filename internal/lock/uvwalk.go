package lock

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
)

// uvWalk is one way through a uv.lock.
//
// Conflicting extras and groups are told apart by extras of uv's own making, such as
// "extra-3-foo-cpu" for the extra cpu of foo: markers ask for those that are in use.
type uvWalk struct {
	doc     uvLock
	env     pep508.Environment // nil takes every marker for true
	active  []string           // uv's own extras, for markers
	met     []string           // those met on this way
	reached map[int][]string   // packages, with their extras
	queue   []uvStep
	errs    []uvError
}

// uvStep is a package to go on from, with one of its extras, or with none.
type uvStep struct {
	index int
	extra string
}

// uvError is what is wrong with the package that begins at a line.
type uvError struct {
	line  int
	cause error
}

// walk returns the packages that the selection needs, with their extras. What is in
// use may depend on markers that ask for it; so it goes again until nothing changes.
func (doc uvLock) walk(s Selection, root uvPackage) (map[int][]string, []uvError) {
	w := uvWalk{doc: doc, env: s.Env}
	w.active = chosenOf(root, s)
	for range len(doc.Packages) + 1 {
		w.met, w.reached, w.errs = chosenOf(root, s), map[int][]string{}, nil
		if !s.Only {
			w.follow(root, root.Dependencies)
		}
		for _, extra := range s.Extras {
			w.follow(root, root.Optional[extra])
		}
		for _, group := range s.Groups {
			w.follow(root, root.Groups[group])
		}
		for len(w.queue) > 0 {
			step := w.queue[0]
			w.queue = w.queue[1:]
			if p := doc.Packages[step.index]; step.extra == "" {
				w.follow(p, p.Dependencies)
			} else {
				w.follow(p, p.Optional[step.extra])
			}
		}
		slices.Sort(w.met)
		if w.met = slices.Compact(w.met); slices.Equal(w.met, w.active) {
			break
		}
		w.active = w.met
	}
	return w.reached, w.errs
}

// chosenOf returns uv's own extras for what is selected, sorted.
func chosenOf(root uvPackage, s Selection) []string {
	var list []string
	if !s.Only {
		list = append(list, uvExtra("project", root.Name, ""))
	}
	for _, extra := range s.Extras {
		list = append(list, uvExtra("extra", root.Name, extra))
	}
	for _, group := range s.Groups {
		list = append(list, uvExtra("group", root.Name, group))
	}
	slices.Sort(list)
	return list
}

// uvExtra returns uv's own extra for a project as such, or for an extra or a group of
// it: "project-3-foo", "extra-3-foo-cpu", "group-3-foo-dev".
func uvExtra(kind, project, name string) string {
	text := fmt.Sprintf("%s-%d-%s", kind, len(project), project)
	if name != "" {
		text += "-" + name
	}
	return text
}

func (w *uvWalk) wrong(p uvPackage, format string, args ...any) {
	w.errs = append(w.errs, uvError{p.line, fmt.Errorf("%s: "+format, append([]any{clip(p.Name)}, args...)...)})
}

// follow queues what a package depends on.
func (w *uvWalk) follow(p uvPackage, dependencies []uvDependency) {
	for _, d := range dependencies {
		if w.env != nil && d.Marker != "" {
			marker, err := pep508.ParseMarker(d.Marker)
			if err != nil {
				w.wrong(p, "dependency %s: %w", clip(d.Name), err)
				continue
			}
			if !marker.Eval(w.env, pep508.Active{Extras: w.active}) {
				continue
			}
		}
		if index, ok := w.resolve(p, d); ok {
			w.reach(index, d.Extra)
		}
	}
}

func (w *uvWalk) reach(index int, wanted []string) {
	p := w.doc.Packages[index]
	extras, known := w.reached[index]
	if !known {
		w.queue = append(w.queue, uvStep{index, ""})
		if p.Source.folder() != "" {
			w.met = append(w.met, uvExtra("project", p.Name, ""))
		}
	}
	for _, extra := range wanted {
		if at, found := slices.BinarySearch(extras, extra); !found {
			extras = slices.Insert(extras, at, extra)
			w.queue = append(w.queue, uvStep{index, extra})
			w.met = append(w.met, uvExtra("extra", p.Name, extra))
		}
	}
	w.reached[index] = extras
}

// resolve finds the one package that a dependency means.
func (w *uvWalk) resolve(p uvPackage, d uvDependency) (index int, ok bool) {
	var found []int
	for i, q := range w.doc.Packages {
		if q.Name == d.Name && (d.Version == "" || q.Version == d.Version) && (d.Source == uvSource{} || q.Source == d.Source) {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 0:
		w.wrong(p, "it depends on %s, which is not locked: want a [[package]] of it", clip(strings.TrimSpace(d.Name+" "+d.Version)))
	case 1:
		return found[0], true
	default:
		w.wrong(p, "it depends on %s, which is locked %d times: want it once, or its version at the dependency", clip(d.Name), len(found))
	}
	return 0, false
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
