package plan

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/project"
)

func TestCompression(t *testing.T) {
	tests := []struct {
		wanted, format, release string
		want                    string
	}{
		{"auto", "deb", "ID=debian\nVERSION_ID=\"12\"\n", "zstd:3"},
		{"auto", "deb", "ID=debian\nVERSION_ID=\"11\"\n", "gzip:6"},
		{"auto", "rpm", "ID=debian\nVERSION_ID=\"11\"\n", "zstd:3"},
		{"auto", "deb", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"20.04\"\n", "gzip:6"},
		{"auto", "deb", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"22.04\"\n", "zstd:3"},
		{"auto", "rpm", "ID=\"centos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"7\"\n", "gzip:6"},
		{"auto", "rpm", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"\n", "zstd:3"},
		{"auto", "deb", "ID=debian\n", "zstd:3"}, // testing has no number
		{"auto", "deb", "", "zstd:3"},
		{"gzip", "deb", "", "gzip:6"},
		{"zstd:19", "rpm", "", "zstd:19"},
		{"xz", "deb", "", "xz"},
	}
	for _, test := range tests {
		if got := compression(test.wanted, test.format, ParseOSRelease(test.release)); got != test.want {
			t.Errorf("%s for %s on %q: %s, want %s", test.wanted, test.format, test.release, got, test.want)
		}
	}
}

