package main

import (
	"archive/tar"
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/rogpeppe/go-internal/testscript"
)

// serveRegistries starts a registry, $REGISTRY, which has a base for images, $BASE,
// and one that takes ann with the password "s3cret-passw0rd" only, $LOCKED.
func serveRegistries(env *testscript.Env) error {
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	locked := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "ann" || password != "s3cret-passw0rd" {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	})
	for variable, h := range map[string]http.Handler{"REGISTRY": handler, "LOCKED": locked} {
		web := httptest.NewServer(h)
		env.Defer(web.Close)
		env.Setenv(variable, strings.TrimPrefix(web.URL, "http://"))
	}
	base, err := pushBase(env.Getenv("REGISTRY"), "python"+env.Getenv("PYMINOR"))
	env.Setenv("BASE", base)
	return err
}

// pushBase pushes an image in which a package is installed, as far as its list of
// packages goes, and returns its name, pinned.
func pushBase(host, installed string) (string, error) {
	status := "Package: " + installed + "\nStatus: install ok installed\nVersion: 3\n"
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "var/lib/dpkg/status", Mode: 0o644, Size: int64(len(status))}); err != nil {
		return "", err
	}
	if _, err := io.WriteString(w, status); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	if err != nil {
		return "", err
	}
	img, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: runtime.GOARCH})
	if err == nil {
		img, err = mutate.AppendLayers(img, layer)
	}
	if err != nil {
		return "", err
	}
	repo, err := name.NewRepository(host + "/base/debian")
	if err != nil {
		return "", err
	}
	digest, err := img.Digest()
	if err != nil {
		return "", err
	}
	ref := repo.Digest(digest.String())
	return ref.Name(), remote.Write(ref, img)
}
