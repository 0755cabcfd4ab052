//go:build acceptance

package acceptance

import (
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/pep508"
	"github.com/pinpack/pinpack/internal/testkit"
	"github.com/pinpack/pinpack/internal/venv"
)

// itself installs the project where the tool does not.
const itself = "uv pip install --no-deps ."

// lockers are the tools that lock the projects, each with how it installs what the
// project ships into $VIRTUAL_ENV. uv is there for all.
var lockers = []struct {
	folder, file string // file is the lock that pinpack takes
	module       string // a file of what is built from the repository
	tool         string // a requirement
	install      string // a shell script
}{
	{"notes", "uv.lock", "notes_store/store.py", "uv", "uv sync --active --frozen --no-dev --no-editable --extra web"},
	{"ledger", "pylock.toml", "ledger_books/grammar.lark", "pdm[locked]==2.29.3", "pdm sync --prod --no-editable -G xlsx"},
	{"ledger", "pylock.toml", "ledger_books/grammar.lark", "uv", "uv pip sync pylock.toml --extra xlsx; " + itself},
	{"poems", "poetry.lock", "poems/anthology.toml", "poetry==2.5.1", "poetry sync --only main,production --extras metrics"},
	{"paste", "pdm.lock", "paste_server/templates/paste.html", "pdm[locked]==2.29.3", "pdm sync --prod --no-editable -G encryption"},
	{"pipes", "Pipfile.lock", "pipe_runner/schema.json", "pipenv==2026.10.3", "pipenv sync --categories 'packages watch'"},
	{"orders", "requirements.txt", "orders/schema.sql", "pip==25.3",
		"pip --python $VIRTUAL_ENV/bin/python install --require-hashes -r requirements.txt; " + itself},
	// What is for pip alone, constraints of ours, pip-sync refuses.
	{"orders", "requirements.txt", "orders/schema.sql", "pip-tools==7.6.2",
		"uv pip install pip==25.3; pip-sync --python-executable $VIRTUAL_ENV/bin/python requirements/base.txt requirements/web.txt; uv pip uninstall pip; " + itself},
}

// TestLocks builds a project for each lock format: in its packages is what the tool
// that locked it installs itself, in the same versions, and nothing else.
func TestLocks(t *testing.T) {
	testkit.NeedRoot(t)
	testkit.NeedNetwork(t)
	t.Parallel()
	for _, l := range lockers {
		tool := regexp.MustCompile(`^[a-z-]+`).FindString(l.tool)
		t.Run(l.folder+" by "+tool, func(t *testing.T) {
			t.Parallel()
			r := built(t, l.folder)
			if want := regexp.MustCompile(`\A.* locked distributions from ` + regexp.QuoteMeta(l.file)); !want.MatchString(r.Log) {
				t.Errorf("the build does not begin with %q:\n%s", want, r.Log)
			}
			if passed := regexp.MustCompile(`(?m)^=+ \d+ passed[^\n]* =+\n(?:.*\n)?test 1: python -m pytest .*: ok`); !passed.MatchString(r.Log) {
				t.Errorf("the build does not say %q:\n%s", passed, r.Log)
			}
			want := installedBy(t, l.folder, l.tool, l.install)
			t.Logf("%d distributions: %q", len(want), want)
			for _, format := range []string{"deb", "rpm"} {
				files := read(t, r.file(t, format)).Files
				if diff := cmp.Diff(want, distributions(r, files)); diff != "" {
					t.Errorf("%s (-%s +pinpack):\n%s", format, tool, diff)
				}
				if !strings.HasPrefix(files[r.site()+"/"+l.module], "file ") {
					t.Errorf("%s: no file %s/%s", format, r.site(), l.module)
				}
				for name := range files {
					if path.Base(name) == "pytest" || strings.HasSuffix(name, ".pth") || strings.Contains(name, "__editable__") {
						t.Errorf("%s: %s is in it", format, name)
					}
				}
			}
		})
	}
}

// installedBy returns what a tool installs for a project into a fresh virtualenv.
func installedBy(t *testing.T, folder, tool, install string) []string {
	t.Helper()
	base := t.TempDir()
	dir, env := filepath.Join(base, "project"), filepath.Join(base, "venv")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("../../testdata/projects", folder))); err != nil {
		t.Fatal(err)
	}
	installTool(t, "uv")
	installTool(t, tool)
	cmd := exec.Command("sh", "-euc", "uv venv --python "+python+" $VIRTUAL_ENV; "+install)
	cmd.Dir, cmd.Env = dir, toolEnv("VIRTUAL_ENV="+env, "HOME="+base, "PDM_CHECK_UPDATE=false", "PDM_IGNORE_SAVED_PYTHON=true",
		"PIPENV_VERBOSITY=-1", "POETRY_VIRTUALENVS_CREATE=false")
	testkit.Run(t, cmd)
	found, err := filepath.Glob(filepath.Join(env, "lib/python3.*/site-packages/*.dist-info"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%s installed %q: %v", install, found, err)
	}
	return pins(found)
}

// distributions are those whose metadata is in a package.
func distributions(r result, files map[string]string) []string {
	var found []string
	for name := range files {
		if path.Dir(name) == r.site() && strings.HasSuffix(name, ".dist-info") {
			found = append(found, name)
		}
	}
	return pins(found)
}

// pins returns name==version for folders of metadata, sorted.
func pins(folders []string) []string {
	var list []string
	for _, folder := range folders {
		name, version, _ := strings.Cut(strings.TrimSuffix(path.Base(folder), ".dist-info"), "-")
		list = append(list, pep508.NormalizeName(name)+"=="+version)
	}
	slices.Sort(list)
	return list
}

// toolBin has the tools, and uv, which installs the others.
func toolBin() string { return filepath.Join(scratch, "tools", "bin") }

// toolEnv is the environment of the tools: nothing of the user's sets them up.
func toolEnv(more ...string) []string {
	dir := filepath.Dir(toolBin())
	return append(os.Environ(), append([]string{
		"PATH=" + toolBin() + ":" + os.Getenv("PATH"), "HOME=" + dir,
		"UV_TOOL_BIN_DIR=" + toolBin(), "UV_TOOL_DIR=" + dir, "UV_CACHE_DIR=" + filepath.Join(dir, "cache"),
		"UV_PYTHON_DOWNLOADS=never", "UV_SYSTEM_CERTS=true", "PIP_FIND_LINKS=",
		"XDG_CACHE_HOME=", "XDG_CONFIG_HOME=", "XDG_DATA_HOME=", "XDG_STATE_HOME=",
	}, more...)...)
}

// installTool installs a program from the package index, once. uv is the version that pinpack has.
func installTool(t *testing.T, requirement string) {
	t.Helper()
	tools.get(requirement, func() bool {
		if requirement == "uv" {
			err := errors.Join(os.MkdirAll(toolBin(), 0o755), venv.FetchUV(t.Context(), os.Environ(), toolBin()))
			if err != nil {
				t.Fatal(err)
			}
			return true
		}
		cmd := exec.Command(filepath.Join(toolBin(), "uv"), "tool", "install", "--quiet", "--python", python, requirement)
		cmd.Env = toolEnv()
		testkit.Run(t, cmd)
		return true
	})
}

var tools once[bool]
