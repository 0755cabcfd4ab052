package lock

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/pinpack/pinpack/internal/pep508"
)

// cpython is an environment on Linux.
func cpython(version string) pep508.Environment {
	return pep508.Environment{
		"python_version": version, "python_full_version": version + ".4", "os_name": "posix",
		"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64",
		"implementation_name": "cpython", "platform_python_implementation": "CPython", "implementation_version": version + ".4",
	}
}

func onWindows(env pep508.Environment) pep508.Environment {
	env["sys_platform"], env["platform_system"], env["os_name"], env["platform_machine"] = "win32", "Windows", "nt", "AMD64"
	return env
}

// selected says what of a lock is taken, what is built and, after a "-", what is left.
func selected(l Lock) []string {
	var list []string
	for _, r := range l.Requirements {
		list = append(list, strings.TrimSuffix(r.text()+"@"+r.Index, "@"))
	}
	for _, local := range l.Locals {
		list = append(list, local.Name+" in "+local.Path)
	}
	for _, r := range l.Left {
		list = append(list, "-"+r.text())
	}
	slices.Sort(list)
	return list
}

// lockTest reads a lock that a tool wrote.
type lockTest struct {
	folder string // with the lock, in testdata
	Selection
	want string // as selected says it, with commas
}

func (test lockTest) run(t *testing.T, file string) {
	t.Helper()
	test.Files = []string{file}
	l, err := Load(os.DirFS("testdata/"+test.folder), test.Selection)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(strings.Split(test.want, ", "))), selected(l)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if l.Stale != nil {
		t.Errorf("stale: %q", l.Stale)
	}
	if l.Format != file || !slices.Equal(l.Files, test.Files) {
		t.Errorf("format %q, files %q", l.Format, l.Files)
	}
	if err := l.Check(Allow{}); err != nil {
		t.Error(err)
	}
	for _, r := range l.Requirements {
		if r.File != file || r.Line == 0 || strings.Contains(r.Marker, "extra") {
			t.Errorf("%s at %s:%d, marker %s", r.Name, r.File, r.Line, r.Marker)
		}
	}
}

