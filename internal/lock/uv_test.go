package lock

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// goodUV is a lock as uv 0.13 writes it, in which packages depend on each other in a
// circle and through extras.
const goodUV = `version = 1
revision = 5
requires-python = ">=3.9"
conflicts = [[
    { package = "shop", extra = "cpu" },
    { package = "shop", extra = "gpu" },
]]

[manifest]
members = ["shop"]
overrides = [{ name = "two", specifier = ">=1" }]
build-constraints = [{ name = "setuptools", specifier = "==70.0.0", marker = "os_name == 'posix'" }]

[[package]]
name = "one"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "two", extra = ["fast"] },
    { name = "win", marker = "sys_platform == 'win32'" },
]
sdist = { url = "https://files.pythonhosted.org/one-1.0.tar.gz", hash = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", size = 1 }

[[package]]
name = "shop"
version = "1.0"
source = { editable = "." }
dependencies = [
    { name = "lib" },
    { name = "one" },
]

[package.optional-dependencies]
cpu = [{ name = "wide", version = "1.0", source = { registry = "https://pypi.org/simple" } }]
gpu = [{ name = "wide", version = "2.0", source = { registry = "https://pypi.org/simple" } }]

[package.dev-dependencies]
dev = [{ name = "test" }]

[package.metadata]
requires-dist = [
    { name = "lib", directory = "lib" },
    { name = "one", specifier = ">=1,<2" },
    { name = "wide", marker = "extra == 'cpu'", specifier = "<2" },
    { name = "wide", marker = "extra == 'gpu'", specifier = ">=2" },
]
provides-extras = ["cpu", "gpu", "none"]

[package.metadata.requires-dev]
dev = [{ name = "test" }]

[[package]]
name = "lib"
version = "0.1"
source = { directory = "lib" }

[[package]]
name = "test"
version = "8"
source = { url = "https://example.org/test-8.zip", subdirectory = "src" }
sdist = { hash = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" }

[[package]]
name = "two"
version = "2.0"
source = { registry = "https://me:secret@example.org/simple" }
dependencies = [
    { name = "one" },
    { name = "wide", version = "1.0", source = { registry = "https://pypi.org/simple" }, marker = "extra != 'extra-4-shop-gpu'" },
    { name = "wide", version = "2.0", source = { registry = "https://pypi.org/simple" }, marker = "extra == 'extra-4-shop-gpu'" },
]
wheels = [
    { url = "https://example.org/two-2.0-py3-none-any.whl", hash = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" },
    { url = "https://example.org/two-2.0-py2-none-any.whl", hash = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" },
]

[package.optional-dependencies]
fast = [{ name = "virtual" }]

[[package]]
name = "virtual"
version = "0.0.0"
source = { virtual = "libs/virtual" }
dependencies = [{ name = "deep" }]

[[package]]
name = "deep"
version = "1!1.0+cpu"
source = { registry = "https://pypi.org/simple/" }
sdist = { hash = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }

[[package]]
name = "wide"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
sdist = { hash = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }

[[package]]
name = "wide"
version = "2.0"
source = { registry = "https://pypi.org/simple" }
sdist = { hash = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }

[[package]]
name = "win"
version = "3"
source = { registry = "https://pypi.org/simple" }
sdist = { hash = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
`

func uvTree(text string) fstest.MapFS {
	return files("uv.lock", text, "libs/virtual/setup.py", "", "lib/pyproject.toml", "[project]\nname = 'Lib'\nversion = '1'\n")
}

