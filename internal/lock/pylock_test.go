package lock

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// goodPylock is a lock for several selections, as the specification shows them.
const goodPylock = `lock-version = "1.0"
environments = ["sys_platform == 'win32'", "sys_platform == 'linux'"]
requires-python = ">=3.9"
extras = ["Fast"]
dependency-groups = ["dev", "default"]
default-groups = ["default"]
created-by = "test"

[[packages]]
name = "one"
version = "1.0"
marker = "'default' in dependency_groups and python_version >= '3'"
requires-python = ">=3.8"
index = "https://me:secret@example.org/simple/"
sdist = { name = "one-1.0.tar.gz", url = "https://example.org/one-1.0.tar.gz", hashes = { md5 = "00", sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }

[[packages.wheels]]
url = "https://example.org/one-1.0-py3-none-any.whl"
hashes = { sha256 = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" }

[[packages]]
name = "quick"
version = "2"
marker = "'fast' in extras"
wheels = [{ url = "https://example.org/quick.whl", hashes = { sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }]

[[packages]]
name = "test"
version = "3"
marker = "'Dev' in dependency_groups"
wheels = [{ url = "https://example.org/test.whl", hashes = { sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }]

[[packages]]
name = "two"
version = "1"
marker = "sys_platform == 'win32' and 'default' in dependency_groups"
wheels = [{ url = "https://example.org/two.whl", hashes = { sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }]

[[packages]]
name = "two"
version = "2"
marker = "sys_platform != 'win32' and 'default' in dependency_groups"
wheels = [{ url = "https://example.org/two.whl", hashes = { sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }]

[[packages]]
name = "far"
marker = "'default' in dependency_groups"
archive = { url = "https://example.org/far.zip", subdirectory = "src", hashes = { sha512 = "` + sha512OfC + `" } }

[[packages]]
name = "lib"
marker = "os_name == 'posix'"
directory = { path = ".", subdirectory = "lib", editable = true }

[[packages]]
name = "shop"
directory = { path = ".", editable = true }
`

const sha512OfC = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

func TestReadPylock(t *testing.T) {
	const always = "one==1.0@https://example.org/simple, two==2, far @ https://example.org/far.zip#subdirectory=src, lib in lib, -two==1"
	for name, test := range map[string]struct {
		Selection
		want string
	}{
		"the default groups": {Selection{Env: cpython("3.11")}, always},
		"an extra":           {Selection{Env: cpython("3.11"), Extras: []string{"fast"}}, always + ", quick==2"},
		"a group more":       {Selection{Env: cpython("3.11"), Groups: []string{"dev"}}, always + ", test==3"},
		"a group alone":      {Selection{Env: cpython("3.11"), Groups: []string{"dev"}, Only: true}, "test==3, lib in lib, -two==1"},
		"another system": {Selection{Env: onWindows(cpython("3.11"))},
			"one==1.0@https://example.org/simple, two==1, far @ https://example.org/far.zip#subdirectory=src, -two==2"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := files("pylock.toml", goodPylock, "lib/setup.cfg", "[metadata]\nname = lib\nversion = 1\n")
			l, err := Load(tree, test.Selection)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values(strings.Split(test.want, ", "))), selected(l)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if err := l.Check(Allow{}); err != nil {
				t.Error(err)
			}
			for _, r := range l.Requirements {
				if strings.Contains(r.Marker, "dependency_groups") || r.Line == 0 {
					t.Errorf("%s: marker %q, line %d", r.Name, r.Marker, r.Line)
				}
			}
		})
	}
	l, err := Load(files("pylock.web.toml", goodPylock, "lib/setup.py", ""), Selection{})
	if err != nil || len(l.Requirements) != 6 || l.Requirements[1].Marker != "'fast' in extras" {
		t.Errorf("for every interpreter: %+v, error %v", l.Requirements, err)
	}
}

