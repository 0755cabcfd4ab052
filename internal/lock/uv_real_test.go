package lock

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/pep508"
	"github.com/pinpack/pinpack/internal/project"
	"github.com/pinpack/pinpack/internal/testkit"
)

// realUV is uv as it is installed from the package index, and a project that it has
// locked.
type realUV struct {
	t           *testing.T
	program     string
	python, dir string
	env         pep508.Environment
}

// uvWorkspace has what makes a walk hard: markers, extras that exclude each other and
// one that means another, groups, members and path dependencies with extras, a URL, an
// override.
var uvWorkspace = map[string]string{
	"pyproject.toml": `
[project]
name = "App.Thing"
version = "1.0"
requires-python = ">=3.9,<4"
dependencies = [
  "click>=8", "lib", "pathdep[more]>=0.1",
  "Colorama ; sys_platform == 'win32'",
  "importlib-metadata>=4 ; python_version < '3.10' or implementation_name == 'cpython'",
  "httpx[http2] >=0.25,<1",
  "six @ https://files.pythonhosted.org/packages/b7/ce/149a00dd41f10bc29e5921b496af8b574d8413afcd5e30dfa0ed46c2cc5e/six-1.17.0-py2.py3-none-any.whl",
]
[project.optional-dependencies]
cpu = ["idna==3.6", "attrs"]
gpu = ["idna==3.7"]
All_x = ["app-thing[plus]", "zipp>=3"]
plus = ["packaging", "tomli>=1; python_version<'3.11'"]
[dependency-groups]
dev = ["pluggy", {include-group = "typing"}]
typing = ["mypy_extensions"]
old = ["pluggy<1"]
[tool.uv]
package = true
conflicts = [[{extra = "cpu"}, {extra = "gpu"}], [{group = "dev"}, {group = "old"}]]
build-constraint-dependencies = ["setuptools==70.0.0", "wheel<1"]
override-dependencies = ["anyio>=4"]
[tool.uv.sources]
lib = {workspace = true}
pathdep = {path = "libs/pathdep"}
[tool.uv.workspace]
members = ["packages/*"]
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
`,
	"src/app_thing/__init__.py": "",
	"packages/lib/pyproject.toml": `
[project]
name = "lib"
version = "0.1"
requires-python = ">=3.9"
dependencies = ["util[fast]>=0.1"]
[tool.uv.sources]
util = {workspace = true}
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
`,
	"packages/lib/src/lib/__init__.py": "",
	"packages/util/pyproject.toml": `
[project]
name = "util"
version = "0.1"
requires-python = ">=3.9"
[project.optional-dependencies]
fast = ["iniconfig", "lib"]
[tool.uv.sources]
lib = {workspace = true}
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
`,
	"packages/util/src/util/__init__.py": "",
	"libs/pathdep/pyproject.toml": `
[project]
name = "pathdep"
version = "0.2"
requires-python = ">=3.9"
[project.optional-dependencies]
more = ["toml"]
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
`,
	"libs/pathdep/src/pathdep/__init__.py": "",
}

func newRealUV(t *testing.T) *realUV {
	testkit.NeedNetwork(t)
	u := &realUV{t: t, python: testkit.NeedPip(t), dir: t.TempDir()}
	tools := t.TempDir()
	u.do(u.python, "-m", "pip", "install", "--quiet", "--target", tools, "uv==0.13.9")
	u.program = filepath.Join(tools, "bin", "uv")
	for name, text := range uvWorkspace {
		u.write(name, text)
	}
	u.do(u.program, "lock", "--python", u.python)
	const ask = `import json, os, platform, sys; v = platform.python_version(); print(json.dumps({
"python_version": ".".join(v.split(".")[:2]), "python_full_version": v, "os_name": os.name, "sys_platform": sys.platform,
"platform_machine": platform.machine(), "platform_system": platform.system(), "platform_release": platform.release(),
"platform_version": platform.version(), "platform_python_implementation": platform.python_implementation(),
"implementation_name": sys.implementation.name, "implementation_version": v}))`
	if err := json.Unmarshal([]byte(u.do(u.python, "-c", ask)), &u.env); err != nil {
		t.Fatal(err)
	}
	return u
}

func (u *realUV) write(name, text string) {
	u.t.Helper()
	name = filepath.Join(u.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		u.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		u.t.Fatal(err)
	}
}

func (u *realUV) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = u.dir
	cmd.Env = append(os.Environ(), "UV_SYSTEM_CERTS=true", "UV_PYTHON_DOWNLOADS=never", "PIP_FIND_LINKS=")
	return cmd
}

func (u *realUV) do(program string, args ...string) string {
	u.t.Helper()
	out, err := u.command(program, args...).Output()
	if exit, ok := err.(*exec.ExitError); ok {
		u.t.Fatalf("%s %q: %v\n%s%s", program, args, err, out, exit.Stderr)
	} else if err != nil {
		u.t.Fatal(err)
	}
	return string(out)
}

