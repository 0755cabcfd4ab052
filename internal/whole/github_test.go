package whole

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// step is a workflow's step in a checkout, against a GitHub of the test's own.
type step struct {
	*workshop
	github  *testkit.GitHub
	results *testkit.Results
	tmp     string
}

func newStep(t *testing.T) *step {
	t.Helper()
	s := &step{workshop: newWorkshop(t), github: testkit.NewGitHub(t), results: testkit.NewResults(t)}
	s.github.AddRepo("me/tiny", "v1.2.3", "v1.2.4")
	s.github.AddToken("good", testkit.GitHubWrite)
	// The scratch directory is not to lie in the workspace, which is closed.
	tmp, err := os.MkdirTemp("/tmp", "pinpack-step-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	if err := os.Chmod(tmp, 0o711); err != nil {
		t.Fatal(err)
	}
	s.tmp = tmp
	commands := filepath.Join(s.dir, "commands")
	if err := os.Mkdir(commands, 0o755); err != nil {
		t.Fatal(err)
	}
	s.env = []string{
		"GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + s.dir, "TMPDIR=" + tmp, "RUNNER_TEMP=",
		"GITHUB_OUTPUT=" + commands + "/output", "GITHUB_STEP_SUMMARY=" + commands + "/summary", "GITHUB_ARTIFACTS=" + commands + "/artifacts",
		"GITHUB_REPOSITORY=me/tiny", "GITHUB_SHA=abc", "GITHUB_SERVER_URL=https://github.com", "GITHUB_API_URL=" + s.github.APIURL(), "GITHUB_RUN_ID=7",
		"ACTIONS_RESULTS_URL=" + s.results.URL(), "ACTIONS_RUNTIME_TOKEN=" + s.results.Token("r1", "j1"),
		"INPUT_DIRECTORY=tiny", "INPUT_TOKEN=good", "INPUT_PREFIX=/opt/" + filepath.Base(tmp) + "/tiny",
	}
	return s
}

func (s *step) run(t *testing.T, event ...string) (string, int) {
	t.Helper()
	before := s.env
	defer func() { s.env = before }()
	s.env = append(append([]string{}, s.env...), event...)
	return s.pinpack(t, "action")
}

func (s *step) read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// addRelease has a release of another version on GitHub.
func (s *step) addRelease(t *testing.T, version string) {
	t.Helper()
	env, project := s.env, s.read(t, "tiny/pyproject.toml")
	s.env = nil
	write(t, s.dir, "tiny/pyproject.toml", strings.Replace(project, `version = "1.2.3"`, `version = "`+version+`"`, 1))
	out, status := s.pinpack(t, "build", "tiny", "--build-path", "stage", "--out", "earlier", "--formats", "deb")
	s.env = env
	write(t, s.dir, "tiny/pyproject.toml", project)
	if status != 0 {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	name := "tiny_" + version + "-1_all.deb"
	id := s.github.AddRelease("me/tiny", testkit.GitHubRelease{Tag: "v" + version})
	s.github.AddAsset("me/tiny", id, testkit.GitHubAsset{Name: name, Content: []byte(s.read(t, "earlier/"+name))})
}

// TestActionOnPullRequest uploads the packages, and makes no release.
func TestActionOnPullRequest(t *testing.T) {
	s := newStep(t)
	s.addRelease(t, "1.2.0")
	write(t, s.dir, "event.json", `{"number": 3, "pull_request": {"head": {"sha": "def"}}}`)
	out, status := s.run(t, "GITHUB_EVENT_NAME=pull_request", "GITHUB_REF_TYPE=branch", "GITHUB_EVENT_PATH="+filepath.Join(s.dir, "event.json"))
	if status != 0 {
		t.Fatalf("exit status %d\n%s", status, out)
	}
	artifacts := s.results.Artifacts("r1")
	if len(artifacts) != 1 || !artifacts[0].Final {
		t.Fatalf("artifacts %+v, want a finished one", artifacts)
	}
	if name := artifacts[0].Name; !strings.HasPrefix(name, "tiny_1.2.3") {
		t.Errorf("artifact %q, want the package and version in its name", name)
	}
	z, err := zip.NewReader(bytes.NewReader(artifacts[0].Content), int64(len(artifacts[0].Content)))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tiny_1.2.3~pr3.gdef-1_all.deb", "tiny-1.2.3~pr3.gdef-1.noarch.rpm"} {
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		if err != nil || string(data) != s.read(t, "dist/"+name) {
			t.Errorf("%s is not what is in dist: %v", name, err)
		}
	}
	for _, want := range []string{"#### On a server with `v1.2.0`", "| `tiny` | `1.2.0` | `1.2.3` |"} {
		if summary := s.read(t, "commands/summary"); !strings.Contains(summary, want) {
			t.Errorf("no %q in the summary:\n%s", want, summary)
		}
	}
	if r := s.github.Releases("me/tiny"); len(r) != 1 {
		t.Errorf("releases %v, want the earlier one only", r)
	}
	if got := s.read(t, "commands/artifacts"); got != "dist/tiny_1.2.3~pr3.gdef-1_all.deb\ndist/tiny-1.2.3~pr3.gdef-1.noarch.rpm\n" {
		t.Errorf("subjects %q", got)
	}
	if summary := s.read(t, "commands/summary"); !strings.Contains(summary, "gh run download 7 --repo me/tiny --name tiny_1.2.3") {
		t.Errorf("no command to install in the summary:\n%s", summary)
	}
	if strings.Contains(out, "good\n") && !strings.Contains(out, "::add-mask::") {
		t.Error("the token is not masked")
	}
}

