package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// userWorkflow is one that a user would write, and a step that looks at what the
// action left.
const userWorkflow = `
on: [push, pull_request]
jobs:
  package:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - id: pinpack
        uses: ./
        with:
          directory: tools/lines
      - id: after
        env:
          OUTPUTS: ${{ toJSON(steps.pinpack.outputs) }}
        run: |
          printf 'outputs %s\n' "$(printf %s "$OUTPUTS" | tr '\n' ' ')"
          ls -ln . dist
          env
`

// TestAction has act run workflows that use this action from its Dockerfile, on
// an engine of the test's own, against act's artifact server and a GitHub that
// behaves.
func TestAction(t *testing.T) {
	testkit.NeedNetwork(t)
	e := testkit.StartEngine(t)
	e.MakeBases(t)
	host := withNetwork(t, e)
	newJob := func(t *testing.T, event, ref string, access testkit.GitHubAccess) *job {
		g := testkit.NewGitHub(t)
		g.AddRepo(repository, "v"+version)
		g.AddToken(canaryToken, access)
		j := &job{
			act: serve(t), event: event, ref: ref, workflow: userWorkflow, token: canaryToken, github: g,
			engine: e, host: host, checkout: newCheckout(t, nil),
		}
		j.environ(t)
		return j
	}

	// A branch and a pull request may write nothing, and try to write nothing.
	for name, j := range map[string][2]string{"push": {"push", "refs/heads/main"}, "pull request": {"pull_request", "refs/pull/7/merge"}} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, j[0], j[1], testkit.GitHubRead)
			if err := j.run(t); err != nil {
				t.Fatal(err)
			}
			j.check(t)
			if w := j.writes(); len(w) > 0 {
				t.Errorf("calls of GitHub that write: %v", w)
			}
		})
	}

	t.Run("tag", func(t *testing.T) {
		j := newJob(t, "push", "refs/tags/v"+version, testkit.GitHubWrite)
		for _, again := range []bool{false, true} {
			before := len(j.writes())
			if err := j.run(t); err != nil {
				t.Fatal(err)
			}
			j.check(t)
			j.checkRelease(t, j.dist(t, "deb"), j.dist(t, "rpm"))
			if p := j.github.Published(repository); len(p[0].Assets) != 7 { // two packages, each with two SBOMs, and SHA256SUMS
				t.Errorf("published before it was complete: %v", p)
			}
			if w := j.writes()[before:]; again && len(w) > 0 {
				t.Errorf("calls of GitHub that write, the second time: %v", w)
			}
		}
	})

	// Two jobs of a matrix, each with a workspace of its own. The slower one adds
	// to what is published.
	t.Run("race", func(t *testing.T) {
		deb := newJob(t, "push", "refs/tags/v"+version, testkit.GitHubWrite)
		rpm := &job{
			act: deb.act, event: deb.event, ref: deb.ref, workflow: userWorkflow, token: deb.token, github: deb.github,
			engine: e, host: host, checkout: newCheckout(t, nil),
		}
		deb.only("deb")
		rpm.only("rpm")
		failed := make(chan error)
		go func() { failed <- deb.run(t) }()
		if err := errors.Join(rpm.run(t), <-failed); err != nil {
			t.Fatal(err)
		}
		deb.checkRelease(t, deb.dist(t, "deb"), rpm.dist(t, "rpm"))
		if names := deb.artifacts(); len(names) != 2 {
			t.Errorf("artifacts: %q: want two", names)
		}
	})

	t.Run("hostile", func(t *testing.T) { testHostile(t, newJob(t, "push", "refs/heads/main", testkit.GitHubRead)) })
	t.Run("failure", func(t *testing.T) {
		j := newJob(t, "push", "refs/tags/v"+version, testkit.GitHubWrite)
		j.workflow = strings.Replace(j.workflow, "directory: tools/lines\n", "directory: tools/lines\n          test: mkdir made && touch made/file && false\n", 1)
		if err := j.run(t); err == nil {
			t.Error("the job succeeds although its test fails")
		}
		j.checkout.checkOwner(t, "/tools/lines/made")
		if names, w := j.artifacts(), j.writes(); len(names) > 0 || len(w) > 0 {
			t.Errorf("after a failed test: artifacts %q, calls of GitHub that write %q", names, w)
		}
	})
	t.Run("image", func(t *testing.T) { measure(t, e) })
}

// writes lists the calls of GitHub that changed something. Notes are generated
// by a POST that changes nothing.
func (j *job) writes() []string {
	return slices.DeleteFunc(j.github.Writes(), func(call string) bool { return strings.Contains(call, "/releases/generate-notes ") })
}