// TestUVSelectsAsUV compares what is selected of a real lock with what uv itself
// installs for the same selection, and what counts as stale with what does to uv.
func TestUVSelectsAsUV(t *testing.T) {
	t.Parallel()
	u := newRealUV(t)
	tests := map[string]struct {
		selection Selection
		args      []string
	}{
		"dependencies":      {Selection{}, nil},
		"an extra":          {Selection{Extras: []string{"cpu"}}, []string{"--extra", "cpu"}},
		"its opposite":      {Selection{Extras: []string{"gpu"}}, []string{"--extra", "gpu"}},
		"an extra's extra":  {Selection{Extras: []string{"all-x"}}, []string{"--extra", "all-x"}},
		"a group":           {Selection{Groups: []string{"dev"}}, []string{"--group", "dev"}},
		"its opposite only": {Selection{Groups: []string{"old"}, Only: true}, []string{"--only-group", "old"}},
		"groups and extras": {Selection{Groups: []string{"old", "typing"}, Extras: []string{"plus", "gpu"}}, []string{"--group", "old", "--group", "typing", "--extra", "plus", "--extra", "gpu"}},
		"a member":          {Selection{Dir: "packages/lib"}, []string{"--package", "lib"}},
	}
	for name, test := range tests {
		venv := filepath.Join(t.TempDir(), "venv")
		sync := u.command(u.program, append([]string{"sync", "--quiet", "--frozen", "--no-editable", "--no-default-groups", "--python", u.python}, test.args...)...)
		sync.Env = append(sync.Env, "UV_PROJECT_ENVIRONMENT="+venv)
		if out, err := sync.CombinedOutput(); err != nil {
			t.Fatalf("%s: uv sync: %v\n%s", name, err, out)
		}
		var installed []struct{ Name, Version string }
		list := u.do(u.program, "pip", "list", "--format", "json", "--python", venv)
		if err := json.Unmarshal([]byte(list), &installed); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, d := range installed {
			want[pep508.NormalizeName(d.Name)] = d.Version
		}
		s := test.selection
		s.Env = u.env
		l, err := Load(os.DirFS(u.dir), s)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := map[string]string{}
		for _, r := range l.Requirements {
			if got[r.Name] = r.Version; r.URL != "" {
				got[r.Name] = want[r.Name]
			}
			if len(r.Hashes) == 0 || r.Index != "" || r.Line == 0 {
				t.Errorf("%s: %+v: want hashes, no index, a line", name, r)
			}
		}
		for _, local := range l.Locals {
			got[local.Name] = want[local.Name]
		}
		delete(want, map[string]string{"": "app-thing", "packages/lib": "lib"}[s.Dir])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -uv +ours:\n%s", name, diff)
		}
		if len(l.BuildConstraints) != 2 || l.BuildConstraints[0].Version != "70.0.0" {
			t.Errorf("build constraints %+v", l.BuildConstraints)
		}
	}
	// What uv exports agrees, in its other forms.
	for _, name := range []string{"pylock.toml", "requirements.txt"} {
		u.do(u.program, "export", "--quiet", "--frozen", "--no-default-groups", "--format", name, "--output-file", name)
	}
	if l, err := Load(os.DirFS(u.dir), Selection{Env: u.env}); err != nil || l.Format != "pylock.toml" || len(l.Beside) != 2 || len(l.Locals) != 3 {
		t.Errorf("exports: %q beside %q, locals %+v, error %v", l.Files, l.Beside, l.Locals, err)
	}
	for _, name := range []string{"pylock.toml", "requirements.txt"} {
		if err := os.Remove(filepath.Join(u.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, edit := range map[string][2]string{
		"nothing":                      {"", ""},
		"order and blanks":             {"httpx[http2] >=0.25,<1", "httpx[HTTP2]<1, >= 0.25"},
		"a source elsewhere":           {"pathdep[more]>=0.1", "pathdep[more]>=0.2"},
		"another dependency":           {`"click>=8", `, `"click>=8", "pyparsing", `},
		"a dependency less":            {`"click>=8", `, ""},
		"other versions":               {"click>=8", "click>=8.1"},
		"another extra":                {"httpx[http2]", "httpx"},
		"another URL":                  {"six-1.17.0-py2.py3-none-any.whl", "six-1.17.0.tar.gz"},
		"an extra's dependency":        {`, "attrs"]`, "]"},
		"an extra's extra":             {`"app-thing[plus]", `, ""},
		"a new extra":                  {"[dependency-groups]", `new = ["pyparsing"]` + "\n[dependency-groups]"},
		"a group's dependency":         {`"mypy_extensions"`, ""},
		"a new group":                  {"[tool.uv]", `new = ["pyparsing"]` + "\n[tool.uv]"},
		"a group less":                 {`old = ["pluggy<1"]`, ""},
		"a marker that starts to hold": {"sys_platform == 'win32'", "sys_platform == 'linux'"},
	} {
		text := strings.Replace(uvWorkspace["pyproject.toml"], edit[0], edit[1], 1)
		if name == "a group less" {
			text = strings.Replace(text, `, [{group = "dev"}, {group = "old"}]`, "", 1)
		}
		u.write("pyproject.toml", text)
		p, err := project.Read(os.DirFS(u.dir))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		l, err := Load(os.DirFS(u.dir), Selection{Env: u.env, Project: p})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		// What it would have to look up is not what was locked.
		check := u.command(u.program, "lock", "--check", "--offline", "--python", u.python)
		out, err := check.CombinedOutput()
		if (err != nil) != (l.Stale != nil) {
			t.Errorf("%s: stale %q, uv says: %v\n%s", name, l.Stale, err, out)
		}
	}
}
