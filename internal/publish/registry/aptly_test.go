//go:build acceptance

package registry

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/files"
	"github.com/pinpack/pinpack/internal/publish/target"
	"github.com/pinpack/pinpack/internal/testkit"
)

func aptlyTarget(t *testing.T, a *testkit.Aptly, query string, overwrite bool) *Target {
	t.Helper()
	k, _ := Find("aptly")
	at, err := Open(k, "aptly://"+a.Host+"/apps?distribution=bookworm&prefix=deb/x_y&architectures=amd64"+query, target.Setup{Now: time.Now, Overwrite: overwrite, Say: func(l string) { t.Log(l) }})
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func debs(t *testing.T, paths ...string) []artifact.Artifact {
	t.Helper()
	list, _, err := files.Describe(paths)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestAptly publishes to Debian's aptly, and has apt-get install from there.
func TestAptly(t *testing.T) {
	t.Parallel()
	a := testkit.StartAptly(t, "apps")
	at := aptlyTarget(t, a, "", false)
	if err := at.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	k, _ := Find("aptly")
	if missing, err := Open(k, "aptly://"+a.Host+"/nothing", target.Setup{}); err != nil {
		t.Error(err)
	} else if err := missing.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "404 Not Found: local repo with name nothing not found: want what the target's URL names") {
		t.Errorf("Check of a repository that is not there: %v", err)
	}
	one := testkit.BuildDeb(t, "demo", "1.0~rc1+b-1", "one")
	for i, list := range [][]artifact.Artifact{debs(t, one), debs(t, one), debs(t, one, testkit.BuildDeb(t, "demo", "1:1.0-1", "new"))} {
		receipts, err := at.Publish(t.Context(), list)
		if err != nil || len(receipts) != len(list) {
			t.Fatalf("%d: %v, %v", i, receipts, err)
		}
	}
	apt := newApt(t, "deb [signed-by="+a.Key+"] file:"+a.Public+"/deb/x_y bookworm main")
	if got := apt.install("demo=1.0~rc1+b-1"); got != "one" {
		t.Errorf("installed %q", got)
	}
	if got := apt.install("demo"); got != "new" {
		t.Errorf("upgraded to %q", got)
	}

	other := debs(t, testkit.BuildDeb(t, "demo", "1.0~rc1+b-1", "two"), testkit.BuildDeb(t, "demo", "2.0-1", "newest"))
	receipts, err := at.Publish(t.Context(), other)
	if !errors.Is(err, ErrOther) || len(receipts) != 1 || receipts[0].Artifact != "demo_2.0-1_all.deb" {
		t.Errorf("another content: %v, %v; want ErrOther and the other file", receipts, err)
	}
	apt.update()
	if got := apt.install("demo=1.0~rc1+b-1"); got != "one" {
		t.Errorf("after another content: %q", got)
	}
	if _, err := aptlyTarget(t, a, "", true).Publish(t.Context(), other); err != nil {
		t.Fatalf("overwrite: %v", err)
	}
	apt.update()
	if got := apt.install("demo=2.0-1"); got != "newest" {
		t.Errorf("installed %q", got)
	}
	if got := apt.install("demo=1.0~rc1+b-1"); got != "two" {
		t.Errorf("replaced by %q", got)
	}
}

// apt is apt-get with a state and a root of its own.
type apt struct {
	*testing.T
	dir string
}

func newApt(t *testing.T, source string) apt {
	t.Helper()
	testkit.Need(t, "apt-get")
	a := apt{t, t.TempDir()}
	for _, name := range []string{"etc/apt.conf.d", "etc/preferences.d", "etc/trusted.gpg.d", "state/lists/partial", "cache/archives/partial", "log", "root", "dpkg/updates", "dpkg/info", "dpkg/triggers"} {
		if err := os.MkdirAll(filepath.Join(a.dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"etc/sources.list": source + "\n", "dpkg/status": "", "dpkg/available": ""} {
		if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// apt reads as a user of its own.
	for d := a.dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		_ = os.Chmod(d, 0o755)
	}
	a.update()
	return a
}

func (a apt) run(args ...string) string {
	a.Helper()
	options := []string{
		"Dir::Etc=" + a.dir + "/etc", "Dir::Etc::sourcelist=" + a.dir + "/etc/sources.list", "Dir::Etc::sourceparts=-", "Dir::Etc::parts=-",
		"Dir::State=" + a.dir + "/state", "Dir::State::status=" + a.dir + "/dpkg/status", "Dir::Cache=" + a.dir + "/cache", "Dir::Log=" + a.dir + "/log",
		"APT::Architecture=amd64", "APT::Sandbox::User=root", "APT::Update::Error-Mode=any",
		"DPkg::Options::=--instdir=" + a.dir + "/root", "DPkg::Options::=--admindir=" + a.dir + "/dpkg", "DPkg::Options::=--log=" + a.dir + "/log/dpkg", "DPkg::Options::=--force-not-root",
		"DPkg::Pre-Install-Pkgs::=true", "DPkg::Post-Invoke::=true",
	}
	var flags []string
	for _, o := range options {
		flags = append(flags, "-o", o)
	}
	cmd := exec.Command("apt-get", slices.Concat(flags, args)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	return testkit.Run(a.T, cmd)
}

func (a apt) update() { a.Helper(); a.run("update") }

// install installs a package, whatever is there, and returns its data.
func (a apt) install(what string) string {
	a.Helper()
	a.run("install", "--yes", "--allow-downgrades", "--reinstall", "--no-install-recommends", what)
	name, _, _ := strings.Cut(what, "=")
	data, err := os.ReadFile(filepath.Join(a.dir, "root/opt", name, "data"))
	if err != nil {
		a.Fatal(err)
	}
	return string(data)
}
