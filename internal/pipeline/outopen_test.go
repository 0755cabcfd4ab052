package pipeline

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

func TestCloseRemovesWhatWasMadeForNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		there []string // files before
		dir   string
		late  string // a file that somebody else puts there meanwhile
		want  map[string]string
	}{
		"a directory":         {nil, "dist", "", map[string]string{}},
		"nested directories":  {nil, "a/b/dist", "", map[string]string{}},
		"below one of ours":   {[]string{"a/file"}, "a/b/dist", "", map[string]string{"/a": "dir 0755", "/a/file": "file 0644 empty"}},
		"one that was there":  {[]string{"dist/"}, "dist", "", map[string]string{"/dist": "dir 0755"}},
		"one with files":      {[]string{"dist/file"}, "dist", "", map[string]string{"/dist": "dir 0755", "/dist/file": "file 0644 empty"}},
		"one that got a file": {nil, "a/dist", "a/file", map[string]string{"/a": "dir 0755", "/a/file": "file 0644 empty"}},
		"another got a file":  {nil, "a/dist", "a/dist/file", map[string]string{"/a": "dir 0755", "/a/dist": "dir 0755", "/a/dist/file": "file 0644 empty"}},
	}
	for name, test := range tests {
		root := t.TempDir()
		put := func(file string) {
			must(t, os.MkdirAll(filepath.Join(root, filepath.Dir(file)), 0o755))
			if file[len(file)-1] != '/' {
				must(t, os.WriteFile(filepath.Join(root, file), nil, 0o644))
			}
		}
		for _, file := range test.there {
			put(file)
		}
		o, err := openOut(filepath.Join(root, test.dir))
		must(t, err)
		built(t, o, "1", "x_1-1_all.deb")
		if test.late != "" {
			put(test.late)
		}
		must(t, o.close())
		if diff := cmp.Diff(test.want, testkit.TreeDump(t, root)); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", name, diff)
		}
	}
}

func TestCloseRemovesAStagingDirectoryThatWasClosed(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	must(t, errors.Join(os.Chmod(filepath.Dir(parent), 0o755), os.Chmod(parent, 0o777)))
	asNobody(func() {
		o, err := openOut(filepath.Join(parent, "dist"))
		must(t, err)
		must(t, os.MkdirAll(filepath.Join(o.staging, "a", "b"), 0o755))
		must(t, os.Chmod(filepath.Join(o.staging, "a"), 0o500))
		must(t, os.Chmod(o.staging, 0o500))
		must(t, o.close())
	})
	if diff := cmp.Diff(map[string]string{}, testkit.TreeDump(t, parent)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestOpenOutRefuses(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	must(t, errors.Join(os.Chmod(filepath.Dir(parent), 0o755), os.Chmod(parent, 0o755)))
	file := filepath.Join(parent, "file")
	must(t, os.WriteFile(file, nil, 0o644))
	closed := filepath.Join(parent, "closed")
	must(t, errors.Join(os.Mkdir(closed, 0o755), os.Chmod(closed, 0o555)))
	before := testkit.TreeDump(t, parent)
	for dir, want := range map[string]string{
		file:                         "make output directory: mkdir " + file + ": not a directory",
		filepath.Join(file, "x"):     "make output directory: mkdir " + file + ": not a directory",
		filepath.Join(closed, "x/y"): "make output directory: mkdir " + closed + "/x: permission denied",
	} {
		asNobody(func() {
			o, err := openOut(dir)
			if err == nil || err.Error() != want {
				t.Errorf("%s: got %v, %v\nwant %s", dir, o, err, want)
			}
		})
	}
	asNobody(func() {
		if o, err := openOut(closed); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: got %v, %v", closed, o, err)
		}
	})
	if diff := cmp.Diff(before, testkit.TreeDump(t, parent)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
