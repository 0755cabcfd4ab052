package audit

import (
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/secret"
	"github.com/pinpack/pinpack/internal/tree"
)

func TestCheckFindsSecrets(t *testing.T) {
	t.Parallel()
	const (
		url  = "holds a URL with a password in it (//user:pass@)"
		key  = "holds a private key"
		name = "a file of this name holds credentials, history or the builder's settings, and belongs on no server"
	)
	pem := "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAx1y2z3\n-----END RSA PRIVATE KEY-----\n"
	tests := map[string]struct {
		file, content string
		want          string // "": nothing
	}{
		"value of a secret":           {"lib/x.py", "token = 'ghs_0123456789'\n", "holds the value of GITHUB_TOKEN, which is secret"},
		"in a binary":                 {"lib/x.so", "\x00\x01ghs_0123456789\x00", "holds the value of GITHUB_TOKEN, which is secret"},
		"across two pieces":           {"lib/x", strings.Repeat("x", 256<<10-5) + "ghs_0123456789", "holds the value of GITHUB_TOKEN, which is secret"},
		"even of a locked one":        {"locked/x.py", "ghs_0123456789", "holds the value of GITHUB_TOKEN, which is secret"},
		"URL with a password":         {"settings.py", "DATABASE = 'postgres://shop:hunter2@db.internal/shop'\n", url},
		"the usual example":           {"pip.txt", "--index-url https://user:pass@pypi.example.org/simple\n", url},
		"password that comes later":   {"settings.py", "f'postgres://{user}:{password}@{host}/shop'\nhttps://$USER:$PASS@host", ""},
		"user without a password":     {"x", "ssh://git@example.org/x", ""},
		"port, then an at sign":       {"x", "http://example.org:80/@x", ""},
		"as it was locked":            {"locked/url.py", "https://user:pass@example.org", ""},
		"private key":                 {"server.pem", pem, key},
		"private key in a string":     {"x.json", `{"key": "` + strings.ReplaceAll(pem, "\n", `\n`) + `"}`, key},
		"mention of a private key":    {"x.py", "if data.startswith('-----BEGIN PRIVATE KEY-----'):\n    pass\n", ""},
		"private key, locked":         {"locked/test.key", pem, ""},
		"public key":                  {"x.pem", strings.ReplaceAll(pem, "PRIVATE", "PUBLIC"), ""},
		"installed from a local path": {"lib/x.dist-info/direct_url.json", `{"url": "file:///work/x", "dir_info": {}}`, "names a local path: it was installed from there"},
		"installed from a URL":        {"lib/x.dist-info/direct_url.json", `{"url": "https://example.org/x.whl"}`, ""},
		"path in a public file":       {"locked/url.py", "/root/.cargo/registry/src", ""},
		"path in what is compiled":    {"locked/__pycache__/x.pyc", "/root/.cargo/registry/src", `names "/root/", a path of the machine that built it`},
		"path in a script":            {"bin/locked", "/root/.cargo/registry/src", `names "/root/", a path of the machine that built it`},
		"SSH key":                     {".ssh/id_ed25519", "", name},
		"environment of one stage":    {".env.production", "", name},
		"environment to copy":         {".env.example", "", ""},
		"easy_install's paths":        {"lib/easy-install.pth", "", "it is what an editable installation leaves, and points into the checkout"},
	}
	r := rules
	r.Secrets = []secret.Secret{{Name: "GITHUB_TOKEN", Value: "ghs_0123456789"}}
	r.Public = map[string]bool{"/opt/whois/locked/x.py": true, "/opt/whois/locked/url.py": true, "/opt/whois/locked/test.key": true, "/opt/whois/locked/__pycache__/x.pyc": true, "/opt/whois/bin/locked": true}
	for what, test := range tests {
		got := ""
		for _, f := range findings(t, tree.Tree{tree.Text("/opt/whois/"+test.file, test.content)}, r) {
			got = f.Problem
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", what, got, test.want)
		}
	}
	r.Allow = []string{"/opt/whois/settings.py"}
	if found := findings(t, tree.Tree{tree.Text("/opt/whois/settings.py", "redis://:pw@x redis://a:pw@x")}, r); found != nil {
		t.Errorf("an allowed file: %v", found)
	}
}
