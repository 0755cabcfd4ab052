//go:build acceptance

package acceptance

import (
	"encoding/json"
	"maps"
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

// validators read documents as CycloneDX's and SPDX's own libraries for Python have
// it, by their schemas and more, and print what is wrong.
const validators = `import logging, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
logging.disable()
for file in sys.argv[1:]:
    if file.endswith(".cdx.json"):
        wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(file).read())
        if wrong:
            print(file, wrong)
    else:
        for wrong in validate_full_spdx_document(parse_file(file)):
            print(file, wrong.validation_message, wrong.context.full_element)
    print("read", file)
`

// bom is what the tests look at of a CycloneDX document.
type bom struct {
	Components   []component
	Dependencies []struct {
		Ref       string
		DependsOn []string
	}
}

type component struct {
	Name, Version, PURL string
	Ref                 string `json:"bom-ref"`
	Licenses            []struct {
		Expression string
		License    struct{ ID, Name, Acknowledgement string }
	}
	Evidence   struct{ Occurrences []struct{ Location string } }
	Components []component
}

// TestSBOM holds the documents of every sample against others: validators, pip's list
// of the virtualenv, and what CycloneDX's own tool says of it.
func TestSBOM(t *testing.T) {
	testkit.NeedRoot(t)
	testkit.NeedNetwork(t)
	t.Parallel()
	for _, folder := range []string{"whois", "shop", "lines", "notes", "ledger", "poems", "paste", "pipes", "orders"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			r := built(t, folder)
			installTool(t, "uv")
			installTool(t, "cyclonedx-bom==7.5.0")
			installTool(t, "spdx-tools==0.8.5")
			validate(t, r)
			root := t.TempDir()
			testkit.Run(t, exec.Command("dpkg-deb", "--extract", r.file(t, "deb"), root))
			python := filepath.Join(root, r.Prefix, "bin/python")
			ours := shippedBOM(t, root, r, "--python", python)
			file := filepath.Join(t.TempDir(), "theirs.json")
			tool := exec.Command(filepath.Join(toolBin(), "cyclonedx-py"), "environment", "--spec-version", "1.6", "--output-file", file, python)
			tool.Env = toolEnv()
			testkit.Run(t, tool)
			theirs := readBOM(t, file)
			theirs.dropUnused(t, filepath.Join(root, r.site()), ours)
			compareBOMs(t, theirs, ours)
			sameInBoth(t, r)
		})
	}
}

// shippedBOM reads the document in an unpacked package. It lists what pip finds when
// it is run with the arguments.
func shippedBOM(t *testing.T, root string, r result, args ...string) bom {
	t.Helper()
	doc := filepath.Join(root, "usr/share/doc", r.Name)
	ours := readBOM(t, filepath.Join(doc, "sbom.cdx.json"))
	if _, err := os.Stat(filepath.Join(doc, "sbom.spdx.json")); err != nil {
		t.Error(err)
	}
	installTool(t, "uv")
	installTool(t, "pip==25.3")
	list := []string{"list", "--format", "json"}
	if args[0] == "--python" {
		list = append(args, list...)
	} else {
		list = append(list, args...)
	}
	pip := exec.Command(filepath.Join(toolBin(), "pip"), list...)
	pip.Env = toolEnv("PIP_DISABLE_PIP_VERSION_CHECK=1")
	var listed []struct{ Name, Version string }
	if err := json.Unmarshal([]byte(testkit.Run(t, pip)), &listed); err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, d := range listed {
		want = append(want, d.Name+" "+d.Version)
	}
	for _, c := range ours.distributions() {
		got = append(got, c.Name+" "+c.Version)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
		t.Errorf("distributions (-pip list +SBOM):\n%s", diff)
	}
	t.Logf("%d distributions, as pip lists them", len(got))
	return ours
}

// validate has others read the documents beside the packages.
func validate(t *testing.T, r result) {
	t.Helper()
	for tool, ext := range map[string]string{"cyclonedx-bom": ".cdx.json", "spdx-tools": ".spdx.json"} {
		script := validators
		if ext == ".cdx.json" { // each has a virtualenv of its own
			script = strings.ReplaceAll(script, "from spdx_tools", "# ")
		} else {
			script = strings.ReplaceAll(script, "from cyclonedx", "# ")
		}
		args := []string{"-c", script}
		for _, f := range r.Beside {
			if strings.HasSuffix(f.Name, ext) {
				args = append(args, f.Path)
			}
		}
		cmd := exec.Command(filepath.Join(filepath.Dir(toolBin()), tool, "bin/python"), args...)
		cmd.Env = toolEnv()
		want := "read " + args[2] + "\nread " + args[len(args)-1] + "\n"
		if out := testkit.Run(t, cmd); out != want || len(args) != 4 {
			t.Errorf("%s: %s", tool, out)
		}
	}
}

