package oci

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for url, want := range map[string][]string{
		"oci:ghcr.io/o/n":              {"want oci://REGISTRY/NAME, such as oci://ghcr.io/example/whois"},
		"oci://whois":                  {`repository "whois": want REGISTRY/NAME, such as ghcr.io/example/whois`},
		"oci://library/whois":          {`repository "library/whois": want REGISTRY/NAME, such as ghcr.io/example/whois`},
		"oci://ghcr.io/":               {`repository "ghcr.io/": want REGISTRY/NAME, such as ghcr.io/example/whois`},
		"oci://ghcr.io/o/n:1.0":        {`repository "ghcr.io/o/n:1.0": has a tag: want it without, since tags come from versions (and the option tags)`},
		"oci://u:geheim@ghcr.io/o/n":   {"oci://…@…: an address has no credentials and no digest: want oci://REGISTRY/NAME, and credentials in REGISTRY_USERNAME and REGISTRY_PASSWORD"},
		"oci://ghcr.io/o/n?tag=x":      {`unknown option "tag": want channels, tags, plain-http`},
		"oci://ghcr.io/o/n?tags=a/b":   {`option tags: tag "a/b": want letters, digits, '.', '_' and '-', 128 at most, the first a letter, a digit or '_'`},
		"oci://ghcr.io/o/n?plain-http": {`option plain-http="": want true or false`},
		"oci://ghcr.io/o n?tags=-&x=1&tags=b": {
			`unknown option "x": want channels, tags, plain-http`,
			`option "tags": is there twice`,
			`option tags: tag "-": want letters, digits, '.', '_' and '-', 128 at most, the first a letter, a digit or '_'`,
			"repository \"ghcr.io/o n\": repository can only contain the characters `abcdefghijklmnopqrstuvwxyz0123456789_-./`: o n",
		},
	} {
		slices := func(err error) []string {
			if err == nil {
				return nil
			}
			return strings.Split(err.Error(), "\n")
		}
		s := setup(nil)
		_, err := Open(url, s)
		got := slices(err)
		if strings.Contains(strings.Join(got, ""), "geheim") {
			t.Errorf("%s: tells the password: %s", url, err)
		}
		less := func(list []string) map[string]bool {
			m := map[string]bool{}
			for _, s := range list {
				m[s] = true
			}
			return m
		}
		if diff := cmp.Diff(less(want), less(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", url, diff)
		}
	}
}

