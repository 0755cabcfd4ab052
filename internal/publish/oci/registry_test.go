//go:build acceptance

package oci

import (
	"bytes"
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
)

const (
	orasProgram = "oras.land/oras/cmd/oras@v1.3.6"
	user        = "ann"
	password    = "s3cret-passw0rd"
)

var login = map[string]string{"REGISTRY_USERNAME": user, "REGISTRY_PASSWORD": password}

// big packs a file of some megabytes that nothing compresses.
func big(t *testing.T, format, arch, version string) artifact.Artifact {
	t.Helper()
	data := make([]byte, 8<<20)
	_, _ = rand.Read(data)
	return pack(t, format, arch, version, string(data))
}

func openLocked(t *testing.T, url string, env map[string]string) *Target {
	t.Helper()
	target, err := Open(url, setup(env))
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// TestRealRegistry publishes to Debian's registry, which wants a password, and has
// oras and skopeo fetch what is there.
func TestRealRegistry(t *testing.T) {
	oras, skopeo := testkit.GoProgram(t, orasProgram), testkit.Need(t, "skopeo")
	registry := testkit.StartRegistry(t, user, password)
	at := registry.Host + "/o/whois"
	for name, env := range map[string]map[string]string{"no password": nil, "wrong": {"REGISTRY_USERNAME": user, "REGISTRY_PASSWORD": "wrong!"}} {
		err := openLocked(t, "oci://"+at, env).Check(t.Context())
		if err == nil || !strings.Contains(err.Error(), "the registry refuses") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(registry.Dir); !os.IsNotExist(err) {
		t.Errorf("something was stored: %v", err)
	}

	target := openLocked(t, "oci://"+at, login)
	if err := target.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	amd := []artifact.Artifact{big(t, "deb", "amd64", "1.4.0~rc1-1"), big(t, "rpm", "x86_64", "1.4.0~rc1-1")}
	arm := []artifact.Artifact{big(t, "deb", "arm64", "1.4.0~rc1-1"), put(t, artifact.Artifact{Name: "whois.cdx.json", Format: "sbom"}, "{}")}
	publish(t, target, amd...)
	receipts := publish(t, target, arm...)

	credentials := []string{"--plain-http", "--username", user, "--password", password}
	pull := func(options ...string) string {
		dir := t.TempDir()
		args := append([]string{"pull", "--output", dir}, append(credentials, options...)...)
		testkit.Run(t, exec.Command(oras, args...))
		return dir
	}
	all := pull(at + ":edge")
	same(t, all, append(amd, arm...)...)
	sums := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	sums.Dir = all
	if lines := strings.Count(testkit.Run(t, sums), ": OK\n"); lines != 4 {
		t.Errorf("SHA256SUMS has %d files, want 4", lines)
	}
	one := pull("--platform", "linux/arm64", at+":1.4.0-rc1-1")
	same(t, one, arm[0])
	if left, _ := os.ReadDir(one); len(left) != 1 {
		t.Errorf("for arm64 there are %d files", len(left))
	}
	same(t, pull(receipts[0].Subject), arm...)

	every := big(t, "deb", "all", "2.0-1") // listed for each platform, and pulled once
	publish(t, target, every)
	same(t, pull(at+":latest"), every)
	same(t, pull("--platform", "linux/riscv64", at+":2"), every)

	copied := t.TempDir()
	testkit.Run(t, exec.Command(skopeo, "copy", "--quiet", "--all", "--src-tls-verify=false", "--src-creds", user+":"+password, "docker://"+at+":1.4.0-rc1-1", "dir:"+copied))
	for _, a := range append(amd, arm...) {
		data, err := os.ReadFile(filepath.Join(copied, a.SHA256))
		if want, _ := os.ReadFile(a.Path); err != nil || !bytes.Equal(data, want) {
			t.Errorf("skopeo: %s differs (%v)", a.Name, err)
		}
	}
	single := t.TempDir()
	testkit.Run(t, exec.Command(skopeo, "copy", "--quiet", "--override-arch", "arm64", "--src-tls-verify=false", "--src-creds", user+":"+password, "docker://"+at+":1.4.0-rc1-1", "dir:"+single))
	if _, err := os.Stat(filepath.Join(single, arm[0].SHA256)); err != nil {
		t.Errorf("skopeo, for arm64: %v", err)
	}
}

// same compares files in a directory with those that were published.
func same(t *testing.T, dir string, list ...artifact.Artifact) {
	t.Helper()
	for _, a := range list {
		sum, _, err := artifact.Digest(filepath.Join(dir, a.Name))
		if err != nil || sum != a.SHA256 {
			t.Errorf("%s: %s, %v; want %s", a.Name, sum, err, a.SHA256)
		}
	}
}

// TestKilled kills publishing at a random moment, ten times, and has the next run
// end as one clean run.
func TestKilled(t *testing.T) {
	if url := os.Getenv("OCI_TEST_URL"); url != "" {
		publish(t, openLocked(t, url, nil), described(t, filepath.SplitList(os.Getenv("OCI_TEST_FILES")))...)
		return
	}
	registry := testkit.StartRegistry(t, "", "")
	list := []artifact.Artifact{big(t, "deb", "amd64", "1.0-1"), big(t, "rpm", "x86_64", "1.0-1")}
	var paths []string
	for _, a := range list {
		paths = append(paths, a.Path)
	}
	started := time.Now()
	publish(t, openLocked(t, "oci://"+registry.Host+"/o/clean", nil), list...)
	clean := time.Since(started)
	want := tags(t, registry.Host+"/o/clean")
	seed := mathrand.Uint64()
	t.Logf("a clean run takes %s; seed %d", clean, seed)
	random := mathrand.New(mathrand.NewPCG(seed, 0))
	killed := 0
	for i := range 10 {
		at := registry.Host + "/o/killed" + string(rune('a'+i))
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond+time.Duration(random.Float64()*float64(clean)))
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilled$") // with SIGKILL
		cmd.Env = append(os.Environ(), "OCI_TEST_URL=oci://"+at, "OCI_TEST_FILES="+strings.Join(paths, ":"))
		if cmd.Run() != nil {
			killed++
		}
		cancel()
		publish(t, openLocked(t, "oci://"+at, nil), list...)
		if diff := cmp.Diff(want, tags(t, at)); diff != "" {
			t.Errorf("run %d (-clean +again):\n%s", i, diff)
		}
	}
	t.Logf("%d of 10 were killed before their end", killed)
	if killed == 0 {
		t.Error("none was killed")
	}
}

// described describes files as pack does.
func described(t *testing.T, paths []string) []artifact.Artifact {
	t.Helper()
	var list []artifact.Artifact
	for _, path := range paths {
		sum, size, err := artifact.Digest(path)
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Base(path)
		format := strings.TrimPrefix(filepath.Ext(base), ".")
		parts := strings.SplitN(strings.TrimSuffix(base, "."+format), "_", 3)
		list = append(list, artifact.Artifact{Path: path, Name: base, Format: format, Package: parts[0], Version: parts[1], Arch: parts[2], Size: size, SHA256: sum})
	}
	return list
}
