//go:build acceptance

package acceptance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// has fails the test for each path that is not in both packages of a build, and for
// each that should not be.
func has(t *testing.T, r result, not string, paths ...string) {
	t.Helper()
	for _, format := range []string{"deb", "rpm"} {
		p := read(t, r.file(t, format))
		for _, path := range paths {
			if p.Files[path] == "" {
				t.Errorf("%s: no %s", format, path)
			}
		}
		for path := range p.Files {
			if strings.Contains(path, not) {
				t.Errorf("%s: %s is in it", format, path)
			}
		}
	}
}

// TestNodeTools builds the project whose static files six tools of Node.js make,
// from the npm registry: at the prefix as root and staged as somebody else, each
// installing the tools anew, the same bytes come out, and none of the tools. From the
// cache they come out once more.
func TestNodeTools(t *testing.T) {
	testkit.NeedRoot(t)
	testkit.NeedNetwork(t)
	testkit.Need(t, "npm")
	t.Parallel()
	first, _ := buildTwice(t, "press", stranger)
	static := first.site() + "/press/static/"
	has(t, first, "node_modules", static+"sass/site.css", static+"less/print.css", static+"coffee/square.js",
		static+"esbuild/app.js", static+"vite/index.html", static+"tailwind/site.css")

	base := sharedDir(t)
	b := builder{home: filepath.Join(base, "homeofthebuilder"), shell: "umask 022"}
	if err := os.Mkdir(b.home, 0o700); err != nil {
		t.Fatal(err)
	}
	fresh := rebuild(t, b, "press", filepath.Join(base, "fresh"), committed, "--build-path", "stage")
	cached := rebuild(t, b, "press", filepath.Join(base, "cached"), committed, "--build-path", "stage")
	if n := strings.Count(fresh.Log, "(from the cache)"); n != 0 {
		t.Errorf("%d steps of the first build come from the cache", n)
	}
	if n := strings.Count(cached.Log, "(from the cache)"); n != 6 || strings.Contains(cached.Log, "npm ci") {
		t.Errorf("%d steps of the second build come from the cache, want 6:\n%s", n, cached.Log)
	}
	for _, format := range []string{"deb", "rpm"} {
		compareBytes(t, first.file(t, format), fresh.file(t, format), format)
		compareBytes(t, first.file(t, format), cached.file(t, format), format)
	}
}

// TestRecipes builds the project of the recipes twice: static files of Flask and
// Starlette, which its tests ask for, translations by gettext and Babel, and
// documentation by Sphinx and MkDocs.
func TestRecipes(t *testing.T) {
	testkit.NeedRoot(t)
	testkit.NeedNetwork(t)
	testkit.Need(t, "msgfmt")
	t.Parallel()
	r, _ := buildTwice(t, "manual", stranger)
	has(t, r, "/site-packages/sphinx",
		r.site()+"/manual/static/style.css", "/usr/share/manual/static/style.css",
		r.site()+"/manual/locale/de/LC_MESSAGES/manual.mo", r.site()+"/manual/translations/de/LC_MESSAGES/manual.mo",
		"/usr/share/doc/manual/sphinx/index.html", "/usr/share/doc/manual/sphinx/searchindex.js",
		"/usr/share/doc/manual/mkdocs/index.html", "/usr/share/doc/manual/mkdocs/search/search_index.json")
	if !strings.Contains(r.Log, "Ran 3 tests") {
		t.Errorf("the tests did not run:\n%s", r.Log)
	}
}

// TestNodeManagers has each package manager lock a tool and install what it locked.
func TestNodeManagers(t *testing.T) {
	testkit.NeedRoot(t)
	testkit.NeedNetwork(t)
	npm := testkit.Need(t, "npm")
	t.Parallel()
	tests := map[string]struct {
		tool string   // of the npm registry; "": npm
		lock []string // the command that locks
		file string
	}{
		"npm":          {"", []string{npm, "install", "--package-lock-only", "--no-audit", "--no-fund"}, "package-lock.json"},
		"pnpm":         {"pnpm@9.15.9", []string{"pnpm", "install", "--lockfile-only"}, "pnpm-lock.yaml"},
		"yarn classic": {"yarn@1.22.22", []string{"yarn", "install", "--ignore-scripts", "--non-interactive"}, "yarn.lock"},
		"yarn":         {"@yarnpkg/cli-dist@4.9.1", []string{"yarn", "install", "--mode=update-lockfile"}, "yarn.lock"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := sharedDir(t)
			run := func(dir string, words ...string) {
				t.Helper()
				cmd := exec.Command("sh", append([]string{"-c", `exec "$@"`, "sh"}, words...)...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "PATH="+filepath.Join(base, "tools/node_modules/.bin")+":"+os.Getenv("PATH"), "YARN_ENABLE_TELEMETRY=0", "CI=")
				testkit.Run(t, cmd)
			}
			project := filepath.Join(base, "tiny")
			if err := os.CopyFS(project, os.DirFS("../../testdata/tiny")); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(filepath.Join(base, "tools"), 0o755); err != nil {
				t.Fatal(err)
			}
			if test.tool != "" {
				run(filepath.Join(base, "tools"), npm, "install", "--no-audit", "--no-fund", "--no-save", test.tool)
			}
			text := `{"name": "tiny", "private": true, "devDependencies": {"semver": "7.6.3"}}`
			if err := os.WriteFile(filepath.Join(project, "package.json"), []byte(text+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			run(project, test.lock...)
			for _, left := range []string{"node_modules", ".yarn", ".pnp.cjs", ".pnp.loader.mjs"} {
				if err := os.RemoveAll(filepath.Join(project, left)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := os.Stat(filepath.Join(project, test.file)); err != nil {
				t.Fatal(err)
			}
			run(base, program(t), "build", project, "--build-path", "stage", "--out", filepath.Join(base, "dist"),
				"--before", "semver --increment 1.2.3 > src/tiny/made.txt", "--test", `grep 1.2.4 "$(python -c 'import tiny; print(tiny.__path__[0])')/made.txt"`)
			if _, err := os.Lstat(filepath.Join(project, "node_modules")); err == nil {
				t.Error("node_modules came into the project")
			}
		})
	}
}
