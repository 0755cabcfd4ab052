package config

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/step"
)

// flags is the strongest source, of one value each.
func flags(pairs ...string) Source {
	s := Source{Where: "flag --%s", Values: map[string][]string{}}
	for i := 0; i < len(pairs); i += 2 {
		s.Values[pairs[i]] = append(s.Values[pairs[i]], pairs[i+1])
	}
	return s
}

// defaults is what nobody has to say.
var defaults = Config{
	Directory: ".", Iteration: "1", Formats: []string{"deb", "rpm"}, BuildPath: "auto", Snapshot: "auto", Python: "system",
	Installer: "uv", Section: "misc", Compression: "auto", Out: "dist", SBOM: []string{"cyclonedx", "spdx"}, Signing: Signing{Deb: "debsigs"},
	Vulnerabilities: Vulnerabilities{Audit: "off", Source: "https://api.osv.dev"},
	Verify:          Verify{Engine: "auto", Timeout: 2 * time.Minute},
	Steps: step.Inputs{
		Auto: true, TestDirectory: "copy", Timeout: time.Hour, Output: 256e6,
		Reports: []string{"junit*.xml", "TEST-*.xml", "test-results/**/*.xml", "test-reports/**/*.xml", "reports/**/*.xml"},
	},
	GitHub: GitHub{Release: "auto", ReleaseNotes: "generated", Prerelease: "auto", MakeLatest: "auto", Artifact: "auto"},
}