// locked is a registry that wants a name and a password, by a token as ghcr.io and
// Docker Hub do, or at once.
func locked(t *testing.T, token bool, user, password string) *server {
	t.Helper()
	s := serve(t)
	s.breakBy(func(w http.ResponseWriter, r *http.Request) bool {
		u, p, ok := r.BasicAuth()
		good := ok && u == user && p == password
		switch {
		case r.URL.Path == "/token" && good && strings.Contains(r.URL.RawQuery, "scope=repository%3Ao%2Fwhois%3Apush%2Cpull"):
			_, _ = w.Write([]byte(`{"token":"let-me-in"}`))
		case r.URL.Path == "/token":
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"errors":[{"code":"UNAUTHORIZED","message":"wrong name or password"}]}`))
		case token && r.Header.Get("Authorization") == "Bearer let-me-in", !token && good:
			return false
		default:
			challenge := `Basic realm="here"`
			if token {
				challenge = `Bearer realm="http://` + s.host + `/token",service="here"`
			}
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(http.StatusUnauthorized)
		}
		return true
	})
	return s
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	const user, password = "ann", "s3cret-passw0rd"
	auth := encodeAuth(user, password)
	for _, token := range []bool{false, true} {
		s := locked(t, token, user, password)
		config := `{"auths":{"` + s.host + `":{"auth":"` + auth + `"}}}`
		home, docker, podman := t.TempDir(), t.TempDir(), t.TempDir()
		for _, name := range []string{home + "/.docker/config.json", docker + "/config.json", podman + "/auth.json"} {
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		narrow := `{"auths":{"` + s.host + `/o/whois":{"auth":"` + auth + `"},"` + s.host + `":{"auth":"` + encodeAuth("x", "y") + `"}}}`
		good := map[string]map[string]string{
			"variables":             {"REGISTRY_USERNAME": user, "REGISTRY_PASSWORD": password, "HOME": "/nowhere"},
			"variables first":       {"REGISTRY_USERNAME": user, "REGISTRY_PASSWORD": password, "DOCKER_AUTH_CONFIG": `{"auths":{"` + s.host + `":{"auth":"` + encodeAuth("x", "y") + `"}}}`},
			"DOCKER_AUTH_CONFIG":    {"DOCKER_AUTH_CONFIG": config},
			"of the repository":     {"DOCKER_AUTH_CONFIG": narrow},
			"docker's in home":      {"HOME": home},
			"DOCKER_CONFIG":         {"DOCKER_CONFIG": docker, "HOME": "/nowhere"},
			"podman's":              {"REGISTRY_AUTH_FILE": podman + "/auth.json"},
			"not for us, then ours": {"DOCKER_AUTH_CONFIG": `{"auths":{"elsewhere.example":{"auth":"eDp5"}}}`, "HOME": home},
		}
		for name, env := range good {
			var masked []string
			o := setup(env)
			o.Mask = func(s string) { masked = append(masked, s) }
			target, err := Open("oci://"+s.host+"/o/whois", o)
			if err != nil {
				t.Fatal(err)
			}
			if err := target.Check(t.Context()); err != nil {
				t.Errorf("token %t, %s: %v", token, name, err)
			}
			if diff := cmp.Diff([]string{password, auth}, masked); diff != "" {
				t.Errorf("token %t, %s: masked (-want +got):\n%s", token, name, diff)
			}
		}
		s.asked()
		for name, test := range map[string]struct {
			env  map[string]string
			want string
		}{
			"none":      {nil, "the registry refuses nobody: no credentials were found"},
			"wrong":     {map[string]string{"REGISTRY_USERNAME": user, "REGISTRY_PASSWORD": "s3cret-wrong"}, "the registry refuses credentials from REGISTRY_USERNAME and REGISTRY_PASSWORD"},
			"half":      {map[string]string{"REGISTRY_USERNAME": user}, "one of REGISTRY_USERNAME and REGISTRY_PASSWORD is not set: want both, or none of them"},
			"no JSON":   {map[string]string{"DOCKER_AUTH_CONFIG": "s3cret-wrong"}, "read registry credentials from DOCKER_AUTH_CONFIG: want JSON as docker login writes it"},
			"of GitHub": {map[string]string{"GITHUB_TOKEN": password, "GITHUB_ACTOR": user}, "no credentials were found"}, // it is for ghcr.io alone
		} {
			target, err := Open("oci://"+s.host+"/o/whois", setup(test.env))
			if err != nil {
				t.Fatal(err)
			}
			err = target.Check(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("token %t, %s: got %v, want %s", token, name, err, test.want)
			}
		}
		if sent := s.asked("PUT", "PATCH"); sent != nil {
			t.Errorf("sent %q", sent)
		}
	}
}

func TestGitHubToken(t *testing.T) {
	t.Parallel()
	a, err := ParseAddress("oci://ghcr.io/O/Whois")
	if err != nil {
		t.Fatal(err)
	}
	for actor, want := range map[string]string{"ann": "ann", "": "token"} {
		c, err := findCredentials(setup(map[string]string{"GITHUB_TOKEN": "t", "GITHUB_ACTOR": actor}), a.Repository, true)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.auth.Authorization()
		if err != nil || got.Username != want || got.Password != "t" {
			t.Errorf("actor %q: %+v, %v", actor, got, err)
		}
	}
}

// TestOnlyTLS holds that no password goes over the wire for all to read, also to
// addresses that go-containerregistry would try without TLS.
func TestOnlyTLS(t *testing.T) {
	t.Parallel()
	var asked []string
	proxy := roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.Scheme)
		if r.URL.Scheme == "https" {
			return nil, http.ErrServerClosed
		}
		w := httptest.NewRecorder()
		w.WriteHeader(http.StatusOK)
		return w.Result(), nil
	})
	s := setup(map[string]string{"REGISTRY_USERNAME": "ann", "REGISTRY_PASSWORD": "password"})
	s.Client = &http.Client{Transport: proxy}
	for _, host := range []string{"10.0.0.1:5000", "registry.local", "registry.example"} {
		target, err := Open("oci://"+host+"/o/whois", s)
		if err != nil {
			t.Fatal(err)
		}
		if err := target.Check(t.Context()); err == nil {
			t.Errorf("%s: answered", host)
		}
	}
	for _, scheme := range asked {
		if scheme != "https" {
			t.Errorf("asked by %s", scheme)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestVersionsAreOrderedAsByDpkg asks dpkg.
func TestVersionsAreOrderedAsByDpkg(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "dpkg-deb")
	list := []string{
		"0", "1.0-1", "1.0-2", "1.0-10", "1.0~rc1-1", "1.0~~dev3-1", "1.0~rc1~dev2-1", "1.0+post1-1", "1.0+post1~dev2-1", "1.0.1-1", "1:0.1-1", "0:1.0-1",
		"1.0+local.acme.2-1", "1.3.0+git20261123111600.g1a2b3c4-1", "1.4.0~pr12.g1a2b3c4-1", "24.04-1", "24.04-1~bpo12", "24.04-1+deb12u1", "24.4-1", "1.0", "1.0a-1", "1.0.a-1",
	}
	var script strings.Builder
	for _, a := range list {
		for _, b := range list {
			op := map[int]string{-1: "lt", 0: "eq", 1: "gt"}[CompareVersions(a, b)]
			script.WriteString("dpkg --compare-versions " + a + " " + op + " " + b + " || echo " + a + " " + op + " " + b + "\n")
		}
	}
	cmd := exec.Command("sh")
	cmd.Stdin = strings.NewReader(script.String())
	if wrong := testkit.Run(t, cmd); wrong != "" {
		t.Errorf("%s pairs, and dpkg says otherwise of:\n%s", strconv.Itoa(len(list)*len(list)), wrong)
	}
}

// TestCredentialsAskNoEnvironment: what is found is the file's, although docker's
// own code would take that of the process.
func TestCredentialsAskNoEnvironment(t *testing.T) {
	const user, password = "ann", "s3cret-passw0rd"
	s := locked(t, false, user, password)
	t.Setenv("DOCKER_AUTH_CONFIG", `{"auths":{"`+s.host+`":{"auth":"`+encodeAuth("x", "y")+`"}}}`)
	home := t.TempDir()
	config := `{"auths":{"` + s.host + `":{"username":"` + user + `","password":"` + password + `"}}}`
	if err := os.WriteFile(filepath.Join(home, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	target, err := Open("oci://"+s.host+"/o/whois", setup(map[string]string{"DOCKER_CONFIG": home}))
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
