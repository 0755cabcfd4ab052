// Package step is the user's own commands in a build: tests, assets and hooks, as
// lines of inputs or as named steps of [tool.pinpack.steps], and the environment
// that all of them get.
package step

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind says when a step runs, and what it may do.
type Kind string

// The kinds, in the order in which they run.
const (
	Before       Kind = "before"
	AfterInstall Kind = "after-install"
	Test         Kind = "test"
	AfterTest    Kind = "after-test"
	Assets       Kind = "assets"
	AfterPackage Kind = "after-package"
)

// Kinds tells of each kind what it is for.
var Kinds = []struct {
	Kind Kind
	Help string
}{
	{Before, "before anything is built: what the wheel is to contain"},
	{AfterInstall, "once the virtualenv is filled, before the tests: the only one whose changes to it are tested"},
	{Test, "the tests; they may change nothing that is shipped"},
	{AfterTest, "once all tests have passed"},
	{Assets, "files to ship, in the project or in the virtualenv"},
	{AfterPackage, "once the packages are written, before they are moved to their place: $PINPACK_PACKAGES is a folder with copies of them"},
}

// Step is one command.
type Step struct {
	Kind    Kind     `json:"kind"`
	Name    string   `json:"name"`           // for people, and unique: "test 1"
	Command string   `json:"command"`        // for sh -eu; with Args, the same for people
	Args    []string `json:"args,omitempty"` // program and arguments, without a shell; nil: Command
	Dir     string   `json:"directory,omitempty"`
	Named   bool     `json:"named,omitempty"` // a step of the table, not a line of an input

	Env      []string `json:"-"` // NAME=VALUE, added to the environment; may hold secrets
	EnvNames []string `json:"env,omitempty"`
	Secrets  []string `json:"secrets,omitempty"` // names of the builder's variables that this step alone gets
	Without  []string `json:"without,omitempty"` // names of variables that it does not get

	Inputs  []string `json:"inputs,omitempty"`  // globs, relative to Dir: with outputs, all that it sees
	Outputs []string `json:"outputs,omitempty"` // globs, relative to Dir: what it makes
	Tools   []string `json:"tools,omitempty"`   // programs that it uses besides those in its command

	Timeout time.Duration `json:"-"` // until it is ended; 0: that of all steps
	Retries int           `json:"retries,omitempty"`
	NoNode  bool          `json:"no_node,omitempty"`      // a package-lock.json says nothing to it
	Scripts bool          `json:"node_scripts,omitempty"` // run installation scripts of npm packages
}

// Cached tells whether the step's outputs are taken from the cache: it says what
// it reads and what it makes, and is no test, which is run each time.
func (s Step) Cached() bool {
	return s.Kind != Test && len(s.Inputs) > 0 && len(s.Outputs) > 0
}

// Line makes the step of a line of an input.
func Line(kind Kind, i int, command string) Step {
	return Step{Kind: kind, Name: string(kind) + " " + strconv.Itoa(i+1), Command: command}
}

// MarshalJSON writes durations in seconds.
func (s Step) MarshalJSON() ([]byte, error) {
	type plain Step
	return json.Marshal(struct {
		plain
		Timeout float64 `json:"timeout,omitempty"`
	}{plain(s), s.Timeout.Seconds()})
}

// Variables is the environment that every step gets besides what the input env and
// the step itself say.
var Variables = []struct{ Name, Help string }{
	{"VIRTUAL_ENV", "the virtualenv as it is now (in `before`, where it will be)"},
	{"PINPACK_NAME, PINPACK_VERSION, PINPACK_PREFIX", "the package, and where the virtualenv will be (in `before`, the version is empty if only the wheel tells it)"},
	{"PINPACK_PROJECT", "the project's folder, or the copy of it that the step gets"},
	{"PINPACK_WHEEL, TOX_INSTALL_PKG", "in tests: the project's wheel, as it is installed, for environments of their own"},
	{"PINPACK_PACKAGES", "in `after-package`: a folder with copies of the packages"},
	{"SOURCE_DATE_EPOCH", "the time that all files get"},
	{"PATH", "the virtualenv's `bin`, tools of Node.js, tools of the tests, `pinpack` itself, the builder's"},
	{"TMPDIR", "a directory for temporary files that goes with the build"},
	{"HOME, USER, LOGNAME, TERM, XDG_CACHE_HOME, XDG_CONFIG_HOME, CI, GITHUB_ACTIONS, proxies, certificate authorities", "passed on where they are set; in the action HOME is the steps' own"},
	{"LANG, LC_ALL, TZ, PYTHONHASHSEED, PYTHONDONTWRITEBYTECODE, PYTHONUNBUFFERED", "fixed, the same on every machine"},
}

// Markdown is README's part on the environment and on named steps.
func Markdown() string {
	cell := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
	var b strings.Builder
	b.WriteString("\n| kind | when, and what for |\n| --- | --- |\n")
	for _, k := range Kinds {
		fmt.Fprintf(&b, "| `%s` | %s |\n", k.Kind, cell(k.Help))
	}
	b.WriteString("\n| variable | what it holds |\n| --- | --- |\n")
	for _, v := range Variables {
		fmt.Fprintf(&b, "| %s | %s |\n", code(v.Name), cell(v.Help))
	}
	b.WriteString("| what the input `env` and the step's own `env` and `secrets` say | nothing else of the builder's environment |\n")
	b.WriteString("\n| key of `[tool.pinpack.steps.NAME]` | what it says | example |\n| --- | --- | --- |\n")
	for _, k := range Keys {
		fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", k.Name, cell(k.Help), cell(k.Example))
	}
	b.WriteString("\n")
	return b.String()
}

// code writes the variables among a list of words as code.
func code(list string) string {
	words := strings.Split(list, ", ")
	for i, w := range words {
		if w == strings.ToUpper(w) {
			words[i] = "`" + w + "`"
		}
	}
	return strings.Join(words, ", ")
}
