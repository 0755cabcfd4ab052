package attest_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/pinpack/pinpack/internal/attest"
	"github.com/pinpack/pinpack/internal/attest/attesttest"
	"github.com/pinpack/pinpack/internal/publish/retry"
)

var (
	sumA  = strings.Repeat("a1", 32)
	sumB  = strings.Repeat("b2", 32)
	files = []attest.Subject{{"demo_1.0-1_all.deb", sumA}, {"demo-1.0-1.noarch.rpm", sumB}, {"demo_1.0-1_all.deb", sumA}}
)

func client(masked *[]string) attest.Client {
	return attest.Client{
		Transport: http.DefaultTransport,
		Retry:     retry.Policy{Attempts: 3, Now: time.Now, Sleep: func(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) }},
		Mask: func(s string) {
			if masked != nil {
				*masked = append(*masked, s)
			}
		},
	}
}

// verified checks a bundle as others would.
func verified(t *testing.T, s *attesttest.Stand, text []byte, sum, workflow string, witness ...verify.VerifierOption) (*verify.VerificationResult, error) {
	t.Helper()
	var b bundle.Bundle
	if err := b.UnmarshalJSON(text); err != nil {
		return nil, err
	}
	v, err := verify.NewVerifier(s.Trusted(), witness...)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := hex.DecodeString(sum)
	if err != nil {
		t.Fatal(err)
	}
	_, issuer := s.Identity()
	who, err := verify.NewShortCertificateIdentity(issuer, "", workflow, "")
	if err != nil {
		t.Fatal(err)
	}
	return v.Verify(&b, verify.NewPolicy(verify.WithArtifactDigest("sha256", digest), verify.WithCertificateIdentity(who)))
}

func TestAttestationsVerify(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  func(*attest.Endpoints)
		witness []verify.VerifierOption
	}{
		"in a public log": {func(e *attest.Endpoints) { e.Timestamps = "" }, []verify.VerifierOption{verify.WithTransparencyLog(1), verify.WithIntegratedTimestamps(1)}},
		"with timestamps": {func(e *attest.Endpoints) { e.Rekor = "" }, []verify.VerifierOption{verify.WithSignedTimestamps(1)}},
		"with both":       {func(*attest.Endpoints) {}, []verify.VerifierOption{verify.WithTransparencyLog(1), verify.WithSignedTimestamps(1)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := attesttest.New(t)
			test.change(&s.Endpoints)
			for _, path := range []string{"/token", "/issuer/keys", "/fulcio/api/v2/signingCert", "/rekor/api/v1/log/entries", "/timestamp", "/repos/ann/demo/attestations"} {
				s.Answers[path] = []int{503, 429} // each may be busy twice
			}
			var masked []string
			c := client(&masked)
			claims, err := c.Claims(t.Context(), s.Runner, s.Endpoints.Issuer)
			if err != nil {
				t.Fatal(err)
			}
			statement, err := attest.Statement("https://github.com", claims, files)
			if err != nil {
				t.Fatal(err)
			}
			text, err := c.Sign(t.Context(), s.Runner, s.Endpoints, statement)
			if err != nil {
				t.Fatal(err)
			}
			at, err := c.Upload(t.Context(), attest.GitHub{Server: "https://github.com", API: s.API, Repository: claims.Repository, Token: attesttest.GitHubToken}, text)
			if err != nil || at != "https://github.com/ann/demo/attestations/4711" {
				t.Errorf("uploaded to %q, %v", at, err)
			}
			if up := s.Uploaded(); len(up) != 1 || !bytes.Equal(up[0], text) {
				t.Errorf("GitHub has %s, want %s", up, text)
			}
			if diff := cmp.Diff(s.Tokens(), masked); diff != "" || len(masked) != 2 {
				t.Errorf("masked (-given +masked):\n%s", diff)
			}
			workflow, _ := s.Identity()
			for _, sum := range []string{sumA, sumB} {
				result, err := verified(t, s, text, sum, workflow, test.witness...)
				if err != nil {
					t.Fatal(err)
				}
				if got := result.Statement.GetPredicateType(); got != attest.PredicateType || len(result.Statement.GetSubject()) != 2 {
					t.Errorf("a statement of %q about %v", got, result.Statement.GetSubject())
				}
			}
			// What was altered, or comes from elsewhere, does not.
			if _, err := verified(t, s, text, strings.Repeat("a0", 32), workflow, test.witness...); err == nil {
				t.Error("an altered file was verified")
			}
			if _, err := verified(t, s, text, sumA, strings.Replace(workflow, "ann", "eve", 1), test.witness...); err == nil {
				t.Error("another workflow was verified")
			}
			if _, err := verified(t, attesttest.New(t), text, sumA, workflow, test.witness...); err == nil {
				t.Error("another Sigstore's signature was verified")
			}
			var parts map[string]any
			if err := json.Unmarshal(text, &parts); err != nil {
				t.Fatal(err)
			}
			parts["dsseEnvelope"].(map[string]any)["payload"] = bytes.Replace(statement, []byte(sumA), []byte(strings.Repeat("a0", 32)), 1)
			forged, err := json.Marshal(parts)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := verified(t, s, forged, strings.Repeat("a0", 32), workflow, test.witness...); err == nil {
				t.Error("a forged statement was verified")
			}
		})
	}
}

