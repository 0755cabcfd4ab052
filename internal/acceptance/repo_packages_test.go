//go:build acceptance

package acceptance

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	contents "github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"

	"github.com/pinpack/pinpack/internal/testkit"
)

// secretKey is the path of a key for tests.
func secretKey(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs("../signature/testdata/keys/" + name + ".asc")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// tiny makes the packages of a version of an application without needs, for
// both families, and returns their files. The .rpm is signed with the key.
func tiny(t testing.TB, dir, version, key string) []string {
	t.Helper()
	return tinyWith(t, dir, version, version, key)
}

// tinyWith is tiny with another text in it.
func tinyWith(t testing.TB, dir, version, text, key string) []string {
	t.Helper()
	made := []string{filepath.Join(dir, "tiny_"+version+"-1_all.deb"), filepath.Join(dir, "tiny-"+version+"-1.noarch.rpm")}
	if _, err := os.Stat(made[1]); err == nil {
		return made // again, a signature would have another time
	}
	source := filepath.Join(dir, "text-"+version)
	write(t, source, text+"\n")
	for i, format := range []string{"deb", "rpm"} {
		info := nfpm.WithDefaults(&nfpm.Info{
			Name: "tiny", Arch: "all", Version: version, Release: "1", VersionSchema: "none", Maintainer: "A <a@example.org>", Section: "misc",
			MTime: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Description: "A tiny one.", License: "MIT",
			Overridables: nfpm.Overridables{
				Contents: contents.Contents{{Source: source, Destination: "/opt/tiny/version"}},
				RPM:      nfpm.RPM{BuildHost: "localhost", Signature: nfpm.RPMSignature{PackageSignature: nfpm.PackageSignature{KeyFile: key}}},
			},
		})
		var b bytes.Buffer
		err := deb.Default.Package(info, &b)
		if format == "rpm" {
			b.Reset()
			err = rpm.DefaultRPM.Package(info, &b)
		}
		if err != nil {
			t.Fatal(err)
		}
		write(t, made[i], b.String())
	}
	return made
}

// publishing is pinpack at work on a repository, with the time fixed.
func publishing(t testing.TB, key string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program(t), args...)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1772366400", "PINPACK_SIGNING_KEY="+key)
	return cmd
}

// site is a directory served over HTTP, as any static server does.
type site struct {
	dir, url string
	mu       sync.Mutex
	asked    []string
	// change, if set, changes what is served.
	change func(path string, data []byte) []byte
}

// serve serves a directory until the test ends.
func serve(t testing.TB, dir string) *site {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{dir: dir, url: "http://" + listener.Addr().String()}
	server := &http.Server{Handler: s}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(r.URL.Path)))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	s.mu.Lock()
	s.asked = append(s.asked, r.URL.Path)
	change := s.change
	s.mu.Unlock()
	if change != nil {
		data = change(r.URL.Path, data)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// during returns the files that were asked for, and found, during some work.
func (s *site) during(change func(path string, data []byte) []byte, work func()) []string {
	s.mu.Lock()
	s.asked, s.change = nil, change
	s.mu.Unlock()
	work()
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.asked)
	s.change = nil
	return slices.Compact(s.asked)
}

// flip changes one byte in the middle of a file.
func flip(file string) func(path string, data []byte) []byte {
	return func(path string, data []byte) []byte {
		if path == file && len(data) > 0 {
			data[len(data)/2] ^= 0x01
		}
		return data
	}
}

// client is a package manager in a clean system that knows one repository.
type client interface {
	// get has the client look at the repository and install a version, or the
	// newest.
	get(version string) error
	// refresh has it look only.
	refresh() error
	// has is what is installed.
	has(t testing.TB) string
	// forget brings it back to where it knows nothing of the repository's content.
	forget(t testing.TB)
}

// aptClient is apt in a root. Options are for all that it does.
type aptClient struct {
	root
	options []string
}

func newAptClient(t testing.TB, suiteName string, s *site) *aptClient {
	t.Helper()
	r := copyRoot(t, suite(t, suiteName))
	for _, name := range []string{"/etc/apt/sources.list", "/etc/apt/sources.list.d", "/var/lib/apt/lists"} {
		if err := os.RemoveAll(r.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	c := &aptClient{root: r}
	if err := copyFile(filepath.Join(s.dir, "tiny.sources"), r.path("/etc/apt/sources.list.d/tiny.sources")); err != nil {
		t.Fatal(err)
	}
	if err := copyFile(filepath.Join(s.dir, "key.asc"), r.path("/etc/apt/keyrings/tiny.asc")); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *aptClient) apt(args ...string) error {
	_, err := testkit.Output(c.command("root", "apt-get", slices.Concat([]string{"--quiet", "--yes", "--option", "APT::Update::Error-Mode=any", "--option", "Acquire::Retries=0"}, c.options, args)...))
	return err
}

func (c *aptClient) refresh() error { return c.apt("update") }

func (c *aptClient) get(version string) error {
	if err := c.refresh(); err != nil {
		return err
	}
	name := "tiny"
	if version != "" {
		name += "=" + version + "-1"
	}
	return c.apt("install", "--allow-downgrades", name)
}

func (c *aptClient) has(testing.TB) string {
	data, _ := os.ReadFile(c.path("/opt/tiny/version"))
	return strings.TrimSpace(string(data))
}

func (c *aptClient) forget(t testing.TB) {
	t.Helper()
	c.run(t, "dpkg", "--purge", "tiny")
	for _, name := range []string{"/var/lib/apt/lists", "/var/cache/apt"} {
		if err := os.RemoveAll(c.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(c.path("/var/cache/apt/archives/partial"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// dnfClient is this machine's dnf at work on a root of its own.
type dnfClient struct{ dir, key string }

func newDnfClient(t testing.TB, s *site) *dnfClient {
	t.Helper()
	testkit.Need(t, "dnf")
	testkit.Need(t, "gpg")
	c := &dnfClient{dir: t.TempDir()}
	if err := copyFile(filepath.Join(s.dir, "tiny.repo"), filepath.Join(c.dir, "repos/tiny.repo")); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *dnfClient) dnf(args ...string) error {
	set := []string{
		"--installroot=" + c.dir + "/root", "--releasever=12", "--setopt=reposdir=" + c.dir + "/repos", "--setopt=cachedir=" + c.dir + "/cache",
		"--setopt=retries=1", "--setopt=skip_if_unavailable=False", "--disableplugin=*", "--assumeyes", "--quiet", "--refresh",
	}
	cmd := exec.Command("dnf", append(set, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=" + c.dir}
	_, err := testkit.Output(cmd)
	return err
}

func (c *dnfClient) refresh() error { return c.dnf("makecache") }

func (c *dnfClient) get(version string) error {
	now, _ := os.ReadFile(c.dir + "/root/opt/tiny/version")
	switch {
	case version == "":
		return c.dnf("install", "--best", "tiny")
	case strings.TrimSpace(string(now)) > version:
		return c.dnf("downgrade", "tiny-"+version+"-1")
	}
	return c.dnf("install", "tiny-"+version+"-1")
}

func (c *dnfClient) has(testing.TB) string {
	data, _ := os.ReadFile(c.dir + "/root/opt/tiny/version")
	return strings.TrimSpace(string(data))
}

func (c *dnfClient) forget(t testing.TB) {
	t.Helper()
	for _, name := range []string{"root", "cache"} {
		if err := os.RemoveAll(filepath.Join(c.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// version is one that orders as its number does.
func version(n int) string { return fmt.Sprintf("1.%03d", n) }
