package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/target"
	"github.com/pinpack/pinpack/internal/service"
)

// server is a registry that records what it is asked.
type server struct {
	host string
	mu   sync.Mutex
	log  []string
	end  func(n int) bool // ends with its n-th request from now on
}

func serve(t *testing.T) *server {
	t.Helper()
	s := &server{}
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.log = append(s.log, r.Method+" "+r.URL.Path)
		end := s.end != nil && s.end(len(s.log))
		s.mu.Unlock()
		if end {
			panic(http.ErrAbortHandler)
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	s.host = strings.TrimPrefix(web.URL, "http://")
	return s
}

func (s *server) endBy(end func(n int) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = end
}

// asked returns the requests with a method since the last call.
func (s *server) asked(methods ...string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.DeleteFunc(s.log, func(line string) bool {
		method, _, _ := strings.Cut(line, " ")
		return !slices.Contains(methods, method)
	})
	s.log = nil
	return list
}

const debianStatus = "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u8\nDescription: C\n library\n\n" +
	"Package: python3.11\nStatus: install ok installed\nVersion: 3.11.2-6\nProvides: python3-any, python3-exact (= 3.11.2)\n\n" +
	"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n"

// debian is a base with merged /usr, as a list of PATH TEXT; "-> x" is a link, a
// name with a slash at its end a directory.
func debian() map[string]string {
	return map[string]string{
		"lib": "-> usr/lib", "bin": "-> usr/bin", "usr/": "", "usr/lib/": "", "usr/bin/": "", "usr/bin/sh": "#!", "etc/": "", "var/": "", "var/lib/": "", "var/lib/dpkg/": "", "var/lib/dpkg/info/": "",
		"etc/passwd": "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/:\n", "etc/group": "root:x:0:\nwww-data:x:33:\n", "var/lib/dpkg/status": debianStatus,
	}
}

func distroless() map[string]string {
	m := debian()
	delete(m, "var/lib/dpkg/status")
	delete(m, "usr/bin/sh")
	m["var/lib/dpkg/status.d/"] = ""
	for stanza := range strings.SplitSeq(debianStatus, "\n\n") {
		name := get(parseFields(stanza), "Package")
		m["var/lib/dpkg/status.d/"+name] = strings.Replace(stanza, "Status: install ok installed\n", "", 1)
		m["var/lib/dpkg/status.d/"+name+".md5sums"] = "00  x\n"
	}
	delete(m, "var/lib/dpkg/status.d/gone")
	return m
}

// makeBase makes an image of some files.
func makeBase(t *testing.T, arch string, content map[string]string) v1.Image {
	t.Helper()
	var names []string
	for name := range content {
		names = append(names, name)
	}
	slices.Sort(names)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range names {
		text := content[name]
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(text))}
		if link, ok := strings.CutPrefix(text, "-> "); ok {
			h = &tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: link, Mode: 0o777}
		} else if strings.HasSuffix(name, "/") {
			h = &tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}
		}
		must(t, w.WriteHeader(h))
		if h.Typeflag == tar.TypeReg {
			_, err := io.WriteString(w, text)
			must(t, err)
		}
	}
	must(t, w.Close())
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	must(t, err)
	img, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: arch, Config: v1.Config{
		Cmd: []string{"bash"}, Env: []string{"PATH=/base/bin", "A=base", "LANG=C"}, Labels: map[string]string{"org.opencontainers.image.title": "base", "keep": "me"},
	}})
	must(t, err)
	img, err = mutate.AppendLayers(img, layer)
	must(t, err)
	return img
}