// TestActionOnTag makes a release with true checksums, once however often it
// is run, and refuses a tag of another version before it builds.
func TestActionOnTag(t *testing.T) {
	s := newStep(t)
	tag := []string{"GITHUB_EVENT_NAME=push", "GITHUB_REF_TYPE=tag", "GITHUB_REF_NAME=v1.2.3", "SOURCE_DATE_EPOCH=1700000000", "ACTIONS_RESULTS_URL="}
	out, status := s.run(t, tag...)
	if status != 0 || !strings.Contains(out, "::notice::no workflow artifact: ") {
		t.Fatalf("exit status %d, want 0 and a notice\n%s", status, out)
	}
	published := s.github.Published("me/tiny")
	if len(published) != 1 || published[0].Tag != "v1.2.3" || published[0].Draft || published[0].Prerelease {
		t.Fatalf("published %v", published)
	}
	sums := string(published[0].Asset("SHA256SUMS").Content)
	for _, name := range []string{"tiny_1.2.3-1_all.deb", "tiny-1.2.3-1.noarch.rpm"} {
		a := published[0].Asset(name)
		if a == nil || string(a.Content) != s.read(t, "dist/"+name) {
			t.Fatalf("%s is not what is in dist", name)
		}
		if line := fmt.Sprintf("%x  %s\n", sha256.Sum256(a.Content), name); !strings.Contains(sums, line) {
			t.Errorf("SHA256SUMS %q, want %q in it", sums, line)
		}
	}
	writes := len(s.github.Writes())
	out, status = s.run(t, tag...)
	for _, call := range s.github.Writes()[writes:] {
		if !strings.Contains(call, "/generate-notes ") { // which writes nothing
			t.Errorf("again: %s", call)
		}
	}
	if status != 0 {
		t.Errorf("again: exit status %d\n%s", status, out)
	}

	for _, bad := range []struct {
		name string
		env  []string
		want string
	}{
		{"tag of another version", []string{"GITHUB_REF_NAME=v1.2.4"}, `tag "v1.2.4": the project's version is 1.2.3`},
		{"token that may not", []string{"INPUT_TOKEN=unknown"}, "contents: write"},
		{"release for a pull request", []string{"GITHUB_EVENT_NAME=pull_request", "INPUT_RELEASE=publish"}, "this run is for a pull request, which makes no release"},
		{"artifact that was asked for", []string{"INPUT_ARTIFACT=zip"}, "ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN are not set"},
	} {
		out, status := s.run(t, append(append([]string{}, tag...), bad.env...)...)
		if status != 2 || !strings.Contains(out, bad.want) || strings.Contains(out, "::group::virtualenv") {
			t.Errorf("%s: exit status %d, want 2 before the build and %q:\n%s", bad.name, status, bad.want, out)
		}
	}
}

// TestReleaseCommand publishes files that are there already.
func TestReleaseCommand(t *testing.T) {
	s := newStep(t)
	write(t, s.dir, "tool~1.tar.gz", "bytes")
	s.env = append(s.env, "GITHUB_TOKEN=good", "INPUT_TOKEN=")
	out, status := s.pinpack(t, "release", "--tag", "v1.2.4", "--release-notes", "All new", "tool~1.tar.gz")
	published := s.github.Published("me/tiny")
	if status != 0 || len(published) != 1 || published[0].Body != "All new" || published[0].Asset("tool.1.tar.gz") == nil {
		t.Fatalf("exit status %d, published %v\n%s", status, published, out)
	}
	if out, status := s.pinpack(t, "release", "--tag", "v9", "tool~1.tar.gz"); status != 2 || !strings.Contains(out, "v9") {
		t.Errorf("missing tag: exit status %d\n%s", status, out)
	}
	if out, status := s.pinpack(t, "release", "--tag", "v1.2.4", "nothing"); status != 2 || !strings.Contains(out, "no such file") {
		t.Errorf("missing file: exit status %d\n%s", status, out)
	}
}
