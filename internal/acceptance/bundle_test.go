//go:build acceptance

package acceptance

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestBundle builds whois with the interpreter in the package, from a prefix such
// as pyenv makes one. The one .deb works on two releases of Debian, and the .rpm
// wherever glibc is new enough, where there is no Python at all.
func TestBundle(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	prefix := testkit.PyenvPrefix(t)
	if prefix == "" {
		prefix = testkit.PythonPrefix(t, sharedDir(t))
	}
	// By root both times: pyenv is in the home of root.
	bundle, _ := buildTwice(t, "whois", 0, "--python", prefix, "--python-bundle")
	deb := read(t, bundle.file(t, "deb"))
	t.Logf("python %s of %s: %d and %d bytes, glibc %s", bundle.Python, prefix,
		bundle.Packages[0].Size, bundle.Packages[1].Size, bundle.Glibc)
	search(t, bundle.file(t, "deb"), []string{prefix})
	t.Run("floor", func(t *testing.T) { checkFloor(t, bundle, deb) })
	t.Run("run paths", func(t *testing.T) { runPaths(t, deb) })
	t.Run("sbom", func(t *testing.T) {
		root := t.TempDir()
		testkit.Run(t, exec.Command("dpkg-deb", "--extract", bundle.file(t, "deb"), root))
		ours := shippedBOM(t, root, bundle, "--path", filepath.Join(root, bundle.site()))
		i := slices.IndexFunc(ours.Components, func(c component) bool { return c.Ref == "python" })
		if want := "pkg:generic/python@" + bundle.Python; i < 0 || ours.Components[i].PURL != want {
			t.Errorf("SBOM: no %s", want)
		} else if len(ours.Components[i].Components) == 0 {
			t.Error("SBOM: the interpreter brings no libraries")
		}
	})
	for _, name := range []string{"bookworm", "trixie"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := copyRoot(t, suite(t, name))
			clean, before := links(t, r), debs(t, r)
			r.install(t, bundle.file(t, "deb"))
			t.Logf("came along: %q", slices.DeleteFunc(debs(t, r), func(s string) bool { return slices.Contains(before, s) }))
			bare(t, r)
			r.verify(t, bundle.Name)
			unwanted(t, r, bundle)
			info(t, r, bundle)
			installed := stamps(t, r.path("/opt"))
			for _, user := range []string{"nobody", "root"} {
				uses["whois"](t, r, user)
			}
			alone(t, r, bundle)
			r.verify(t, bundle.Name)
			if diff := cmp.Diff(installed, stamps(t, r.path("/opt"))); diff != "" {
				t.Errorf("what changed by running it (-before +after):\n%s", diff)
			}
			r.run(t, "apt-get", "purge", "--yes", "--quiet", bundle.Name)
			gone(t, r, bundle.Name)
			purged(t, r, bundle.Name)
			if diff := cmp.Diff(clean, links(t, r)); diff != "" {
				t.Errorf("links in /usr/bin (-before +after):\n%s", diff)
			}
		})
	}
	t.Run("rpm", func(t *testing.T) {
		t.Parallel()
		r := newRoot(t)
		// Red Hat Enterprise Linux 8 has this one.
		testkit.Run(t, r.rpm("--install", stub(t, "2.28")))
		r.refuses(t, bundle.file(t, "rpm"), "libc.so.6(GLIBC_2.34)(64bit)")
		testkit.Run(t, r.rpm("--upgrade", stub(t, bundle.Glibc)))
		r.tryRPM(t, "whois", bundle)
		bare(t, r)
	})
}

