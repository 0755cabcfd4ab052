package image

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/target"
)

func TestImage(t *testing.T) {
	t.Parallel()
	s := serve(t)
	base := pushBase(t, s, debian(), "amd64")
	deb := pack(t, "amd64", "1.0", shop())
	publisher := open(t, "image://"+s.host+"/o/Shop?base="+base)
	must(t, publisher.Check(t.Context()))
	receipts, err := publisher.Publish(t.Context(), []artifact.Artifact{deb, {Name: "shop.rpm", Format: "rpm"}})
	must(t, err)
	at := s.host + "/o/shop"
	img := pull(t, at+":1.0", "amd64")
	digest := receipts[0].Digest
	want := []artifact.Receipt{{Artifact: deb.Name, Target: "image://" + at, URL: "docker://" + at + ":1.0-1", Digest: digest, Subject: at + "@" + digest}}
	if diff := cmp.Diff(want, receipts); diff != "" {
		t.Errorf("receipts (-want +got):\n%s", diff)
	}

	got := tree(t, img)
	before := tree(t, makeBase(t, "amd64", debian()))
	added := map[string]string{}
	for name, line := range got {
		if line != before[name] {
			added[name] = line
		}
	}
	for name := range before {
		if got[name] == "" {
			t.Errorf("%s of the base is gone", name)
		}
	}
	status := added["/var/lib/dpkg/status"]
	for _, name := range []string{"/var/lib/dpkg/status", "/var/lib/dpkg/info/shop.list", "/var/lib/dpkg/info/shop.md5sums", "/usr/share/shop/build-info.json"} {
		if added[name] == "" {
			t.Errorf("no %s", name)
		}
		delete(added, name)
	}
	if diff := cmp.Diff(map[string]string{
		"/etc/passwd": "0 0644 0:0 root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/:\nshop:x:10001:10001:shop application:/var/lib/shop:/usr/sbin/nologin",
		"/etc/group":  "0 0644 0:0 root:x:0:\nwww-data:x:33:\nshop:x:10001:", "/etc/shop.conf": "0 0644 0:0 x",
		"/var/lib/shop": "5 0750 10001:10001", "/run": "5 0755 0:0", "/run/shop": "5 0755 0:0", "/run/shop/run": "5 0750 10001:10001",
		"/opt": "5 0755 0:0", "/opt/shop": "5 0755 0:0", "/opt/shop/bin": "5 0755 0:0", "/opt/shop/bin/work": "0 0755 0:0 #!", "/usr/bin/shop": "-> /opt/shop/bin/work",
		"/usr/lib/systemd": "5 0755 0:0", "/usr/lib/systemd/system": "5 0755 0:0", "/usr/lib/systemd/system/shop.service": "0 0644 0:0 [Unit]",
		"/usr/share": "5 0755 0:0", "/usr/share/shop": "5 0755 0:0", "/var/lib/dpkg/info/shop.conffiles": "0 0644 0:0 /etc/shop.conf",
	}, added); diff != "" {
		t.Errorf("added (-want +got):\n%s", diff)
	}
	all := map[string][]string{}
	installed(status[strings.Index(status, "Package"):], all)
	if len(all["shop"]) != 1 || all["shop"][0] != "1.0-1" || len(all["libc6"]) != 1 || !strings.Contains(status, "Conffiles:\n /etc/shop.conf 401b30e3b8b5d629635a5c613cdb7919") {
		t.Errorf("list of packages: %s", status)
	}

	config, err := img.ConfigFile()
	must(t, err)
	labels := map[string]string{"keep": "me"}
	manifest, err := img.Manifest()
	must(t, err)
	maps.Copy(labels, manifest.Annotations)
	delete(labels, sourceKey)
	if diff := cmp.Diff(v1.Config{
		Entrypoint: []string{"/bin/sh", "-c", "exec serve $PORT"}, User: "10001:10001", WorkingDir: "/opt/shop", StopSignal: "SIGTERM",
		Env: []string{"LANG=C", "A=own", "PATH=/opt/shop/bin:/usr/bin", "PORT=8000"}, ExposedPorts: map[string]struct{}{"8000/tcp": {}}, Labels: labels,
	}, config.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	for key, want := range map[string]string{
		"title": "shop", "version": "1.0-1", "created": "2026-01-02T03:04:05Z", "revision": "abc", "source": "https://github.com/example/shop",
		"description": "Sells things", "base.name": base,
	} {
		if labels[prefix+key] != want {
			t.Errorf("label %s: %q, want %q", key, labels[prefix+key], want)
		}
	}
	if !config.Created.Equal(built) || len(config.RootFS.DiffIDs) != 2 || len(config.History) != 2 {
		t.Errorf("configuration: %+v", config)
	}
}

func TestImageIsReproducible(t *testing.T) {
	t.Parallel()
	s := serve(t)
	base := pushBase(t, s, debian(), "amd64")
	deb := pack(t, "amd64", "1.0", shop())
	var digests []string
	for _, name := range []string{"a", "b", "b"} {
		s.asked()
		receipts, err := open(t, "image://"+s.host+"/o/"+name+"?base="+base).Publish(t.Context(), []artifact.Artifact{deb})
		must(t, err)
		digests = append(digests, receipts[0].Digest)
	}
	if digests[0] != digests[1] || digests[1] != digests[2] {
		t.Errorf("digests %v: want the same", digests)
	}
	if sent := s.asked("POST", "PUT", "PATCH"); len(sent) > 0 {
		t.Errorf("the same again sent %q", sent)
	}
}

func TestImageOfAnotherBaseIsAnother(t *testing.T) {
	t.Parallel()
	s := serve(t)
	base := pushBase(t, s, debian(), "amd64")
	newer := debian()
	newer["new"] = "x"
	other := pushBase(t, s, newer, "amd64")
	deb := []artifact.Artifact{pack(t, "amd64", "1.0", shop())}
	at := "image://" + s.host + "/o/shop?base="
	_, err := open(t, at+base).Publish(t.Context(), deb)
	must(t, err)
	for _, url := range []string{at + other, at + base + "&process=worker"} {
		s.asked()
		if _, err := open(t, url).Publish(t.Context(), deb); err == nil || !strings.Contains(err.Error(), "is there, made of another package, base or process: want a new version or iteration, or the input overwrite") {
			t.Errorf("%s: %v", url, err)
		}
		if sent := s.asked("POST", "PUT", "PATCH"); len(sent) > 0 {
			t.Errorf("sent %q", sent)
		}
	}
	_, err = open(t, at+other, func(s *target.Setup) { s.Overwrite = true }).Publish(t.Context(), deb)
	must(t, err)
	if tree(t, pull(t, s.host+"/o/shop:latest", "amd64"))["/new"] == "" {
		t.Error("it was not overwritten")
	}
}

func TestImageOnDistroless(t *testing.T) {
	t.Parallel()
	s := serve(t)
	base := pushBase(t, s, distroless(), "amd64")
	deb := []artifact.Artifact{pack(t, "amd64", "1.0", shop())}
	at := "image://" + s.host + "/o/shop?base=" + base
	if _, err := open(t, at).Publish(t.Context(), deb); err == nil || !strings.Contains(err.Error(), "lacks what the package depends on: dash:") {
		t.Errorf("a command that takes a shell: %v", err)
	}
	_, err := open(t, at+"&process=worker").Publish(t.Context(), deb)
	must(t, err)
	got := tree(t, pull(t, s.host+"/o/shop:1.0-1", "amd64"))
	if !strings.Contains(got["/var/lib/dpkg/status.d/shop"], "Package: shop\nStatus: install ok installed\n") || !strings.Contains(got["/var/lib/dpkg/status.d/shop.md5sums"], "  opt/shop/bin/work") {
		t.Errorf("the package is not listed: %v", got)
	}
}

// TestImagesOfAMatrix has jobs publish for their architectures at the same time.
func TestImagesOfAMatrix(t *testing.T) {
	t.Parallel()
	s := serve(t)
	base := pushBase(t, s, debian(), "amd64", "arm64", "s390x")
	var wg sync.WaitGroup
	for _, arch := range []string{"amd64", "arm64"} {
		deb := pack(t, arch, "1.0", shop())
		publisher := open(t, "image://"+s.host+"/o/shop?base="+base)
		wg.Go(func() {
			if _, err := publisher.Publish(t.Context(), []artifact.Artifact{deb}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, arch := range []string{"amd64", "arm64"} {
		config, err := pull(t, s.host+"/o/shop:1", arch).ConfigFile()
		must(t, err)
		if config.Architecture != arch {
			t.Errorf("%s is for %s", arch, config.Architecture)
		}
	}
	_, err := open(t, "image://"+s.host+"/o/all?base="+base).Publish(t.Context(), []artifact.Artifact{pack(t, "all", "2.0", nil)})
	must(t, err)
	for _, arch := range []string{"amd64", "arm64", "s390x"} {
		config, err := pull(t, s.host+"/o/all:2", arch).ConfigFile()
		must(t, err)
		if config.Architecture != arch || config.Config.User != "" || strings.Join(config.Config.Entrypoint, " ") != "/usr/bin/shop" || config.Config.Env[2] != "PATH=/opt/shop/bin:/base/bin" {
			t.Errorf("%s: %+v", arch, config)
		}
	}
	deb := pack(t, "ppc64el", "3.0", shop())
	_, err = open(t, "image://"+s.host+"/o/shop?base="+base).Publish(t.Context(), []artifact.Artifact{deb})
	if err == nil || !strings.Contains(err.Error(), "it has no image for ppc64le, but for amd64, arm64, s390x") {
		t.Errorf("an architecture that the base lacks: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	const pinned = "debian@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for query, want := range map[string]string{
		"":                                 "no base: want the option base=IMAGE@sha256:DIGEST",
		"base=debian:12-slim":              `option base="debian:12-slim": is not pinned`,
		"base=debian:12-slim&unpinned=yes": `option unpinned="yes": want true or false`,
		"base=debian@sha256:12":            `option base="debian@sha256:12":`,
		"base=" + pinned + "&missing=no":   `option missing="no": want error or warn`,
		"base=" + pinned + "&proces=web":   `unknown option "proces": want channels, tags, plain-http, base, process, missing, unpinned`,
	} {
		_, err := Open("image://ghcr.io/o/shop?"+query, target.Setup{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", query, err, want)
		}
	}
	for _, query := range []string{"base=" + pinned, "base=debian:12-slim&unpinned=true", "base=ghcr.io/o/base:1@" + pinned[7:] + "&missing=warn&process=web"} {
		if _, err := Open("image://ghcr.io/o/shop?"+query, target.Setup{}); err != nil {
			t.Errorf("%q: %v", query, err)
		}
	}
	s := serve(t)
	err := open(t, "image://"+s.host+"/o/shop?base="+s.host+"/library/"+pinned).Check(t.Context())
	if err == nil || !strings.Contains(err.Error(), "read the base") {
		t.Errorf("a base that is not there: %v", err)
	}
	_, err = open(t, "image://"+s.host+"/o/shop?base="+pushBase(t, s, debian(), "amd64")).Publish(t.Context(), []artifact.Artifact{{Name: "x.rpm", Format: "rpm"}})
	if err == nil || err.Error() != "no .deb among the packages: an image is made of one" {
		t.Errorf("an .rpm alone: %v", err)
	}
}

// TestImageAfterAnyEnd ends publishing at each of its requests in turn, and has the
// next run end as one clean run, with nothing left in the temporary directory.
func TestImageAfterAnyEnd(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	clean := serve(t)
	base := pushBase(t, clean, debian(), "amd64")
	deb := []artifact.Artifact{pack(t, "amd64", "1.0", shop())}
	clean.asked()
	receipts, err := open(t, "image://"+clean.host+"/o/shop?base="+base).Publish(t.Context(), deb)
	must(t, err)
	requests := len(clean.asked("GET", "HEAD", "POST", "PUT", "PATCH"))
	if requests < 30 {
		t.Fatalf("%d requests only", requests)
	}
	for end := range requests {
		url := fmt.Sprintf("image://%s/o/shop%d?base=%s", clean.host, end, base)
		ctx, cancel := context.WithCancelCause(t.Context())
		killed := errors.New("killed")
		clean.asked()
		clean.endBy(func(n int) bool {
			if n > end {
				cancel(killed)
			}
			return n > end
		})
		_, err := open(t, url).Publish(ctx, deb)
		if err == nil && ctx.Err() == nil && end > 30 {
			break // the registry had the content already, from another repository
		}
		if !errors.Is(err, killed) {
			t.Fatalf("ended after %d requests: %v", end, err)
		}
		clean.endBy(nil)
		again, err := open(t, url).Publish(t.Context(), deb)
		must(t, err)
		if len(again) != 1 || again[0].Digest != receipts[0].Digest {
			t.Fatalf("after %d requests: %+v, want the digest %s", end, again, receipts[0].Digest)
		}
		for _, tag := range []string{"1.0-1", "1.0", "1", "latest", "edge"} {
			ref, err := name.ParseReference(fmt.Sprintf("%s/o/shop%d:%s", clean.host, end, tag))
			must(t, err)
			if d, err := remote.Head(ref); err != nil || d.Digest.String() != receipts[0].Digest {
				t.Fatalf("after %d requests, %s: %+v, %v", end, tag, d, err)
			}
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary directory: %v (%v)", left, err)
	}
}
