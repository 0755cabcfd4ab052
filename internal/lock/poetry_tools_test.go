//go:build acceptance

package lock

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pinpack/pinpack/internal/pep508"
	"github.com/pinpack/pinpack/internal/testkit"
)

// toolTest compares what Load selects with what the tool that wrote the lock installs.
type toolTest struct {
	Selection
	args []string
}

// run makes a project's folder and a virtualenv for each test.
func (test toolTest) run(t *testing.T, tool, folder, file string) {
	python := testkit.Need(t, "python3")
	dir, venv := filepath.Join(t.TempDir(), "shop"), filepath.Join(t.TempDir(), "venv")
	if err := os.CopyFS(dir, os.DirFS("testdata/"+folder)); err != nil {
		t.Fatal(err)
	}
	command(t, "", python, "-m", "venv", "--without-pip", venv)
	command(t, dir, "env", append([]string{
		"VIRTUAL_ENV=" + venv, "PATH=" + filepath.Join(venv, "bin") + ":" + os.Getenv("PATH"),
		"POETRY_VIRTUALENVS_CREATE=false", "PDM_IGNORE_SAVED_PYTHON=1", "PDM_CHECK_UPDATE=false", "PIPENV_VERBOSITY=-1", tool,
	}, test.args...)...)

	test.Files, test.Env = []string{file}, pep508.Environment{}
	if err := json.Unmarshal(command(t, "", python, "-c", printEnvironment), &test.Env); err != nil {
		t.Fatal(err)
	}
	l, err := Load(os.DirFS(dir), test.Selection)
	if err != nil || l.Stale != nil {
		t.Fatal(err, l.Stale)
	}
	var got []string
	for _, r := range l.Requirements {
		got = append(got, r.Name+"=="+r.Version)
	}
	for _, local := range l.Locals {
		got = append(got, local.Name+"==0.3")
	}
	slices.Sort(got)
	var want []string
	for line := range strings.Lines(string(command(t, "", filepath.Join(venv, "bin", "python"), "-c", printInstalled))) {
		name, version, _ := strings.Cut(strings.TrimSpace(line), "==")
		want = append(want, pep508.NormalizeName(name)+"=="+version)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("-%s +Load:\n%s", strings.Join(test.args, " "), diff)
	}
	t.Logf("%d distributions", len(want))
}

const printInstalled = `
import importlib.metadata
for d in importlib.metadata.distributions():
    print(d.metadata["Name"] + "==" + d.version)
`

const printEnvironment = `
import json, os, platform, sys
version = platform.python_version()
print(json.dumps({
    "python_version": ".".join(version.split(".")[:2]), "python_full_version": version,
    "os_name": os.name, "sys_platform": sys.platform, "platform_system": platform.system(),
    "platform_machine": platform.machine(), "platform_release": platform.release(), "platform_version": platform.version(),
    "platform_python_implementation": platform.python_implementation(),
    "implementation_name": sys.implementation.name, "implementation_version": version,
}))
`

// installTool installs a program from PyPI, once for all runs: it stays in the user's
// cache.
func installTool(t *testing.T, name, requirement string) string {
	testkit.NeedNetwork(t)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	venv := filepath.Join(cache, "pinpack-acceptance", strings.NewReplacer("==", "-", "[locked]", "").Replace(requirement))
	done := filepath.Join(venv, "done")
	if _, err := os.Stat(done); err != nil {
		command(t, "", testkit.Need(t, "python3"), "-m", "venv", "--clear", venv)
		command(t, "", filepath.Join(venv, "bin", "pip"), "install", "--quiet", requirement)
		if err := os.WriteFile(done, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(venv, "bin", name)
}

// command runs a program without what this machine says of packages to prefer.
func command(t *testing.T, dir, program string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "PIP_FIND_LINKS=") })
	var errors strings.Builder
	cmd.Stderr = &errors
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", program, args, err, output, &errors)
	}
	return output
}

func TestPoetryInstallsTheSame(t *testing.T) {
	poetry := installTool(t, "poetry", "poetry==2.5.1")
	for name, test := range map[string]toolTest{
		"main":  {Selection{}, strings.Fields("install -n --no-root --only main")},
		"more":  {Selection{Extras: []string{"pretty-out"}, Groups: []string{"lint"}}, strings.Fields("install -n --no-root --extras pretty-out --with lint --without dev,docs")},
		"group": {Selection{Groups: []string{"dev"}, Only: true}, strings.Fields("install -n --no-root --only dev")},
	} {
		t.Run(name, func(t *testing.T) { test.run(t, poetry, "poetry/project", "poetry.lock") })
	}
}

func TestPDMInstallsTheSame(t *testing.T) {
	pdm := installTool(t, "pdm", "pdm[locked]==2.29.3")
	for name, test := range map[string]toolTest{
		"default": {Selection{}, strings.Fields("sync --prod --no-self")},
		"extra":   {Selection{Extras: []string{"pretty-out"}}, strings.Fields("sync --prod --no-self -G pretty-out")},
		"group":   {Selection{Groups: []string{"dev"}, Only: true}, strings.Fields("sync --no-self --no-default -G dev")},
	} {
		t.Run(name, func(t *testing.T) { test.run(t, pdm, "pdm/project", "pdm.lock") })
	}
}

func TestPipenvInstallsTheSame(t *testing.T) {
	pipenv := installTool(t, "pipenv", "pipenv==2026.10.3")
	for name, test := range map[string]toolTest{
		"default":    {Selection{}, strings.Fields("sync")},
		"categories": {Selection{Groups: []string{"docs"}}, []string{"sync", "--categories", "packages docs"}},
		"develop":    {Selection{Groups: []string{"dev-packages"}, Only: true}, []string{"sync", "--categories", "dev-packages"}},
	} {
		t.Run(name, func(t *testing.T) { test.run(t, pipenv, "pipenv/project", "Pipfile.lock") })
	}
}
