package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

func (s *server) break_(fault func(w http.ResponseWriter, r *http.Request) bool) {
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

func TestPublishIsOneArtifact(t *testing.T) {
	t.Parallel()
	s := serve(t)
	deb, rpm := pack(t, "deb", "amd64", "1:1.4.0-2", "debian"), pack(t, "rpm", "x86_64", "1:1.4.0-2", "rpm")
	sbom := put(t, artifact.Artifact{Name: "whois.cdx.json", Format: "sbom"}, "{}")
	old := put(t, artifact.Artifact{Name: "SHA256SUMS", Format: "checksums"}, "stale")
	at := s.host + "/Example/Whois"
	receipts := publish(t, open(t, "oci://"+at), deb, rpm, sbom, old)
	at = strings.ToLower(at)
	if diff := cmp.Diff(map[string]string{
		"amd64 " + deb.Name: "debian", "amd64 " + rpm.Name: "rpm", "unknown whois.cdx.json": "{}",
		"unknown SHA256SUMS": artifact.Checksums([]artifact.Artifact{deb, rpm, sbom}),
	}, files(t, at+":1.4.0-2")); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	all := tags(t, at)
	digest := all["1.4.0-2"]
	want := map[string]string{"1.4.0-2-amd64": all["1.4.0-2-amd64"]}
	for _, tag := range []string{"1.4.0-2", "1.4.0", "1.4", "1", "latest", "edge"} {
		want[tag] = digest
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	var wantReceipts []artifact.Receipt
	for _, a := range []artifact.Artifact{deb, rpm, sbom} {
		wantReceipts = append(wantReceipts, artifact.Receipt{
			Artifact: a.Name, Target: "oci://" + at, URL: "oci://" + at + ":1.4.0-2", Digest: "sha256:" + a.SHA256, Subject: at + "@" + digest,
		})
	}
	if diff := cmp.Diff(wantReceipts, receipts); diff != "" {
		t.Errorf("receipts (-want +got):\n%s", diff)
	}

	s.asked()
	again := publish(t, open(t, "oci://"+at), deb, rpm, sbom)
	if diff := cmp.Diff(receipts, again); diff != "" {
		t.Errorf("again (-first +again):\n%s", diff)
	}
	if sent := s.asked("POST", "PUT", "PATCH"); sent != nil {
		t.Errorf("the same again sent %q", sent)
	}
}

func TestPublishRefusesAnotherContent(t *testing.T) {
	t.Parallel()
	s := serve(t)
	at := s.host + "/o/whois"
	deb, rpm := pack(t, "deb", "amd64", "1.0-1", "one"), pack(t, "rpm", "x86_64", "1.0-1", "rpm")
	publish(t, open(t, "oci://"+at), deb, rpm)
	before := tags(t, at)
	s.asked()
	other := pack(t, "deb", "amd64", "1.0-1", "two")
	_, err := open(t, "oci://"+at).Publish(t.Context(), []artifact.Artifact{other, rpm})
	want := at + `:1.0-1-amd64: has another content as "whois_1.0-1_amd64.deb": want a new version or iteration, or the input overwrite`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if sent := s.asked("POST", "PUT", "PATCH"); sent != nil {
		t.Errorf("sent before it was refused: %q", sent)
	}
	if diff := cmp.Diff(before, tags(t, at)); diff != "" {
		t.Errorf("tags (-before +after):\n%s", diff)
	}
	publish(t, open(t, "oci://"+at, overwrite), other)
	got := files(t, at+":1.0-1")
	if got["amd64 "+deb.Name] != "two" || got["amd64 "+rpm.Name] != "rpm" || !strings.Contains(got["unknown SHA256SUMS"], other.SHA256) || strings.Contains(got["unknown SHA256SUMS"], deb.SHA256) {
		t.Errorf("after overwriting: %v", got)
	}
}

func TestPublishLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	s := serve(t)
	at := s.host + "/o/x"
	publish(t, open(t, "oci://"+at), pack(t, "deb", "all", "1.0~rc1-1", "x"))
	tests := map[string]struct {
		a    artifact.Artifact
		want string
	}{
		"another package":           {put(t, artifact.Artifact{Name: "y.deb", Format: "deb", Package: "y", Version: "1.0~rc1-1", Arch: "all"}, "y"), `is of the package "whois", not "y"`},
		"a version of the same tag": {pack(t, "deb", "all", "1.0-rc1-1", "x"), `is version "1.0~rc1-1", whose tag is the same as that of "1.0-rc1-1"`},
	}
	before := tags(t, at)
	for name, test := range tests {
		_, err := open(t, "oci://"+at).Publish(t.Context(), []artifact.Artifact{test.a})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", name, err, test.want)
		}
	}
	_, err := open(t, "oci://"+at).Publish(t.Context(), []artifact.Artifact{tests["another package"].a, pack(t, "deb", "all", "2.0-1", "x")})
	if want := `"whois_2.0-1_all.deb": is of "whois", others are of "y": want a repository for each`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("two packages: got %v, want %s", err, want)
	}
	if diff := cmp.Diff(before, tags(t, at)); diff != "" {
		t.Errorf("tags (-before +after):\n%s", diff)
	}
}

