package pipeline

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// built is a result whose packages wait in the staging directory, each with its
// name and the version as its content.
func built(t *testing.T, o *out, version string, names ...string) *Result {
	t.Helper()
	r := &Result{Name: "x", Version: version}
	for _, name := range names {
		path := filepath.Join(o.staging, name)
		must(t, os.WriteFile(path, []byte(name+" "+version), 0o600))
		must(t, os.Chmod(path, 0o644))
		sum, size, err := artifact.Digest(path)
		must(t, err)
		r.Packages = append(r.Packages, artifact.Artifact{Path: path, Name: name, SHA256: sum, Size: size})
	}
	return r
}

// build puts a build into a directory.
func build(t *testing.T, dir, version string, names ...string) {
	t.Helper()
	o, err := openOut(dir)
	must(t, err)
	must(t, o.commit(built(t, o, version, names...), nil))
	must(t, o.close())
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	must(t, err)
	return string(text)
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestCommitMovesAllIntoPlace(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "dist")
	o, err := openOut(dir)
	must(t, err)
	r := built(t, o, "1", "x_1-1_all.deb", "x-1-1.noarch.rpm")
	must(t, o.commit(r, nil))
	must(t, o.close())
	if diff := cmp.Diff([]string{"SHA256SUMS", "pinpack.json", "x-1-1.noarch.rpm", "x_1-1_all.deb"}, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	sums := r.Packages[1].SHA256 + "  x-1-1.noarch.rpm\n" + r.Packages[0].SHA256 + "  x_1-1_all.deb\n"
	if diff := cmp.Diff(sums, read(t, filepath.Join(dir, sumsFile))); diff != "" {
		t.Errorf("checksums (-want +got):\n%s", diff)
	}
	for _, a := range r.Packages {
		if a.Path != filepath.Join(dir, a.Name) || read(t, a.Path) != a.Name+" 1" {
			t.Errorf("%s is said to be at %q", a.Name, a.Path)
		}
		if !strings.Contains(read(t, filepath.Join(dir, resultFile)), `"path": "`+a.Path+`"`) {
			t.Errorf("%s does not say where %s is", resultFile, a.Name)
		}
	}
}

func TestCommitReplacesTheEarlierBuildOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	build(t, dir, "1", "x_1-1_all.deb", "x-1-1.noarch.rpm", "same_all.deb")
	for _, foreign := range []string{"y_1-1_all.deb", "notes.txt", ".hidden"} {
		must(t, os.WriteFile(filepath.Join(dir, foreign), []byte(foreign), 0o600))
	}
	must(t, os.Remove(filepath.Join(dir, "x-1-1.noarch.rpm"))) // somebody took it away
	build(t, dir, "2", "x_2-1_all.deb", "same_all.deb")
	want := []string{".hidden", "SHA256SUMS", "notes.txt", "pinpack.json", "same_all.deb", "x_2-1_all.deb", "y_1-1_all.deb"}
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if got := read(t, filepath.Join(dir, "same_all.deb")); got != "same_all.deb 2" {
		t.Errorf("a package of the same name holds %q", got)
	}
}

func TestCommitLeavesWhatAForeignResultNames(t *testing.T) {
	t.Parallel()
	for name, result := range map[string]string{
		"paths": `{"packages": [{"name": "../x"}, {"name": "../x.deb"}, {"name": "/etc/x.deb"}, {"name": "sub/x.deb"}, {"name": ".."},
			{"name": "."}, {"name": ""}, {"name": "/"}, {"name": "sub"}, {"name": "main.py"}]}`,
		"another file of this name": `["not ours"]`,
		"no JSON":                   `{`,
		"an empty file":             ``,
	} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "dist")
		must(t, os.MkdirAll(filepath.Join(dir, "sub"), 0o755))
		for _, file := range []string{"x", "x.deb", "dist/sub/x.deb", "dist/main.py"} {
			must(t, os.WriteFile(filepath.Join(parent, file), []byte(file), 0o600))
		}
		want := testkit.TreeDump(t, parent)
		must(t, os.WriteFile(filepath.Join(dir, resultFile), []byte(result), 0o600))
		build(t, dir, "1", "x_1-1_all.deb")
		got := testkit.TreeDump(t, parent)
		for _, file := range []string{"SHA256SUMS", "pinpack.json", "x_1-1_all.deb"} {
			if got["/dist/"+file] == "" {
				t.Errorf("%s: no %s", name, file)
			}
			delete(got, "/dist/"+file)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", name, diff)
		}
	}
}

