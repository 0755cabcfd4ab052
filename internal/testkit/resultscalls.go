package testkit

import (
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

type backendIDs struct {
	Run string `json:"workflow_run_backend_id"`
	Job string `json:"workflow_job_run_backend_id"`
}

func (b backendIDs) backend() [2]string { return [2]string{b.Run, b.Job} }

type removeRequest struct {
	backendIDs
	Name string `json:"name"`
}

func (s *Results) create(w http.ResponseWriter, r *http.Request) {
	s.store.Lock()
	defer s.store.Unlock()
	var in struct {
		backendIDs
		Name      string    `json:"name"`
		Version   int       `json:"version"`
		MimeType  string    `json:"mime_type"`
		ExpiresAt time.Time `json:"expires_at"`
	}
	switch {
	case !s.request(w, r, &in):
		return
	case in.Name == "" || strings.ContainsAny(in.Name, "\":<>|*?\r\n\\/"):
		s.refuse(w, "create %q: no name for an artifact", in.Name)
		return
	case in.Version == 4 && in.MimeType != "", in.Version == 7 && in.MimeType == "", in.Version != 4 && in.Version != 7:
		s.refuse(w, "create %q: version %d with type %q", in.Name, in.Version, in.MimeType)
		return
	}
	camel := s.camel.Load()
	taken := slices.IndexFunc(s.records, func(a *WorkflowArtifact) bool { return a.Run == in.Run && a.Name == in.Name })
	if camel && taken >= 0 {
		s.records = slices.Delete(s.records, taken, taken+1)
		taken = -1
	}
	switch {
	case camel && in.MimeType != "":
		w.WriteHeader(http.StatusInternalServerError) // proto: unknown field
		return
	case taken >= 0:
		s.answer(w, http.StatusConflict, map[string]any{"code": "already_exists", "msg": "an artifact with this name already exists on the workflow run"})
		return
	}
	if in.MimeType == "" {
		in.MimeType = "application/zip"
	}
	a := s.add(&WorkflowArtifact{Run: in.Run, Job: in.Job, Name: in.Name, Version: in.Version, MimeType: in.MimeType, ExpiresAt: in.ExpiresAt})
	s.answer(w, http.StatusOK, map[string]any{"ok": true, "signed_upload_url": s.server.URL + "/blob/" + a.ID + "?" + signature(a.ID)})
}

// signature is the query of a blob's URL, with a secret that is escaped in it.
func signature(id string) string {
	return "sv=2025-11-05&se=2026-01-01T00%3A10%3A00Z&sig=" + url.QueryEscape("se+cret/"+id+"=") + "&sp=cw"
}

func (s *Results) find(match func(*WorkflowArtifact) bool) *WorkflowArtifact {
	if i := slices.IndexFunc(s.records, match); i >= 0 {
		return s.records[i]
	}
	return nil
}

func (s *Results) put(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the connection was cut: nothing is stored
	}
	s.store.Lock()
	defer s.store.Unlock()
	a := s.find(func(a *WorkflowArtifact) bool { return a.ID == id })
	rest, signed := strings.CutPrefix(r.URL.RawQuery, signature(id)+"&")
	switch {
	case a == nil || a.Final:
		s.refuse(w, "put %s: no such blob, or one that is finalized", r.URL.Path)
	case !signed:
		s.refuse(w, "put %s: query %q: not as it was signed", r.URL.Path, r.URL.RawQuery)
	case r.Header.Get("Authorization") != "":
		s.refuse(w, "put %s: with a token", r.URL.Path)
	case r.ContentLength != int64(len(body)):
		s.refuse(w, "put %s: no content length", r.URL.Path)
	case r.URL.Query().Get("comp") == "block":
		s.block(w, r, a, rest, body)
	default:
		s.blockList(w, r, a, rest, body)
	}
}