func readBOM(t *testing.T, file string) bom {
	t.Helper()
	var b bom
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err != nil || len(b.Components) == 0 {
		t.Fatalf("read %s: %v", file, err)
	}
	return b
}

// distributions are the components that are installed in the virtualenv.
func (b bom) distributions() []component {
	return slices.DeleteFunc(slices.Clone(b.Components), func(c component) bool {
		return len(c.Evidence.Occurrences) != 1 || !strings.HasSuffix(c.Evidence.Occurrences[0].Location, ".dist-info")
	})
}

// dropUnused drops the edges that only cyclonedx-py has, which takes a requirement for one
// whatever its marker says, if what is required is installed: for an extra that nobody
// asked for, or another Python.
func (b *bom) dropUnused(t *testing.T, site string, ours bom) {
	t.Helper()
	known := map[string]bool{}
	for _, d := range ours.Dependencies {
		for _, on := range d.DependsOn {
			known[pep508.NormalizeName(d.Ref)+" "+pep508.NormalizeName(on)] = true
		}
	}
	dropped := 0
	for i, d := range b.Dependencies {
		b.Dependencies[i].DependsOn = slices.DeleteFunc(d.DependsOn, func(on string) bool {
			if known[pep508.NormalizeName(d.Ref)+" "+pep508.NormalizeName(on)] {
				return false
			}
			name, version, _ := strings.Cut(d.Ref, "==")
			found, err := filepath.Glob(filepath.Join(site, "*-"+version+".dist-info", "METADATA"))
			if err != nil {
				t.Fatal(err)
			}
			marked := false
			for _, file := range found {
				text, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				own, _, _ := strings.Cut(filepath.Base(filepath.Dir(file)), "-")
				if pep508.NormalizeName(own) != pep508.NormalizeName(name) {
					continue
				}
				for line := range strings.Lines(string(text)) {
					rest, ok := strings.CutPrefix(line, "Requires-Dist: ")
					r, err := pep508.Parse(strings.TrimSpace(rest))
					if wanted, _, _ := strings.Cut(on, "=="); !ok || err != nil || r.Name != pep508.NormalizeName(wanted) {
						continue
					}
					if marked = r.Marker.String() != ""; !marked {
						return false // it holds always
					}
				}
			}
			if marked {
				dropped++
			}
			return marked
		})
	}
	t.Logf("%d requirements of cyclonedx-py's whose markers do not hold", dropped)
}

// said is what a document says of each distribution, by normalised name.
func said(list []component, b bom) map[string][]string {
	names := map[string]string{}
	for _, c := range list {
		names[c.Ref] = pep508.NormalizeName(c.Name)
	}
	all := map[string][]string{}
	for _, c := range list {
		lines := []string{"version " + c.Version}
		for _, l := range c.Licenses {
			// Names of no licence in particular are worded differently, and only we read
			// the texts to conclude which one it is.
			if id := l.Expression + l.License.ID; id != "" && l.License.Acknowledgement != "concluded" {
				lines = append(lines, "licence "+id)
			}
		}
		for _, d := range b.Dependencies {
			for _, on := range d.DependsOn {
				if d.Ref == c.Ref && names[on] != "" {
					lines = append(lines, "needs "+names[on])
				}
			}
		}
		slices.Sort(lines)
		all[names[c.Ref]] = lines
	}
	return all
}

// compareBOMs compares versions, declared licences and the graph. What is from an index
// has its package URL; the project and what is built from the repository has none
// of ours, since PyPI's distribution of the name is another's.
func compareBOMs(t *testing.T, theirs, ours bom) {
	t.Helper()
	list := ours.distributions()
	one, two := said(theirs.Components, theirs), said(list, ours)
	if diff := cmp.Diff(one, two); diff != "" {
		t.Errorf("distributions (-cyclonedx-py +pinpack):\n%s", diff)
	}
	purls := map[string]string{}
	for _, c := range theirs.Components {
		purls[pep508.NormalizeName(c.Name)] = c.PURL
	}
	local := 0
	for _, c := range list {
		if c.PURL == "" {
			local++
		} else if want := purls[pep508.NormalizeName(c.Name)]; c.PURL != want {
			t.Errorf("%s: package URL %q: cyclonedx-py has %q", c.Name, c.PURL, want)
		}
		if len(c.Licenses) == 0 {
			t.Errorf("%s: no licence", c.Name)
		}
	}
	if local < 1 || local > 2 {
		t.Errorf("%d distributions have no package URL: want those of the repository alone", local)
	}
	t.Logf("%d distributions as cyclonedx-py has them", len(slices.Collect(maps.Keys(two))))
}