// check sees that what the run left is what it should be.
func (j *job) check(t *testing.T) {
	t.Helper()
	j.checkout.checkOwner(t, "/dist")
	outputs := j.outputs(t)
	if outputs["version"] != version || outputs["checksums"] != "dist/SHA256SUMS" {
		t.Errorf("outputs: %v", outputs)
	}
	var packages []struct{ Path, Format, SHA256 string }
	if err := json.Unmarshal([]byte(outputs["packages"]), &packages); err != nil || len(packages) != 2 {
		t.Fatalf("output packages: %q: %v", outputs["packages"], err)
	}
	// The artifact's files are those of dist.
	names := j.artifacts()
	if len(names) != 1 {
		t.Fatalf("artifacts: %q: want one", names)
	}
	files := j.download(names[0])
	want := []string{"SHA256SUMS"}
	for _, p := range packages {
		if outputs[p.Format] != p.Path {
			t.Errorf("output %s is %q, in packages %q", p.Format, outputs[p.Format], p.Path)
		}
		if sum := fmt.Sprintf("%x", sha256.Sum256(j.checkout.read(t, p.Path))); sum != p.SHA256 {
			t.Errorf("%s has the digest %s, in outputs %s", p.Path, sum, p.SHA256)
		}
		want = append(want, withSBOMs(filepath.Base(p.Path))...)
	}
	for _, name := range want {
		if is := j.checkout.read(t, "dist/"+name); !bytes.Equal(files[name], is) {
			t.Errorf("artifact %s: %s is not that of dist", names[0], name)
		}
	}
	if len(files) != len(want) {
		t.Errorf("artifact %s has %d files: want %q", names[0], len(files), want)
	}
	j.checkListing(t)
}

// outputs is what the following step was told.
func (j *job) outputs(t *testing.T) map[string]string {
	t.Helper()
	for l := range strings.Lines(j.log.text("after", true)) {
		if text, ok := strings.CutPrefix(l, "outputs "); ok {
			got := map[string]string{}
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatalf("outputs %s: %v", text, err)
			}
			return got
		}
	}
	t.Fatal("the step after printed no outputs")
	return nil
}

// checkListing sees whom the files belong to for the following step.
func (j *job) checkListing(t *testing.T) {
	t.Helper()
	seen := 0
	for l := range strings.Lines(j.log.text("after", true)) {
		f := strings.Fields(l)
		if len(f) < 9 || len(f[0]) != 10 {
			continue
		}
		seen++
		if id := fmt.Sprint(owner); f[2] != id || f[3] != id {
			t.Errorf("the step after sees %s", l)
		}
	}
	if seen < 8 {
		t.Errorf("the step after sees %d files", seen)
	}
}

// artifacts lists the names of the run's artifacts. Where there are none, act's
// server panics and closes the connection.
func (j *job) artifacts() []string {
	resp, err := http.Post(j.url+"twirp/github.actions.results.api.v1.ArtifactService/ListArtifacts", "application/json",
		strings.NewReader(fmt.Sprintf(`{"workflow_run_backend_id": "%d", "workflow_job_run_backend_id": "%d"}`, runID, jobID)))
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		j.Fatal(err)
	}
	defer resp.Body.Close()
	var list struct{ Artifacts []struct{ Name string } }
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		j.Fatal(err)
	}
	var names []string
	for _, a := range list.Artifacts {
		names = append(names, a.Name)
	}
	return names
}

// dist is where the package of a format is.
func (j *job) dist(t *testing.T, format string) string {
	t.Helper()
	return filepath.Join(j.checkout.dir, j.outputs(t)[format])
}

// only has a job of its own name make packages of one format.
func (j *job) only(format string) {
	j.workflow = "name: " + format + strings.Replace(j.workflow, "tools/lines\n", "tools/lines\n          formats: "+format+"\n          artifact-name: "+format+"\n", 1)
}

// checkRelease sees that there is one release, which was published once, and has
// all the files, under the names that GitHub keeps.
func (j *job) checkRelease(t *testing.T, files ...string) {
	t.Helper()
	published := j.github.Published(repository)
	releases := j.github.Releases(repository)
	if len(published) != 1 || len(releases) != 1 {
		t.Fatalf("releases: %v, published: %v: want one", releases, published)
	}
	r := releases[0]
	if r.Draft || r.Tag != "v"+version || !r.Prerelease || len(r.Assets) < 2 {
		t.Errorf("published %v (pre-release: %t)", r, r.Prerelease)
	}
	var sums []string
	for _, path := range withSBOMs(files...) {
		name := strings.ReplaceAll(filepath.Base(path), "~", ".")
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		a := r.Asset(name)
		if a == nil || a.Starter || !bytes.Equal(a.Content, content) {
			t.Fatalf("%s is not in %v as it is in dist", name, r)
		}
		sums = append(sums, fmt.Sprintf("%x  %s\n", sha256.Sum256(a.Content), name))
	}
	slices.SortFunc(sums, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	if a := r.Asset("SHA256SUMS"); a == nil || string(a.Content) != strings.Join(sums, "") || len(r.Assets) != len(sums)+1 {
		t.Errorf("%v: SHA256SUMS: want\n%s", r, strings.Join(sums, ""))
	}
}

// withSBOMs adds to packages what goes with them.
func withSBOMs(packages ...string) []string {
	var list []string
	for _, p := range packages {
		list = append(list, p, p+".cdx.json", p+".spdx.json")
	}
	return list
}