func (s *Results) block(w http.ResponseWriter, r *http.Request, a *WorkflowArtifact, rest string, body []byte) {
	id := r.URL.Query().Get("blockid")
	raw, err := base64.StdEncoding.DecodeString(id)
	first := ""
	if len(a.order) > 0 {
		first = a.order[0]
	}
	switch {
	case err != nil || len(raw) == 0 || len(raw) > 64 || rest != "comp=block&blockid="+url.QueryEscape(id):
		s.refuse(w, "put block %q of %q: no block id", rest, a.Name)
		return
	case first != "" && len(first) != len(id):
		s.refuse(w, "put block %q of %q: not as long as the id %q before", id, a.Name, first)
		return
	case len(body) == 0 || len(body) > 8<<20:
		s.refuse(w, "put block %q of %q: %d bytes", id, a.Name, len(body))
		return
	}
	if _, again := a.blocks[id]; !again {
		a.order = append(a.order, id)
	}
	a.blocks[id] = body
	w.WriteHeader(http.StatusCreated)
}

func (s *Results) blockList(w http.ResponseWriter, r *http.Request, a *WorkflowArtifact, rest string, body []byte) {
	var list struct {
		XMLName xml.Name `xml:"BlockList"`
		Latest  []string `xml:"Latest"`
	}
	err := xml.Unmarshal(body, &list)
	order := slices.Clone(a.order)
	switch {
	case err != nil || rest != "comp=blocklist":
		s.refuse(w, "put block list of %q: %v in %q", a.Name, err, rest)
		return
	case r.Header.Get("Content-Type") != "application/xml" || r.Header.Get("X-Ms-Blob-Content-Type") != a.MimeType || r.Header.Get("X-Ms-Version") < "2020-10-02":
		s.refuse(w, "put block list of %q: headers %v", a.Name, r.Header)
		return
	case !slices.Equal(list.Latest, order):
		s.refuse(w, "put block list of %q: %q came as %q", a.Name, list.Latest, order)
		return
	}
	a.Content, a.committed = nil, true
	for _, id := range list.Latest {
		a.Content = append(a.Content, a.blocks[id]...)
	}
	w.WriteHeader(http.StatusCreated)
}

func (s *Results) finalize(w http.ResponseWriter, r *http.Request) {
	s.store.Lock()
	defer s.store.Unlock()
	var in struct {
		backendIDs
		Name string `json:"name"`
		Size string `json:"size"`
		Hash string `json:"hash"`
	}
	if !s.request(w, r, &in) {
		return
	}
	a := s.find(func(a *WorkflowArtifact) bool { return a.Run == in.Run && a.Job == in.Job && a.Name == in.Name })
	switch {
	case a == nil || !a.committed || a.Final:
		s.refuse(w, "finalize %q: not created, not committed, or final already", in.Name)
		return
	case in.Size != strconv.Itoa(len(a.Content)) || in.Hash != digest(a.Content):
		s.refuse(w, "finalize %q: %s bytes of %s: there are %d of %s", in.Name, in.Size, in.Hash, len(a.Content), digest(a.Content))
		return
	}
	a.Final = true
	s.answer(w, http.StatusOK, map[string]any{"ok": true, "artifact_id": a.ID})
}

func (s *Results) list(w http.ResponseWriter, r *http.Request) {
	s.store.Lock()
	defer s.store.Unlock()
	var in struct {
		backendIDs
		NameFilter string `json:"name_filter"`
	}
	if !s.request(w, r, &in) {
		return
	}
	found := []any{}
	for _, a := range s.records {
		if a.Run == in.Run && a.Final && (in.NameFilter == "" || in.NameFilter == a.Name) {
			found = append(found, map[string]any{
				"workflow_run_backend_id": a.Run, "workflow_job_run_backend_id": a.Job, "database_id": a.ID, "name": a.Name,
				"size": fmt.Sprint(len(a.Content)), "created_at": "2026-01-01T00:00:00Z", "digest": digest(a.Content),
			})
		}
	}
	s.answer(w, http.StatusOK, map[string]any{"artifacts": found})
}

func (s *Results) remove(w http.ResponseWriter, r *http.Request) {
	s.store.Lock()
	defer s.store.Unlock()
	var in removeRequest
	if !s.request(w, r, &in) {
		return
	}
	i := slices.IndexFunc(s.records, func(a *WorkflowArtifact) bool { return a.Run == in.Run && a.Job == in.Job && a.Name == in.Name })
	if i < 0 {
		s.answer(w, http.StatusNotFound, map[string]any{"code": "not_found", "msg": "artifact not found"})
		return
	}
	id := s.records[i].ID
	s.records = slices.Delete(s.records, i, i+1)
	s.answer(w, http.StatusOK, map[string]any{"ok": true, "artifact_id": id})
}
