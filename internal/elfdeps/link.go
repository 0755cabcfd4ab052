package elfdeps

import (
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/tree"
)

// linker finds libraries within a tree as the dynamic loader of glibc does: for
// every program, and for every extension module as the program that loads it.
//
// See ld.so(8).
type linker struct {
	links        map[string]string // symbolic links of the tree
	objects      map[string]*object
	interpreters map[string]*object // Python interpreters by their prefix
}

// loaded is an object in a process.
type loaded struct {
	*object
	origin string // the folder that it was found in
	by     *loaded
}

func newLinker(t tree.Tree, objects []*object) linker {
	l := linker{map[string]string{}, map[string]*object{}, map[string]*object{}}
	for _, o := range objects {
		l.objects[o.path] = o
	}
	for _, e := range t {
		if e.Kind == tree.Symlink {
			l.links[e.Path] = e.Link
		}
	}
	for _, e := range t {
		dir, name := path.Split(e.Path)
		if o := l.find(e.Path); o != nil && o.interp != "" && path.Base(dir) == "bin" && strings.HasPrefix(name, "python") {
			l.interpreters[path.Dir(path.Clean(dir))] = o
		}
	}
	return l
}

// link tells each object which of the libraries it needs are not in the tree.
func (l linker) link(objects []*object) {
	inner := map[*object]bool{} // loaded for another
	for _, o := range objects {
		for _, other := range l.load(o, func(*object, string) {})[1:] {
			inner[other] = true
		}
	}
	// What is loaded for others counts as it is then. Of libraries that only need
	// each other, the first counts as if nothing loaded it.
	for _, o := range objects {
		o.external = map[string]bool{}
	}
	done := map[*object]bool{}
	for _, turn := range []bool{false, true} {
		for _, o := range objects {
			if inner[o] != turn || done[o] {
				continue
			}
			for _, other := range l.load(o, func(o *object, library string) { o.external[library] = true }) {
				done[other] = true
			}
		}
	}
}

// load returns all that is loaded from the tree when o is, o first, and tells
// missing of each library that is not there.
func (l linker) load(o *object, missing func(*object, string)) []*object {
	first := &loaded{object: o, origin: path.Dir(o.path)}
	names := map[string]bool{}
	if program := l.interpreter(o); program != nil {
		first.by = &loaded{object: program, origin: path.Dir(program.path)}
		l.follow(first.by, names, func(*object, string) {})
	}
	return l.follow(first, names, missing)
}

// follow loads what first needs, and what that needs, breadth first. A name that
// is loaded is not searched again.
func (l linker) follow(first *loaded, names map[string]bool, missing func(*object, string)) []*object {
	list := []*object{first.object}
	for queue := []*loaded{first}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, library := range at.needed {
			if names[library] {
				continue
			}
			found := l.search(at, library)
			if found == nil {
				missing(at.object, library)
				continue
			}
			names[library], names[found.soname] = true, true
			if !slices.Contains(list, found.object) {
				list, queue = append(list, found.object), append(queue, found)
			}
		}
	}
	return list
}

// search finds a library: a path as it stands; a name in the DT_RPATH of the
// object and of those that loaded it, unless it has a RUNPATH, then in its
// RUNPATH.
func (l linker) search(at *loaded, library string) *loaded {
	if strings.Contains(library, "/") {
		return l.open(path.Dir(library), path.Base(library), at)
	}
	if at.runpath != "" {
		return l.searchIn(at.runpath, at.origin, library, at)
	}
	for by := at; by != nil; by = by.by {
		if found := l.searchIn(by.rpath, by.origin, library, at); found != nil {
			return found
		}
	}
	return nil
}

// searchIn searches the folders of a run path.
func (l linker) searchIn(runpath, origin, library string, at *loaded) *loaded {
	for _, dir := range strings.Split(runpath, ":") {
		libs := []string{""}
		if strings.Contains(dir, "$LIB") || strings.Contains(dir, "${LIB}") {
			libs = []string{"lib", "lib64", "lib/" + at.machine.multiarch}
		}
		for _, lib := range libs {
			expanded := strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin, "$LIB", lib, "${LIB}", lib).Replace(dir)
			if found := l.open(expanded, library, at); found != nil {
				return found
			}
		}
	}
	return nil
}

func (l linker) open(dir, library string, by *loaded) *loaded {
	if !path.IsAbs(dir) {
		return nil // found from the working directory only
	}
	if o := l.find(dir + "/" + library); o != nil {
		return &loaded{o, dir, by}
	}
	return nil
}

// interpreter is the Python of the tree that loads an object below its prefix;
// nil: there is none, or the object is a program.
func (l linker) interpreter(o *object) *object {
	if o.interp != "" {
		return nil
	}
	for dir := path.Dir(o.path); ; dir = path.Dir(dir) {
		if program := l.interpreters[dir]; program != nil || len(dir) <= 1 {
			return program
		}
	}
}

// maxLinks is how many symbolic links Linux follows for one path.
const maxLinks = 40

// find is the object at a path, with symbolic links of the tree followed; nil:
// there is none in the tree.
func (l linker) find(name string) *object {
	at, rest := "/", strings.Split(name, "/")
	for links := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		target, ok := l.links[next]
		if !ok {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return nil
		}
		if path.IsAbs(target) {
			at = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return l.objects[at]
}
