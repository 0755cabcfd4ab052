//go:build acceptance

package acceptance

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestInstallBookworm installs each .deb with apt in a clean root, runs what is
// inside, looks for anything that changed, and removes it.
func TestInstallBookworm(t *testing.T) {
	t.Parallel()
	for _, p := range projects {
		t.Run(p.folder, func(t *testing.T) {
			t.Parallel()
			deb := built(t, p.folder)
			r := newRoot(t)
			clean := links(t, r)
			if r.has(python) {
				t.Fatalf("%s is in the clean root: who needs it is not seen", python)
			}
			r.install(t, deb.file(t, "deb"))
			if !r.has(python) {
				t.Errorf("the package did not bring %s", python)
			}
			r.verify(t, p.name)
			if served[p.name] {
				serves(t, r, p.name, "www-data")
			}
			installed := stamps(t, r.path("/opt"))
			unwanted(t, r, deb)
			info(t, r, deb)

			for _, user := range []string{"nobody", "root"} {
				uses[p.folder](t, r, user)
				r.verify(t, p.name)
				if diff := cmp.Diff(installed, stamps(t, r.path("/opt"))); diff != "" {
					t.Errorf("what changed when %s ran it (-before +after):\n%s", user, diff)
				}
			}

			r.run(t, "dpkg", "-r", p.name)
			gone(t, r, p.name)
			if served[p.name] {
				stays(t, r, p.name, data[p.name]...)
				r.run(t, "dpkg", "-P", p.name)
				purged(t, r, p.name)
			}
			if diff := cmp.Diff(clean, withoutPython(links(t, r))); diff != "" {
				t.Errorf("links in /usr/bin (-before +after):\n%s", diff)
			}
		})
	}
}

// verify fails the test unless each file of the package is as it was shipped.
func (r root) verify(t testing.TB, name string) {
	t.Helper()
	if out, err := testkit.Output(r.command("root", "dpkg", "-V", name)); err != nil || out != "" {
		t.Errorf("dpkg -V: %s%v", out, err)
	}
}

// stamps describes all below dir, in more detail than testkit.TreeDump: a file
// that was written anew with the same content shows, too.
func stamps(t testing.TB, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat := info.Sys().(*syscall.Stat_t)
		found[strings.TrimPrefix(path, dir)] = fmt.Sprintf("%s %d:%d inode %d changed %d.%09d",
			info.Mode(), stat.Uid, stat.Gid, stat.Ino, stat.Ctim.Sec, stat.Ctim.Nsec)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// unwanted looks for what only building takes.
func unwanted(t testing.TB, r root, built result) {
	t.Helper()
	site, prefix := built.site(), built.Prefix
	for _, pattern := range []string{
		site + "/pip*", site + "/setuptools*", site + "/wheel*", site + "/pkg_resources*", site + "/_distutils_hack*",
		site + "/*.pth", site + "/_virtualenv.py", site + "/pytest*", site + "/hatchling*", site + "/*/direct_url.json",
		prefix + "/bin/pip*", prefix + "/bin/activate*", prefix + "/include",
	} {
		if found, err := filepath.Glob(r.path(pattern)); err != nil || found != nil {
			t.Errorf("installed, and no server needs it: %q (%v)", found, err)
		}
	}
}

// info reads what one cat on a server tells.
func info(t testing.TB, r root, want result) {
	t.Helper()
	var got struct {
		result
		Glibc struct{ Version string }
	}
	text := r.run(t, "cat", "/usr/share/"+want.Name+"/build-info.json")
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("read build-info.json: %v\n%s", err, text)
	}
	got.result.Glibc, want.Packages, want.Beside, want.Log = got.Glibc.Version, nil, nil, ""
	if diff := cmp.Diff(want, got.result); diff != "" {
		t.Errorf("build-info.json (-pinpack.json +build-info.json):\n%s", diff)
	}
	if got.Version == "" || got.Commit == "" || !got.Built.Equal(committed) || len(got.Distributions) < 2 {
		t.Errorf("build-info.json does not say all: %s", text)
	}
}

// gone fails the test if a removed package left anything.
func gone(t testing.TB, r root, name string) {
	t.Helper()
	left, err := os.ReadDir(r.path("/opt"))
	if err != nil && !os.IsNotExist(err) || len(left) > 0 {
		t.Errorf("left under /opt: %v (%v)", left, err)
	}
	for _, dir := range []string{"/usr/share/" + name, "/usr/share/doc/" + name} {
		if r.has(dir) {
			t.Errorf("left: %s", dir)
		}
	}
}

// links returns the symbolic links in /usr/bin and what they point to.
func links(t testing.TB, r root) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(r.path("/usr/bin"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range entries {
		if target, err := os.Readlink(r.path("/usr/bin/" + e.Name())); err == nil {
			found[e.Name()] = target
		}
	}
	return found
}

// withoutPython drops the links that the interpreter's packages bring.
func withoutPython(links map[string]string) map[string]string {
	maps.DeleteFunc(links, func(name, target string) bool {
		return slices.ContainsFunc([]string{name, target}, func(s string) bool { return strings.Contains(s, "3.11") })
	})
	return links
}
