// Package attesttest plays the servers that an attestation takes: the runner's token
// endpoint and its issuer, Fulcio, Rekor, a timestamp authority and GitHub's API.
// Each checks what it is sent in full; none is on the network.
package attesttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"

	"github.com/pinpack/pinpack/internal/attest"
)

// Secrets that must not be seen.
const (
	RequestToken = "request-token-8d1f"
	GitHubToken  = "ghs_github-token-77aa"
)

// Stand is the servers. Fields may be changed before they are asked.
type Stand struct {
	Runner    attest.Runner
	Endpoints attest.Endpoints
	API       string
	Claims    map[string]any // of the tokens, besides aud and life
	Audience  string         // of all tokens, "": what is asked for
	OtherKey  bool           // tokens are signed by a key that the issuer does not publish
	WrongCert bool           // Fulcio certifies another key
	// Answers are statuses that a path answers with first.
	Answers map[string][]int

	t        testing.TB
	mu       sync.Mutex
	tokens   []string
	uploaded []json.RawMessage
	asked    map[string]int
	key      *rsa.PrivateKey
	leaf     *x509.Certificate
	fulcio   authority
	tsa      authority
	sigstore *ca.VirtualSigstore
}

// authority signs certificates, or timestamps.
type authority struct {
	root, certificate *x509.Certificate
	key               *ecdsa.PrivateKey
}

// New starts the servers, which end with the test.
func New(t testing.TB) *Stand {
	t.Helper()
	s := &Stand{t: t, Answers: map[string][]int{}, asked: map[string]int{}}
	s.makeKeys()
	mux := http.NewServeMux()
	for path, serve := range map[string]func(*http.Request) (int, string, []byte){
		"GET /token":                                   s.serveToken,
		"GET /issuer/keys":                             s.serveKeys,
		"POST /fulcio/api/v2/signingCert":              s.serveCertificate,
		"POST /rekor/api/v1/log/entries":               s.serveEntry,
		"POST /timestamp":                              s.serveTimestamp,
		"POST /repos/{o}/{r}/attestations":             s.serveUpload,
		"GET /issuer/.well-known/openid-configuration": s.serveIssuer,
	} {
		mux.HandleFunc(path, s.handle(serve))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("asked for %s %s", r.Method, r.URL)
		http.NotFound(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.API = server.URL
	s.Runner = attest.Runner{URL: server.URL + "/token?api-version=2.0", Token: RequestToken}
	s.Endpoints = attest.Endpoints{
		Issuer: server.URL + "/issuer", Fulcio: server.URL + "/fulcio", Rekor: server.URL + "/rekor", Timestamps: server.URL + "/timestamp",
	}
	s.Claims = map[string]any{
		"iss": s.Endpoints.Issuer, "sub": "repo:ann/demo:ref:refs/tags/v1.0", "repository": "ann/demo",
		"repository_visibility": "public", "ref": "refs/tags/v1.0", "sha": "5e1f00ba5e1f00ba5e1f00ba5e1f00ba5e1f00ba",
		"workflow_ref":     "ann/demo/.github/workflows/package.yml@refs/tags/v1.0",
		"job_workflow_ref": "ann/shared/.github/workflows/build.yml@refs/heads/main", "event_name": "push", "repository_id": "11",
		"repository_owner_id": "7", "runner_environment": "github-hosted", "run_id": "1234", "run_attempt": "2",
	}
	return s
}

// Identity is what certificates say of the workflow, and the issuer of its tokens.
func (s *Stand) Identity() (workflow, issuer string) {
	return fmt.Sprintf("https://github.com/%s", s.Claims["job_workflow_ref"]), s.Endpoints.Issuer
}

// Uploaded are the bundles that GitHub has, and Tokens all ID tokens given out.
func (s *Stand) Uploaded() []json.RawMessage { s.mu.Lock(); defer s.mu.Unlock(); return s.uploaded }
func (s *Stand) Tokens() []string            { s.mu.Lock(); defer s.mu.Unlock(); return s.tokens }

// Asked is how often a path was asked for.
func (s *Stand) Asked(path string) int { s.mu.Lock(); defer s.mu.Unlock(); return s.asked[path] }

// Trusted is what a verifier of these servers' signatures trusts.
func (s *Stand) Trusted() root.TrustedMaterial { return trusted{s.sigstore, s} }

type trusted struct {
	*ca.VirtualSigstore
	stand *Stand
}

func (t trusted) FulcioCertificateAuthorities() []root.CertificateAuthority {
	a := t.stand.fulcio
	return []root.CertificateAuthority{&root.FulcioCertificateAuthority{
		Root: a.root, Intermediates: []*x509.Certificate{a.certificate},
		ValidityPeriodStart: time.Now().Add(-time.Hour), ValidityPeriodEnd: time.Now().Add(time.Hour),
	}}
}

func (t trusted) TimestampingAuthorities() []root.TimestampingAuthority {
	a := t.stand.tsa
	return []root.TimestampingAuthority{&root.SigstoreTimestampingAuthority{
		Root: a.root, Intermediates: []*x509.Certificate{a.certificate}, Leaf: t.stand.leaf,
		ValidityPeriodStart: time.Now().Add(-time.Hour), ValidityPeriodEnd: time.Now().Add(time.Hour),
	}}
}

func (s *Stand) makeKeys() {
	must := func(err error) {
		if err != nil {
			s.t.Helper()
			s.t.Fatal(err)
		}
	}
	var err error
	s.sigstore, err = ca.NewVirtualSigstore()
	must(err)
	s.key, err = rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	top, topKey, err := ca.GenerateRootCa()
	must(err)
	certificate, key, err := ca.GenerateFulcioIntermediate(top, topKey)
	must(err)
	s.fulcio = authority{top, certificate, key}
	certificate, key, err = ca.GenerateTSAIntermediate(top, topKey)
	must(err)
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	s.leaf, err = ca.GenerateTSALeafCert(time.Now().Add(-5*time.Minute), leafKey, certificate, key)
	must(err)
	s.tsa = authority{top, certificate, leafKey}
}

// handle serves a path: the statuses that it is to answer with first, then what it
// says. A wrong request fails the test.
func (s *Stand) handle(serve func(*http.Request) (int, string, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked[r.URL.Path]++
		first := s.Answers[r.URL.Path]
		if len(first) > 0 {
			s.Answers[r.URL.Path] = first[1:]
		}
		s.mu.Unlock()
		if len(first) > 0 {
			if first[0] >= 300 && first[0] < 400 {
				w.Header().Set("Location", "/elsewhere") // which nobody may ask for
			}
			w.WriteHeader(first[0])
			_, _ = io.WriteString(w, `{"message":"`+http.StatusText(first[0])+`"}`)
			return
		}
		status, kind, body := serve(r)
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

// wrong tells the test what is wrong with a request.
func (s *Stand) wrong(r *http.Request, format string, args ...any) (int, string, []byte) {
	s.t.Errorf("%s %s: %s", r.Method, r.URL.Path, fmt.Sprintf(format, args...))
	return http.StatusBadRequest, "text/plain", []byte("bad request")
}

func (s *Stand) answer(status int, v any) (int, string, []byte) {
	text, err := json.Marshal(v)
	if err != nil {
		s.t.Error(err)
	}
	return status, "application/json", text
}

// header tells the first header that is not as it must be.
func header(r *http.Request, want map[string]string) error {
	for name, value := range want {
		if got := r.Header.Get(name); got != value {
			return fmt.Errorf("header %s: %q, want %q", name, got, value)
		}
	}
	return nil
}
