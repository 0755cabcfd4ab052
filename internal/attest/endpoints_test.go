package attest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/attest"
	"github.com/pinpack/pinpack/internal/attest/attesttest"
)

func TestEndpointsFor(t *testing.T) {
	t.Parallel()
	const github = "https://token.actions.githubusercontent.com"
	own := attest.Endpoints{Issuer: github, Fulcio: "https://fulcio.githubapp.com", Timestamps: "https://timestamp.githubapp.com/api/v1/timestamp"}
	tenant := attest.Endpoints{Issuer: "https://token.actions.octo.ghe.com", Fulcio: "https://fulcio.octo.ghe.com", Timestamps: "https://timestamp.octo.ghe.com/api/v1/timestamp"}
	for _, test := range []struct {
		server, visibility string
		want               attest.Endpoints
	}{
		{"https://github.com", "public", attest.Endpoints{Issuer: github, Fulcio: "https://fulcio.sigstore.dev", Rekor: "https://rekor.sigstore.dev"}},
		{"https://github.com", "private", own},
		{"https://github.com", "internal", own},
		{"https://github.com", "", own}, // nothing becomes public by mistake
		{"https://octo.ghe.com", "public", tenant},
		{"https://octo.ghe.com", "private", tenant},
		{"https://github.example.org", "public", attest.Endpoints{}},
		{"https://eveghe.com", "public", attest.Endpoints{}},
		{"", "public", attest.Endpoints{}},
	} {
		if got := attest.EndpointsFor(test.server, test.visibility); got != test.want {
			t.Errorf("%s, %s: %+v, want %+v", test.server, test.visibility, got, test.want)
		}
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://fulcio.example.org":    "",
		"http://127.0.0.1:8080/x":       "",
		"http://[::1]:8080":             "",
		"http://fulcio.example.org":     "want https",
		"http://127.0.0.1.example.org":  "want https",
		"fulcio.example.org":            "want a URL such as",
		"ftp://fulcio.example.org":      "want https",
		"https://":                      "want a URL such as",
		"https://me:s3cret@example.org": "without user and password",
		"":                              "want a URL such as",
	} {
		err := attest.CheckURL("flag --x", url)
		if (want == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%q: %v, want %q", url, err, want)
		}
	}
	if err := (attest.Runner{URL: "https://runner.example.org"}).Open(); !errors.Is(err, attest.ErrNoToken) {
		t.Errorf("without a token: %v", err)
	}
}

func TestIssuerOfAnEnterprise(t *testing.T) {
	t.Parallel()
	s := attesttest.New(t)
	s.Claims["iss"] = s.Endpoints.Issuer + "/octo"
	if claims, err := client(nil).Claims(t.Context(), s.Runner, s.Endpoints.Issuer); err != nil || claims.Issuer != s.Claims["iss"] || claims.Visibility != "public" {
		t.Errorf("%+v, %v", claims, err)
	}
}
