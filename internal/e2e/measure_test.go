package e2e

import (
	"bufio"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/testkit"
)

// actionImage is the image that act built.
func actionImage(t *testing.T, e *testkit.Engine) string {
	t.Helper()
	for name := range strings.Lines(e.Docker(t, "image", "ls", "--format", "{{.Repository}}:{{.Tag}}")) {
		if strings.HasPrefix(name, "act-") {
			return strings.TrimSpace(name)
		}
	}
	t.Fatal("act has built no image")
	return ""
}

// measure tells what the image costs, and how soon it says something.
func measure(t *testing.T, e *testkit.Engine) {
	image := actionImage(t, e)
	t.Logf("the image has %s bytes; by part:\n%s", strings.TrimSpace(e.Docker(t, "image", "inspect", "--format", "{{.Size}}", image)),
		e.Docker(t, "history", "--human=false", "--no-trunc", "--format", "{{.Size}}\t{{.CreatedBy}}", image))
	packed, err := testkit.Output(exec.Command("sh", "-euc", `"$@" | gzip | wc -c`, "sh", "docker", "--host", "unix://"+e.Socket, "save", image))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("to pull, as gzip: %s bytes", strings.TrimSpace(packed))
	c := newCheckout(t, nil)
	for range 3 {
		const name = "measured"
		cmd := e.Command("run", "--rm", "--name", name, "--network", "none", "--volume", c.dir+":/github/workspace", "--workdir", "/github/workspace",
			"--env", "GITHUB_ACTIONS=true", "--env", "GITHUB_WORKSPACE=/github/workspace", "--env", "INPUT_DIRECTORY=tools/lines", image, "action")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if !strings.HasPrefix(lines.Text(), "::") {
				t.Logf("%.2f s from docker run to %q", time.Since(started).Seconds(), lines.Text())
				break
			}
		}
		_ = e.Command("rm", "--force", name).Run() // without a network it would fail
		_ = cmd.Wait()
	}
}