func TestPylockRefuses(t *testing.T) {
	posix := Selection{Env: cpython("3.11")}
	quick := Selection{Env: cpython("3.11"), Extras: []string{"fast"}}
	const wheels = `wheels = [{ url = "https://example.org/quick.whl", hashes = { sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } }]`
	source := func(text string) []string {
		return []string{"marker = \"'fast' in extras\"\n" + wheels, "marker = \"'fast' in extras\"\n" + text}
	}
	tests := map[string]badTest{
		"an empty file":           {nil, whole(""), posix, `read lock "pylock.toml": it is empty`},
		"no TOML":                 {nil, whole("lock-version: 1\n"), posix, `pylock.toml:1:13: expected '.' or '=', but got ':' instead: want TOML`},
		"cut short":               {nil, whole(goodPylock[:300]), posix, `pylock.toml:12:34: unexpected EOF; expected '"': want TOML`},
		"no lock":                 {nil, whole("[project]\n"), posix, `read lock "pylock.toml": lock-version "": want 1.0`},
		"a version to come":       {[]string{`"1.0"` + "\nenv", `"2.0"` + "\nenv"}, nil, posix, `read lock "pylock.toml": lock-version "2.0": want 1.0`},
		"a minor version to come": {[]string{`"1.0"` + "\nenv", `"1.1"` + "\nenv"}, nil, posix, ""},
		"another Python":          {[]string{`">=3.9"`, `">=3.12"`}, nil, posix, `read lock "pylock.toml": it requires Python ">=3.12", and this is 3.11.4: want it locked for this one`},
		"another environment": {[]string{`'linux'"]`, `'darwin'"]`}, nil, posix,
			`read lock "pylock.toml": it is for no environment like this interpreter's: want one of ["sys_platform == 'win32'" "sys_platform == 'darwin'"]`},
		"no environment": {[]string{`["sys_platform`, `["platform`}, nil, posix, `read lock "pylock.toml": environments: parse marker "platform == 'win32'": unknown variable "platform": want one of …`},
		"a package for another Python": {[]string{`">=3.8"`, `">=3.12"`}, nil, posix,
			`pylock.toml:9: "one": it requires Python ">=3.12", and this is 3.11.4: want it locked for this one`},
		"git":                    {source(`vcs = { type = "git", url = "https://example.org/q.git", commit-id = "0" }`), nil, quick, `pylock.toml:21: "quick": a version control repository has no hash to check: want a release from an index, pinned with ==`},
		"git that is not chosen": {source(`vcs = { type = "git", url = "https://example.org/q.git", commit-id = "0" }`), nil, posix, ""},
		"no source":              {source(""), nil, quick, `pylock.toml:21: "quick": its sources are []: want one of vcs, directory, archive, wheels or sdist`},
		"two sources":            {source("directory = { path = 'lib' }\n" + wheels), nil, quick, `pylock.toml:21: "quick": its sources are ["directory" "wheels or sdist"]: want one of vcs, directory, archive, wheels or sdist`},
		"an empty source":        {source("directory = {}"), nil, quick, `pylock.toml:21: "quick": its sources are ["directory"]: want one of vcs, directory, archive, wheels or sdist`},
		"a local archive":        {source("archive = { path = 'q.whl' }"), nil, quick, `pylock.toml:21: "quick": "q.whl": a local archive is not taken: want the folder it is built from, or "name==version"`},
		"local wheels":           {source("wheels = [{ path = 'q.whl' }]"), nil, quick, `pylock.toml:21: "quick": its files are local: want them from an index`},
		"a folder outside":       {source("directory = { path = '../q' }"), nil, quick, `pylock.toml:21: "quick": "../q": a path outside of the repository: want a folder in it, or "name==version"`},
		"no version":             {[]string{"version = \"2\"\nmarker = \"'fast'", "marker = \"'fast'"}, nil, quick, `pylock.toml:21: "quick": parse version specifier "==": parse version "": want a PEP 440 version such as 1.2.3, 1.2.3rc1 or 1.2.post1`},
		"no hash": {source("wheels = [{ url = 'https://x/q.whl' }]"), nil, quick,
			"pylock.toml:21: \"quick==2\" has no hash: want --hash=sha256:… after it\nlock all of it with \"uv export --format pylock.toml -o pylock.toml\" or \"pip lock\""},
		"a weak hash":               {source("wheels = [{ hashes = { md5 = '00' } }]"), nil, quick, `pylock.toml:21: "quick": hash "md5:00": md5 is too weak: want sha256, sha384 or sha512`},
		"a short hash":              {source("wheels = [{ hashes = { sha256 = '00' } }]"), nil, quick, `pylock.toml:21: "quick": hash "sha256:00" has 2 characters: want 64 hexadecimal digits for sha256`},
		"no marker":                 {[]string{"'fast' in extras", "'fast' in extra s"}, nil, posix, `pylock.toml:21: "quick": parse marker "'fast' in extra s": "s": want "and", "or" or the end`},
		"two versions at once":      {[]string{"sys_platform == 'win32' and", "sys_platform == 'linux' and"}, nil, posix, `pylock.toml:39: "two==2" contradicts "two==1" at pylock.toml:33 for this interpreter: want one version`},
		"the same twice":            {[]string{`name = "far"`, `name = "shop"`, `directory = { path = ".", editable = true }`, wheels + "\nversion = '1'"}, nil, posix, `pylock.toml:55: "shop==1" contradicts "shop @ https://example.org/far.zip#subdirectory=src" at pylock.toml:45 for this interpreter: want one version`},
		"an unknown extra":          {nil, nil, Selection{Env: cpython("3.11"), Extras: []string{"x"}}, `read lock "pylock.toml": unknown extra "x": want one of fast`},
		"an unknown group":          {nil, nil, Selection{Env: cpython("3.11"), Groups: []string{"x"}}, `read lock "pylock.toml": unknown group "x": want one of default, dev`},
		"a group of a lock without": {[]string{"dependency-groups = [\"dev\", \"default\"]\n", ""}, nil, Selection{Env: cpython("3.11"), Groups: []string{"x"}, Only: true}, `read lock "pylock.toml": unknown group "x": want none, as it has none`},
		"no name":                   {[]string{`name = "one"`, `name = "-"`}, nil, posix, `pylock.toml:9: "-": want the name of a distribution`},
		"a long line":               {nil, whole(long), posix, `pylock.toml:1:10485760: unexpected EOF; expected key separator '=': want TOML`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.run(t, "pylock.toml", goodPylock) })
	}
}

func TestPylockRefusesWrongTypes(t *testing.T) {
	wrongTypes(t, "pylock.toml", goodPylock, " = [[7]]", map[string]string{
		"lock-version": ` = "1.0"`, "environments": ` = ["sys_platform == 'win32'", "sys_platform == 'linux'"]`,
		"requires-python": ` = ">=3.9"`, "extras": ` = ["Fast"]`, "dependency-groups": ` = ["dev", "default"]`, "default-groups": ` = ["default"]`,
		"name": ` = "one"`, "version": ` = "2"`, "marker": ` = "'fast' in extras"`, "index": ` = "https://me:secret@example.org/simple/"`,
		"url": ` = "https://example.org/quick.whl"`, "sha256": ` = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"`,
		"subdirectory": ` = "src"`, "path": ` = "."`,
	})
}

func FuzzPylock(f *testing.F) {
	f.Add(goodPylock, "[metadata]\nname = lib\nversion = 1\n")
	f.Fuzz(func(t *testing.T, text, setup string) {
		fuzzLock(t, "pylock.toml", text, "lib/setup.cfg", setup)
	})
}
