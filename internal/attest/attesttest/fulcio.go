package attesttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// serveCertificate is Fulcio: a token for it, and the proof that the key is there,
// give a certificate for the workflow.
func (s *Stand) serveCertificate(r *http.Request) (int, string, []byte) {
	var body struct {
		PublicKeyRequest struct {
			PublicKey         struct{ Algorithm, Content string }
			ProofOfPossession []byte
		}
	}
	if err := strict(r.Body, &body); err != nil {
		return s.wrong(r, "%v", err)
	}
	claims, err := s.bearer(r)
	if err != nil {
		return s.wrong(r, "%v", err)
	}
	if claims["aud"] != "sigstore" {
		return s.wrong(r, "a token for %v", claims["aud"])
	}
	block, _ := pem.Decode([]byte(body.PublicKeyRequest.PublicKey.Content))
	if block == nil {
		return s.wrong(r, "no key")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	public, ok := parsed.(*ecdsa.PublicKey)
	if err != nil || !ok {
		return s.wrong(r, "key %T, %v", parsed, err)
	}
	sum := sha256.Sum256([]byte(claims["sub"].(string)))
	if !ecdsa.VerifyASN1(public, sum[:], body.PublicKeyRequest.ProofOfPossession) {
		return s.wrong(r, "the proof of possession is not the key's")
	}
	if s.WrongCert {
		other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return s.wrong(r, "%v", err)
		}
		public = &other.PublicKey
	}
	certificate, err := s.certify(public, claims)
	if err != nil {
		return s.wrong(r, "%v", err)
	}
	chain := []string{pemOf(certificate), pemOf(s.fulcio.certificate.Raw), pemOf(s.fulcio.root.Raw)}
	return s.answer(http.StatusOK, map[string]any{"signedCertificateEmbeddedSct": map[string]any{"chain": map[string]any{"certificates": chain}}})
}

func pemOf(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// certify makes a certificate as Fulcio does: the workflow is its URI, the issuer an
// extension (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md).
func (s *Stand) certify(public *ecdsa.PublicKey, claims map[string]any) ([]byte, error) {
	workflow, _ := s.Identity()
	uri, err := url.Parse(workflow)
	if err != nil {
		return nil, err
	}
	issuer, err := asn1.MarshalWithParams(claims["iss"].(string), "utf8")
	if err != nil {
		return nil, err
	}
	return x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), URIs: []*url.URL{uri},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(9 * time.Minute),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}, Value: issuer}},
	}, s.fulcio.certificate, public, s.fulcio.key)
}

// bearer is what a token says that this runner gave.
func (s *Stand) bearer(r *http.Request) (map[string]any, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	parts := strings.Split(token, ".")
	if !ok || len(parts) != 3 {
		return nil, fmt.Errorf("no token")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(&s.key.PublicKey, crypto.SHA256, sum[:], signature); err != nil {
		return nil, err
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, err
	}
	var claims map[string]any
	return claims, json.Unmarshal(text, &claims)
}
