package venv

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestCopySource shows what of a project's tree a wheel is built from.
func TestCopySource(t *testing.T) {
	from := t.TempDir()
	for name, text := range map[string]string{
		"pyproject.toml": "p", "src/app/__init__.py": "a", "src/app/__pycache__/x.pyc": "x", "bin/run": "#!r",
		".git/HEAD": "h", "out/app.deb": "d", "node_modules/x/y.js": "y", "env/pyvenv.cfg": "v", "env/bin/python": "b", "dist/kept.txt": "k",
	} {
		file := filepath.Join(from, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			mode = 0o755
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("app", filepath.Join(from, "src", "link")); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy")
	if err := copySource(from, to, filepath.Join(from, "out")); err != nil {
		t.Fatal(err)
	}
	got := testkit.TreeDump(t, to)
	for name, entry := range got {
		kind := strings.Fields(entry)
		got[name] = strings.ReplaceAll(strings.Join(kind[:2], " "), from, "FROM")
	}
	want := map[string]string{
		"/.git": "symlink FROM/.git", "/bin": "dir 0755", "/bin/run": "file 0755", "/dist": "dir 0755", "/dist/kept.txt": "file 0644",
		"/pyproject.toml": "file 0644", "/src": "dir 0755", "/src/app": "dir 0755", "/src/app/__init__.py": "file 0644", "/src/link": "symlink app",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSnapshot(t *testing.T) {
	env := fake(t, map[string]string{"SITE/a.py": "1", "SITE/b.py": "2", "bin/x": "#!"})
	before, err := env.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	pyc := filepath.Join(env.Site(), "__pycache__")
	if err := os.Mkdir(pyc, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pyc, "a.pyc"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := env.Unchanged(before); err != nil {
		t.Errorf("compiled modules count as a change: %v", err)
	}
	for _, change := range []error{
		os.WriteFile(filepath.Join(env.Site(), "a.py"), []byte("longer"), 0o644),
		os.Remove(filepath.Join(env.Site(), "b.py")),
		os.WriteFile(filepath.Join(env.Bin(), "y"), nil, 0o755),
	} {
		if change != nil {
			t.Fatal(change)
		}
	}
	want := "changed the virtualenv, which would ship it untested: bin/y is new, lib/python3.11/site-packages/a.py was changed, lib/python3.11/site-packages/b.py is gone"
	if err := env.Unchanged(before); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