func TestReadGivesDefaults(t *testing.T) {
	t.Parallel()
	for name, sources := range map[string][]Source{
		"no source":     nil,
		"empty sources": {flags(), FromEnviron(nil), FromTable(nil)},
		"blank values":  {flags("name", " ", "test", "\n \n", "lock", " , "), FromEnviron([]string{"INPUT_NAME=", "INPUT_FORMATS= "})},
	} {
		got, err := Read(sources...)
		if diff := cmp.Diff(defaults, got); diff != "" || err != nil {
			t.Errorf("%s: %v; config (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestReadTakesTheStrongestSource(t *testing.T) {
	t.Parallel()
	for said := range 8 { // by whom: one bit each
		var sources []Source
		want := "misc"
		add := func(bit int, value string, s Source) {
			if said&bit == 0 {
				s.Values = map[string][]string{"section": {" "}}
			} else if want == "misc" {
				want = value
			}
			sources = append(sources, s)
		}
		add(4, "flag", flags("section", "flag"))
		add(2, "input", FromEnviron([]string{"INPUT_SECTION=input"}))
		add(1, "pyproject", FromTable(map[string]any{"section": "pyproject"}))
		c, err := Read(sources...)
		if c.Section != want || err != nil {
			t.Errorf("said by %03b: section %q, %v; want %q", said, c.Section, err, want)
		}
	}
}

func TestReadDoesNotMixSources(t *testing.T) {
	t.Parallel()
	c, err := Read(
		flags("test", "flag 1", "test", "flag 2"),
		FromEnviron([]string{"INPUT_TEST=input", "INPUT_ASSETS=a\nb"}),
		FromTable(map[string]any{"assets": []any{"table"}, "env": []any{"A=1", "B"}}),
	)
	want := defaults
	want.Steps.Auto = false
	want.Steps.Test, want.Steps.Assets, want.Env = []string{"flag 1", "flag 2"}, []string{"a", "b"}, []string{"A=1", "B"}
	if diff := cmp.Diff(want, c); diff != "" || err != nil {
		t.Errorf("%v; config (-want +got):\n%s", err, diff)
	}
}

func TestReadTellsValuesApart(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind  Kind
		given []string
		want  []string
	}{
		"a word with blanks around":    {Word, []string{" two words\n"}, []string{"two words"}},
		"a word of several lines":      {Word, []string{"one\ntwo"}, []string{"one\ntwo"}},
		"words":                        {Words, []string{"a, b\tc\nd,,e ", "f"}, []string{"a", "b", "c", "d", "e", "f"}},
		"lines":                        {Lines, []string{"one, 1\n\n  two 2  \n", "three"}, []string{"one, 1", "two 2", "three"}},
		"lines from Windows":           {Lines, []string{"one\r\ntwo\r\n"}, []string{"one", "two"}},
		"lines that go on":             {Lines, []string{"pytest \\\n  -x\nnext"}, []string{"pytest    -x", "next"}},
		"lines that go on, of Windows": {Lines, []string{"pytest \\\r\n-x"}, []string{"pytest  -x"}},
		"nothing":                      {Lines, []string{"", "\n"}, nil},
	}
	for name, test := range tests {
		got := Input{Kind: test.kind}.split(test.given)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	c, err := Read(
		flags("prefix", "/usr", "formatz", "deb", "xxxxx", "", "aaaaa", "", "zzzzz", "", "iteration", "one", "iteration", "two"),
		FromEnviron([]string{"INPUT_FORMATS=deb snap", "INPUT_PIP-ARGS=x", "INPUT_NAME=good"}),
		FromTable(map[string]any{"tests": "pytest", "section": 1.5, "directory": "x", "compression": "lzma", "installer": "pip"}),
	)
	if err == nil {
		t.Fatalf("Read = %+v, want an error", c)
	}
	want := []string{
		`flag --aaaaa: unknown input "aaaaa": want one of ` + strings.Join(Names(), ", "),
		`flag --formatz: unknown input "formatz": did you mean "formats"?`,
		`flag --xxxxx: unknown input "xxxxx": want one of ` + strings.Join(Names(), ", "),
		`flag --zzzzz: unknown input "zzzzz": want one of ` + strings.Join(Names(), ", "),
		`input pip-args: unknown input "pip-args": want one of ` + strings.Join(Names(), ", "),
		`pyproject.toml: tool.pinpack.directory: want it as a flag or an action's input: it says where this file is`,
		`pyproject.toml: tool.pinpack.section: 1.5: want it in quotes: a number loses its zeros`,
		`pyproject.toml: tool.pinpack.tests: unknown input "tests": did you mean "test"?`,
		`flag --iteration: 2 values: want one`,
		`input formats: unknown value "snap": want deb or rpm`,
		`flag --prefix: prefix "/usr": belongs to the system: want a directory of its own, such as /opt/NAME`,
		`pyproject.toml: tool.pinpack.compression: unknown compression "lzma": want zstd, gzip, xz or none, or auto`,
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	if c.Name != "good" || c.Installer != "pip" {
		t.Errorf("what was right is lost: name %q, installer %q", c.Name, c.Installer)
	}
}

func TestReadRefusesControlCharacters(t *testing.T) {
	t.Parallel()
	for _, in := range Inputs {
		if in.Choices != nil {
			continue
		}
		_, err := Read(flags(in.Name, "a\x00b"))
		if in.Secret {
			if err != nil {
				t.Errorf("%s: %v shows what it may hold", in.Name, err)
			}
			continue
		}
		if want := fmt.Sprintf(`flag --%s: value "a\x00b": holds a control character`, in.Name); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestInputsAreDeclaredInFull(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, in := range Inputs {
		if seen[in.Name] {
			t.Errorf("%s is declared twice", in.Name)
		}
		seen[in.Name] = true
		if in.parse == nil || in.Kind == "" || !strings.HasSuffix(in.Help, ".") {
			t.Errorf("%s lacks a parser, a kind or a sentence of help", in.Name)
		}
		if found, ok := Find(in.Name); !ok || found.Name != in.Name {
			t.Errorf("Find(%q) = %q, %t", in.Name, found.Name, ok)
		}
		if in.Example == "" {
			continue
		}
		if _, err := Read(flags(in.Name, in.Example)); err != nil {
			t.Errorf("the example of %s is refused: %v", in.Name, err)
		}
	}
	if _, ok := Find("formatz"); ok {
		t.Error(`Find("formatz") found something`)
	}
}