func TestStatement(t *testing.T) {
	t.Parallel()
	c := attest.Claims{
		Repository: "ann/demo", Ref: "refs/tags/v1.0", Commit: "5e1f", WorkflowRef: "ann/demo/.github/workflows/package.yml@refs/tags/v1.0",
		JobRef: "ann/shared/.github/workflows/build.yml@refs/heads/main", Event: "push", RepoID: "11", OwnerID: "7",
		Runner: "github-hosted", Run: "1234", Attempt: "2",
	}
	got, err := attest.Statement("https://github.com", c, files)
	if err != nil {
		t.Fatal(err)
	}
	again, err := attest.Statement("https://github.com", c, []attest.Subject{files[1], files[0]})
	if err != nil || !bytes.Equal(got, again) {
		t.Errorf("in another order: %s, %v", again, err)
	}
	var have, want any
	if err := json.Unmarshal(got, &have); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(`{
		"_type": "https://in-toto.io/Statement/v1",
		"subject": [{"name": "demo-1.0-1.noarch.rpm", "digest": {"sha256": "`+sumB+`"}}, {"name": "demo_1.0-1_all.deb", "digest": {"sha256": "`+sumA+`"}}],
		"predicateType": "https://slsa.dev/provenance/v1",
		"predicate": {
			"buildDefinition": {
				"buildType": "https://actions.github.io/buildtypes/workflow/v1",
				"externalParameters": {"workflow": {"ref": "refs/tags/v1.0", "repository": "https://github.com/ann/demo", "path": ".github/workflows/package.yml"}},
				"internalParameters": {"github": {"event_name": "push", "repository_id": "11", "repository_owner_id": "7", "runner_environment": "github-hosted"}},
				"resolvedDependencies": [{"uri": "git+https://github.com/ann/demo@refs/tags/v1.0", "digest": {"gitCommit": "5e1f"}}]
			},
			"runDetails": {
				"builder": {"id": "https://github.com/ann/shared/.github/workflows/build.yml@refs/heads/main"},
				"metadata": {"invocationId": "https://github.com/ann/demo/actions/runs/1234/attempts/2"}
			}
		}
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	many := make([]attest.Subject, attest.MaxSubjects+1)
	for i := range many {
		many[i] = attest.Subject{Name: fmt.Sprint(i), SHA256: sumA}
	}
	for want, subjects := range map[string][]attest.Subject{
		"attest: no files": nil,
		"attest 1025 files: want 1024 at most in one attestation":                     many,
		`attest "x": two files of different content have this name: want one of them`: {{"x", sumA}, {"x", sumB}},
	} {
		if _, err := attest.Statement("https://github.com", c, subjects); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := attest.Statement("https://github.com", c, many[:attest.MaxSubjects]); err != nil {
		t.Error(err)
	}
	c.Run, c.Commit = "", ""
	if _, err := attest.Statement("https://github.com", c, files); err == nil || !strings.Contains(err.Error(), "lacks the claim run_id, sha") {
		t.Errorf("without claims: %v", err)
	}
}

// TestRefusals shows what is said of each server that does not do its part.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change     func(*attesttest.Stand)
		want       string
		permission string
	}{
		"no permission for tokens":   {answers("/token", 403), "get ID token: the runner answers 403 Forbidden: want the permission id-token: write", "id-token: write"},
		"no token":                   {answers("/token", 204), "get ID token: the runner answers 204", ""},
		"busy":                       {answers("/token", 500, 500, 500), "500 Internal Server Error", ""},
		"issuer is away":             {answers("/issuer/.well-known/openid-configuration", 404), "read the keys of", ""},
		"forged token":               {func(s *attesttest.Stand) { s.OtherKey = true }, "failed to verify signature", ""},
		"token of another":           {func(s *attesttest.Stand) { s.Claims["iss"] = "https://eve.example.org" }, `check the ID token: its issuer is "https://eve.example.org"`, ""},
		"token of one that looks so": {func(s *attesttest.Stand) { s.Claims["iss"] = s.Endpoints.Issuer + ".example.org" }, "its issuer is", ""},
		"token for another":          {func(s *attesttest.Stand) { s.Audience = "aws" }, `expected audience "nobody" got ["aws"]`, ""},
		"old token":                  {func(s *attesttest.Stand) { s.Claims["exp"] = 1700000000 }, "token is expired", ""},
		"claims are missing":         {func(s *attesttest.Stand) { delete(s.Claims, "run_id") }, "its token lacks the claim run_id", ""},
		"fulcio refuses":             {answers("/fulcio/api/v2/signingCert", 401), "Fulcio returned 401", ""},
		"fulcio errs":                {func(s *attesttest.Stand) { s.WrongCert = true }, "is for another key", ""},
		"rekor refuses":              {answers("/rekor/api/v1/log/entries", 400), "/rekor answers 400 Bad Request", ""},
		"no time":                    {answers("/timestamp", 400), "timestamp authority returned 400", ""},
		"no Fulcio":                  {func(s *attesttest.Stand) { s.Endpoints.Fulcio = "" }, "want the URL of a Fulcio", ""},
		"no witness":                 {func(s *attesttest.Stand) { s.Endpoints.Rekor, s.Endpoints.Timestamps = "", "" }, "want the URL of a Rekor or of a timestamp authority", ""},
		"bad token":                  {answers(uploads, 401), "GitHub answers 401 Unauthorized: Unauthorized: want a valid token in GITHUB_TOKEN", ""},
		"no permission for uploads":  {answers(uploads, 403), "upload attestation to ann/demo: GitHub answers 403 Forbidden: Forbidden: want the permission attestations: write", "attestations: write"},
		"not to be seen":             {answers(uploads, 404), "Enterprise Cloud", "attestations: write"},
		"not accepted":               {answers(uploads, 422), "does not accept what is in the bundle", ""},
		"redirected":                 {answers(uploads, 307), "GitHub answers 307", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := attesttest.New(t)
			test.change(s)
			_, err := whole(t.Context(), s)
			var permission *attest.PermissionError
			if err == nil || !strings.Contains(err.Error(), test.want) || errors.As(err, &permission) != (test.permission != "") ||
				permission != nil && permission.Permission != test.permission {
				t.Errorf("%v, want %s", err, test.want)
			}
			for _, secret := range append(s.Tokens(), attesttest.RequestToken, attesttest.GitHubToken) {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("%v shows %s", err, secret)
				}
			}
			if len(s.Uploaded()) != 0 {
				t.Error("something was uploaded")
			}
		})
	}
}

const uploads = "/repos/ann/demo/attestations"

func answers(path string, statuses ...int) func(*attesttest.Stand) {
	return func(s *attesttest.Stand) { s.Answers[path] = statuses }
}

func whole(ctx context.Context, s *attesttest.Stand) (string, error) {
	return with(ctx, client(nil), s)
}

func with(ctx context.Context, c attest.Client, s *attesttest.Stand) (string, error) {
	claims, err := c.Claims(ctx, s.Runner, s.Endpoints.Issuer)
	if err != nil {
		return "", err
	}
	statement, err := attest.Statement("https://github.com", claims, files)
	if err != nil {
		return "", err
	}
	text, err := c.Sign(ctx, s.Runner, s.Endpoints, statement)
	if err != nil {
		return "", err
	}
	return c.Upload(ctx, attest.GitHub{Server: "https://github.com", API: s.API, Repository: claims.Repository, Token: attesttest.GitHubToken}, text)
}

func TestEndsWithTheContext(t *testing.T) {
	t.Parallel()
	s := attesttest.New(t)
	stop := errors.New("stop")
	for _, path := range []string{"/token", "/issuer/keys", "/fulcio/api/v2/signingCert", "/rekor/api/v1/log/entries", "/timestamp", uploads} {
		ctx, cancel := context.WithCancelCause(t.Context())
		s.Answers[path] = []int{503, 503}
		c := client(nil)
		c.Retry.Say = func(string) { cancel(stop) }
		if _, err := with(ctx, c, s); !errors.Is(err, stop) {
			t.Errorf("%s: %v", path, err)
		}
		s.Answers[path] = nil
		cancel(nil)
	}
}
