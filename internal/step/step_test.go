package step

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/command"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		glob, name string
		want       bool
	}{
		{"scss", "scss/a.scss", true},
		{"scss", "scss2/a.scss", false},
		{"scss/**", "scss/a/b.scss", true},
		{"scss/*.scss", "scss/a.scss", true},
		{"scss/*.scss", "scss/sub/a.scss", false},
		{"scss/*", "scss/sub/a.scss", true}, // all of the folder sub
		{"**/*.js", "a.js", true},
		{"**/*.js", "a/b/c.js", true},
		{"**/*.js", "a/b/c.jsx", false},
		{"a/**/z", "a/z", true},
		{"a/**/z", "a/b/c/z", true},
		{"a/**/z", "b/a/z", false},
		{".", "anything/at/all", true},
		{"./scss", "scss/a", true},
		{"**", "a", true},
		{"pa?kage.json", "package.json", true},
		{"package.json", "sub/package.json", false},
		{"[ab].css", "c.css", false},
	} {
		if got := Match([]string{test.glob}, test.name); got != test.want {
			t.Errorf("Match(%q, %q) = %v", test.glob, test.name, got)
		}
	}
}

func TestFromTable(t *testing.T) {
	t.Parallel()
	got, err := FromTable(map[string]any{
		"js":  map[string]any{"run": []any{"esbuild", "a b.js"}, "directory": "web/", "env": []any{"CI_TOKEN"}, "timeout": "1m30s", "node": false},
		"css": map[string]any{"run": "sass a:b", "kind": "before", "env": map[string]any{"B": int64(2), "A": "x y"}, "inputs": "scss", "outputs": []any{"css/**"}, "retries": int64(2)},
	}, []string{"js", "css"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Step{
		{Kind: Assets, Name: "js", Named: true, Command: "esbuild a b.js", Args: []string{"esbuild", "a b.js"}, Dir: "web", Env: []string{"CI_TOKEN"}, Timeout: 90 * time.Second, NoNode: true},
		{Kind: Before, Name: "css", Named: true, Command: "sass a:b", Env: []string{"A=x y", "B=2"}, Inputs: []string{"scss"}, Outputs: []string{"css/**"}, Retries: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if got[0].Cached() || !got[1].Cached() || (Step{Kind: Test, Inputs: []string{"a"}, Outputs: []string{"b"}}).Cached() {
		t.Error("cached wrongly")
	}
	text, err := json.Marshal(got[0])
	if err != nil || !strings.Contains(string(text), `"timeout":90`) || strings.Contains(string(text), "CI_TOKEN") {
		t.Errorf("JSON %s, %v", text, err)
	}
}

func TestGlobsMayLeaveTheFolderAndNotTheProject(t *testing.T) {
	t.Parallel()
	list, err := FromTable(map[string]any{"js": map[string]any{
		"run": "vite build", "directory": "web/[app]", "inputs": []any{"src/**", "../shared"}, "outputs": []any{"../../static/**"},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := list[0]
	for name, want := range map[string]bool{"web/[app]/src/a.js": true, "web/shared/b.js": true, "src/a.js": false, "web/a/src/a.js": false} {
		if got := Match(s.Rooted(s.Inputs...), name); got != want {
			t.Errorf("inputs match %s: %v", name, got)
		}
	}
	if !Match(s.Rooted(s.Outputs...), "static/x.css") {
		t.Error("the output is not found")
	}
	_, err = FromTable(map[string]any{"js": map[string]any{"run": "x", "directory": "web", "inputs": "../../x"}}, nil)
	if want := `pyproject.toml: tool.pinpack.steps.js.inputs: path "../../x": want one in the project, relative to it`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestTheTableNamesEveryVariable that is passed on, but for groups that it has a word for.
func TestTheTableNamesEveryVariable(t *testing.T) {
	t.Parallel()
	var environ []string
	for _, name := range []string{"HOME", "USER", "LOGNAME", "TERM", "SHELL", "EDITOR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "CI", "GITHUB_ACTIONS", "GITHUB_TOKEN", "PYTHONPATH"} {
		environ = append(environ, name+"=x")
	}
	for _, v := range command.Clean(environ, "/bin") {
		name, _, _ := strings.Cut(v, "=")
		found := false
		for _, row := range Variables {
			found = found || slices.Contains(strings.Split(row.Name, ", "), name)
		}
		if !found {
			t.Errorf("%s is passed on, and not in the table", name)
		}
	}
}

// TestFromTableTellsEverything: all that is wrong, at once.
func TestFromTableTellsEverything(t *testing.T) {
	t.Parallel()
	_, err := FromTable(map[string]any{
		"alone": map[string]any{"run": "x", "outputs": "y"},
		"kinds": map[string]any{"run": "x", "kind": "test", "inputs": "y"},
		"a b":   map[string]any{"run": "x"},
		"none":  map[string]any{},
		"empty": map[string]any{"run": " "},
		"odd":   map[string]any{"run": []any{"x", int64(3), "a\x00"}},
		"flat":  "sass",
		"wrong": map[string]any{"run": []any{}, "kind": "tests", "directory": "../x", "env": map[string]any{"1": "x"}, "secrets": []any{"A-B"}, "inputs": []any{"/etc/passwd", "[", int64(1)}, "timeout": "5", "retries": int64(99), "node": "no", "ouputs": "x", "tools": "a b"},
	}, nil)
	const want = `pyproject.toml: tool.pinpack.steps: name "a b": want letters, digits, - and _
pyproject.toml: tool.pinpack.steps.alone: outputs without inputs: want both, for what it makes depends on what it reads
pyproject.toml: tool.pinpack.steps.empty.run: value " ": want a line for sh, or an array of a program and its arguments
pyproject.toml: tool.pinpack.steps.flat: want a table, such as [tool.pinpack.steps.css]
pyproject.toml: tool.pinpack.steps.kinds: inputs and outputs of a test: want none: tests get the project without what is installed, and run each time
pyproject.toml: tool.pinpack.steps.none: no run: want the command
pyproject.toml: tool.pinpack.steps.odd.run: argument 3: want strings
pyproject.toml: tool.pinpack.steps.odd.run: argument "a\x00": want strings
pyproject.toml: tool.pinpack.steps.wrong.directory: path "../x": want one in the project, relative to it
pyproject.toml: tool.pinpack.steps.wrong.env: variable "1": want letters, digits and _, the first no digit
pyproject.toml: tool.pinpack.steps.wrong.inputs: path "/etc/passwd": want one in the project, relative to it
pyproject.toml: tool.pinpack.steps.wrong.inputs: glob "[": syntax error in pattern
pyproject.toml: tool.pinpack.steps.wrong.inputs: value 1: want strings
pyproject.toml: tool.pinpack.steps.wrong.kind: unknown kind "tests": want one of before, after-install, test, after-test, assets, after-package
pyproject.toml: tool.pinpack.steps.wrong.node: value "no": want true or false
pyproject.toml: tool.pinpack.steps.wrong: unknown key "ouputs": did you mean "outputs"?
pyproject.toml: tool.pinpack.steps.wrong.retries: value 99: want a number from 0 to 10
pyproject.toml: tool.pinpack.steps.wrong.run: empty: want a program and its arguments
pyproject.toml: tool.pinpack.steps.wrong.secrets: variable "A-B": want letters, digits and _, the first no digit
pyproject.toml: tool.pinpack.steps.wrong.timeout: time "5": want a second or more, such as 90s, 10m or 1h30m
pyproject.toml: tool.pinpack.steps.wrong.tools: program "a b": want a name or a path`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}
