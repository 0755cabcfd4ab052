package testkit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Service is a package service, as its documentation has it. It takes nothing but
// requests that are right in every part: another method, path, query, header or
// form is an error of the test, unless Refused has returned it.
type Service struct {
	t      testing.TB
	server *httptest.Server
	kind   serviceKind

	mu       sync.Mutex
	files    map[string][]string // contents, by where they are; several where the service takes several
	pending  map[string]string   // what was sent and is no package yet
	requests []string
	refused  []string
	faults   []*ServiceFault
	busy     int // requests that change something, at this moment
	tasks    int
}

// serviceKind is how one service answers.
type serviceKind struct {
	auth  string // header and value
	serve func(*Service, *serviceCall)
	// alone tells that requests that change something must not overlap.
	alone bool
}

// ServiceFault is what happens to a request beside what should, or in its place.
type ServiceFault struct {
	Nth     int    // which request, from 1; 0: all
	Status  int    // the answer
	After   string // Retry-After of the answer
	Cut     bool   // no answer: the connection is closed in the middle of the request's body
	Carried bool   // carry out the request first: only its answer is another, or lost
	Slow    time.Duration

	seen int
}

// serviceCall is a request on its way.
type serviceCall struct {
	w      http.ResponseWriter
	r      *http.Request
	path   string // as it was sent
	query  string
	body   []byte
	status int
	answer []byte
}

// Services are the services that there are.
func Services() []string {
	var names []string
	for name := range serviceKinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// NewService serves until the test ends.
func NewService(t testing.TB, service string) *Service {
	t.Helper()
	kind, ok := serviceKinds[service]
	if !ok {
		t.Fatalf("there is no service %q", service)
	}
	g := &Service{t: t, kind: kind, files: map[string][]string{}, pending: map[string]string{}}
	g.server = httptest.NewServer(g)
	t.Cleanup(func() {
		g.server.CloseClientConnections()
		g.server.Close()
		for _, what := range g.Refused() {
			t.Errorf("%s: refused: %s", service, what)
		}
	})
	return g
}

// Host is its host and port.
func (g *Service) Host() string { return strings.TrimPrefix(g.server.URL, "http://") }

// Files are the SHA-256 sums of what it holds, by where it is.
func (g *Service) Files() map[string]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	state := map[string]string{}
	for name, contents := range g.files {
		for i, c := range contents {
			key := name
			if i > 0 {
				key = fmt.Sprintf("%s #%d", name, i+1)
			}
			state[key] = sum(c)
		}
	}
	return state
}

// Requests are those that came, in order.
func (g *Service) Requests() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.requests)
}

// Refused returns what a client must not do, and forgets it.
func (g *Service) Refused() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.refused
	g.refused = nil
	return list
}

// Fail orders a fault, in place of those before.
func (g *Service) Fail(list ...*ServiceFault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = list
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// ServeHTTP answers as the service does, or as a fault wants it.
func (g *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &serviceCall{w: w, r: r, path: r.URL.EscapedPath(), query: r.URL.RawQuery}
	fault := g.begin(c)
	changes := r.Method != http.MethodGet
	if changes {
		defer g.end()
	}
	time.Sleep(fault.Slow)
	if fault.Cut && !fault.Carried {
		_, _ = io.CopyN(io.Discard, r.Body, 10)
		panic(http.ErrAbortHandler)
	}
	if fault.Status != 0 && !fault.Carried {
		g.say(w, fault)
		return
	}
	var err error
	if c.body, err = io.ReadAll(r.Body); err != nil {
		return // the client is gone
	}
	name, value, _ := strings.Cut(g.kind.auth, ": ")
	g.mu.Lock()
	switch {
	case r.Header.Get(name) != value:
		c.json(401, map[string]string{"message": "who are you?"})
	case changes && r.ContentLength != int64(len(c.body)):
		g.refuse(c, "no Content-Length")
	case r.Header.Get("User-Agent") != "pinpack":
		g.refuse(c, "User-Agent %q", r.Header.Get("User-Agent"))
	default:
		g.kind.serve(g, c)
	}
	g.mu.Unlock()
	switch {
	case fault.Cut:
		panic(http.ErrAbortHandler)
	case fault.Status != 0:
		g.say(w, fault)
		return
	}
	if len(c.answer) > 0 && w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/octet-stream")
	}
	w.WriteHeader(c.status)
	_, _ = w.Write(c.answer)
}

func (g *Service) say(w http.ResponseWriter, f ServiceFault) {
	if f.After != "" {
		w.Header().Set("Retry-After", f.After)
	}
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, `{"message":"ordered by the test"}`)
}

func (g *Service) begin(c *serviceCall) ServiceFault {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.requests = append(g.requests, strings.TrimSuffix(c.r.Method+" "+c.path+"?"+c.query, "?"))
	if c.r.Method != http.MethodGet {
		if g.busy++; g.kind.alone && g.busy > 1 {
			g.refused = append(g.refused, "two requests that change something at the same time")
		}
	}
	for _, f := range g.faults {
		if f.seen++; f.Nth == 0 || f.Nth == f.seen {
			return *f
		}
	}
	return ServiceFault{}
}

func (g *Service) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy--
}

// refuse answers what a client must not do.
func (g *Service) refuse(c *serviceCall, format string, args ...any) {
	g.refused = append(g.refused, c.r.Method+" "+c.path+"?"+c.query+": "+fmt.Sprintf(format, args...))
	c.json(400, map[string]string{"message": "refused by the test"})
}
