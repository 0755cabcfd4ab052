package testkit

import (
	"net/http"
	"path"
)

// GitHubFault is what happens to a call beside what should, or in its place.
type GitHubFault struct {
	Method string // "POST"; empty: any
	Path   string // below the API, as for path.Match: "/repos/o/r/releases/*/assets"
	Nth    int    // which of the calls that fit, from 1; 0: all
	Last   int    // up to which; 0: that one only

	Before func() // run first: what others do in that moment
	Midway func() // run when half of an upload's body has come

	Status  int         // the answer, in place of the call
	Header  http.Header // of the answer
	Message string      // of the answer
	Errors  []GitHubFieldError
	Cut     bool // no answer: the connection is closed, in the middle of an upload
	Carried bool // carry out the call first: only its answer is another, or lost
	Corrupt bool // store other bytes than were uploaded

	seen int
}

// GitHubFieldError is one of the errors of a 422.
type GitHubFieldError struct {
	Resource string `json:"resource"`
	Code     string `json:"code"`
	Field    string `json:"field,omitempty"`
	Message  string `json:"message,omitempty"`
}

// Fail adds a fault. Where several fit a call, the first one is what happens.
func (g *GitHub) Fail(f GitHubFault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = append(g.faults, &f)
}

// Heal takes all faults away.
func (g *GitHub) Heal() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.faults = nil
}

// fault counts the call, and returns what is to happen to it.
func (g *GitHub) fault(method, name string) GitHubFault {
	g.mu.Lock()
	defer g.mu.Unlock()
	var hit *GitHubFault
	for _, f := range g.faults {
		fits, err := path.Match(f.Path, name)
		if err != nil {
			g.t.Errorf("fault for %q: %v", f.Path, err)
		}
		if !fits || f.Method != "" && f.Method != method {
			continue
		}
		f.seen++
		if hit == nil && (f.Nth == 0 || f.seen >= f.Nth && f.seen <= max(f.Nth, f.Last)) {
			hit = f
		}
	}
	if hit == nil {
		return GitHubFault{}
	}
	return *hit
}