// checkFloor compares all that is said of the oldest glibc.
func checkFloor(t *testing.T, bundle result, deb testkit.Package) {
	t.Helper()
	var info struct {
		Glibc struct{ Version, Path string }
	}
	if err := json.Unmarshal(deb.Contents["/usr/share/"+bundle.Name+"/build-info.json"], &info); err != nil {
		t.Fatal(err)
	}
	if said := "needs glibc " + info.Glibc.Version + " or newer (" + info.Glibc.Path + ")\n"; !strings.Contains(bundle.Log, said) {
		t.Errorf("printed no %q:\n%s", said, bundle.Log)
	}
	if bundle.Glibc != info.Glibc.Version || bundle.Glibc == "" {
		t.Errorf("pinpack.json says %q, build-info.json %q", bundle.Glibc, info.Glibc.Version)
	}
	want := []string{"ca-certificates", "tzdata", "passwd", "libc6 (>= " + bundle.Glibc + ")"}
	if diff := cmp.Diff(want, deb.Requires); diff != "" {
		t.Errorf("Depends (-want +got):\n%s", diff)
	}
	// The file that is named does need it, as readelf reads it.
	if out := readelf(t, deb, "--version-info", info.Glibc.Path); !strings.Contains(out, "GLIBC_"+bundle.Glibc+" ") {
		t.Errorf("%s does not need glibc %s:\n%s", info.Glibc.Path, bundle.Glibc, out)
	}
}

// runPaths holds that no native file looks for libraries at a fixed place.
func runPaths(t *testing.T, deb testkit.Package) {
	t.Helper()
	objects := 0
	for _, path := range deb.Paths() {
		if !bytes.HasPrefix(deb.Contents[path], []byte("\x7fELF")) {
			continue
		}
		objects++
		for line := range strings.Lines(readelf(t, deb, "--dynamic", path)) {
			if !strings.Contains(line, "(RUNPATH)") && !strings.Contains(line, "(RPATH)") {
				continue
			}
			_, dirs, _ := strings.Cut(line, "[")
			for _, dir := range strings.Split(strings.TrimRight(dirs, "]\n"), ":") {
				if dir != "$ORIGIN" && !strings.HasPrefix(dir, "$ORIGIN/") {
					t.Errorf("%s: %s", path, line)
				}
			}
		}
	}
	if objects < 40 {
		t.Errorf("%d native files: this test looks in the wrong place", objects)
	}
}

// readelf has binutils read a file of a package.
func readelf(t *testing.T, p testkit.Package, option, path string) string {
	t.Helper()
	testkit.Need(t, "strip") // both are of binutils
	file := filepath.Join(t.TempDir(), "object")
	write(t, file, string(p.Contents[path]))
	return testkit.Run(t, exec.Command("readelf", "--wide", option, file))
}

// bare fails the test if the root has a Python.
func bare(t *testing.T, r root) {
	t.Helper()
	for _, pattern := range []string{"/usr/bin/python*", "/usr/local/bin/python*", "/usr/lib/python*", "/usr/lib/*/libpython*"} {
		if found, err := filepath.Glob(r.path(pattern)); err != nil || found != nil {
			t.Errorf("the root has a Python of its own: %q (%v)", found, err)
		}
	}
}

// debs lists the packages of Debian in the root.
func debs(t *testing.T, r root) []string {
	t.Helper()
	return strings.Fields(r.run(t, "dpkg-query", "--show", "--showformat", "${Package}_${Version}\n"))
}

// alone uses what the bundle took along, and serves, with no network but the
// loopback.
func alone(t *testing.T, r root, bundle result) {
	t.Helper()
	cmd := r.command("root", bundle.Prefix+"/bin/python3", "-c", `
import fcntl, socket, sqlite3, ssl, struct, subprocess, sys, time, urllib.request
with socket.socket() as s:
    fcntl.ioctl(s, 0x8914, struct.pack("16sh22x", b"lo", 1))  # netdevice(7): SIOCSIFFLAGS, IFF_UP
assert len(ssl.create_default_context().get_ca_certs()) > 20
assert sqlite3.connect(":memory:").execute("select 6 * 7").fetchone() == (42,)
server = subprocess.Popen(["whois-server", "--port", "8080"], stdout=subprocess.DEVNULL)
try:
    for again in range(300):
        try:
            answer = urllib.request.urlopen("http://127.0.0.1:8080/healthz").read().decode()
            break
        except OSError:
            time.sleep(0.1)
finally:
    server.kill()
print(sys.base_prefix, answer)`)
	cmd.Args = slices.Concat([]string{"unshare", "--net"}, cmd.Args)
	if out := testkit.Run(t, cmd); !strings.HasPrefix(out, bundle.Prefix+"/python ") || !strings.Contains(out, `"1.4.0"`) {
		t.Errorf("without a network: %q", out)
	}
}
