package interpreter_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestBundleFindsCertificates stands in for an OpenSSL that looks elsewhere than
// this system's, and for the files of other systems.
func TestBundleFindsCertificates(t *testing.T) {
	t.Parallel()
	const authorities = testkit.CABundle
	_, err := os.Stat(authorities)
	here(t, err)
	b := debianBundle(t)
	hashed := t.TempDir()
	write(t, filepath.Join(hashed, "12345678.0"), "")
	tests := map[string]struct {
		paths, files string // where OpenSSL looks: a file, a directory; what the bundle tries
		env          []string
		want         string
	}{
		"nothing where OpenSSL looks":   {"('/gone', '/gone')", "('/gone', '" + authorities + "')", nil, "some"},
		"a directory without any":       {"('/gone', '" + t.TempDir() + "')", "('" + authorities + "',)", nil, "some"},
		"a directory with some":         {"('/gone', '" + hashed + "')", "('" + authorities + "',)", nil, "none"},
		"a file":                        {"('/etc/passwd', '/gone')", "('" + authorities + "',)", nil, "none"},
		"none anywhere":                 {"('/gone', '/gone')", "('/gone',)", nil, "none"},
		"the environment names another": {"('/gone', '/gone')", "('" + authorities + "',)", []string{"SSL_CERT_FILE=/gone"}, "none"},
		"or a directory":                {"('/gone', '/gone')", "('" + authorities + "',)", []string{"SSL_CERT_DIR=/gone"}, "none"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(filepath.Join(b.Dir, "bin/python3"), "-B", "-c", `import ssl
c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
class OpenSSL:
    set_default_verify_paths = staticmethod(lambda context: None)
ssl._SSLContext = OpenSSL
class _ssl:
    get_default_verify_paths = staticmethod(lambda: ("SSL_CERT_FILE", FILE, "SSL_CERT_DIR", DIR))
FILE, DIR = `+test.paths+`
ssl._ssl = _ssl
ssl.SSLContext.set_default_verify_paths.__defaults__ = (`+test.files+`,)
c.load_default_certs()
print("some" if len(c.get_ca_certs()) > 20 else "none")`)
			cmd.Env = append([]string{"PATH=/usr/bin:/bin"}, test.env...)
			out, err := testkit.Output(cmd)
			if err != nil || out != test.want+"\n" {
				t.Errorf("%v; loaded %s want %s", err, out, test.want)
			}
		})
	}
}