func TestReadUV(t *testing.T) {
	const always = "one==1.0, two[fast]==2.0@https://example.org/simple, deep==1!1.0+cpu, lib in lib"
	for name, test := range map[string]struct {
		Selection
		want string
	}{
		"dependencies":    {Selection{Env: cpython("3.11")}, always + ", wide==1.0, -wide==2.0, -win==3"},
		"an extra":        {Selection{Env: cpython("3.11"), Extras: []string{"gpu"}}, always + ", wide==2.0, -wide==1.0, -win==3"},
		"its opposite":    {Selection{Env: cpython("3.11"), Extras: []string{"cpu"}}, always + ", wide==1.0, -wide==2.0, -win==3"},
		"an empty extra":  {Selection{Env: cpython("3.11"), Extras: []string{"none"}}, always + ", wide==1.0, -wide==2.0, -win==3"},
		"a group":         {Selection{Env: cpython("3.11"), Groups: []string{"dev"}, Only: true}, "test @ https://example.org/test-8.zip#subdirectory=src"},
		"another system":  {Selection{Env: onWindows(cpython("3.11"))}, always + ", wide==1.0, win==3, -wide==2.0"},
		"all at once":     {Selection{}, always + ", wide==1.0, wide==2.0, win==3"},
		"from the folder": {Selection{Env: cpython("3.11"), Dir: "libs/virtual"}, "deep==1!1.0+cpu"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := Load(uvTree(goodUV), test.Selection)
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Sorted(slices.Values(strings.Split(test.want, ", ")))
			if diff := cmp.Diff(want, selected(l)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if err := l.Check(Allow{}); err != nil {
				t.Error(err)
			}
		})
	}
	l, err := Load(uvTree(goodUV), Selection{Env: cpython("3.11")})
	if err != nil {
		t.Fatal(err)
	}
	constraint := []Requirement{{Name: "setuptools", Version: "70.0.0", Specifier: "==70.0.0", Marker: "os_name == 'posix'", File: "uv.lock"}}
	if diff := cmp.Diff(constraint, l.BuildConstraints); diff != "" {
		t.Errorf("build constraints: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]Requirement{{Name: "two", Specifier: ">=1", File: "uv.lock"}}, l.Overrides); diff != "" {
		t.Errorf("overrides: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]Local{{"lib", "lib", "uv.lock", 52}}, l.Locals); diff != "" {
		t.Errorf("locals: -want +got:\n%s", diff)
	}
}

func TestUVRefuses(t *testing.T) {
	posix := Selection{Env: cpython("3.11")}
	const hashA = `{ url = "https://files.pythonhosted.org/one-1.0.tar.gz", hash = "sha256:` + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + `", size = 1 }`
	source := func(text string) []string {
		return []string{"version = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\ndependencies", "version = \"1.0\"\n" + text + "\ndependencies"}
	}
	tests := map[string]badTest{
		"an empty file": {nil, whole("\n"), posix, `read lock "uv.lock": it is empty`},
		"no TOML":       {nil, whole("version: 1\n"), posix, `uv.lock:1:8: expected '.' or '=', but got ':' instead: want TOML`},
		"cut short":     {nil, whole(goodUV[:450]), posix, `uv.lock:19:8: unexpected EOF; expected key separator '=': want TOML`},
		"no lock":       {nil, whole("[project]\nname = 'shop'\n"), posix, `read lock "uv.lock": version 0: want 1, which uv writes`},
		"a version to come": {[]string{"version = 1\n", "version = 2\n"}, nil, posix,
			`read lock "uv.lock": version 2: want 1, which uv writes`},
		"a revision to come": {[]string{"revision = 5", "revision = 99"}, nil, Selection{Env: cpython("3.11"), Groups: []string{"dev"}, Only: true}, ""},
		"cut between packages": {nil, whole(goodUV[:strings.Index(goodUV, "[[package]]\nname = \"two\"")]), posix,
			`uv.lock:14: "one": it depends on "two", which is not locked: want a [[package]] of it`},
		"no project": {[]string{`editable = "."`, `editable = "packages/shop"`}, nil, posix,
			`read lock "uv.lock": nothing in it is built from the project's folder ".": want one of ["packages/shop" "lib" "libs/virtual"]`},
		"git":    {source(`source = { git = "https://example.org/one?rev=main#0" }`), nil, posix, `uv.lock:14: "one": a git repository has no hash to check: want a release from an index, pinned with ==`},
		"a file": {source(`source = { path = "wheels/one.whl" }`), nil, posix, `uv.lock:14: "one": "wheels/one.whl": a local archive is not taken: want the folder it is built from, or "name==version"`},
		"a folder outside": {source(`source = { directory = "../one" }`), nil, posix,
			`uv.lock:14: "one": "../one": a path outside of the repository: want a folder in it, or "name==version"`},
		"a folder that is no project": {source(`source = { editable = "one" }`), nil, posix, `uv.lock:14: "one": "one": find project metadata: no [project]…`},
		"a folder as an index":        {source(`source = { registry = "wheels" }`), nil, posix, `uv.lock:14: "one": it is locked from "wheels": want a package index`},
		"no source":                   {source(""), nil, posix, `uv.lock:14: "one": it has no source: want one as uv writes it`},
		"no version":                  {[]string{"name = \"one\"\nversion = \"1.0\"", "name = \"one\""}, nil, posix, `uv.lock:14: "one": parse version specifier "==": parse version "": want a PEP 440 version such as 1.2.3, 1.2.3rc1 or 1.2.post1`},
		"an FTP URL":                  {source(`source = { url = "ftp://example.org/one.whl" }`), nil, posix, `uv.lock:14: "one": "ftp://example.org/one.whl": unknown scheme "ftp": want https`},
		"no hash": {[]string{hashA, "{}"}, nil, posix,
			"uv.lock:14: \"one==1.0\" has no hash: want --hash=sha256:… after it\nlock all of it with \"uv lock\""},
		"a weak hash":  {[]string{hashA, `{ hash = "md5:aa" }`}, nil, posix, `uv.lock:14: "one": hash "md5:aa": md5 is too weak: want sha256, sha384 or sha512`},
		"a short hash": {[]string{hashA, `{ hash = "sha256:aa" }`}, nil, posix, `uv.lock:14: "one": hash "sha256:aa" has 2 characters: want 64 hexadecimal digits for sha256`},
		"no marker": {[]string{"sys_platform ==", "platform =="}, nil, posix,
			`uv.lock:14: "one": dependency "win": parse marker "platform == 'win32'": unknown variable "platform": want one of …`},
		"a dependency of no locked version": {[]string{`"wide", version = "1.0"`, `"wide", version = "1.5"`}, nil, posix,
			`uv.lock:63: "two": it depends on "wide 1.5", which is not locked: want a [[package]] of it`},
		"a package twice": {[]string{"[[package]]\nname = \"deep\"", "[[package]]\nname = \"lib\"\nversion = \"2\"\nsource = { registry = \"https://pypi.org/simple\" }\n\n[[package]]\nname = \"deep\""}, nil, posix,
			`uv.lock:24: "shop": it depends on "lib", which is locked 2 times: want it once, or its version at the dependency`},
		"two versions at once": {[]string{`extra == 'extra-4-shop-gpu'`, `extra != 'extra-4-shop-gpu'`}, nil, posix,
			`uv.lock:98: "wide==2.0" contradicts "wide==1.0" at uv.lock:92 for this interpreter: want one version`},
		"an unknown extra":         {nil, nil, Selection{Env: cpython("3.11"), Extras: []string{"x"}}, `read lock "uv.lock": unknown extra "x": want one of cpu, gpu, none`},
		"an unknown group":         {nil, nil, Selection{Env: cpython("3.11"), Groups: []string{"x"}}, `read lock "uv.lock": unknown group "x": want one of dev`},
		"no name":                  {[]string{`name = "one"`, `name = "-"`, `{ name = "one" }`, `{ name = "-" }`}, nil, posix, `uv.lock:14: "-": want the name of a distribution`},
		"no build constraint":      {[]string{`"==70.0.0"`, `"=70"`}, nil, posix, `uv.lock: manifest.build-constraints: "setuptools": parse version specifier "=70": no operator: want one of === == != <= >= ~= < > before the version`},
		"a long line":              {nil, whole(long), posix, `uv.lock:1:10485760: unexpected EOF; expected key separator '=': want TOML`},
		"a long name":              {[]string{`"one"`, `"` + long + `!"`}, nil, posix, `uv.lock:14: "` + long[:80] + `"…: want the name of a distribution`},
		"git for another platform": {[]string{"version = \"3\"\nsource = { registry = \"https://pypi.org/simple\" }", "version = \"3\"\nsource = { git = \"x\" }"}, nil, Selection{Env: cpython("3.11"), Groups: []string{"dev"}, Only: true}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.run(t, "uv.lock", goodUV)
		})
	}
}

func TestUVRefusesWrongTypes(t *testing.T) {
	wrongTypes(t, "uv.lock", goodUV, " = [[7]]", map[string]string{
		"version": " = 1", "requires-python": ` = ">=3.9"`, "overrides": ` = [{ name = "two", specifier = ">=1" }]`,
		"name": ` = "one"`, "package's version": ` = "1.0"`, "source": ` = { registry = "https://pypi.org/simple" }`,
		"registry": ` = "https://pypi.org/simple"`, "editable": ` = "."`, "extra": ` = ["fast"]`, "marker": ` = "os_name == 'posix'"`,
		"hash": ` = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"`, "dev": ` = [{ name = "test" }]`,
		"fast": ` = [{ name = "virtual" }]`, "provides-extras": ` = ["cpu", "gpu", "none"]`, "dependencies": ` = [{ name = "deep" }]`,
		"specifier": ` = ">=1,<2"`, "members": ` = ["shop"]`,
	})
}

func FuzzUV(f *testing.F) {
	f.Add(goodUV, "[project]\nname = 'lib'\nversion = '1'")
	f.Fuzz(func(t *testing.T, text, pyproject string) {
		fuzzLock(t, "uv.lock", text, "lib/pyproject.toml", pyproject)
	})
}
