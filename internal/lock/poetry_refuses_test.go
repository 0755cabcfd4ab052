package lock

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// badTest breaks a lock by replacing, or gives a whole one.
type badTest struct {
	oldnew []string
	whole  *string
	Selection
	want string // the error or what Check says; with "…" how it begins
}

func whole(text string) *string { return &text }

// long is a line of 10 MB.
var long = strings.Repeat("x", 10<<20)

func (test badTest) run(t *testing.T, file, good string) {
	t.Helper()
	text := strings.NewReplacer(test.oldnew...).Replace(good)
	if test.whole != nil {
		text = *test.whole
	} else if text == good && test.oldnew != nil {
		t.Fatal("nothing was replaced")
	}
	tree := fstest.MapFS{file: {Data: []byte(text)}, "lib/setup.cfg": {Data: []byte("[metadata]\nname = lib\nversion = 1\n")}}
	test.Files = []string{file}
	l, err := Load(tree, test.Selection)
	if check := l.Check(Allow{}); err == nil {
		err = check
	}
	if err == nil {
		err = errors.New("")
	}
	got := err.Error()
	if want, ok := strings.CutSuffix(test.want, "…"); ok && strings.HasPrefix(got, want) {
		return
	}
	if diff := cmp.Diff(strings.Split(test.want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const hashOfC = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

const goodPoetry = `[[package]]
name = "one"
version = "1.0"
optional = false
python-versions = "*"
groups = ["main", "dev"]
markers = "os_name == 'posix'"
files = [
    {file = "one-1.0.tar.gz", hash = "` + hashOfC + `"},
]

[package.dependencies]
one = "*"

[extras]
x = ["one"]

[metadata]
lock-version = "2.1"
python-versions = ">=3.9"
content-hash = "00"
`

func TestPoetryRefuses(t *testing.T) {
	source := func(text string) []string {
		return []string{"[package.dependencies]", "[package.source]\n" + text + "\n[package.dependencies]"}
	}
	posix := Selection{Env: cpython("3.11")}
	tests := map[string]badTest{
		"nothing, a package that depends on itself": {nil, nil, posix, ""},
		"an empty file":    {nil, whole(" \n"), posix, `read lock "poetry.lock": it is empty`},
		"no TOML":          {nil, whole("[[package]]\nname: one\n"), posix, `poetry.lock:2:5: expected '.' or '=', but got ':' instead: want TOML`},
		"cut in a package": {nil, whole(goodPoetry[:60]), posix, `poetry.lock:5:2: unexpected EOF; expected key separator '=': want TOML`},
		"cut between packages": {nil, whole(goodPoetry[:strings.Index(goodPoetry, "[extras]")]), posix,
			`read lock "poetry.lock": no lock-version in [metadata], which ends the file: want it whole, as Poetry wrote it`},
		"Poetry 1": {[]string{`"2.1"`, `"2.0"`}, nil, posix,
			`read lock "poetry.lock": lock-version "2.0": want 2.1, which "poetry lock" of Poetry 2 writes, or the requirements.txt that "poetry export -f requirements.txt -o requirements.txt" makes`},
		"an unknown version": {[]string{`"2.1"`, `"3.0"`}, nil, posix,
			`read lock "poetry.lock": lock-version "3.0": want 2.1, which "poetry lock" of Poetry 2 writes, or the requirements.txt that "poetry export -f requirements.txt -o requirements.txt" makes`},
		"a repository": {source("type = 'git'\nurl = 'https://example.org/one.git'"), nil, posix,
			`poetry.lock:1: "one": a git repository has no hash to check: want a release from an index, pinned with ==`},
		"a repository for another system": {source("type = 'git'\nurl = 'https://example.org/one.git'"), nil, Selection{Env: onWindows(cpython("3.11"))}, ""},
		"a local archive": {source("type = 'file'\nurl = 'one.whl'"), nil, posix,
			`poetry.lock:1: "one": "one.whl": a local archive is not taken: want the folder it is built from, or "name==version"`},
		"a folder outside": {source("type = 'directory'\nurl = '../one'"), nil, posix,
			`poetry.lock:1: "one": "../one": a path outside of the repository: want a folder in it, or "name==version"`},
		"a folder of another name": {source("type = 'directory'\nurl = 'lib'"), nil, posix,
			`poetry.lock:1: "one": "lib": its name is "lib" in setup.cfg: want "one" as in the lock`},
		"a file URL": {source("type = 'url'\nurl = 'file:///one.whl'"), nil, posix,
			`poetry.lock:1: "one": "file:///one.whl": a local path is not on the machine that installs: want an https URL, or a version`},
		"an unknown source": {source("type = 'ftp'\nurl = 'x'"), nil, posix,
			`poetry.lock:1: "one": source of type "ftp": want legacy, url, directory or file`},
		"a source without an address": {source("type = 'directory'"), nil, posix,
			`poetry.lock:1: "one": its source has no url: want the lock as Poetry wrote it`},
		"no hash": {[]string{`    {file = "one-1.0.tar.gz", hash = "` + hashOfC + "\"},\n", ""}, nil, posix,
			"poetry.lock:1: \"one==1.0\" has no hash: want --hash=sha256:… after it\nlock all of it with \"poetry lock\""},
		"a weak and a short hash": {[]string{"]\n\n[package.dep", "    {hash = 'md5:cc'},\n    {hash = 'sha256:cc'},\n]\n\n[package.dep"}, nil, posix,
			"poetry.lock:1: \"one\": hash \"md5:cc\": md5 is too weak: want sha256, sha384 or sha512\nhash \"sha256:cc\" has 2 characters: want 64 hexadecimal digits for sha256"},
		"no marker": {[]string{"os_name ==", "os_name is"}, nil, posix,
			`poetry.lock:1: "one": parse marker "os_name is 'posix'": "is 'posix'": want a comparison…`},
		"an unknown extra": {nil, nil, Selection{Env: cpython("3.11"), Extras: []string{"y"}}, `read lock "poetry.lock": unknown extra "y": want one of x`},
		"an unknown group": {nil, nil, Selection{Env: cpython("3.11"), Groups: []string{"test"}}, `read lock "poetry.lock": unknown group "test": want one of dev, main`},
		"two versions at once": {[]string{"[extras]", strings.Replace(goodPoetry[:strings.Index(goodPoetry, "[package.dep")], "1.0\"", "1.1\"", 1) + "[extras]"}, nil, posix,
			`poetry.lock:15: "one==1.1" contradicts "one==1.0" at poetry.lock:1 for this interpreter: want one version`},
		"a long line": {nil, whole(long), posix, `poetry.lock:1:10485760: unexpected EOF; expected key separator '=': want TOML`},
		"a long name": {[]string{`"one"`, `"` + long + `!"`}, nil, posix, `poetry.lock:1: "` + long[:80] + `"…: want the name of a distribution`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.run(t, "poetry.lock", goodPoetry) })
	}
}

// wrongTypes gives each key, whose value is as in the good lock, a value of another
// type.
func wrongTypes(t *testing.T, file, good, other string, values map[string]string) {
	for key, value := range values {
		t.Run(key, func(t *testing.T) {
			name := key[strings.LastIndex(key, " ")+1:]
			before, after, ok := strings.Cut(good, name+value)
			if !ok {
				t.Fatalf("no %q", name+value)
			}
			l, err := Load(fstest.MapFS{file: {Data: []byte(before + name + other + after)}}, Selection{Files: []string{file}, Env: cpython("3.11")})
			if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), file+":") {
				t.Errorf("error %v, lock %+v", err, l)
			}
		})
	}
}

