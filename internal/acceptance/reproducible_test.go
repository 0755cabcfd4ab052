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
// somebody else elsewhere, on another day. The packages are the same bytes.
func TestReproducible(t *testing.T) {
	needRoot(t)
	base := sharedDir(t)
	one := builder{home: filepath.Join(base, "home1"), temp: filepath.Join(base, "temp1"), shell: "umask 022"}
	two := builder{
		home: filepath.Join(base, "a longer home"), temp: filepath.Join(base, "ä longer temp"),
		shell: "umask 077; hostname another.example", user: stranger,
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
	for _, p := range projects {
		t.Run(p.folder, func(t *testing.T) {
			a := rebuild(t, one, p.folder, filepath.Join(base, p.folder), committed.AddDate(0, 0, 1), "--build-path", "prefix")
			b := rebuild(t, two, p.folder, filepath.Join(base, "other place", p.folder, "checkout"), committed.AddDate(1, 2, 3), "--build-path", "stage")
			if a.Commit == "" || a.Commit != b.Commit || !a.Built.Equal(committed) {
				t.Errorf("commits %q and %q, built %s: want one commit and its date", a.Commit, b.Commit, a.Built)
			}
			for _, format := range []string{"deb", "rpm"} {
				compareBytes(t, a.file(t, format), b.file(t, format), format)
			}
		})
	}
}

// rebuild checks a project out below work, as if it had been done at a time,
// and builds it.
func rebuild(t *testing.T, b builder, project, work string, at time.Time, args ...string) result {
	t.Helper()
	dir := filepath.Join(work, "src of "+project)
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
		times := run(t, exec.Command("rpm", "--query", "--package", "--queryformat", "%{BUILDTIME:date} %{BUILDHOST}", a))
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