func TestReadPoetry(t *testing.T) {
	const always = "click==8.1.8, pysocks==1.7.1, six==1.17.0, tiny-lib in libs/tiny, -colorama==0.4.6, -tomli==2.0.2"
	const on311 = always + ", typing-extensions==4.12.2, urllib3==2.6.3, -typing-extensions==4.13.2, -urllib3==2.8.0, -markdown-it-py==4.3.0, -tabulate==0.10.0"
	const on312 = always + ", typing-extensions==4.13.2, urllib3==2.8.0, -typing-extensions==4.12.2, -urllib3==2.6.3, -markdown-it-py==3.0.0, -tabulate==0.9.0"
	tests := map[string]lockTest{
		"the project's dependencies":  {"poetry/project", Selection{Env: cpython("3.11")}, on311},
		"versions for another Python": {"poetry/project", Selection{Env: cpython("3.12")}, on312},
		"an extra":                    {"poetry/project", Selection{Env: cpython("3.11"), Extras: []string{"cli"}}, on311 + ", tabulate==0.9.0"},
		"an extra that has its own dependencies": {"poetry/project", Selection{Env: cpython("3.11"), Extras: []string{"pretty-out"}},
			on311 + ", tabulate==0.9.0, rich==13.9.4, markdown-it-py==3.0.0, mdurl==0.1.2, pygments==2.21.0"},
		"groups": {"poetry/project", Selection{Env: cpython("3.11"), Groups: []string{"lint", "docs"}},
			on311 + ", pathspec==0.12.1, zipp==3.23.1, -zipp==4.1.2"},
		"a group alone, that includes another": {"poetry/project", Selection{Env: cpython("3.12"), Groups: []string{"dev"}, Only: true},
			"iniconfig==2.3.1, zipp==4.1.2, -iniconfig==2.1.0, -zipp==3.23.1"},
		"a group alone, on Windows": {"poetry/project", Selection{Env: onWindows(cpython("3.11")), Groups: []string{"lint"}, Only: true},
			"click==8.1.8, colorama==0.4.6, pathspec==0.12.1"},
		"[tool.poetry], an extra": {"poetry/classic", Selection{Env: cpython("3.12"), Extras: []string{"cli"}},
			"click==8.1.8, tabulate==0.10.0, typing-extensions==4.13.2, -colorama==0.4.6, -tabulate==0.9.0, -tomli==2.0.2, -typing-extensions==4.12.2"},
		"[tool.poetry], a group": {"poetry/classic", Selection{Env: cpython("3.11"), Groups: []string{"dev"}, Only: true},
			"iniconfig==2.1.0, -iniconfig==2.3.1"},
		"another index": {"poetry/source", Selection{Env: cpython("3.11")},
			"click==8.1.8, priv-lib==1.2@http://127.0.0.1:8765/simple, -colorama==0.4.6"},
		"what Poetry 2.1 locked": {"poetry/older", Selection{Env: cpython("3.11")}, "six==1.17.0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.run(t, "poetry.lock") })
	}
}

func TestPoetryForEveryInterpreterKeepsMarkers(t *testing.T) {
	l, err := Load(os.DirFS("testdata/poetry/classic"), Selection{Files: []string{"poetry.lock"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range l.Requirements {
		got = append(got, r.text()+" ; "+r.Marker)
	}
	want := []string{
		`click==8.1.8 ; `,
		`colorama==0.4.6 ; platform_system == "Windows"`,
		`tabulate==0.9.0 ; python_version < "3.12" and extra == "cli"`,
		`tabulate==0.10.0 ; python_version >= "3.12" and extra == "cli"`,
		`tomli==2.0.2 ; python_version < "3.11"`,
		`typing-extensions==4.12.2 ; python_version < "3.12"`,
		`typing-extensions==4.13.2 ; python_version >= "3.12"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// edited is a folder of testdata with changed files; pairs are what to replace in the
// lock and in what stands beside it.
func edited(t *testing.T, folder string, oldnew ...string) fs.FS {
	t.Helper()
	tree := fstest.MapFS{}
	disk := os.DirFS("testdata/" + folder)
	err := fs.WalkDir(disk, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(disk, name)
		if path.Dir(name) == "." {
			data = []byte(strings.NewReplacer(oldnew...).Replace(string(data)))
		}
		tree[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// staleTest changes what a lock was made from.
type staleTest struct {
	folder string
	oldnew []string
	stale  bool
}

func (test staleTest) run(t *testing.T, file, want string) {
	t.Helper()
	l, err := Load(edited(t, test.folder, test.oldnew...), Selection{Files: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	if !test.stale && l.Stale != nil || test.stale && !slices.Equal(l.Stale, []string{want}) {
		t.Errorf("stale %q, want %v", l.Stale, test.stale)
	}
}

func TestPoetryStale(t *testing.T) {
	tests := map[string]staleTest{
		"a dependency":                      {"poetry/project", []string{`"click>=8.1,<8.2"`, `"click>=8,<8.2"`}, true},
		"an extra":                          {"poetry/project", []string{`"rich>=13,<14"`, `"rich>=13"`}, true},
		"a dependency group":                {"poetry/project", []string{`"zipp>=3"`, `"zipp"`}, true},
		"Poetry's own group":                {"poetry/project", []string{`pathspec = "^0.12"`, `pathspec = "*"`}, true},
		"requires-python":                   {"poetry/project", []string{`">=3.9,<4.0"`, `">=3.9"`}, true},
		"the description":                   {"poetry/project", []string{"Läden", "Shops"}, false},
		"a dependency in [tool.poetry]":     {"poetry/classic", []string{`"~8.1"`, `"^8.1"`}, true},
		"the description in [tool.poetry]":  {"poetry/classic", []string{"Straße", "Street"}, false},
		"a source":                          {"poetry/source", []string{"8765/simple/", "8766/simple/"}, true},
		"a dependency, Poetry 2.1":          {"poetry/older", []string{`["six"]`, `["six>=1"]`}, true},
		"a dependency group, unread by 2.1": {"poetry/older", []string{`"iniconfig<2.2"`, `"iniconfig"`}, false},
		"the same, for Poetry 2.3":          {"poetry/older", []string{"Poetry 2.1.4", "Poetry 2.3.0"}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.run(t, "poetry.lock", `poetry.lock was not locked from the dependencies that pyproject.toml has now: want it locked again with "poetry lock"`)
		})
	}
}
