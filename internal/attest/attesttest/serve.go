package attesttest

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/tlog"
)

// serveToken is the runner.
func (s *Stand) serveToken(r *http.Request) (int, string, []byte) {
	if err := header(r, map[string]string{"Authorization": "Bearer " + RequestToken}); err != nil {
		return s.wrong(r, "%v", err)
	}
	audience := r.URL.Query().Get("audience")
	if audience != "sigstore" && audience != "nobody" || r.URL.Query().Get("api-version") != "2.0" {
		return s.wrong(r, "query %q", r.URL.RawQuery)
	}
	if s.Audience != "" {
		audience = s.Audience
	}
	claims := maps.Clone(s.Claims)
	now := time.Now().Unix()
	for name, value := range map[string]any{"aud": audience, "iat": now, "nbf": now - 5, "exp": now + 300} {
		if _, ok := claims[name]; !ok {
			claims[name] = value
		}
	}
	token, err := s.token(claims)
	if err != nil {
		return s.wrong(r, "%v", err)
	}
	return s.answer(http.StatusOK, map[string]any{"count": 1, "value": token})
}

// token is a JSON Web Token, RS256 (RFC 7519, RFC 7518 section 3.3).
func (s *Stand) token(claims map[string]any) (string, error) {
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	part := base64.RawURLEncoding.EncodeToString
	text := part([]byte(`{"alg":"RS256","kid":"one","typ":"JWT"}`)) + "." + part(body)
	key := s.key
	if s.OtherKey {
		if key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return "", err
		}
	}
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	text += "." + part(signature)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, text)
	return text, nil
}

func (s *Stand) serveIssuer(*http.Request) (int, string, []byte) {
	return s.answer(http.StatusOK, map[string]any{
		"issuer": s.Endpoints.Issuer, "jwks_uri": s.Endpoints.Issuer + "/keys", "response_types_supported": []string{"id_token"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (s *Stand) serveKeys(*http.Request) (int, string, []byte) {
	part := base64.RawURLEncoding.EncodeToString
	return s.answer(http.StatusOK, map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one",
		"n": part(s.key.N.Bytes()), "e": part(big.NewInt(int64(s.key.E)).Bytes()),
	}}})
}

// serveEntry is Rekor, version 1 of its API, for entries of kind dsse.
func (s *Stand) serveEntry(r *http.Request) (int, string, []byte) {
	var body struct {
		APIVersion, Kind string
		Spec             struct {
			ProposedContent struct {
				Envelope  string
				Verifiers [][]byte
			}
			Signatures any // the log adds them itself
		}
	}
	if err := strict(r.Body, &body); err != nil {
		return s.wrong(r, "%v", err)
	}
	content := body.Spec.ProposedContent
	if body.Kind != "dsse" || body.APIVersion != "0.0.1" || len(content.Verifiers) != 1 || body.Spec.Signatures != nil {
		return s.wrong(r, "an entry %s %s", body.Kind, body.APIVersion)
	}
	block, _ := pem.Decode(content.Verifiers[0])
	if block == nil {
		return s.wrong(r, "no certificate")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return s.wrong(r, "%v", err)
	}
	var envelope bundle.Envelope
	if err := json.Unmarshal([]byte(content.Envelope), &envelope); err != nil {
		return s.wrong(r, "%v", err)
	}
	signature, err := base64.StdEncoding.DecodeString(envelope.Signatures[0].Sig)
	if err != nil {
		return s.wrong(r, "%v", err)
	}
	entry, err := s.sigstore.GenerateTlogEntry(leaf, envelope.Envelope, signature, time.Now().Unix(), true)
	if err != nil {
		return s.wrong(r, "%v", err)
	}
	e := entry.TransparencyLogEntry()
	proof, log := e.InclusionProof, fmt.Sprintf("%x", e.LogId.KeyId)
	promise, err := s.sigstore.RekorSignPayload(tlog.RekorPayload{Body: entry.Body(), IntegratedTime: e.IntegratedTime, LogIndex: e.LogIndex, LogID: log})
	if err != nil {
		return s.wrong(r, "%v", err)
	}
	hashes := []string{}
	for _, h := range proof.Hashes {
		hashes = append(hashes, fmt.Sprintf("%x", h))
	}
	return s.answer(http.StatusCreated, map[string]any{"24296fb24b8ad77a": map[string]any{
		"body": e.CanonicalizedBody, "integratedTime": e.IntegratedTime, "logIndex": e.LogIndex, "logID": log,
		"verification": map[string]any{
			"signedEntryTimestamp": promise,
			"inclusionProof": map[string]any{
				"treeSize": proof.TreeSize, "rootHash": fmt.Sprintf("%x", proof.RootHash), "logIndex": proof.LogIndex,
				"hashes": hashes, "checkpoint": proof.Checkpoint.Envelope,
			},
		},
	}})
}

// serveTimestamp is a timestamp authority (RFC 3161).
func (s *Stand) serveTimestamp(r *http.Request) (int, string, []byte) {
	if err := header(r, map[string]string{"Content-Type": "application/timestamp-query"}); err != nil {
		return s.wrong(r, "%v", err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return s.wrong(r, "%v", err)
	}
	query, err := timestamp.ParseRequest(body)
	if err != nil {
		return s.wrong(r, "%v", err)
	}
	stamp := timestamp.Timestamp{
		HashAlgorithm: query.HashAlgorithm, HashedMessage: query.HashedMessage, Time: time.Now(), Nonce: query.Nonce,
		Policy: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 2}, ExtraExtensions: query.Extensions,
	}
	text, err := stamp.CreateResponseWithOpts(s.leaf, s.tsa.key, crypto.SHA256)
	if err != nil {
		return s.wrong(r, "%v", err)
	}
	return http.StatusCreated, "application/timestamp-reply", text
}

// serveUpload is GitHub's API.
func (s *Stand) serveUpload(r *http.Request) (int, string, []byte) {
	err := header(r, map[string]string{
		"Authorization": "Bearer " + GitHubToken, "Accept": "application/vnd.github+json",
		"X-Github-Api-Version": "2022-11-28", "Content-Type": "application/json",
	})
	if err != nil {
		return s.wrong(r, "%v", err)
	}
	if r.URL.Path != fmt.Sprintf("/repos/%s/attestations", s.Claims["repository"]) || r.Header.Get("User-Agent") == "" {
		return s.wrong(r, "another repository's, or no user agent")
	}
	var body struct{ Bundle json.RawMessage }
	if err := strict(r.Body, &body); err != nil {
		return s.wrong(r, "%v", err)
	}
	var parts struct {
		MediaType            string
		VerificationMaterial json.RawMessage
		DSSEEnvelope         json.RawMessage
	}
	if err := strict(bytes.NewReader(body.Bundle), &parts); err != nil || len(parts.DSSEEnvelope) == 0 || len(parts.VerificationMaterial) == 0 {
		return s.wrong(r, "the bundle lacks something: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploaded = append(s.uploaded, body.Bundle)
	return s.answer(http.StatusCreated, map[string]any{"id": 4711})
}

// strict reads JSON that must have known keys only.
func strict(r io.Reader, v any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	return d.Decode(v)
}
