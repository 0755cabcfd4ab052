//go:build acceptance

package acceptance

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/testkit"
)

// projects are the folders of testdata/projects, each with its package's name.
var projects = []struct{ folder, name string }{
	{"whois", "whois-server"},
	{"shop", "shop"},
	{"lines", "lines"},
}

// committed is the one date of the checkouts' commits, long before any build.
var committed = time.Date(2024, time.February, 29, 12, 34, 56, 0, time.UTC)

// checkout copies a project to dir, changes it, and commits it as a repository
// of its own. The same changes give the same commit, wherever dir is.
func checkout(t testing.TB, project, dir string, changes ...func(dir string)) {
	t.Helper()
	testkit.Need(t, "git")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("../../testdata/projects", project))); err != nil {
		t.Fatal(err)
	}
	git := func(args ...string) {
		cmd := exec.Command("git", args...)
		date := committed.Format(time.RFC3339)
		cmd.Dir, cmd.Env = dir, append(os.Environ(),
			"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
			"GIT_AUTHOR_NAME=Jo", "GIT_AUTHOR_EMAIL=jo@example.org", "GIT_AUTHOR_DATE="+date,
			"GIT_COMMITTER_NAME=Jo", "GIT_COMMITTER_EMAIL=jo@example.org", "GIT_COMMITTER_DATE="+date)
		testkit.Run(t, cmd)
	}
	git("init", "--quiet", "--initial-branch=main")
	git("clean", "-d", "--force", "-X", "--quiet") // what was built in the folder that we copied
	for _, change := range changes {
		change(dir)
	}
	git("add", "--all")
	git("commit", "--quiet", "--message=Release")
}

// builder is whoever runs pinpack, and where. The zero value is us, here.
type builder struct {
	home, temp string // $HOME and $TMPDIR; "": ours
	shell      string // run by sh before pinpack takes its place: umask, hostname
	user       uint32 // 0: root
	env        []string
}

// result is what pinpack.json says of a build.
type result struct {
	Name, Version, Commit, Python, Glibc, Prefix string
	Built                                        time.Time
	Packages                                     []struct {
		Path, Name, Format, Package, Version, Arch, SHA256 string
		Size                                               int64
	}
	Beside        []struct{ Path, Name, Format string }
	Distributions []struct{ Name, Version string }
	Verified      []struct {
		File, Format, Previous, User string
		OK                           bool
		Events                       []struct{ Name string }
	} `json:",omitempty"`
	Log string `json:"-"` // all that was printed
}

// file is the path of the package of a format.
func (r result) file(t testing.TB, format string) string {
	t.Helper()
	for _, p := range r.Packages {
		if p.Format == format {
			return p.Path
		}
	}
	t.Fatalf("find package: no %s among %v", format, r.Packages)
	return ""
}

// site is where the distributions are.
func (r result) site() string {
	return r.Prefix + "/lib/python" + r.Python[:strings.LastIndex(r.Python, ".")] + "/site-packages"
}

// atPrefix is held by builds that may want the prefix for themselves.
var atPrefix sync.Mutex

// build runs `pinpack build` in the directory work on the project in dir. What
// comes out is in work/dist.
func (b builder) build(t testing.TB, work, dir string, args ...string) result {
	t.Helper()
	log, err := b.try(t, work, dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	r := readResult(t, filepath.Join(work, "dist"))
	r.Log = log
	return r
}

// try is build for one that may fail.
func (b builder) try(t testing.TB, work, dir string, args ...string) (log string, err error) {
	t.Helper()
	testkit.NeedRoot(t)
	testkit.Need(t, "python3")
	testkit.NeedNetwork(t)
	argv := append([]string{"--uts", "sh", "-euc", b.shell + "\nexec \"$@\" 2>&1", "sh"}, "setpriv",
		"--reuid", strconv.Itoa(int(b.user)), "--regid", strconv.Itoa(int(b.user)), "--clear-groups",
		program(t), "build", dir)
	cmd := exec.Command("unshare", append(argv, args...)...)
	cmd.Dir = work
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=", "XDG_CACHE_HOME=", "XDG_CONFIG_HOME=")
	if b.home != "" {
		cmd.Env = append(cmd.Env, "HOME="+b.home)
	}
	if b.temp != "" {
		cmd.Env = append(cmd.Env, "TMPDIR="+b.temp)
	}
	cmd.Env = append(cmd.Env, b.env...)
	if !slices.Contains(args, "stage") {
		atPrefix.Lock()
		defer atPrefix.Unlock()
	}
	started := time.Now()
	log, err = testkit.Output(cmd)
	t.Logf("built %s in %.1f s", filepath.Base(dir), time.Since(started).Seconds())
	return log, err
}

// readResult reads pinpack.json in a directory of results, which must be whole.
func readResult(t testing.TB, dist string) result {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dist, "pinpack.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r result
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatalf("read pinpack.json: %v", err)
	}
	sums := exec.Command("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS")
	sums.Dir = dist
	testkit.Run(t, sums)
	names, err := filepath.Glob(filepath.Join(dist, "*"))
	if err != nil || len(names) != len(r.Packages)+len(r.Beside)+2 || len(r.Packages) != 2 || len(r.Beside) != 4 {
		t.Errorf("results: %q: want two packages, two SBOMs of each, SHA256SUMS and pinpack.json (%v)", names, err)
	}
	return r
}

// own gives everything below dir to a user, and takes it from all others.
func own(t testing.TB, dir string, user int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && d.Type() != fs.ModeSymlink {
			err = os.Chmod(path, info.Mode().Perm()&^0o077)
		}
		if err != nil {
			return err
		}
		return syscall.Lchown(path, user, user)
	})
	if err != nil {
		t.Fatalf("give %q to user %d: %v", dir, user, err)
	}
}

// built returns the packages of a project as it is in testdata/projects; the
// tests share them.
func built(t testing.TB, project string) result {
	t.Helper()
	return results.get(project, func() result {
		work := filepath.Join(scratch, "built", project)
		dir := filepath.Join(work, "checkout")
		if err := os.MkdirAll(work, 0o755); err != nil {
			t.Fatal(err)
		}
		checkout(t, project, dir)
		return builder{}.build(t, work, dir)
	})
}

var results once[result]
