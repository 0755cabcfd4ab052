package pep508

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// packagingVersion is the reference implementation that is asked.
const packagingVersion = "26.3"

// TestPackagingAgrees evaluates markers of all kinds of comparisons for several
// environments with the reference implementation: both have to refuse the same, and
// to find the same true.
func TestPackagingAgrees(t *testing.T) {
	t.Parallel()
	testkit.NeedNetwork(t)
	python := testkit.NeedPip(t)
	dir := t.TempDir()
	download := exec.Command(python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", dir, "packaging=="+packagingVersion)
	if out, err := download.CombinedOutput(); err != nil {
		t.Fatalf("download packaging: %v\n%s", err, out)
	}
	wheels, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(wheels) != 1 {
		t.Fatalf("wheels %v, error %v", wheels, err)
	}
	windows := maps.Clone(debian)
	maps.Copy(windows, Environment{"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows", "platform_release": "10",
		"platform_machine": "AMD64", "python_version": "3.8", "python_full_version": "3.8.10", "implementation_version": "3.8.10"})
	pypy := maps.Clone(debian)
	maps.Copy(pypy, Environment{"platform_python_implementation": "PyPy", "implementation_name": "pypy", "implementation_version": "7.3.13",
		"python_version": "3.10", "python_full_version": "3.10.0rc1", "platform_release": "", "platform_version": ""})
	untagged := maps.Clone(debian)
	maps.Copy(untagged, Environment{"python_version": "3.14", "python_full_version": "3.14.0a1+"})
	environments := []Environment{debian, windows, pypy, untagged}
	actives := []Active{{}, {Extras: []string{"cpu"}, Groups: []string{"dev", "docs"}}}

	questions := sampleMarkers()
	in, err := json.Marshal(map[string]any{"markers": questions, "environments": environments, "actives": actives})
	if err != nil {
		t.Fatal(err)
	}
	ask := exec.Command(python, "-c", askPackaging)
	ask.Stdin = strings.NewReader(string(in))
	ask.Env = append(os.Environ(), "PYTHONPATH="+wheels[0])
	out, err := ask.Output()
	if err != nil {
		t.Fatalf("ask packaging: %v\n%s", err, out)
	}
	answers := strings.Fields(string(out))
	if len(answers) != len(questions) {
		t.Fatalf("%d answers to %d questions", len(answers), len(questions))
	}
	differ, held := 0, 0
	for i, text := range questions {
		got := ""
		m, err := ParseMarker(text)
		for _, env := range environments {
			for _, active := range actives {
				switch {
				case err != nil:
					got += "!"
				case m.Eval(env, active):
					got, held = got+"1", held+1
				default:
					got += "0"
				}
			}
		}
		if got != answers[i] {
			if differ++; differ < 20 {
				t.Errorf("%s\nis %s, to packaging it is %s; error %v", text, got, answers[i], err)
			}
		}
	}
	t.Logf("%d markers in %d environments, %d times true, %d differ", len(questions), len(environments)*len(actives), held, differ)
}

// askPackaging answers each marker with a character for each environment.
const askPackaging = `
import json, sys
from packaging.markers import InvalidMarker, Marker, UndefinedComparison
asked = json.load(sys.stdin)
def answer(marker, environment, active):
    extras, groups = active["Extras"] or [], active["Groups"] or []
    environment = dict(environment, extra=(extras + [""])[0], extras=frozenset(extras), dependency_groups=frozenset(groups))
    try:
        return "1" if Marker(marker).evaluate(environment) else "0"
    except (InvalidMarker, UndefinedComparison):
        return "!"
for marker in asked["markers"]:
    print("".join(answer(marker, e, a) for e in asked["environments"] for a in asked["actives"]))
`

// sampleMarkers returns every variable with every operator and several values, on
// either side, and random expressions of them.
func sampleMarkers() []string {
	operators := []string{"==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in"}
	values := []string{"3.8", "3.11", "3.11.2", "3.10.*", "3", "posix", "linux", "CPython", "10", "6.1.0-18-amd64", "cpu", "dev", "", "3.9 3.11"}
	var atoms, markers []string
	for _, v := range variables {
		for _, name := range append([]string{v.name}, v.aliases...) {
			for _, operator := range operators {
				for _, value := range values {
					if operator == "===" && value == "" {
						continue // a specifier to packaging, though no grammar has it
					}
					atoms = append(atoms, fmt.Sprintf("%s %s %q", name, operator, value))
					// Packaging refuses some of what follows by the environment's value, or never.
					isSet := v.name == "extras" || v.name == "dependency_groups"
					if operator != "~=" && (operator != "===" || v.version) && (!isSet || strings.HasSuffix(operator, "in")) {
						atoms = append(atoms, fmt.Sprintf("'%s' %s %s", value, operator, name))
					}
				}
			}
		}
	}
	random := rand.New(rand.NewPCG(5, 8))
	var expression func(depth int) string
	expression = func(depth int) string {
		if depth == 0 || random.IntN(3) == 0 {
			return atoms[random.IntN(len(atoms))]
		}
		text := expression(depth - 1)
		for range random.IntN(3) {
			text += []string{" and ", " or "}[random.IntN(2)] + expression(depth-1)
		}
		if random.IntN(2) == 0 {
			return "(" + text + ")"
		}
		return text
	}
	for range 500 {
		markers = append(markers, expression(3))
	}
	return append(atoms, markers...)
}