// TestPublishMergesArchitectures has the jobs of a matrix publish at the same time.
func TestPublishMergesArchitectures(t *testing.T) {
	t.Parallel()
	arches := []string{"amd64", "arm64", "armhf", "s390x"}
	for range 20 {
		s := serve(t)
		s.break_(func(http.ResponseWriter, *http.Request) bool { // so that they meet
			time.Sleep(rand.N(2 * time.Millisecond))
			return false
		})
		at := s.host + "/o/whois"
		var wg sync.WaitGroup
		var list []artifact.Artifact
		for _, arch := range arches {
			a := pack(t, "deb", arch, "1.0-1", "for "+arch)
			list = append(list, a)
			target := open(t, "oci://"+at)
			wg.Go(func() {
				if _, err := target.Publish(t.Context(), []artifact.Artifact{a}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		want := map[string]string{"unknown SHA256SUMS": artifact.Checksums(list)}
		for i, arch := range []string{"amd64", "arm64", "arm", "s390x"} {
			want[arch+" "+list[i].Name] = "for " + arches[i]
		}
		if diff := cmp.Diff(want, files(t, at+":1.0-1")); diff != "" {
			t.Fatalf("files (-want +got):\n%s", diff)
		}
		all := tags(t, at)
		if all["latest"] != all["1.0-1"] || all["1"] != all["1.0-1"] {
			t.Fatalf("channels are behind: %v", all)
		}
	}
}

func TestPublishForAllArchitectures(t *testing.T) {
	t.Parallel()
	s := serve(t)
	at := s.host + "/o/whois"
	publish(t, open(t, "oci://"+at), pack(t, "deb", "all", "1.0-1", "deb"))
	publish(t, open(t, "oci://"+at), pack(t, "rpm", "noarch", "1.0-1", "rpm"))
	got := files(t, at+":1.0-1")
	for _, arch := range []string{"amd64", "arm64", "riscv64"} {
		if got[arch+" whois_1.0-1_all.deb"] != "deb" || got[arch+" whois_1.0-1_noarch.rpm"] != "rpm" {
			t.Errorf("%s has not both: %v", arch, got)
		}
	}
}

func TestChannelsMoveForward(t *testing.T) {
	t.Parallel()
	s := serve(t)
	at := s.host + "/o/whois"
	where := map[string]string{}
	for _, version := range []string{"1.4.0-1", "1.5.0-1", "1.4.1-1", "1.6.0~rc1-1", "2.0~~dev3+gabc-1", "1.5.0-2", "1.4.1-1"} {
		publish(t, open(t, "oci://"+at), pack(t, "deb", "amd64", version, "of "+version))
		where[tags(t, at)[tagOf(version)]] = version
	}
	want := map[string]string{
		"1": "1.5.0-2", "1.4": "1.4.1-1", "1.5": "1.5.0-2", "1.4.0": "1.4.0-1", "1.4.1": "1.4.1-1", "1.5.0": "1.5.0-2",
		"latest": "1.5.0-2", "edge": "2.0~~dev3+gabc-1",
	}
	got := map[string]string{}
	for tag, digest := range tags(t, at) {
		if !strings.Contains(tag, "-") {
			got[tag] = where[digest]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

func TestChosenTags(t *testing.T) {
	t.Parallel()
	s := serve(t)
	at := s.host + "/o/whois"
	target := open(t, "oci://"+at+"?channels=latest,stable,1&tags=pinned")
	for _, version := range []string{"1.1-1", "2.0~rc1-1", "1.0-1"} {
		publish(t, target, pack(t, "deb", "amd64", version, version))
	}
	all := tags(t, at)
	for tag, version := range map[string]string{"latest": "1.1-1", "stable": "1.1-1", "1": "1.1-1", "pinned": "1.0-1", "edge": "", "1.1": ""} {
		if all[tag] != all[version] {
			t.Errorf("%s is not at %q: %v", tag, version, all)
		}
	}
	publish(t, open(t, "oci://"+s.host+"/o/none?channels="), pack(t, "deb", "amd64", "1.1-1", ""))
	if got := tags(t, s.host+"/o/none"); len(got) != 2 {
		t.Errorf("without channels: %v", got)
	}
}

// TestPublishThroughFaults has requests fail in every way, each only now and then.
func TestPublishThroughFaults(t *testing.T) {
	t.Parallel()
	faults := map[string]func(http.ResponseWriter, *http.Request){
		"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"503": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"429 with a time": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(429)
		},
		"cut at once": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut in the middle": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 100<<10)
			panic(http.ErrAbortHandler)
		},
		"cut in the answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("{"))
			panic(http.ErrAbortHandler)
		},
	}
	content := strings.Repeat("0123456789abcdef", 1<<16)
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			n := 0
			s.break_(func(w http.ResponseWriter, r *http.Request) bool {
				s.mu.Lock()
				n++
				now := n%7 == 3 || n == 9
				s.mu.Unlock()
				if now {
					fault(w, r)
				}
				return now
			})
			at := s.host + "/o/whois"
			deb := pack(t, "deb", "amd64", "1.0-1", content)
			publish(t, open(t, "oci://"+at), deb)
			s.break_(nil)
			if files(t, at+":1.0-1")["amd64 "+deb.Name] != content {
				t.Error("it is not there whole")
			}
		})
	}
}

func TestPublishGivesUp(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.break_(func(w http.ResponseWriter, r *http.Request) bool {
		bad := r.Method == "PATCH"
		if bad {
			w.WriteHeader(502)
		}
		return bad
	})
	_, err := open(t, "oci://"+s.host+"/o/x").Publish(t.Context(), []artifact.Artifact{pack(t, "deb", "amd64", "1.0-1", "x")})
	if err == nil || !strings.Contains(err.Error(), "502 Bad Gateway") {
		t.Errorf("got %v, want the server's 502", err)
	}
	if tries := len(s.asked("PATCH")); tries != 5 {
		t.Errorf("tried %d times, want 5", tries)
	}
}

// TestPublishAfterAnyEnd ends publishing at each of its requests in turn, and has
// the next run end as one clean run.
func TestPublishAfterAnyEnd(t *testing.T) {
	t.Parallel()
	list := []artifact.Artifact{pack(t, "deb", "amd64", "1.0-1", "deb"), pack(t, "rpm", "x86_64", "1.0-1", "rpm")}
	arm := pack(t, "deb", "arm64", "1.0-1", "arm")
	clean := serve(t)
	publish(t, open(t, "oci://"+clean.host+"/o/whois"), arm)
	clean.asked()
	publish(t, open(t, "oci://"+clean.host+"/o/whois"), list...)
	requests := len(clean.asked("GET", "HEAD", "POST", "PUT", "PATCH"))
	want := tags(t, clean.host+"/o/whois")
	if requests < 20 {
		t.Fatalf("%d requests only", requests)
	}
	for end := range requests {
		s := serve(t)
		at := s.host + "/o/whois"
		publish(t, open(t, "oci://"+at), arm)
		ctx, cancel := context.WithCancelCause(t.Context())
		killed := errors.New("killed")
		n := 0
		s.break_(func(http.ResponseWriter, *http.Request) bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			if n++; n > end {
				cancel(killed)
				panic(http.ErrAbortHandler)
			}
			return false
		})
		if _, err := open(t, "oci://"+at).Publish(ctx, list); !errors.Is(err, killed) {
			t.Fatalf("ended after %d requests: %v", end, err)
		}
		s.break_(nil)
		// Whoever looks meanwhile sees whole versions only.
		for tag := range tags(t, at) {
			if !strings.HasSuffix(tag, "64") {
				files(t, at+":"+tag)
			}
		}
		publish(t, open(t, "oci://"+at), list...)
		if diff := cmp.Diff(want, tags(t, at)); diff != "" {
			t.Fatalf("after %d requests (-clean +again):\n%s", end, diff)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const size = 1 << 20
	var last int64
	target := open(t, "oci://"+s.host+"/o/x", func(s *target.Setup) {
		s.Progress = func(name string, done, total int64) {
			if strings.HasSuffix(name, ".deb") && (total != size || done < last) {
				t.Errorf("%s: %d of %d after %d", name, done, total, last)
			}
			last = max(last, done)
		}
	})
	publish(t, target, pack(t, "deb", "amd64", "1.0-1", strings.Repeat("x", size)))
	if last != size {
		t.Errorf("told of %d of %d", last, size)
	}
}

func Example_tags() {
	for _, v := range []string{"1:1.4.0-1", "1.4.0+post1-1", "1.4.0~rc1-2", "1.3.0+git20260102.g1a2b3c4-1", "24.04-1~bpo12"} {
		fmt.Println(tagOf(v), channelsOf(v))
	}
	// Output:
	// 1.4.0-1 [1 1.4 1.4.0 latest edge]
	// 1.4.0_post1-1 [1 1.4 1.4.0 1.4.0_post1 latest edge]
	// 1.4.0-rc1-2 [edge]
	// 1.3.0_git20260102.g1a2b3c4-1 [edge]
	// 24.04-1-bpo12 [24 24.04 latest edge]
}