func TestProse(t *testing.T) {
	tests := []struct{ name, readme, want string }{
		{"markdown", "# Shop\n\n[![CI](https://x/y.svg)](https://x)\n\nA *catalogue* with [one](https://x) `page`.\nIn Django.\n\nSecond paragraph.\n\n## Usage\n\nNot this.\n", "A catalogue with one page. In Django.\n\nSecond paragraph."},
		{"reStructuredText", "Shop\n====\n\n.. image:: x\n\nText here.\n\nUsage\n-----\n\nNot this.\n", "Text here."},
		{"no heading", "Text only.\r\n\r\nMore.\r\n\r\nToo much.", "Text only.\n\nMore."},
		{"code ends it", "Text.\n\n```sh\nrun\n```\n\nAfter.", "Text."},
		{"nothing to take", "# A\n\n## B\n\ntext\n", ""},
		{"empty", "", ""},
		{"long", "# A\n\n" + strings.Repeat("word ", 30), strings.TrimSpace(strings.Repeat("word ", 15)) + "\n" + strings.TrimSpace(strings.Repeat("word ", 15))},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, prose(test.readme)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestComplete makes a plan in two phases: what the source tree leaves open,
// the wheel says.
func TestComplete(t *testing.T) {
	open := project.Project{Name: "My_App", Dynamic: []string{"version"}, File: "pyproject.toml"}
	wheel := project.Project{Name: "my-app", Version: "2!1.0rc1", Summary: "From the wheel", File: "my_app.whl", Authors: []project.Person{{Name: "A", Email: "a@example.org"}}}
	pl := Plan{Packages: []Package{{Format: "deb"}, {Format: "rpm"}}, Iteration: "3"}
	first, err := pl.Complete(open)
	if err != nil {
		t.Fatal(err)
	}
	if first.Version != "" || first.Name != "my-app" || first.Prefix != "/opt/my-app" || first.Packages[0].Version != "" {
		t.Errorf("before the wheel: %+v", first)
	}
	second, err := first.Complete(wheel)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range second.Packages {
		if got := p.FullVersion(second.Iteration); got != "2:1.0~rc1-3" {
			t.Errorf("%s has version %q", p.Format, got)
		}
	}
	if first.Packages[0].Version != "" {
		t.Error("Complete wrote into the plan that it was given")
	}
	if m := second.Metadata; m.Summary != "From the wheel" || m.Maintainer != "A <a@example.org>" {
		t.Errorf("metadata %+v", m)
	}
	pl.inputs = config.Config{Version: "9.0", Summary: "Said", Maintainer: "Me <me@example.org>", License: "MIT"}
	said, err := pl.Complete(wheel)
	if err != nil {
		t.Fatal(err)
	}
	if said.Version != "9.0" || said.Metadata.Summary != "Said" || said.Metadata.Maintainer != "Me <me@example.org>" || said.Notes != nil {
		t.Errorf("inputs are stronger: %+v", said)
	}
	for _, bad := range []struct{ version, want string }{
		{"one", `parse version "one"`},
		{"2147483648!1", `version "2147483648!1": package managers take an epoch up to 2147483647`},
	} {
		pl.inputs.Version = ""
		_, err := pl.Complete(project.Project{Name: "app", Version: bad.version, File: "pyproject.toml"})
		if err == nil || !strings.Contains(err.Error(), bad.want) || !strings.HasPrefix(err.Error(), "pyproject.toml: ") {
			t.Errorf("version %q: error %v, want %s", bad.version, err, bad.want)
		}
	}
}

func TestCheckPrefix(t *testing.T) {
	dir := t.TempDir()
	use := func(name string, marker bool) string {
		prefix := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Join(prefix, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if marker {
			if err := os.WriteFile(MarkerOf(prefix), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return prefix
	}
	busy := use("busy", true)
	f, err := os.Open(MarkerOf(busy))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, prefix, path string
		root               bool
		inPlace            bool
		wantErr            string
	}{
		{"free", filepath.Join(dir, "free"), "auto", true, true, ""},
		{"free, not root", filepath.Join(dir, "free"), "auto", false, false, ""},
		{"free, staged", filepath.Join(dir, "free"), "stage", true, false, ""},
		{"there, not root", filepath.Join(dir, "free"), "prefix", false, false, "only root can build at"},
		{"empty", empty, "auto", true, true, ""},
		{"in use", use("used", false), "auto", true, false, "not empty on this machine"},
		{"in use, not root", use("used", false), "auto", false, false, "not empty on this machine"},
		{"in use, staged", use("used", false), "stage", true, false, ""},
		{"abandoned", use("left", true), "auto", true, true, ""},
		{"another build", busy, "auto", true, false, ""},
		{"another build, there", busy, "prefix", true, false, "another build is at work there"},
	}
	for _, test := range tests {
		pl := Plan{Prefix: test.prefix}
		err := pl.checkPrefix(test.path, test.root)
		switch {
		case test.wantErr == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.wantErr != "" && (err == nil || !strings.Contains(err.Error(), test.wantErr)):
			t.Errorf("%s: error %v, want %s", test.name, err, test.wantErr)
		case err == nil && pl.InPlace != test.inPlace:
			t.Errorf("%s: in place %v, want %v", test.name, pl.InPlace, test.inPlace)
		}
	}
}

// TestTime takes SOURCE_DATE_EPOCH before the commit before the clock.
func TestTime(t *testing.T) {
	m := machine(t)
	now := time.Date(2026, 1, 2, 3, 4, 5, 678, time.FixedZone("x", 3600))
	m.Now = now
	pl := Plan{Source: t.TempDir()}
	if err := pl.readTime(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 1, 2, 2, 4, 5, 0, time.UTC); pl.Time != want || pl.TimeFrom != "the clock" {
		t.Errorf("%v from %s, want %v", pl.Time, pl.TimeFrom, want)
	}
	m.Environ = []string{"SOURCE_DATE_EPOCH=1700000000"}
	if err := pl.readTime(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if pl.Time.Unix() != 1700000000 || pl.TimeFrom != "SOURCE_DATE_EPOCH" {
		t.Errorf("%v from %s", pl.Time, pl.TimeFrom)
	}
	for _, bad := range []string{"yesterday", "-1", "4294967296"} {
		m.Environ = []string{"SOURCE_DATE_EPOCH=" + bad}
		if err := pl.readTime(t.Context(), m); err == nil || !strings.Contains(err.Error(), `SOURCE_DATE_EPOCH "`+bad+`"`) {
			t.Errorf("%s: error %v", bad, err)
		}
	}
}

// TestEverythingAtOnce has Make report all that is wrong together.
func TestEverythingAtOnce(t *testing.T) {
	m := machine(t)
	m.Dir, m.Python.Bin = t.TempDir(), t.TempDir()
	m.Environ = []string{"SOURCE_DATE_EPOCH=x"}
	c := config.Config{Directory: ".", Python: "system", BuildPath: "auto", Env: []string{"MISSING"}, BuildConstraints: []string{"gone.txt"}, Formats: []string{"deb"}}
	_, err := Make(t.Context(), c, project.Project{Name: "x", Version: "1", File: "pyproject.toml"}, m)
	for _, want := range []string{`read "gone.txt"`, "find lock", "SOURCE_DATE_EPOCH", "find python", `variable "MISSING"`, `package name "x"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in: %v", want, err)
		}
	}
	if !errors.Is(err, interpreter.ErrNone) {
		t.Error("ErrNone is not in the chain")
	}
}
