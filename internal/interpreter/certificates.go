package interpreter

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// patchCertificates lets the bundle's ssl module find the certificate
// authorities of any system. OpenSSL looks in a directory that is fixed when it
// is compiled, and each family of systems has another one: Debian's is not there
// on Red Hat's. It costs nothing before a program makes a default context, and
// leaves the environment and the site's own start-up files alone.
func (c *bundling) patchCertificates(context.Context) error {
	name := filepath.Join(c.to, c.library("lib"), "ssl.py")
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) || bytes.Contains(text, []byte(certificates)) {
		return nil // an interpreter without OpenSSL, or one that is a bundle of ours
	} else if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, certificates...), 0o644)
}

// certificates goes to the end of ssl.py. The files are those of Debian, Red
// Hat, SUSE and Alpine.
const certificates = `

# Added by pinpack. The OpenSSL of this interpreter looks for certificate
# authorities where the system has them that it was built for. Where there are
# none, and the environment names no others, take those of this system.
def _set_default_verify_paths(self, _files=(
    '/etc/ssl/certs/ca-certificates.crt',
    '/etc/pki/tls/certs/ca-bundle.crt',
    '/etc/ssl/ca-bundle.pem',
    '/etc/ssl/cert.pem',
)):
    _SSLContext.set_default_verify_paths(self)
    paths = get_default_verify_paths()
    if paths.cafile or paths.openssl_cafile_env in os.environ or paths.openssl_capath_env in os.environ:
        return
    if paths.capath and any(name.endswith('.0') for name in os.listdir(paths.capath)):
        return
    for file in _files:
        if os.path.isfile(file):
            self.load_verify_locations(file)
            return


SSLContext.set_default_verify_paths = _set_default_verify_paths
`
