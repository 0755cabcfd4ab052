package e2e

import (
	"encoding/base64"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

const (
	repository = "example/lines"
	owner      = 1001 // the user of GitHub's runners, whose workspace is the action's
	version    = "2.2.0rc1"
)

// checkout is a workspace: a repository with pinpack in its root, for `uses: ./`,
// and a project in a folder of its own.
type checkout struct {
	dir, commit string
	before      map[string]file
}

// file is what a step may not change of files that it did not make.
type file struct {
	uid  int
	mode fs.FileMode
}

// newCheckout makes one, with the project's version set to what both formats
// write with a tilde, and files changed as the test wants them.
func newCheckout(t *testing.T, files map[string]string) *checkout {
	t.Helper()
	testkit.Need(t, "git")
	base, err := os.MkdirTemp("", "pinpack-workspace-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(base) })
	c := &checkout{dir: filepath.Join(base, "work", "lines")}
	for _, name := range []string{"action.yml", "Dockerfile", "go.mod", "go.sum", "cmd", "internal"} {
		c.copy(t, filepath.Join("..", "..", name), name)
	}
	c.copy(t, "../../testdata/projects/lines", "tools/lines")
	write(t, filepath.Join(c.dir, "tools/lines/src/lines/__init__.py"), `"""Count lines."""`+"\n\n__version__ = \""+version+"\"\n")
	for name, text := range files {
		write(t, filepath.Join(c.dir, name), text)
	}
	c.git(t, "init", "--quiet", "--initial-branch=main")
	c.git(t, "add", ".")
	c.git(t, "commit", "--quiet", "--message", "First")
	c.git(t, "tag", "v"+version)
	c.commit = c.git(t, "rev-parse", "HEAD")
	// What actions/checkout leaves there.
	c.git(t, "config", "http.https://github.com/.extraheader", "AUTHORIZATION: basic "+canaryGit)
	err = filepath.WalkDir(base, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			err = os.Lchown(path, owner, owner)
		}
		return err
	})
	if err == nil {
		err = os.Chmod(base, 0o755) // what MkdirTemp closes
	}
	if err != nil {
		t.Fatal(err)
	}
	c.before = c.files(t)
	return c
}

func (c *checkout) copy(t *testing.T, from, to string) {
	t.Helper()
	to = filepath.Join(c.dir, to)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := testkit.Output(exec.Command("cp", "--recursive", from, to)); err != nil {
		t.Fatal(err)
	}
}

func (c *checkout) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = c.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(c.dir), "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org",
	}
	out, err := testkit.Output(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// files lists all that is there, the repository's own files too.
func (c *checkout) files(t *testing.T) map[string]file {
	t.Helper()
	found := map[string]file{}
	err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			found[strings.TrimPrefix(path, c.dir)] = file{int(info.Sys().(*syscall.Stat_t).Uid), info.Mode()}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// checkOwner sees that what is new belongs to whom the workspace belongs, that
// nothing else changed, and that only what lies below one of the paths is new.
func (c *checkout) checkOwner(t *testing.T, below ...string) {
	t.Helper()
	fresh := 0
	after := c.files(t)
	for name, is := range after {
		was, old := c.before[name]
		switch {
		case old && was != is:
			t.Errorf("%s was %v, is %v", name, was, is)
		case is.uid != owner:
			t.Errorf("%s belongs to %d: want %d", name, is.uid, owner)
		case !old:
			fresh++
			fine := false
			for _, b := range below {
				fine = fine || name == b || strings.HasPrefix(name, b+"/")
			}
			if !fine {
				t.Errorf("%s is new in the workspace", name)
			}
		}
	}
	for name := range c.before {
		if _, ok := after[name]; !ok {
			t.Errorf("%s is gone", name)
		}
	}
	if fresh == 0 {
		t.Error("nothing is new in the workspace")
	}
}

// read returns a file of the workspace.
func (c *checkout) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// What no code of the project may get to know. All begin alike, so that
// testdata/hostile.py knows when it has found one.
const (
	canaryToken = "canary-token-5f2c"
	canaryEnv   = "canary-env-9b41"
)

var canaryGit = base64.StdEncoding.EncodeToString([]byte("x-access-token:canary-git-77aa"))
