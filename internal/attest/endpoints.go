package attest

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Endpoints are the servers that take part. All are URLs; an empty Rekor or
// Timestamps takes no part, but one of them must.
type Endpoints struct {
	Issuer     string // of the workflow's tokens
	Fulcio     string // gives certificates
	Rekor      string // a transparency log: what is signed becomes public
	Timestamps string // a timestamp authority (RFC 3161)
}

// IssuerOf is the issuer of tokens on a GitHub server, https://github.com or a
// tenant of ghe.com; "" for Enterprise Servers, which keep no attestations.
func IssuerOf(server string) string {
	switch host := hostOf(server); {
	case host == "github.com":
		return "https://token.actions.githubusercontent.com"
	case strings.HasSuffix(host, ".ghe.com"):
		return "https://token.actions." + host
	}
	return ""
}

// EndpointsFor are the endpoints that GitHub's own tools use: the public Sigstore
// for public repositories, else an instance of GitHub's without a public log.
func EndpointsFor(server, visibility string) Endpoints {
	e := Endpoints{Issuer: IssuerOf(server)}
	switch host := hostOf(server); {
	case e.Issuer == "":
	case host != "github.com":
		e.Fulcio, e.Timestamps = "https://fulcio."+host, "https://timestamp."+host
	case visibility == "public":
		e.Fulcio, e.Rekor = "https://fulcio.sigstore.dev", "https://rekor.sigstore.dev"
	default:
		e.Fulcio, e.Timestamps = "https://fulcio.githubapp.com", "https://timestamp.githubapp.com"
	}
	if e.Timestamps != "" {
		e.Timestamps += "/api/v1/timestamp"
	}
	return e
}

func hostOf(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// CheckURL refuses what is no URL of a server that may be given a token: https, or
// http to this very machine.
func CheckURL(what, value string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("%s %q: want a URL such as https://fulcio.example.org", what, value)
	case u.User != nil:
		return fmt.Errorf("%s: want a URL without user and password", what)
	case u.Scheme == "https", u.Scheme == "http" && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost" || u.Hostname() == "::1"):
		return nil
	}
	return fmt.Errorf("%s %q: want https", what, value)
}

// check tells of what a signature cannot be made without.
func (e Endpoints) check() error {
	if e.Fulcio == "" {
		return errors.New("sign attestation: no server gives certificates: want the URL of a Fulcio")
	}
	if e.Rekor == "" && e.Timestamps == "" {
		return errors.New("sign attestation: nobody bears witness to the time: want the URL of a Rekor or of a timestamp authority")
	}
	return nil
}
