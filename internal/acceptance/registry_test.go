//go:build acceptance

package acceptance

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
)

// TestImageTarget publishes an application as an image, by the command, to Debian's
// registry, and has podman run it: it serves, dpkg knows it, and what it lacks in a
// base is told.
func TestImageTarget(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	skopeo := testkit.Need(t, "skopeo")
	registry := testkit.StartRegistry(t, "", "")
	deb := whoisWithProcess(t).file(t, "deb")
	bare := pushRoot(t, registry, listOf(t, suite(t, "bookworm")), "bare")
	base := pushRoot(t, registry, newRootWithPython(t), "python")

	publish := func(name, base string, more ...string) (string, error) {
		cmd := exec.Command(program(t), append([]string{"publish", deb, "--json", "--publish", "image://" + registry.Host + "/o/" + name + "?base=" + base}, more...)...)
		cmd.Dir = t.TempDir()
		out, err := testkit.Output(cmd)
		if err != nil {
			return "", err
		}
		var result struct{ Published []artifact.Receipt }
		if err := json.Unmarshal([]byte(out), &result); err != nil || len(result.Published) != 1 {
			t.Fatalf("%v: %s", err, out)
		}
		return result.Published[0].Digest, nil
	}
	if _, err := publish("whois", bare); err == nil || !strings.Contains(err.Error(), "lacks what the package depends on: python3.11") || !strings.Contains(err.Error(), "apt-get install --no-install-recommends python3.11") {
		t.Errorf("on a base without Python: %v", err)
	}
	digest, err := publish("whois", base)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"whois", "again"} { // once more, and anew
		if again, err := publish(name, base); err != nil || again != digest {
			t.Errorf("%s: %s, %v: want the digest of the first time, %s", name, again, err, digest)
		}
	}
	if _, err := publish("whois", bare+"&missing=warn"); err == nil || !strings.Contains(err.Error(), "want a new version or iteration") {
		t.Errorf("another base under the same version: %v", err)
	}
	image := registry.Host + "/o/whois:1.4"
	var config v1.ConfigFile
	if err := json.Unmarshal([]byte(testkit.Run(t, exec.Command(skopeo, "inspect", "--config", "--tls-verify=false", "docker://"+image))), &config); err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "10001:10001" || config.Config.Labels["org.opencontainers.image.version"] != "1.4.0-1" || config.Config.Labels["org.opencontainers.image.base.digest"] == "" {
		t.Errorf("the image's configuration: %+v", config.Config)
	}

	p := newPodman(t)
	p.run(t, "pull", "--quiet", "--tls-verify=false", image)
	port := freePort(t)
	options := []string{"--network", "host", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--env", "PORT=" + port}
	server := testkit.Start(t, p.command(append(append([]string{"run", "--name", "whois"}, options...), image)...), os.Interrupt)
	if body := get(t, server, "http://127.0.0.1:"+port+"/healthz"); !strings.Contains(body, `"1.4.0"`) {
		t.Errorf("healthz: %s: want the version 1.4.0", body)
	}
	inside := func(argv ...string) string {
		t.Helper()
		return strings.TrimSpace(p.run(t, append([]string{"exec", "whois"}, argv...)...))
	}
	for want, argv := range map[string][]string{
		"whois-server 1.4.0-1 install ok installed":                                  {"dpkg-query", "--show", "--showformat", "${Package} ${Version} ${Status}", "whois-server"},
		"uid=10001(whois-server) gid=10001(whois-server) groups=10001(whois-server)": {"id"},
		"":                                    {"dpkg", "--verify", "whois-server"},
		"whois-server: /usr/bin/whois-server": {"dpkg", "--search", "/usr/bin/whois-server"},
		"/usr/lib":                            {"readlink", "-f", "/lib"},
	} {
		if got := inside(argv...); got != want {
			t.Errorf("%q: %q, want %q", argv, got, want)
		}
	}
	if list := inside("dpkg", "--list"); !strings.Contains(list, "\nii  whois-server ") || !strings.Contains(list, "\nii  python3.11 ") {
		t.Errorf("dpkg --list:\n%s", list)
	}
	p.run(t, "stop", "--time", "10", "whois")
	<-server.Ended
}

// whoisWithProcess is whois, run by a process that reads $PORT.
func whoisWithProcess(t testing.TB) result {
	t.Helper()
	return results.get("whois with a process", func() result {
		work := filepath.Join(scratch, "built", "whois with a process")
		if err := os.MkdirAll(work, 0o755); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(work, "checkout")
		checkout(t, "whois", dir, func(dir string) {
			write(t, dir+"/Procfile", "web: whois-server --port $PORT\n")
			text, err := os.ReadFile(dir + "/pyproject.toml")
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir+"/pyproject.toml", strings.Replace(string(text), "procfile = \"none\"\n", "", 1))
		})
		return builder{}.build(t, work, dir, "--build-path", "stage", "--test", "")
	})
}

// pushRoot pushes a root directory as an image of one layer and returns its name,
// pinned.
func pushRoot(t testing.TB, registry *testkit.Registry, r root, as string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "root.tar")
	testkit.Run(t, exec.Command("tar", "--create", "--numeric-owner", "--directory", string(r), "--file", file,
		"--exclude=./var/lib/apt/lists/*", "--exclude=./var/cache/*", "--exclude=./usr/share/doc/*", "--exclude=./usr/share/locale/*", "."))
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return os.Open(file) }, tarball.WithCompressedCaching)
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: v1.Config{Cmd: []string{"bash"}}})
	if err == nil {
		img, err = mutate.AppendLayers(img, layer)
	}
	if err != nil {
		t.Fatal(err)
	}
	ref, err := name.NewTag(registry.Host + "/base/" + as + ":12")
	if err == nil {
		err = remote.Write(ref, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	digest, err := img.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return ref.Context().Name() + "@" + digest.String()
}

// listOf is a root with nothing in it but the list of the packages of another.
func listOf(t testing.TB, from root) root {
	t.Helper()
	r := root(t.TempDir())
	for _, name := range []string{"/var/lib/dpkg/status", "/etc/passwd", "/etc/group", "/bin/sh"} {
		if err := copyFile(from.path(name), r.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// podman is one of the test's own: what it keeps is in a directory that goes with
// the test.
type podman struct{ dir string }

func newPodman(t testing.TB) podman {
	t.Helper()
	testkit.Need(t, "podman")
	testkit.Need(t, "runc")
	p := podman{t.TempDir()}
	t.Cleanup(func() { // before the directory goes
		if _, err := testkit.Output(p.command("rm", "--all", "--force")); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (p podman) command(args ...string) *exec.Cmd {
	return exec.Command("podman", append([]string{
		"--root", p.dir + "/root", "--runroot", p.dir + "/run", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", "runc",
	}, args...)...)
}

func (p podman) run(t testing.TB, args ...string) string {
	t.Helper()
	return testkit.Run(t, p.command(args...))
}
