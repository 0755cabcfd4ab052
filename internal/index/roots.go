package index

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// systemBundles are where systems keep the authorities that they trust.
var systemBundles = []string{
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
}

// CertificateVariables name files of certificates, or directories of such files,
// for all programs, for OpenSSL, Requests, curl and pip.
var CertificateVariables = []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT"}

// Roots returns the certificates of the authorities to trust, in PEM: the
// system's, then those of each of CertificateVariables, in that order, each once.
// So it makes no difference which variable a company's authority is in. Without
// a system's bundle and any variable, it returns nothing. The error names every
// variable whose file cannot be read or holds no certificate.
func Roots(env []string) ([]byte, error) {
	c := certificates{seen: map[string]bool{}, read: map[string]bool{}}
	for _, file := range systemBundles {
		if _, err := os.Stat(file); err == nil {
			if _, err := c.file(file); err != nil {
				return nil, fmt.Errorf("read certificates: %w", err)
			}
			break
		}
	}
	var errs []error
	for _, name := range CertificateVariables {
		value, _ := command.Lookup(env, name)
		for _, place := range strings.Split(value, ":") {
			if place == "" {
				continue
			}
			if err := c.place(place); err != nil {
				errs = append(errs, fmt.Errorf("read certificates of %s: %w", name, err))
			}
		}
	}
	return c.text.Bytes(), errors.Join(errs...)
}

type certificates struct {
	text bytes.Buffer
	seen map[string]bool // certificates
	read map[string]bool // files
}

func (c *certificates) place(place string) error {
	info, err := os.Stat(place)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		n, err := c.file(place)
		if err == nil && n == 0 {
			err = fmt.Errorf("%q holds none: want certificates in PEM", place)
		}
		return err
	}
	entries, err := os.ReadDir(place)
	if err != nil {
		return err
	}
	for _, e := range entries {
		// A directory may hold other things, and links that lead nowhere.
		name := filepath.Join(place, e.Name())
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			if _, err := c.file(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// file adds a file's certificates and returns how many it holds.
func (c *certificates) file(name string) (int, error) {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	if c.read[name] {
		return 1, nil
	}
	c.read[name] = true
	rest, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	n := 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return n, nil
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		n++
		if !c.seen[string(block.Bytes)] {
			c.seen[string(block.Bytes)] = true
			c.text.Write(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
		}
	}
}