func TestPoetryRefusesWrongTypes(t *testing.T) {
	wrongTypes(t, "poetry.lock", goodPoetry, " = 7", map[string]string{
		"name": ` = "one"`, "version": ` = "1.0"`, "groups": ` = ["main", "dev"]`, "markers": ` = "os_name == 'posix'"`,
		"hash": ` = "` + hashOfC + `"`, "x": ` = ["one"]`, "lock-version": ` = "2.1"`, "content-hash": ` = "00"`,
		"files": " = [\n    {file = \"one-1.0.tar.gz\", hash = \"" + hashOfC + "\"},\n]",
	})
}

func FuzzPoetry(f *testing.F) {
	f.Add(goodPoetry, "[tool.poetry]\nextras = {x = [1, 1.5, true, 2020-01-01, {}]}")
	f.Fuzz(func(t *testing.T, text, pyproject string) {
		fuzzLock(t, "poetry.lock", text, "pyproject.toml", pyproject)
	})
}

// fuzzLock reads any text as a lock, with any text beside it.
func fuzzLock(t *testing.T, file, text, beside, besideText string) {
	tree := fstest.MapFS{file: {Data: []byte(text)}, beside: {Data: []byte(besideText)}}
	for _, s := range []Selection{{}, {Env: cpython("3.11"), Extras: []string{"x"}, Groups: []string{"dev"}}} {
		s.Files = []string{file}
		l, err := Load(tree, s)
		if err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Error("an error that says nothing")
		}
		for _, r := range l.Requirements {
			if r.Name == "" || r.File != file {
				t.Errorf("requirement %+v", r)
			}
			for _, hash := range r.Hashes {
				if err := checkHash(hash); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
