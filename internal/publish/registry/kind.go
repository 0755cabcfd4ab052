package registry

import (
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
)

// Kind is a service, keyed by the scheme of its URLs.
type Kind struct {
	Scheme string
	Form   string // of its URLs, for people
	Notes  string // what it is and what its query says, for people

	host    string   // where the URL names none
	base    string   // path of the service, where the URL has none
	path    []string // what the last elements of the URL's path are; "project/": all of them
	query   []param
	logins  []login
	open    bool     // it may take files from anybody
	secrets []string // more variables that hold some

	check    string           // GET: answers 200 to good credentials
	routes   map[string]route // by format; "": everything
	parallel bool             // files at the same time
	byFormat bool             // its query's words deb and rpm say where files go, and whether

	// code is for services that take more than a request for each file.
	code func(*Target) service
}

// param is a word of the URL's query.
type param struct {
	name, initial string
	must          bool     // without it nothing can be done
	several       bool     // may be repeated
	choices       []string // nil: anything
}

// route is how files of a format are sent.
type route struct {
	method, url string
	field       string            // of a multipart form that the file goes into; "": it is the body
	form        [][2]string       // more fields of that form, before the file; templates
	header      map[string]string // templates
	ok          []int             // the answers that mean success; nil: 200, 201, 202, 204
	exists      []int             // the answers that mean: the name is taken
	existsText  string            // if that alone is not clear: what the answer then says, in lower case

	look   string // GET: 404, or what has the name
	sum    string // where that is JSON: the path of the SHA-256 in it; "": it is the file
	before bool   // look before a file is sent: the server would take another of the name, or does not say
	remove string // DELETE: for another file of the name; "": sending replaces it
	fetch  string // where people find the file; "": where one looks
}

// route finds how files of a format are sent there, if they are. Where the kind has
// several types of repository, its routes begin with the type.
func (t *Target) route(format string) (route, bool) {
	if t.kind.byFormat && t.at.vars[format] == "" {
		return route{}, false
	}
	typed := t.at.vars["type"] + "/"
	for _, key := range []string{typed + format, typed, format, ""} {
		if r, ok := t.kind.routes[key]; ok {
			return r, true
		}
	}
	return route{}, false
}

// Find returns the kind with a scheme.
func Find(scheme string) (*Kind, bool) {
	i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Scheme == scheme })
	if i < 0 {
		return nil, false
	}
	return &Kinds[i], true
}

// Variables are the names of those that hold credentials, as one may look for
// them.
func (k *Kind) Variables() []string {
	var names []string
	for _, l := range k.logins {
		for _, n := range []string{l.user, l.secret} {
			if isVariable(n) && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return append(names, k.secrets...)
}

// fileVars are what templates say of a file.
func fileVars(a artifact.Artifact) map[string]string {
	letter := ""
	if a.Package != "" {
		letter = a.Package[:1]
	}
	return map[string]string{
		"name": a.Package, "version": a.Version, "arch": a.Arch, "format": a.Format, "file": a.Name,
		"sha256": a.SHA256, "letter": letter,
		"dotted": strings.NewReplacer("~", ".", ":", ".").Replace(a.Version),
		"dashed": strings.Replace(a.Version, ":", "-", 1),
	}
}
