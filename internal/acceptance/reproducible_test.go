//go:build acceptance

package acceptance

import (
	"bytes"
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

	"github.com/pinpack/pinpack/internal/testkit"
)

const stranger = 65534 // nobody: a user who is not root and owns nothing else

// TestReproducible builds one commit twice: as root at the prefix, and as
// somebody else elsewhere, on another day. The packages are the same bytes, and
// none of them tells where that was.
func TestReproducible(t *testing.T) {
	testkit.NeedRoot(t)
	t.Parallel()
	for _, p := range projects {
		t.Run(p.folder, func(t *testing.T) {
			t.Parallel()
			a, b := buildTwice(t, p.folder, stranger)
			if a.Commit == "" || a.Commit != b.Commit || !a.Built.Equal(committed) {
				t.Errorf("commits %q and %q, built %s: want one commit and its date", a.Commit, b.Commit, a.Built)
			}
		})
	}
}

// buildTwice builds a project in two ways that must not show, the second as a
// user, and looks at what came out.
func buildTwice(t *testing.T, project string, user uint32, args ...string) (a, b result) {
	t.Helper()
	base := sharedDir(t)
	one := builder{home: filepath.Join(base, "homeofthebuilder"), temp: filepath.Join(base, "tempofthebuilder"), shell: "umask 022"}
	two := builder{
		home: filepath.Join(base, "a longer homeofthebuilder"), temp: filepath.Join(base, "ä longer tempofthebuilder"),
		shell: "umask 077; hostname another.example", user: user,
		env: []string{"TZ=Pacific/Auckland", "LANG=de_DE.UTF-8", "LC_ALL=", "USER=nobody", "PYTHONHASHSEED=7"},
	}
	for _, b := range []builder{one, two} {
		for _, dir := range []string{b.home, b.temp} {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			own(t, dir, int(b.user))
		}
	}
	a = rebuild(t, one, project, filepath.Join(base, "placeofthebuilder"), committed.AddDate(0, 0, 1), slices.Concat(args, []string{"--build-path", "prefix"})...)
	b = rebuild(t, two, project, filepath.Join(base, "other placeofthebuilder", "checkout"), committed.AddDate(1, 2, 3), slices.Concat(args, []string{"--build-path", "stage"})...)
	for _, format := range []string{"deb", "rpm"} {
		compareBytes(t, a.file(t, format), b.file(t, format), format)
		// Each of the directories that a build knew is below base.
		search(t, a.file(t, format), []string{base, "ofthebuilder"})
	}
	for _, b := range []builder{one, two} {
		if left, err := os.ReadDir(b.temp); err != nil || len(left) > 0 {
			t.Errorf("left in $TMPDIR: %v (%v)", left, err)
		}
	}
	return a, b
}

// rebuild checks a project out below work, as if it had been done at a time,
// and builds it.
func rebuild(t *testing.T, b builder, project, work string, at time.Time, args ...string) result {
	t.Helper()
	dir := filepath.Join(work, "src of "+project+" ofthebuilder")
	if err := os.MkdirAll(work, 0o755); err != nil {
		t.Fatal(err)
	}
	checkout(t, project, dir)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == ".git" {
			return skip(d, err)
		}
		return os.Chtimes(path, at, at)
	})
	if err != nil {
		t.Fatal(err)
	}
	if b.user != 0 {
		own(t, work, int(b.user))
	}
	return b.build(t, work, dir, args...)
}

func skip(d fs.DirEntry, err error) error {
	if err == nil && d.IsDir() {
		err = fs.SkipDir
	}
	return err
}

// compareBytes fails the test if two packages differ, and says in what.
func compareBytes(t *testing.T, a, b, format string) {
	t.Helper()
	if testkit.SHA256(t, a) == testkit.SHA256(t, b) && filepath.Base(a) == filepath.Base(b) {
		t.Logf("%s: the same %s", filepath.Base(a), testkit.SHA256(t, a))
	} else {
		t.Errorf("%s: two builds of one commit differ (-first +second):\n%s", format, explain(t, a, b))
	}
	p := read(t, a)
	for _, path := range p.Paths() {
		if p.MTimes[path] != committed.Unix() {
			t.Errorf("%s: %s has the time %s: want the commit's", format, path, time.Unix(p.MTimes[path], 0).UTC())
		}
	}
	if format == "rpm" {
		testkit.Need(t, "rpm")
		times := testkit.Run(t, exec.Command("rpm", "--query", "--package", "--queryformat", "%{BUILDTIME:date} %{BUILDHOST}", a))
		if want := committed.Local().Format("Mon Jan _2 15:04:05 2006") + " pinpack"; times != want {
			t.Errorf("rpm: built %q: want %q", times, want)
		}
	}
}

// explain unpacks two packages and tells their differences.
func explain(t *testing.T, a, b string) string {
	t.Helper()
	one, two := read(t, a), read(t, b)
	var text strings.Builder
	for _, path := range slices.Sorted(maps.Keys(one.Contents)) {
		if old, new := one.Contents[path], two.Contents[path]; !bytes.Equal(old, new) {
			text.WriteString(path + ":\n" + cmp.Diff(printable(old), printable(new)))
		}
	}
	one.Contents, two.Contents = nil, nil
	text.WriteString(cmp.Diff(one, two))
	if text.Len() == 0 {
		return "only the way it is packed"
	}
	return text.String()
}

func printable(data []byte) string {
	if bytes.IndexByte(data, 0) >= 0 {
		return "binary of SHA-256 " + digest(data)
	}
	return string(data)
}

// read reads a package of either format.
func read(t testing.TB, file string) testkit.Package {
	t.Helper()
	reader := testkit.ReadDeb
	if strings.HasSuffix(file, ".rpm") {
		reader = testkit.ReadRPM
	}
	p, err := reader(file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
