package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// NewTLSIndex is NewIndex over HTTPS, with a certificate that an authority of its
// own has signed: nobody's but whoever trusts the certificate in the file that is
// returned as well.
func NewTLSIndex(t testing.TB, wheels ...string) (x *Index, authority string) {
	t.Helper()
	x = newIndex(t, wheels)
	caKey, caDER := certificate(t, "testkit authority", nil, nil)
	ca, err := x509.ParseCertificate(caDER)
	if err != nil {
		t.Fatal(err)
	}
	key, der := certificate(t, "testkit index", ca, caKey)
	x.server = httptest.NewUnstartedServer(x)
	x.server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	x.server.StartTLS()
	x.url = strings.Replace(x.server.URL, "127.0.0.1", "localhost", 1) // pip wants a name over TLS
	t.Cleanup(x.server.Close)
	authority = filepath.Join(t.TempDir(), "authority.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER})
	if err := os.WriteFile(authority, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return x, authority
}

// certificate makes one for localhost, signed by an authority; without one it is
// an authority's own.
func certificate(t testing.TB, name string, authority *x509.Certificate, signer *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Unix(1600000000, 0), NotAfter: time.Unix(4000000000, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	if authority == nil {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
		authority, signer = c, key
	} else {
		c.SerialNumber = big.NewInt(2)
		c.DNSNames = []string{"localhost"}
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, authority, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}
