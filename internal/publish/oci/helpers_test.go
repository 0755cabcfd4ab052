package oci

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/target"
)

func TestMain(m *testing.M) {
	sleep = func(ctx context.Context, d time.Duration) error { // a thousand times as fast
		select {
		case <-time.After(d / 1000):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	os.Exit(m.Run())
}

// server is a registry that records what it is asked, and fails when told to.
type server struct {
	host string
	mu   sync.Mutex
	log  []string
	// fault answers instead of the registry, if it returns true.
	fault func(w http.ResponseWriter, r *http.Request) bool
}

func serve(t *testing.T) *server {
	t.Helper()
	s := &server{}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.log = append(s.log, r.Method+" "+r.URL.Path)
		fault := s.fault
		s.mu.Unlock()
		if fault != nil && fault(w, r) {
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	s.host = strings.TrimPrefix(web.URL, "http://")
	return s
}

// asked returns the requests since the last call that a method has.
func (s *server) asked(methods ...string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, line := range s.log {
		if method, _, _ := strings.Cut(line, " "); slices.Contains(methods, method) {
			list = append(list, line)
		}
	}
	s.log = nil
	return list
}

func (s *server) breakBy(fault func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

func setup(env map[string]string) target.Setup {
	return target.Setup{
		Getenv: func(name string) string { return env[name] }, Now: time.Now,
		Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}

func open(t *testing.T, url string, change ...func(*target.Setup)) *Target {
	t.Helper()
	s := setup(nil)
	for _, c := range change {
		c(&s)
	}
	target, err := Open(url, s)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func overwrite(s *target.Setup) { s.Overwrite = true }

// pack writes a file and describes it as an artifact: FORMAT ARCH VERSION CONTENT.
func pack(t *testing.T, format, arch, version, content string) artifact.Artifact {
	t.Helper()
	file := "whois_" + strings.ReplaceAll(version, "~", ".") + "_" + arch + "." + format
	return put(t, artifact.Artifact{Name: file, Format: format, Package: "whois", Version: version, Arch: arch}, content)
}

func put(t *testing.T, a artifact.Artifact, content string) artifact.Artifact {
	t.Helper()
	a.Path = filepath.Join(t.TempDir(), a.Name)
	if err := os.WriteFile(a.Path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	var err error
	if a.SHA256, a.Size, err = artifact.Digest(a.Path); err != nil {
		t.Fatal(err)
	}
	return a
}

func publish(t *testing.T, target *Target, list ...artifact.Artifact) []artifact.Receipt {
	t.Helper()
	receipts, err := target.Publish(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	return receipts
}

// tags lists the tags of a repository with the digests that they are at.
func tags(t *testing.T, repository string) map[string]string {
	t.Helper()
	repo, err := name.NewRepository(repository)
	if err != nil {
		t.Fatal(err)
	}
	list, err := remote.List(repo)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, tag := range list {
		d, err := remote.Get(repo.Tag(tag))
		if err != nil {
			t.Fatal(err)
		}
		all[tag] = d.Digest.String()
	}
	return all
}

// files lists the files under a reference: PLATFORM NAME and their content.
func files(t *testing.T, reference string) map[string]string {
	t.Helper()
	ref, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	index, err := remote.Index(ref)
	if err != nil {
		t.Fatal(err)
	}
	list, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, m := range list.Manifests {
		d, err := remote.Get(ref.Context().Digest(m.Digest.String()))
		if err != nil {
			t.Fatal(err)
		}
		content, err := parse[fileManifest](d.Manifest)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range content.Layers {
			all[m.Platform.Architecture+" "+title(l)] = read(t, ref.Context(), l)
		}
	}
	return all
}

func read(t *testing.T, repo name.Repository, d v1.Descriptor) string {
	t.Helper()
	layer, err := remote.Layer(repo.Digest(d.Digest.String()))
	if err != nil {
		t.Fatal(err)
	}
	r, err := layer.Compressed()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
