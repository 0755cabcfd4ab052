package command

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// runnerEnviron is what a container action gets, in short: see
// https://docs.github.com/actions/reference/variables-reference.
var runnerEnviron = []string{
	"HOME=/github/home", "USER=ci", "TMPDIR=/tmp", "CI=true", "GITHUB_ACTIONS=true",
	"PATH=/opt/hostedtoolcache/Python/3.12/bin:/usr/bin",
	"HTTPS_PROXY=http://proxy:3128", "no_proxy=.local", "SSL_CERT_FILE=/etc/corporate.pem",
	"INPUT_PUBLISH=https://user:secret@example.org", "INPUT_BUILD-PATH=auto",
	"ACTIONS_RUNTIME_TOKEN=secret", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=secret", "GITHUB_TOKEN=secret",
	"GITHUB_OUTPUT=/github/file_commands/out", "GITHUB_ENV=/github/file_commands/env", "GITHUB_WORKSPACE=/github/workspace",
	"RUNNER_TEMP=/home/runner/work/_temp", "STATE_x=1", "AWS_SECRET_ACCESS_KEY=secret",
	"PYTHONHOME=/opt/hostedtoolcache/Python", "PYTHONPATH=/src", "pythonLocation=/opt/hostedtoolcache/Python", "VIRTUAL_ENV=/venv",
	"LD_LIBRARY_PATH=/opt/hostedtoolcache/Python/lib", "LD_PRELOAD=/lib/x.so", "GIT_DIR=/x", "SOURCE_DATE_EPOCH=1",
	"PIP_INDEX_URL=https://user:secret@pypi.example.org/simple", "UV_INDEX_URL=https://pypi.example.org", "NETRC=/root/.netrc",
	"PIPX_HOME=/pipx", "LANG=de_DE.UTF-8", "LC_ALL=de_DE", "TZ=Europe/Berlin", "PYTHONHASHSEED=1", "BASH_FUNC_x%%=() { :; }",
}

func TestCleanKeepsWhatIsListedOnly(t *testing.T) {
	t.Parallel()
	want := []string{
		"CI=true", "GITHUB_ACTIONS=true", "HOME=/github/home", "HTTPS_PROXY=http://proxy:3128",
		"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "PATH=/usr/sbin:/usr/bin",
		"PYTHONDONTWRITEBYTECODE=1", "PYTHONHASHSEED=0", "PYTHONUNBUFFERED=1",
		"SSL_CERT_FILE=/etc/corporate.pem", "TMPDIR=/tmp", "TZ=UTC", "USER=ci", "no_proxy=.local",
	}
	if diff := cmp.Diff(want, Clean(runnerEnviron, "/usr/sbin:/usr/bin")); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestCleanChoosesPath(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		environ    []string
		path, want string
	}{
		"given":            {[]string{"PATH=/ours"}, "/given", "/given"},
		"ours":             {[]string{"PATH=/ours"}, "", "/ours"},
		"none":             {nil, "", DefaultPath},
		"ours is empty":    {[]string{"PATH="}, "", DefaultPath},
		"the last of ours": {[]string{"PATH=/first", "PATH=/last"}, "", "/last"},
	}
	for name, test := range tests {
		if got, _ := Lookup(Clean(test.environ, test.path), "PATH"); got != test.want {
			t.Errorf("%s: PATH is %q, want %q", name, got, test.want)
		}
	}
}

func TestInstallerPicksTheInstallersOwn(t *testing.T) {
	t.Parallel()
	want := []string{"PIP_INDEX_URL=https://user:secret@pypi.example.org/simple", "UV_INDEX_URL=https://pypi.example.org", "NETRC=/root/.netrc"}
	if diff := cmp.Diff(want, Installer(runnerEnviron)); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestLookupTakesTheLast(t *testing.T) {
	t.Parallel()
	env := []string{"A=1", "AB=2", "A=x=y", "E=", "no sign"}
	for name, want := range map[string]string{"A": "x=y", "AB": "2", "E": ""} {
		if got, ok := Lookup(env, name); got != want || !ok {
			t.Errorf("Lookup(%q) = %q, %t; want %q", name, got, ok, want)
		}
	}
	for _, name := range []string{"B", "", "no sign"} {
		if got, ok := Lookup(env, name); ok {
			t.Errorf("Lookup(%q) = %q, want it missing", name, got)
		}
	}
}

func TestMergeLetsTheSecondWin(t *testing.T) {
	t.Parallel()
	env := []string{"B=1", "A=1", "B=2"}
	got := Merge(env, []string{"C=3", "A=over"})
	if diff := cmp.Diff([]string{"A=over", "B=2", "C=3"}, got); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"B=1", "A=1", "B=2"}, env); diff != "" {
		t.Errorf("the given list changed (-want +got):\n%s", diff)
	}
}

func TestQuoteIsReadBackByAShell(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"plain":                     "plain",
		"/opt/x-1.0_a,b:c=d@e%f+g":  "/opt/x-1.0_a,b:c=d@e%f+g",
		"":                          "''",
		"two words":                 "'two words'",
		"it's":                      `'it'\''s'`,
		"$HOME `id` \"q\" \\ * ~ #": "'$HOME `id` \"q\" \\ * ~ #'",
		"~root":                     "'~root'",
		"line\nline":                "'line\nline'",
		"ü":                         "'ü'",
		"-n":                        "-n",
	}
	for word, want := range tests {
		got := Quote(word)
		if got != want {
			t.Errorf("Quote(%q) = %s, want %s", word, got, want)
		}
		out, err := runner.Output(t.Context(), shell("printf %s "+got))
		if err != nil || out != word {
			t.Errorf("sh reads %s as %q, %v; want %q", got, out, err, word)
		}
	}
}

func TestProgramReadsAsAPersonWouldTypeIt(t *testing.T) {
	t.Parallel()
	p := Program{Name: "/opt/my app/bin/python", Args: []string{"-m", "pytest", "-k", "not slow"}}
	if got, want := p.String(), "'/opt/my app/bin/python' -m pytest -k 'not slow'"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