// pushBase pushes an image for each architecture, as an index if there are several,
// and returns its pinned name.
func pushBase(t *testing.T, s *server, content map[string]string, arches ...string) string {
	t.Helper()
	repo, err := name.NewRepository(s.host + "/library/debian")
	must(t, err)
	if len(arches) == 1 {
		img := makeBase(t, arches[0], content)
		digest, err := img.Digest()
		must(t, err)
		ref := repo.Digest(digest.String())
		must(t, remote.Write(ref, img))
		return ref.Name()
	}
	index := v1.ImageIndex(empty.Index)
	for _, arch := range arches {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: makeBase(t, arch, content), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
	}
	digest, err := index.Digest()
	must(t, err)
	ref := repo.Digest(digest.String())
	must(t, remote.WriteIndex(ref, index))
	return ref.Name()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var built = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// shop is an application with two processes.
func shop() *service.Container {
	return &service.Container{
		User: "shop", Group: "shop", Home: "/var/lib/shop", Directories: []string{"/var/lib/shop", "/run/shop/run"}, HostOnly: []string{"passwd"},
		Release: []string{"/opt/shop/bin/migrate"},
		Processes: []service.ContainerProcess{
			{Name: "web", Command: []string{"/bin/sh", "-c", "exec serve $PORT"}, Environment: []string{"A=own", "PATH=/opt/shop/bin:/usr/bin", "PORT=8000"}, Directory: "/opt/shop", Port: "8000"},
			{Name: "worker", Command: []string{"/opt/shop/bin/work"}, Directory: "/opt/shop"},
			{Name: "report", Command: []string{"/opt/shop/bin/report"}, Directory: "/opt/shop", Periodic: true},
		},
	}
}

// pack makes a .deb like ours.
func pack(t *testing.T, arch, version string, services *service.Container, depends ...string) artifact.Artifact {
	t.Helper()
	dir := t.TempDir()
	text := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	if services != nil {
		depends = append(depends, "passwd")
	}
	info, err := json.Marshal(map[string]any{"name": "shop", "version": version, "commit": "abc", "prefix": "/opt/shop", "built": built, "services": services})
	must(t, err)
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("shop_%s-1_%s.deb", version, arch)))
	must(t, err)
	root := files.ContentFileInfo{Mode: 0o644, MTime: built}
	program := files.ContentFileInfo{Mode: 0o755, MTime: built}
	err = errors.Join(deb.Default.Package(nfpm.WithDefaults(&nfpm.Info{
		Name: "shop", Arch: arch, Version: version, Release: "1", VersionSchema: "none", Maintainer: "A <a@example.org>", MTime: built,
		Description: "Sells things\nand more things", Homepage: "https://github.com/example/shop/tree/main",
		Overridables: nfpm.Overridables{
			Depends: append([]string{"python3.11", "libc6 (>= 2.34)"}, depends...),
			Contents: files.Contents{
				{Source: text("build-info.json", string(info)), Destination: "/usr/share/shop/build-info.json", FileInfo: &root},
				{Source: text("unit", "[Unit]\n"), Destination: "/lib/systemd/system/shop.service", FileInfo: &root},
				{Source: text("conf", "x\n"), Destination: "/etc/shop.conf", Type: files.TypeConfigNoReplace, FileInfo: &root},
				{Source: text("work", "#!"), Destination: "/opt/shop/bin/work", FileInfo: &program},
				{Source: "/opt/shop/bin/work", Destination: "/usr/bin/shop", Type: files.TypeSymlink},
			},
		},
	}), f), f.Close())
	must(t, err)
	sum, size, err := artifact.Digest(f.Name())
	must(t, err)
	return artifact.Artifact{Path: f.Name(), Name: filepath.Base(f.Name()), Format: "deb", Package: "shop", Version: version + "-1", Arch: arch, Size: size, SHA256: sum}
}

func open(t *testing.T, url string, change ...func(*target.Setup)) *Target {
	t.Helper()
	s := target.Setup{Getenv: func(string) string { return "" }, Now: time.Now, Time: time.Now()}
	for _, c := range change {
		c(&s)
	}
	target, err := Open(url, s)
	must(t, err)
	return target
}

// pull is the image under a reference for an architecture.
func pull(t *testing.T, reference, arch string) v1.Image {
	t.Helper()
	ref, err := name.ParseReference(reference)
	must(t, err)
	img, err := remote.Image(ref, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: arch}))
	must(t, err)
	return img
}

// tree lists what is in an image: MODE UID:GID and the text or the link.
func tree(t *testing.T, img v1.Image) map[string]string {
	t.Helper()
	content := mutate.Extract(img)
	defer content.Close()
	all := map[string]string{}
	for r := tar.NewReader(content); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		must(t, err)
		text, err := io.ReadAll(r)
		must(t, err)
		line := fmt.Sprintf("%c %04o %d:%d %s", h.Typeflag, h.Mode, h.Uid, h.Gid, text)
		if h.Typeflag == tar.TypeSymlink {
			line = "-> " + h.Linkname
		}
		all["/"+strings.Trim(h.Name, "/")] = strings.TrimSpace(line)
	}
}
