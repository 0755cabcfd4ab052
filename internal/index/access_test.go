package index

import (
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

func TestCredentialsFromEveryPlace(t *testing.T) {
	x, _ := demo(t)
	x.RequireAuth("jo", "p@ss")
	auth := x.AuthURL()
	netrc := filepath.Join(t.TempDir(), ".netrc")
	if err := os.WriteFile(netrc, []byte("machine other.org login a password b\nmachine 127.0.0.1\n  login jo password p@ss\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		index string
		env   []string
		named []Named
	}{
		"its own URL":      {auth, nil, nil},
		"netrc":            {x.URL(), []string{"NETRC=" + netrc}, nil},
		"netrc at home":    {x.URL(), []string{"HOME=" + filepath.Dir(netrc)}, nil},
		"pip's index":      {x.URL(), []string{"PIP_INDEX_URL=" + auth}, nil},
		"uv's index":       {x.URL(), []string{"UV_DEFAULT_INDEX=" + auth}, nil},
		"further index":    {x.URL(), []string{"PIP_EXTRA_INDEX_URL=https://x.org/simple " + auth}, nil},
		"named in env":     {x.URL(), []string{"UV_INDEX=my-corp=" + x.URL(), "UV_INDEX_MY_CORP_USERNAME=jo", "UV_INDEX_MY_CORP_PASSWORD=p@ss"}, nil},
		"named in project": {x.URL(), []string{"UV_INDEX_CORP_USERNAME=jo", "UV_INDEX_CORP_PASSWORD=p@ss"}, []Named{{"corp", x.URL()}}},
	}
	for name, test := range tests {
		a, err := NewAccess(test.env, test.named...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c := a.Open(test.index)
		f := only(t, c)
		if err := c.Download(t.Context(), f, filepath.Join(t.TempDir(), "f")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := a.WithLogin(test.index); got != auth {
			t.Errorf("%s: with credentials it is %q, want %q", name, got, auth)
		}
	}
	x.Fail("/simple/demo-app/", 500, 0)
	if _, err := open(t).Open(auth).Files(t.Context(), "demo-app"); err == nil || strings.Contains(err.Error(), "p@ss") || strings.Contains(err.Error(), "p%40ss") {
		t.Errorf("error %v: want one without the password", err)
	}
}

// Whoever redirects gets the file's host no credentials of the index.
func TestCredentialsStayAtTheirHost(t *testing.T) {
	var seen []string
	note := func(who string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, _, _ := r.BasicAuth()
			seen = append(seen, who+":"+user+":"+r.Header.Get("Referer"))
		})
	}
	other := httptest.NewServer(note("other"))
	t.Cleanup(other.Close)
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note("first").ServeHTTP(w, r)
		to := map[string]string{"/simple/x/": "/again", "/again": other.URL + "/y"}[r.URL.Path]
		http.Redirect(w, r, to, http.StatusFound)
	}))
	t.Cleanup(first.Close)
	index := strings.Replace(first.URL, "://", "://jo:secret@", 1) + "/simple"
	if _, err := open(t).Open(index).Files(t.Context(), "x"); err != nil {
		t.Error(err)
	}
	want := []string{"first:jo:", "first:jo:" + first.URL + "/simple/x/", "other::" + first.URL + "/again"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("credentials (-want +got):\n%s", diff)
	}
}

func TestNetrc(t *testing.T) {
	text := "# comment\nmachine a.org login \"j \\\"o\" password p#1 # rest\nmacdef init\nmachine evil login x password y\n\n" +
		"machine\n b.org\tpassword only\naccount z\ndefault login anonymous password me"
	var got []string
	for _, l := range parseNetrc(text) {
		got = append(got, l.host+" "+l.user.String())
	}
	want := []string{`a.org j%20%22o:p%231`, "b.org :only", " anonymous:me"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("netrc (-want +got):\n%s", diff)
	}
	if _, err := NewAccess([]string{"NETRC=/nowhere/netrc"}); err == nil {
		t.Error("no error for a NETRC that is not there")
	}
}