func TestCommitTakesAlongWhatGoesWithThePackages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, version := range []string{"1", "2"} {
		o, err := openOut(dir)
		must(t, err)
		r := built(t, o, version, "x_"+version+"_all.deb")
		beside := built(t, o, version, "x_"+version+"_all.deb.cdx.json").Packages
		r.Beside = beside
		must(t, o.commit(r, nil))
		must(t, o.close())
		if r.Beside[0].Path != filepath.Join(dir, r.Beside[0].Name) {
			t.Errorf("it is said to be at %q", r.Beside[0].Path)
		}
		must(t, os.WriteFile(filepath.Join(dir, "mine.cdx.json"), nil, 0o600))
	}
	if diff := cmp.Diff([]string{"SHA256SUMS", "mine.cdx.json", "pinpack.json", "x_2_all.deb", "x_2_all.deb.cdx.json"}, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if sums := read(t, filepath.Join(dir, sumsFile)); strings.Count(sums, "\n") != 2 || !strings.Contains(sums, "  x_2_all.deb.cdx.json\n") {
		t.Errorf("checksums:\n%s", sums)
	}
	foreign := `{"packages": [{"name": "y.deb"}], "beside": [{"name": "mine.cdx.json"}, {"name": "../y.deb.cdx.json"}, {"name": "z.deb.cdx.json"}]}`
	must(t, os.WriteFile(filepath.Join(dir, "z.deb.cdx.json"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, resultFile), []byte(foreign), 0o600))
	build(t, dir, "3", "x_3_all.deb")
	if got := names(t, dir); !slices.Contains(got, "mine.cdx.json") || !slices.Contains(got, "z.deb.cdx.json") {
		t.Errorf("a foreign result had files removed: %q", got)
	}
}

// asNobody does work without root's right to write everywhere, which the file
// system takes from the thread.
func asNobody(work func()) {
	if os.Geteuid() == 0 {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		_ = syscall.Setfsuid(65534)
		defer func() { _ = syscall.Setfsuid(0) }()
	}
	work()
}

func TestCommitTakesAllBackWhenAMoveFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(o *out) error
		want  string // of the error, after the directory
	}{
		"a package went away": {
			func(o *out) error { return os.Remove(filepath.Join(o.staging, "x-2-1.noarch.rpm")) },
			"rename STAGING/x-2-1.noarch.rpm DIR/x-2-1.noarch.rpm: no such file or directory",
		},
		"a directory in a package's place": {
			func(o *out) error { return os.MkdirAll(filepath.Join(o.dir, "x-2-1.noarch.rpm", "kept"), 0o755) },
			`"x-2-1.noarch.rpm" is a directory`,
		},
		"a directory that nobody may write to": {
			func(o *out) error { return os.Chmod(o.dir, 0o555) },
			"rename DIR/SHA256SUMS STAGING/old/SHA256SUMS: permission denied",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := t.TempDir()
			must(t, errors.Join(os.Chmod(filepath.Dir(parent), 0o755), os.Chmod(parent, 0o777)))
			dir := filepath.Join(parent, "dist")
			asNobody(func() {
				build(t, dir, "1", "x_1-1_all.deb", "same_all.deb")
				must(t, os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600))
				o, err := openOut(dir)
				must(t, err)
				r := built(t, o, "2", "same_all.deb", "x-2-1.noarch.rpm", "x_2-1_all.deb")
				must(t, test.spoil(o))
				staging := strings.TrimPrefix(o.staging, parent)
				before := dump(t, parent, staging)
				err = o.commit(r, nil)
				want := `move results into "` + dir + `": ` + strings.NewReplacer("STAGING", o.staging, "DIR", dir).Replace(test.want)
				if err == nil || err.Error() != want {
					t.Errorf("got  %v\nwant %s", err, want)
				}
				if diff := cmp.Diff(before, dump(t, parent, staging)); diff != "" {
					t.Errorf("files (-want +got):\n%s", diff)
				}
				must(t, os.Chmod(dir, 0o755))
				must(t, o.close())
				if _, err := os.Stat(o.staging); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("the staging directory is there: %v", err)
				}
			})
		})
	}
}

// dump is a tree without what is below one directory.
func dump(t *testing.T, dir, without string) map[string]string {
	t.Helper()
	tree := testkit.TreeDump(t, dir)
	for name := range tree {
		if strings.HasPrefix(name, without) {
			delete(tree, name)
		}
	}
	return tree
}

func TestRecordWritesTheResultAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o, err := openOut(dir)
	must(t, err)
	r := built(t, o, "1", "x_1-1_all.deb")
	must(t, o.commit(r, nil))
	r.Published = []artifact.Receipt{{Artifact: "x_1-1_all.deb", Target: "dir:/srv", URL: "file:///srv/x_1-1_all.deb"}}
	must(t, o.record(*r))
	must(t, o.close())
	if got := read(t, filepath.Join(dir, resultFile)); !strings.Contains(got, "file:///srv/x_1-1_all.deb") {
		t.Errorf("no receipt in\n%s", got)
	}
	if diff := cmp.Diff([]string{"SHA256SUMS", "pinpack.json", "x_1-1_all.deb"}, names(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
