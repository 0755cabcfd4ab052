//go:build acceptance

package acceptance

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestRepositoryAfterKill kills pinpack at a random moment of publishing, ten
// times. Each time clients accept what is there, and the next run makes it what
// one clean run does, byte for byte.
func TestRepositoryAfterKill(t *testing.T) {
	testkit.NeedRoot(t)
	key := secretKey(t, "ed25519")
	packages, dir := sharedDir(t), filepath.Join(sharedDir(t), "site")
	s := serve(t, dir)
	publish := func(n int) *exec.Cmd {
		return publishing(t, key, append([]string{"publish", "--publish", "repo+dir:" + dir + "?keep=2&url=" + s.url}, tiny(t, packages, version(n), key)...)...)
	}
	testkit.Run(t, publish(1))
	testkit.Run(t, publish(2))
	before := filepath.Join(sharedDir(t), "before")
	duplicate(t, root(dir), root(before))
	started := time.Now()
	testkit.Run(t, publish(3))
	took := time.Since(started)
	want := content(t, dir)
	apt, dnf := newAptClient(t, "bookworm", s), newDnfClient(t, s)
	interrupted := 0
	for round := range 10 {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		duplicate(t, root(before), root(dir))
		cmd := publish(3)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wait := time.Duration(rand.Int64N(int64(took) * 2 / 3))
		time.Sleep(wait)
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil {
			interrupted++
		}
		t.Logf("round %d: killed after %v of about %v; %d files differ", round, wait, took, different(want, content(t, dir)))
		for name, c := range map[string]client{"apt": apt, "dnf": dnf} {
			c.forget(t)
			if err := c.get(""); err != nil {
				t.Errorf("round %d: %s: %v", round, name, err)
			} else if got := c.has(t); got != version(2) && got != version(3) {
				t.Errorf("round %d: %s has %q", round, name, got)
			}
		}
		testkit.Run(t, publish(3))
		if diff := cmp.Diff(want, content(t, dir)); diff != "" {
			t.Errorf("round %d: (-clean +killed and run again):\n%s", round, diff)
		}
	}
	if interrupted < 2 {
		t.Errorf("%d of 10 runs were killed in their work: want more", interrupted)
	}
}

// clock is the one time in a repository that is the clock's: since when a file
// is named by nothing.
var clock = regexp.MustCompile(`"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"`)

// content is what the files of a directory hold, by name.
func content(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		if filepath.Base(name) == "retired.json" {
			data = clock.ReplaceAll(data, []byte("TIME"))
		}
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func different(a, b map[string]string) (n int) {
	for name := range a {
		if b[name] != a[name] {
			n++
		}
	}
	return n
}
