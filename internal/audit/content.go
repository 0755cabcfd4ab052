package audit

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// forbidden names files that hold credentials, history or an editor's state, and
// belong on no server.
var forbidden = []string{
	".git", ".gitconfig", ".git-credentials", ".hg", ".svn",
	".netrc", "_netrc", ".npmrc", ".yarnrc.yml", ".pypirc", "pip.conf", "pip.ini", "uv.toml", ".env", ".env.*", ".envrc",
	".htpasswd", ".pgpass", ".my.cnf", ".dockercfg", ".vault-token",
	"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519",
	"__editable__*", "*.egg-link", "easy-install.pth",
}

// harmless are files whose names look like a forbidden one's.
var harmless = []string{".env.example", ".env.sample", ".env.template", ".env.dist"}

// forbiddenName says what is wrong with a file's name; "" for nothing.
func forbiddenName(base string) string {
	matches := func(patterns []string) bool {
		for _, p := range patterns {
			if ok, _ := path.Match(p, base); ok {
				return true
			}
		}
		return false
	}
	switch {
	case matches(harmless) || !matches(forbidden):
		return ""
	case strings.HasPrefix(base, "__editable__") || strings.HasSuffix(base, ".egg-link") || base == "easy-install.pth":
		return "it is what an editable installation leaves, and points into the checkout"
	}
	return "a file of this name holds credentials, history or the builder's settings, and belongs on no server"
}

// credentials matches a URL with a user and a password in it. One whose password
// is filled in later (a template's variable) is none.
var credentials = regexp.MustCompile(`[a-z][a-z0-9+.-]{1,20}://[^\s/:@'"<>{}()$%\\]{0,100}:[^\s/:@'"<>{}()$%\\]{1,200}@[A-Za-z0-9\[]`)

// privateKey matches the beginning of one in PEM (RFC 7468), not a mention of it.
var privateKey = regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\r?\n|\\n)(?:[A-Za-z-]+: [^\n]*\n)*\s*[A-Za-z0-9+/=]{16}`)

// leaks looks at a piece of a file for what must not be seen.
func (r Rules) leaks(piece []byte, public bool) string {
	for _, s := range r.Secrets {
		if bytes.Contains(piece, []byte(s.Value)) {
			return fmt.Sprintf("holds the value of %s, which is secret", s.Name)
		}
	}
	if public {
		return ""
	}
	if bytes.Contains(piece, []byte("://")) && credentials.Match(piece) {
		return "holds a URL with a password in it (//user:pass@)"
	}
	if bytes.Contains(piece, []byte("PRIVATE KEY")) && privateKey.Match(piece) {
		return "holds a private key"
	}
	return ""
}

// localDirect tells whether a direct_url.json (PEP 610) names a place on the
// machine that built it.
func localDirect(piece []byte) bool { return bytes.Contains(piece, []byte("file:")) }
