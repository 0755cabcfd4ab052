//go:build acceptance

package acceptance

import (
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/testkit"
)

// image is the tag of the action's image.
const image = "pinpack:acceptance"

// TestImage builds the action's image and runs it as the runner does.
func TestImage(t *testing.T) {
	t.Parallel()
	e := testkit.StartEngine(t)
	e.MakeBases(t)
	started := time.Now()
	testkit.Run(t, e.Command("build", "--network", "host", "--build-arg", "VERSION=0.0.0-acceptance", "--tag", image, "../.."))
	t.Logf("built the image in %.1f s, %s bytes", time.Since(started).Seconds(),
		strings.TrimSpace(testkit.Run(t, e.Command("image", "inspect", "--format", "{{.Size}}", image))))
	if out := testkit.Run(t, e.Command("run", "--rm", "--network", "host", image, "version")); out != "pinpack 0.0.0-acceptance\n" {
		t.Errorf("pinpack version: %q", out)
	}

	t.Run("build", func(t *testing.T) {
		r := newRunner(t, e)
		before := files(t, r.workspace)
		log, err := r.run(map[string]string{"directory": "services/whois", "build-path": "prefix", "env": "ONE=1\nTWO=2", "iteration": "7"})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"::group::virtualenv", "23 passed", "::endgroup::"} {
			if !strings.Contains(log, want) {
				t.Errorf("the log has no %q:\n%s", want, log)
			}
		}
		r.checkOutputs(t)
		// What is there besides the results is what was there.
		after := files(t, r.workspace)
		maps.DeleteFunc(after, func(path string, _ os.FileMode) bool { return strings.HasPrefix(path, "/dist") })
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("workspace (-before +after):\n%s", diff)
		}
		if left, err := os.ReadDir(r.path("temp")); err != nil || len(left) > 0 {
			t.Errorf("left in RUNNER_TEMP: %v (%v)", left, err)
		}
	})

	// The runner gives every container action the socket of its engine.
	t.Run("verify", func(t *testing.T) {
		e.Docker(t, "import", servedRoot(t), servedImage)
		r := newRunner(t, e)
		r.options = []string{"--volume", e.Socket + ":/var/run/docker.sock"}
		inputs := map[string]string{
			"directory": "services/whois", "test": "test ! -w /var/run/docker.sock", "verify": "true",
			"verify-on": "deb=" + servedImage + " rpm=" + servedImage, "verify-smoke": "whois-server --version",
		}
		log, err := r.run(inputs)
		if err != nil {
			t.Fatal(err)
		}
		verified(t, readResult(t, filepath.Join(r.workspace, "dist")), "")
		says(t, r.summary(t), "Verified in clean systems", "| `smoke: whois-server --version 1.4.0-1` | ok |")
		if t.Failed() {
			t.Log(log)
		}

		inputs["verify-smoke"] = "whois-server --versoin"
		before := testkit.TreeDump(t, filepath.Join(r.workspace, "dist"))
		write(t, r.path("commands/summary"), "")
		_, err = r.run(inputs)
		if err == nil || !strings.Contains(err.Error(), "smoke: whois-server --versoin 1.4.0-1: exit status 2") {
			t.Errorf("a smoke command fails: %v", err)
		}
		if diff := cmp.Diff(before, testkit.TreeDump(t, filepath.Join(r.workspace, "dist"))); diff != "" {
			t.Errorf("dist (-before +after):\n%s", diff)
		}
		says(t, r.summary(t), "is not fit to be published", "unrecognized arguments: --versoin")
		if out := e.Docker(t, "ps", "--all", "--quiet"); out != "" {
			t.Errorf("containers left: %s", out)
		}
	})

	t.Run("wrong inputs", func(t *testing.T) {
		r := newRunner(t, e)
		_, err := r.run(map[string]string{"directory": "services/whois", "compression": "lz4", "prefix": "opt"})
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 {
			t.Fatalf("two wrong inputs: %v: want exit status 2", err)
		}
		for _, want := range []string{"::error::", "lz4", `"opt"`} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the log has no %q: %v", want, err)
			}
		}
	})

	// As process 1 a program gets no signal that it does not ask for, and the
	// runner waits 7.5 s.
	t.Run("cancelled", func(t *testing.T) {
		r := newRunner(t, e)
		cmd := r.command(map[string]string{"directory": "services/whois", "test": "echo asleep; sleep 600"})
		container := testkit.Start(t, cmd, os.Kill)
		container.Until(t, 2*time.Minute, func() error {
			out, err := testkit.Output(e.Command("top", r.name, "-eo", "pid,args"))
			if err == nil && !strings.Contains(out, "sleep 600") {
				err = errors.New("the test is not yet running")
			}
			return err
		})
		started := time.Now()
		testkit.Run(t, e.Command("kill", "--signal", "INT", r.name))
		<-container.Ended
		took := time.Since(started)
		t.Logf("cancelled in %.1f s", took.Seconds())
		if status := cmd.ProcessState.ExitCode(); status != 130 || took > 7*time.Second {
			t.Errorf("cancelled: exit status %d after %s: want 130 within 7 s", status, took)
		}
		if _, err := os.Stat(filepath.Join(r.workspace, "dist")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("dist after a cancelled build: %v: want none", err)
		}
	})
}

// checkOutputs holds what the next steps are told against what is there.
func (r runner) checkOutputs(t *testing.T) {
	t.Helper()
	got := readResult(t, filepath.Join(r.workspace, "dist"))
	outputs := r.outputs(t)
	want := map[string]string{
		"version": "1.4.0", "checksums": "dist/SHA256SUMS",
		"deb": "dist/whois-server_1.4.0-7_amd64.deb", "rpm": "dist/whois-server-1.4.0-7.x86_64.rpm",
	}
	var packages []struct{ Path, SHA256 string }
	if err := json.Unmarshal([]byte(outputs["packages"]), &packages); err != nil || len(packages) != 2 {
		t.Errorf("output packages: %q (%v)", outputs["packages"], err)
	}
	for i, p := range packages {
		if p.SHA256 != got.Packages[i].SHA256 || !slices.Contains([]string{want["deb"], want["rpm"]}, p.Path) {
			t.Errorf("output packages: %v: want what pinpack.json has: %v", p, got.Packages[i])
		}
	}
	delete(outputs, "packages")
	if diff := cmp.Diff(want, outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	var declared []string
	for _, o := range config.Outputs {
		declared = append(declared, o.Name)
	}
	slices.Sort(declared)
	if diff := cmp.Diff(declared, slices.Sorted(maps.Keys(r.outputs(t)))); diff != "" {
		t.Errorf("outputs (-declared +set):\n%s", diff)
	}
	summary, err := os.ReadFile(r.path("commands/summary"))
	if err != nil || !strings.Contains(string(summary), "### whois-server 1.4.0") || !strings.Contains(string(summary), got.Packages[0].SHA256) {
		t.Errorf("step summary: %s (%v)", summary, err)
	}
	// The steps that follow run as another user.
	for _, name := range []string{want["deb"], want["rpm"], want["checksums"]} {
		testkit.Run(t, exec.Command("setpriv", "--reuid", owner, "--regid", owner, "--clear-groups", "cat", filepath.Join(r.workspace, name)))
	}
}

// files lists what is below dir, but for what a repository keeps for itself.
func files(t testing.TB, dir string) map[string]fs.FileMode {
	t.Helper()
	found := map[string]fs.FileMode{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == ".git" {
			return skip(d, err)
		}
		info, err := d.Info()
		if err == nil {
			found[strings.TrimPrefix(path, dir)] = info.Mode()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
