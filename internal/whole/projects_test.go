package whole

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestProjects builds the projects of testdata with the real package index:
// what is in their packages is what is in their lock, and themselves.
func TestProjects(t *testing.T) {
	testkit.Need(t, "python3")
	testkit.NeedNetwork(t)
	projects := []struct {
		name, pkg, arch string
		paths           []string // some that must be there
	}{
		{"whois", "whois-server", "native", []string{"/usr/bin/whois-server", "/opt/whois-server/bin/uvicorn"}},
		{"shop", "shop", "all", []string{"/usr/bin/shop-manage", "/opt/shop/bin/gunicorn", "/usr/share/shop/static/catalogue/style.css"}},
		{"lines", "lines", "all", []string{"/usr/bin/lines"}},
	}
	for _, p := range projects {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			project := filepath.Join(dir, p.name)
			if err := os.CopyFS(project, os.DirFS(filepath.Join("..", "..", "testdata", "projects", p.name))); err != nil {
				t.Fatal(err)
			}
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(self, filepath.Join(dir, "pinpack")); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(filepath.Join(dir, "pinpack"), "build", p.name, "--build-path", "stage", "--json")
			var stderr strings.Builder
			cmd.Dir, cmd.Stderr = dir, &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("build: %v\n%s", err, stderr.String())
			}
			var result struct {
				Distributions []struct{ Name, Version string }
				Packages      []struct{ Path, Format, Arch string }
			}
			if err := json.Unmarshal(out, &result); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range result.Distributions {
				if normal(d.Name) != p.pkg {
					got = append(got, normal(d.Name)+"=="+d.Version)
				}
			}
			if want := locked(t, filepath.Join(project, "requirements.txt")); !slices.Equal(got, want) {
				t.Errorf("distributions %q, want those of the lock, %q", got, want)
			}
			for _, pkg := range result.Packages {
				check(t, pkg.Path, pkg.Format, p.arch == "all", p.paths)
			}
			if len(result.Packages) != 2 {
				t.Errorf("%d packages, want a .deb and an .rpm", len(result.Packages))
			}
		})
	}
}

func check(t *testing.T, file, format string, noarch bool, paths []string) {
	t.Helper()
	read := testkit.ReadDeb
	if format == "rpm" {
		read = testkit.ReadRPM
	}
	p, err := read(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Arch == "all" || p.Arch == "noarch"; got != noarch {
		t.Errorf("%s: architecture %q", filepath.Base(file), p.Arch)
	}
	for _, name := range paths {
		if p.Files[name] == "" {
			t.Errorf("%s: no %s in it", filepath.Base(file), name)
		}
	}
	for name := range p.Files {
		for _, not := range []string{"/site-packages/pip/", "/site-packages/setuptools/", "/site-packages/wheel/", "/site-packages/pytest/", "/bin/activate", "_pinpack_overlay"} {
			if strings.Contains(name, not) {
				t.Errorf("%s: %s is in it", filepath.Base(file), name)
			}
		}
	}
}

// locked lists name==version of a lock without markers, sorted by name. It
// reads the file in a way of its own, to check the other.
func locked(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, line := range strings.Split(string(text), "\n") {
		word, _, _ := strings.Cut(line, " ")
		if name, version, ok := strings.Cut(word, "=="); ok && !strings.HasPrefix(line, "#") {
			name, _, _ = strings.Cut(name, "[")
			list = append(list, normal(name)+"=="+version)
		}
	}
	slices.Sort(list)
	return list
}

func normal(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "-", ".", "-").Replace(name))
}