func TestConfigure(t *testing.T) {
	tests := map[string]struct {
		env  []string
		want Config
	}{
		"nothing": {nil, Config{Default: Public}},
		"uv first": {[]string{"PIP_INDEX_URL=https://p.org/simple", "UV_DEFAULT_INDEX=corp=https://u.org/simple", "UV_INDEX_URL=https://old.org"},
			Config{Default: "https://u.org/simple/", named: []Named{{"corp", "https://u.org/simple"}}}},
		"all further ones": {[]string{"UV_INDEX=a=https://a.org https://b.org/", "UV_EXTRA_INDEX_URL=https://c.org", "PIP_EXTRA_INDEX_URL=https://d.org\n"},
			Config{Default: Public, Extra: []string{"https://a.org/", "https://b.org/", "https://c.org/", "https://d.org/"}, named: []Named{{"a", "https://a.org"}}}},
		"links": {[]string{"PIP_FIND_LINKS=/a /b", "UV_FIND_LINKS=c,d", "PIP_NO_INDEX=true"}, Config{Default: Public, FindLinks: []string{"c", "d", "/a", "/b"}, NoIndex: true}},
	}
	for name, test := range tests {
		got, err := Configure(test.env)
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(Config{})); diff != "" || err != nil {
			t.Errorf("%s: error %v (-want +got):\n%s", name, err, diff)
		}
	}
	_, err := Configure([]string{"PIP_INDEX_URL=ftp://jo:secret@x.org", "UV_INDEX=nonsense"})
	if err == nil || strings.Contains(err.Error(), "secret") || strings.Count(err.Error(), "is no URL of an index") != 2 {
		t.Errorf("error %v", err)
	}
}

func TestOwners(t *testing.T) {
	owners := []Owner{{"https://corp.org/simple", []string{"acme-*", "shop"}}}
	for name, want := range map[string]bool{"acme-x": true, "shop": true, "acme": false, "shops": false} {
		if got := owners[0].Owns(name); got != want {
			t.Errorf("%s: got %t", name, got)
		}
	}
	if err := CheckOwners([]string{"https://jo:secret@corp.org/simple/"}, owners, 3); err != nil {
		t.Error(err)
	}
	err := CheckOwners([]string{"https://jo:secret@other.org/simple/"}, owners, 3)
	var unowned *Unowned
	if !errors.As(err, &unowned) || !strings.Contains(err.Error(), "any of the 3 distributions") || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
	if err := CheckOwners(nil, []Owner{{"https://corp.org", []string{"a["}}}, 3); err == nil {
		t.Error("no error for a glob that cannot be read")
	}
}

// A company's authority counts, whichever variable it is in.
func TestRoots(t *testing.T) {
	x, authority := testkit.NewTLSIndex(t, testkit.Wheel{Name: "demo-app", Version: "1"}.Write(t, t.TempDir()))
	for _, name := range CertificateVariables {
		value := authority
		if name == "SSL_CERT_DIR" {
			value = filepath.Dir(authority)
		}
		only(t, open(t, name+"="+value).Open(x.URL()))
	}
	_, err := open(t).Open(x.URL()).Files(t.Context(), "demo-app")
	if !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), "SSL_CERT_FILE") {
		t.Errorf("without any: error %v", err)
	}
	text, err := Roots([]string{"SSL_CERT_FILE=" + authority, "PIP_CERT=" + authority, "SSL_CERT_DIR=" + filepath.Dir(authority)})
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile(authority)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), string(own)); n != 1 {
		t.Errorf("the certificate is there %d times", n)
	}
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Roots([]string{"SSL_CERT_FILE=/nowhere.pem", "PIP_CERT=" + empty})
	if err == nil || !strings.Contains(err.Error(), "SSL_CERT_FILE") || !strings.Contains(err.Error(), "PIP_CERT") {
		t.Errorf("error %v: want both variables named", err)
	}
}

func TestProxies(t *testing.T) {
	env := []string{"https_proxy=http://p:1", "ALL_PROXY=http://all:2", "NO_PROXY=.corp.org"}
	for link, want := range map[string]string{"https://x.org/": "http://p:1", "http://x.org/": "http://all:2", "https://a.corp.org/": ""} {
		req, err := http.NewRequest(http.MethodGet, link, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := proxies(env)(req)
		if got == nil {
			got = &url.URL{}
		}
		if err != nil || got.String() != want {
			t.Errorf("%s: proxy %q, error %v, want %q", link, got, err, want)
		}
	}
}
