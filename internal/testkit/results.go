package testkit

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Results is the service for workflow artifacts (protocol v4) and the blob store
// behind it, in this process. It speaks as github.com does, and takes nothing
// that github.com, Gitea or act would refuse or lose: unknown fields, numbers
// that are not strings, ids of another job, blocks out of order, a size or hash
// that is not the content's. What it refuses for such a reason is an error of the
// test, unless Refused has returned it. Its methods may be called while it serves.
type Results struct {
	t      testing.TB
	server *httptest.Server

	camel atomic.Bool

	store   sync.Mutex
	records []*WorkflowArtifact
	lastID  int

	mu       sync.Mutex
	tokens   map[string][2]string // to run and job
	calls    map[string]http.HandlerFunc
	requests []string
	refused  []string
}

// WorkflowArtifact is what a Results holds under a name.
type WorkflowArtifact struct {
	ID, Run, Job, Name string
	Version            int
	MimeType           string
	ExpiresAt          time.Time
	Content            []byte
	Final              bool // else nobody sees it

	blocks    map[string][]byte
	order     []string // of the blocks' first arrival
	committed bool
}

// NewResults serves until the test ends.
func NewResults(t testing.TB) *Results {
	t.Helper()
	s := &Results{t: t, tokens: map[string][2]string{}}
	s.calls = map[string]http.HandlerFunc{
		"CreateArtifact": s.create, "FinalizeArtifact": s.finalize, "ListArtifacts": s.list, "DeleteArtifact": s.remove,
		"block": s.put, "blocklist": s.put,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /twirp/github.actions.results.api.v1.ArtifactService/{method}", func(w http.ResponseWriter, r *http.Request) {
		s.serve(r.PathValue("method"), w, r)
	})
	mux.HandleFunc("PUT /blob/{id}", func(w http.ResponseWriter, r *http.Request) { s.serve(r.URL.Query().Get("comp"), w, r) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.serve("", w, r) })
	s.server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.server.CloseClientConnections()
		s.server.Close()
		for _, what := range s.Refused() {
			t.Errorf("workflow artifacts: refused: %s", what)
		}
	})
	return s
}

// URL is for ACTIONS_RESULTS_URL. Its path is to be dropped, as on github.com.
func (s *Results) URL() string { return s.server.URL + "/to-be-dropped/" }

// Token is for ACTIONS_RUNTIME_TOKEN in a job of a run.
func (s *Results) Token(run, job string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	payload := fmt.Sprintf(`{"scp":"Actions.GenericRead:%s Actions.Results:%s:%s Actions.UploadArtifacts:%s","exp":1}`, run, run, job, run)
	token := "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2lnbmF0dXJl"
	s.tokens[token] = [2]string{run, job}
	return token
}

// SpeakCamel makes it like act and Gitea from now on: answers in lower camel case
// with numbers, no digests, no conflicts, and not one un-zipped artifact.
func (s *Results) SpeakCamel() { s.camel.Store(true) }

// Around puts a handler around those of a call, which is the name of a method, or
// "block", or "blocklist".
func (s *Results) Around(call string, wrap func(next http.HandlerFunc) http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[call] == nil {
		s.t.Errorf("put a handler around %q: there is no such call", call)
	}
	s.calls[call] = wrap(s.calls[call])
}

// Requests returns the calls so far, in order.
func (s *Results) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Refused returns what was refused for what a client must not do, and forgets it.
func (s *Results) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.refused
	s.refused = nil
	return list
}

// Artifacts returns what a run has, the unfinished too.
func (s *Results) Artifacts(run string) []WorkflowArtifact {
	s.store.Lock()
	defer s.store.Unlock()
	var list []WorkflowArtifact
	for _, a := range s.records {
		if a.Run == run {
			list = append(list, *a)
		}
	}
	return list
}

// Put stores an artifact as if a job had uploaded it, or begun to.
func (s *Results) Put(a WorkflowArtifact) (id string) {
	s.store.Lock()
	defer s.store.Unlock()
	return s.add(&a).ID
}

// Remove takes away what a run has under a name, finished or not.
func (s *Results) Remove(run, name string) {
	s.store.Lock()
	defer s.store.Unlock()
	s.records = slices.DeleteFunc(s.records, func(a *WorkflowArtifact) bool { return a.Run == run && a.Name == name })
}

func (s *Results) add(a *WorkflowArtifact) *WorkflowArtifact {
	s.lastID++
	a.ID, a.blocks = strconv.Itoa(s.lastID), map[string][]byte{}
	s.records = append(s.records, a)
	return a
}

func (s *Results) serve(call string, w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, call)
	handle := s.calls[call]
	s.mu.Unlock()
	if handle == nil {
		s.refuse(w, "%s %s: there is no such call", r.Method, r.URL)
		return
	}
	handle(w, r)
}

// request reads a method's request, strictly, and holds its ids against the
// token's. The ids of DeleteArtifact may be another job's of the same run.
func (s *Results) request(w http.ResponseWriter, r *http.Request, in any) bool {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		return s.refuse(w, "%s: %v", r.URL.Path, err)
	}
	s.mu.Lock()
	of, known := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	s.mu.Unlock()
	got := in.(interface{ backend() [2]string }).backend()
	_, removes := in.(*removeRequest)
	switch {
	case !known:
		return s.refuse(w, "%s: the token is not one of ours", r.URL.Path)
	case got[0] != of[0] || got[1] != of[1] && !removes:
		return s.refuse(w, "%s: ids %q, the token's are %q", r.URL.Path, got, of)
	case r.Header.Get("Content-Type") != "application/json":
		return s.refuse(w, "%s: content type %q", r.URL.Path, r.Header.Get("Content-Type"))
	}
	return true
}

// refuse answers what must not be asked, and returns false.
func (s *Results) refuse(w http.ResponseWriter, format string, args ...any) bool {
	s.mu.Lock()
	s.refused = append(s.refused, fmt.Sprintf(format, args...))
	s.mu.Unlock()
	w.Header().Set("X-Ms-Error-Code", "InvalidInput")
	s.answer(w, http.StatusBadRequest, map[string]any{"code": "invalid_argument", "msg": fmt.Sprintf(format, args...)})
	return false
}

func (s *Results) answer(w http.ResponseWriter, status int, fields map[string]any) {
	var v any = fields
	if s.camel.Load() {
		v = lowerCamel(v)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.t.Logf("workflow artifacts: answer: %v", err)
	}
}

// lowerCamel writes keys and int64 in the other way of proto JSON.
func lowerCamel(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for key, value := range v {
			words := strings.Split(key, "_")
			for i, word := range words[1:] {
				words[i+1] = strings.ToUpper(word[:1]) + word[1:]
			}
			if n, err := strconv.Atoi(fmt.Sprint(value)); err == nil && (key == "artifact_id" || key == "database_id" || key == "size") {
				value = n
			}
			m[strings.Join(words, "")] = lowerCamel(value)
		}
		delete(m, "digest")
		return m
	case []any:
		for i := range v {
			v[i] = lowerCamel(v[i])
		}
	}
	return v
}

func digest(content []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(content)) }
