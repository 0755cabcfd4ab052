package lock

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// Hashes in tests: sha256 of a letter each, as far as anybody can tell.
var (
	hashA = "sha256:" + strings.Repeat("a", 64)
	hashB = "sha256:" + strings.Repeat("b", 64)
)

// files makes a source tree of alternating names and texts, in which A and B after
// "--hash=" stand for hashes.
func files(namesAndTexts ...string) fstest.MapFS {
	hashes := strings.NewReplacer("--hash=A", "--hash="+hashA, "--hash=B", "--hash="+hashB)
	tree := fstest.MapFS{}
	for i := 0; i < len(namesAndTexts); i += 2 {
		tree[namesAndTexts[i]] = &fstest.MapFile{Data: []byte(hashes.Replace(namesAndTexts[i+1]))}
	}
	return tree
}

func mustRead(t *testing.T, text string) Lock {
	t.Helper()
	l, err := Read(files("requirements.txt", text), "requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestReadNames(t *testing.T) {
	tree := files("requirements.txt", "a==1\n", "prod.txt", "b==1\na==1\n", "requirements.lock", "", "uv.lock", "", "x.json", "")
	l, err := Read(tree, "requirements.txt", "./prod.txt", "requirements.lock")
	if err != nil {
		t.Fatal(err)
	}
	want := Lock{
		Format: "requirements.txt",
		Files:  []string{"requirements.txt", "prod.txt", "requirements.lock"},
		Requirements: []Requirement{
			{Name: "a", Version: "1", Specifier: "==1", File: "requirements.txt", Line: 1},
			{Name: "b", Version: "1", Specifier: "==1", File: "prod.txt", Line: 1},
		},
	}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for name, want := range map[string]string{
		"uv.lock":  `read lock "uv.lock": it is empty`,
		"x.json":   `read lock "x.json": unknown format: want a file like pylock.toml, uv.lock, poetry.lock, pdm.lock, Pipfile.lock, requirements.txt`,
		"none.txt": `read lock "none.txt": file does not exist`,
		"../a.txt": `read lock "../a.txt": it is outside the project: want a path in it`,
	} {
		if _, err := Read(tree, name); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Read(%q): error %v, want %s", name, err, want)
		}
	}
	for _, names := range [][]string{{"requirements.txt", "uv.lock"}, {"uv.lock", "a/uv.lock"}, {}} {
		if _, err := Read(tree, names...); err == nil {
			t.Errorf("%q: no error", names)
		}
	}
}

func TestCheck(t *testing.T) {
	good := mustRead(t, "a==1 --hash=A\nb===x --hash=A\nc @ https://example.org/c.whl --hash=A\n")
	if err := good.Check(Allow{}); err != nil {
		t.Error(err)
	}
	if err := (Lock{}).Check(Allow{}); err != nil {
		t.Errorf("an empty lock: %v", err)
	}
	bad := mustRead(t, "a\nb[x]>=1 --hash=A\n\nc==1\nd==1.* ; python_version < '3'\ne==1 --hash=A\nf @ https://example.org/f.whl\n")
	want := `requirements.txt:1: "a" is not pinned and has no hash: want a==VERSION --hash=sha256:…
requirements.txt:2: "b[x]>=1" is not pinned: want b==VERSION
requirements.txt:4: "c==1" has no hash: want --hash=sha256:… after it
requirements.txt:5: "d==1.*" is not pinned and has no hash: want d==VERSION --hash=sha256:…
requirements.txt:7: "f @ https://example.org/f.whl" has no hash: want --hash=sha256:… after it
lock all of it with "uv pip compile --generate-hashes pyproject.toml -o requirements.txt" or "pip-compile --generate-hashes"`
	err := bad.Check(Allow{})
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRender(t *testing.T) {
	l := mustRead(t, `
B.x [Two, one] == 1.0 ; python_version<'3.9' --hash=B --hash=A
--index-url=https://${USER}:${TOKEN}@example.org/simple
--pre
a>=1, <2
c @ https://example.org/c.zip --hash=A
--find-links "a dir/it's"
`)
	want := strings.NewReplacer("HA", hashA, "HB", hashB).Replace(`--index-url https://${USER}:${TOKEN}@example.org/simple
--pre
--find-links 'a dir/it'"'"'s'
b-x[one,two]==1.0 ; python_version<'3.9' \
    --hash=HB \
    --hash=HA
a>=1,<2
c @ https://example.org/c.zip \
    --hash=HA
`)
	if diff := cmp.Diff(want, l.Render()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if again := mustRead(t, want).Render(); again != want {
		t.Errorf("rendered again it is\n%s", again)
	}
}

func TestExtra(t *testing.T) {
	read := func(text string) Lock {
		l, err := Load(files("requirements.txt", text), Selection{Env: cpython("3.11")})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	main := read("a==1.0\nb==2 ; os_name == 'posix'\nc==3 ; sys_platform == 'win32'\nd==1 ; python_version < '3.9'\nd==2 ; python_version >= '3.9'\n")
	extra, err := Extra(main, read("a==1.0.0\npytest==8\nb==2\nc==4\nd==2 ; python_version  >= \"3.8\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Requirement{
		{Name: "pytest", Version: "8", Specifier: "==8", File: "requirements.txt", Line: 2},
		{Name: "c", Version: "4", Specifier: "==4", File: "requirements.txt", Line: 4}, // shipped elsewhere
	}
	if diff := cmp.Diff(want, extra); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	_, err = Extra(main, read("a==1.1\nb>=2\nc==4 ; sys_platform == 'linux'\nd==1 ; python_version < '3.12'\n"))
	wantErr := `requirements.txt:1: "a==1.1" for the tests, "a==1.0" shipped (requirements.txt:1): want the shipped version in both
requirements.txt:2: "b>=2" for the tests, "b==2" shipped (requirements.txt:2): want the shipped version in both
requirements.txt:4: "d==1" for the tests, "d==2" shipped (requirements.txt:5): want the shipped version in both`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(wantErr, err.Error()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
