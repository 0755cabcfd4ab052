package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// hostileHook has hatchling run the same as the test command.
// What it finds goes into the wheel.
const hostileHook = `import runpy
import sys

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        sys.argv[1:] = ["build"]
        runpy.run_path("hostile.py")
        build_data["force_include"]["loot.txt"] = "lines/loot.txt"
`

// testHostile builds a project whose build and whose tests try everything, and
// sees that they get nothing.
func testHostile(t *testing.T, j *job) {
	script, err := os.ReadFile("testdata/hostile.py")
	if err != nil {
		t.Fatal(err)
	}
	project, err := os.ReadFile("../../testdata/projects/lines/pyproject.toml")
	if err != nil {
		t.Fatal(err)
	}
	config := strings.Replace(string(project), `test = ["python -m unittest discover tests"]`,
		`test = ["python hostile.py test"]`+"\n"+`files = ["loot.txt:/usr/share/lines/loot.txt"]`, 1) +
		"\n[tool.hatch.build.hooks.custom]\npath = \"hatch_build.py\"\n"
	j.checkout = newCheckout(t, map[string]string{
		"tools/lines/hostile.py": string(script), "tools/lines/hatch_build.py": hostileHook, "tools/lines/pyproject.toml": config,
	})
	secrets := []string{canaryToken, canaryEnv, canaryGit, j.act.token}

	if err := j.run(t); err != nil {
		t.Fatal(err)
	}
	// As root, with all open, it finds what there is to be found.
	control := j.engine.Docker(t, "run", "--rm", "--network", "none", "--env", "INPUT_TOKEN="+canaryToken, "--env", "ACTIONS_RUNTIME_TOKEN="+j.act.token,
		"--volume", j.checkout.dir+":/work:ro", "--workdir", "/tmp", "--entrypoint", "python3", actionImage(t, j.engine), "/work/tools/lines/hostile.py", "control")
	for _, s := range []string{canaryToken, canaryGit, j.act.token, "GOT variable INPUT_TOKEN", "GOT /work/.git/config", ", tools\n"} {
		if !strings.Contains(control, s) {
			t.Errorf("as root, with all open, hostile.py does not find %s:\n%s", s, control)
		}
	}

	texts := j.packed(t)
	loot := texts["deb/opt/lines/lib/python3.11/site-packages/lines/loot.txt"] + texts["deb/usr/share/lines/loot.txt"]
	for _, want := range []string{"BEGIN build as 64", "END build", "BEGIN test as 64", "READ ", ", workflow: PermissionError", ", .git: PermissionError", "REFUSED docker's socket", "REFUSED become root", "END test"} {
		if !strings.Contains(loot, want) {
			t.Errorf("hostile.py did not come to %q:\n%s", want, loot)
		}
	}
	var refused, got []string
	for l := range strings.Lines(loot) {
		if strings.HasPrefix(l, "REFUSED") {
			refused = append(refused, strings.TrimSpace(l))
		}
		if strings.HasPrefix(l, "GOT") {
			got = append(got, strings.TrimSpace(l))
		}
	}
	if t.Logf("%d attempts refused, %d not", len(refused), len(got)); len(got) > 0 {
		t.Errorf("hostile.py got\n%s", strings.Join(got, "\n"))
	}
	texts["the log"], texts["loot.txt"] = j.log.text("pinpack", true), string(j.checkout.read(t, "tools/lines/loot.txt"))
	checkLeaks(t, secrets, texts)
	j.checkout.checkOwner(t, "/dist", "/tools/lines/loot.txt")
	if o := j.outputs(t); o["version"] != version || !strings.HasPrefix(o["deb"], "dist/") {
		t.Errorf("outputs: %v", o)
	}
	after := j.log.text("after", true)
	if strings.Contains(after, "evil") || strings.Contains(after, "EVIL") {
		t.Errorf("the step after has what the project set:\n%s", after)
	}
}

// packed is the content of all that the packages ship.
func (j *job) packed(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	outputs := j.outputs(t)
	for format, read := range map[string]func(string) (testkit.Package, error){"deb": testkit.ReadDeb, "rpm": testkit.ReadRPM} {
		p, err := read(filepath.Join(j.checkout.dir, outputs[format]))
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range p.Contents {
			texts[format+name] = string(content)
		}
	}
	return texts
}

// checkLeaks looks for secrets in texts, also backwards.
func checkLeaks(t *testing.T, secrets []string, texts map[string]string) {
	t.Helper()
	for name, text := range texts {
		for _, s := range secrets {
			backwards := []byte(s)
			slices.Reverse(backwards)
			if strings.Contains(text, s) || strings.Contains(text, string(backwards)) {
				t.Errorf("%s has the secret %s", name, s)
			}
		}
	}
}
