package oci

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/target"
)

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
	for range 8 {
		s := serve(t)
		s.breakBy(func(http.ResponseWriter, *http.Request) bool { // so that they meet
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
