package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/verify"

	"github.com/pinpack/pinpack/internal/attest/attesttest"
)

// attestRun runs the command as the job of a workflow does.
func attestRun(t *testing.T, s *attesttest.Stand, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	dir := t.TempDir()
	open := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	out, errs := open("out"), open("err")
	status = Main(Process{Args: append([]string{"attest"}, args...), Stdout: out, Stderr: errs, Environ: []string{
		"GITHUB_EVENT_NAME=push", "GITHUB_REPOSITORY=ann/demo", "GITHUB_SHA=5e1f", "GITHUB_SERVER_URL=https://github.com", "GITHUB_API_URL=" + s.API,
		"GITHUB_TOKEN=" + attesttest.GitHubToken, "ACTIONS_ID_TOKEN_REQUEST_URL=" + s.Runner.URL, "ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + s.Runner.Token,
	}})
	read := func(f *os.File) string {
		f.Close()
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return read(out), read(errs), status
}

func attestServers(s *attesttest.Stand) []string {
	return []string{"--issuer", s.Endpoints.Issuer, "--fulcio-url", s.Endpoints.Fulcio, "--rekor-url", s.Endpoints.Rekor, "--timestamp-url", s.Endpoints.Timestamps}
}

func finished(t *testing.T) (dist string, names []string) {
	t.Helper()
	dist = t.TempDir()
	names = []string{"demo_1.0-1_all.deb", "demo-1.0-1.noarch.rpm"}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dist, name), []byte("what is in "+name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dist, names
}

func verifyFile(t *testing.T, s *attesttest.Stand, at, file string) error {
	t.Helper()
	b, err := bundle.LoadJSONFromPath(at)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.NewVerifier(s.Trusted(), verify.WithTransparencyLog(1), verify.WithIntegratedTimestamps(1), verify.WithSignedTimestamps(1))
	if err != nil {
		t.Fatal(err)
	}
	workflow, issuer := s.Identity()
	who, err := verify.NewShortCertificateIdentity(issuer, "", workflow, "")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = v.Verify(b, verify.NewPolicy(verify.WithArtifact(f), verify.WithCertificateIdentity(who)))
	return err
}

func TestAttest(t *testing.T) {
	t.Parallel()
	s := attesttest.New(t)
	dist, names := finished(t)
	at := filepath.Join(dist, "attestation.sigstore.json")
	for n := 1; n <= 2; n++ { // the second time the first bundle is there, and no subject
		stdout, stderr, status := attestRun(t, s, append(attestServers(s), dist, "--json", "-v")...)
		if status != 0 {
			t.Fatalf("status %d:\n%s", status, stderr)
		}
		var made attestation
		if err := json.Unmarshal([]byte(stdout), &made); err != nil {
			t.Fatalf("%v in %s", err, stdout)
		}
		if made.Bundle != at || made.URL != "https://github.com/ann/demo/attestations/4711" || len(made.Subjects) != 2 || len(s.Uploaded()) != n {
			t.Errorf("made %+v, uploaded %d", made, len(s.Uploaded()))
		}
		for _, name := range names {
			if err := verifyFile(t, s, at, filepath.Join(dist, name)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, secret := range append(s.Tokens(), attesttest.GitHubToken, attesttest.RequestToken) {
			if strings.Contains(stdout+stderr, secret) {
				t.Errorf("%s is shown:\n%s%s", secret, stdout, stderr)
			}
		}
	}
	file := filepath.Join(dist, names[0])
	if err := os.WriteFile(file, []byte("altered"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := verifyFile(t, s, at, file); err == nil {
		t.Error("an altered file was verified")
	}
	if info, err := os.Stat(at); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
	if entries, err := os.ReadDir(dist); err != nil || len(entries) != 3 {
		t.Errorf("left %v, %v", entries, err)
	}
}

func TestAttestOneFileWithoutUpload(t *testing.T) {
	t.Parallel()
	s := attesttest.New(t)
	dist, names := finished(t)
	file := filepath.Join(dist, names[0])
	stdout, stderr, status := attestRun(t, s, append(attestServers(s), file, "--no-upload")...)
	if want := "attested 1 file in " + file + ".sigstore.json\n"; status != 0 || stdout != want || len(s.Uploaded()) != 0 {
		t.Fatalf("status %d, %q, want %q:\n%s", status, stdout, want, stderr)
	}
	if err := verifyFile(t, s, file+".sigstore.json", file); err != nil {
		t.Error(err)
	}
	if err := verifyFile(t, s, file+".sigstore.json", filepath.Join(dist, names[1])); err == nil {
		t.Error("the other file was verified")
	}
}

// TestAttestFails: a good bundle stays until there is another good one.
func TestAttestFails(t *testing.T) {
	t.Parallel()
	const permissions = "hint: give the job permissions: {contents: read, id-token: write, attestations: write}"
	for path, test := range map[string]struct {
		status  int
		want    []string
		written bool
	}{
		"/token":                       {403, []string{"want the permission id-token: write", permissions}, false},
		"/issuer/keys":                 {404, []string{"check the ID token"}, false},
		"/fulcio/api/v2/signingCert":   {400, []string{"Fulcio returned 400"}, false},
		"/rekor/api/v1/log/entries":    {400, []string{"answers 400"}, false},
		"/timestamp":                   {400, []string{"timestamp authority returned 400"}, false},
		"/repos/ann/demo/attestations": {403, []string{"want the permission attestations: write", "(the bundle is in ", permissions}, true},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := attesttest.New(t)
			s.Answers[path] = []int{test.status}
			dist, names := finished(t)
			at := filepath.Join(dist, "attestation.sigstore.json")
			if err := os.WriteFile(at, []byte("before"), 0o644); err != nil {
				t.Fatal(err)
			}
			stdout, stderr, status := attestRun(t, s, append(attestServers(s), dist)...)
			if status != 1 || stdout != "" {
				t.Errorf("status %d, %q", status, stdout)
			}
			for _, want := range test.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("want %q in:\n%s", want, stderr)
				}
			}
			text, err := os.ReadFile(at)
			if err != nil || test.written == (string(text) == "before") {
				t.Errorf("the bundle is %.20q, %v", text, err)
			}
			if test.written {
				if err := verifyFile(t, s, at, filepath.Join(dist, names[0])); err != nil {
					t.Error(err)
				}
			}
			if entries, err := os.ReadDir(dist); err != nil || len(entries) != 3 {
				t.Errorf("left %v, %v", entries, err)
			}
		})
	}
}
