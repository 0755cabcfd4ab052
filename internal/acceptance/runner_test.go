//go:build acceptance

package acceptance

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/testkit"
)

// owner is the user of GitHub's runners, whose workspace is the action's.
const owner = "1001"

// runner starts a container action as
// https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ContainerActionHandler.cs
// does: its mounts, its environment, its command line.
type runner struct {
	engine                *testkit.Engine
	base, workspace, name string
	entrypoint            string
	args                  []string
	options               []string // of docker run, besides
}

// newRunner checks whois out as services/whois of a workspace.
func newRunner(t testing.TB, e *testkit.Engine) runner {
	t.Helper()
	r := runner{engine: e, base: sharedDir(t)}
	r.name = "action-" + filepath.Base(r.base)
	r.workspace = r.path("workspace")
	checkout(t, "whois", filepath.Join(r.workspace, "services/whois"))
	for _, dir := range []string{"home", "workflow", "commands", "temp"} {
		if err := os.Mkdir(r.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"output", "summary", "state", "env", "path"} {
		write(t, r.path("commands/"+name), "")
	}
	testkit.Run(t, exec.Command("chown", "--recursive", owner+":"+owner, r.base))
	t.Cleanup(func() { _ = r.engine.Command("rm", "--force", r.name).Run() })

	action, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`\n  entrypoint: (\S+)\n(?:  args:\n((?:    - \S+\n)*))?`).FindSubmatch(append(action, '\n'))
	if found == nil {
		t.Fatal("action.yml: no entrypoint")
	}
	r.entrypoint = string(found[1])
	for line := range strings.Lines(string(found[2])) {
		r.args = append(r.args, strings.TrimPrefix(strings.TrimSpace(line), "- "))
	}
	return r
}

func (r runner) path(name string) string { return filepath.Join(r.base, name) }

// command starts the action with inputs. Those that are not said are there, too,
// and empty.
func (r runner) command(inputs map[string]string) *exec.Cmd {
	args := []string{"run", "--name", r.name, "--workdir", "/github/workspace", "--rm", "--network", "host"}
	for _, in := range config.Inputs {
		args = append(args, "--env", "INPUT_"+strings.ToUpper(in.Name)+"="+inputs[in.Name])
	}
	for _, v := range []string{
		"GITHUB_ACTIONS=true", "CI=true", "HOME=/github/home", "RUNNER_TEMP=/github/runner_temp", "RUNNER_OS=Linux",
		"GITHUB_WORKSPACE=/github/workspace", "GITHUB_REPOSITORY=example/services", "GITHUB_REF=refs/heads/main",
		"GITHUB_OUTPUT=/github/file_commands/output", "GITHUB_STEP_SUMMARY=/github/file_commands/summary",
		"GITHUB_STATE=/github/file_commands/state", "GITHUB_ENV=/github/file_commands/env", "GITHUB_PATH=/github/file_commands/path",
		// What actions/setup-python left for the steps on the host.
		"PATH=/opt/hostedtoolcache/Python/3.9.1/x64/bin", "PYTHONHOME=/opt/hostedtoolcache", "LD_LIBRARY_PATH=/opt/hostedtoolcache/lib",
		"PIP_NO_INDEX=", "VIRTUAL_ENV=/home/runner/.venv",
		// What this machine needs to reach the package index.
		"SSL_CERT_FILE=" + testkit.CABundle,
	} {
		args = append(args, "--env", v)
	}
	for _, m := range [][2]string{
		{"temp", "/github/runner_temp"}, {"home", "/github/home"}, {"workflow", "/github/workflow"},
		{"commands", "/github/file_commands"}, {"workspace", "/github/workspace"},
	} {
		args = append(args, "--volume", r.path(m[0])+":"+m[1])
	}
	args = append(append(args, r.options...), "--entrypoint", r.entrypoint, image)
	return r.engine.Command(append(args, r.args...)...)
}

// run returns the log of the action.
func (r runner) run(inputs map[string]string) (string, error) {
	return testkit.Output(r.command(inputs))
}

// summary is what the action has put on the run's page.
func (r runner) summary(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(r.path("commands/summary"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// outputs reads what the action handed to the steps that follow.
func (r runner) outputs(t testing.TB) map[string]string {
	t.Helper()
	data, err := os.ReadFile(r.path("commands/output"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	lines := strings.Split(string(data), "\n")
	for i := 0; i < len(lines); i++ {
		name, end, ok := strings.Cut(lines[i], "<<")
		if !ok {
			if lines[i] != "" {
				t.Errorf("outputs, line %s: %q", strconv.Itoa(i+1), lines[i])
			}
			continue
		}
		var value []string
		for i++; i < len(lines) && lines[i] != end; i++ {
			value = append(value, lines[i])
		}
		found[name] = strings.Join(value, "\n")
	}
	return found
}
