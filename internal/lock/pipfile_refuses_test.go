package lock

import (
	"strings"
	"testing"
)

const goodPipfile = `{
    "_meta": {
        "hash": {
            "sha256": "00"
        },
        "pipfile-spec": 6,
        "sources": [
            {
                "name": "pypi",
                "url": "https://user:secret@example.org/simple",
                "verify_ssl": true
            }
        ]
    },
    "default": {
        "one": {
            "extras": ["y"],
            "hashes": ["` + hashOfC + `"],
            "index": "pypi",
            "markers": "os_name == 'posix'",
            "version": "==1.0"
        }
    },
    "develop": {}
}
`

func TestPipfileRefuses(t *testing.T) {
	from := func(text string) []string { return []string{`"version": "==1.0"`, text} }
	posix := Selection{Env: cpython("3.11")}
	tests := map[string]badTest{
		"nothing": {nil, nil, posix, ""},
		"a version alone, without a hash": {nil, whole(`{"_meta": {"pipfile-spec": 6}, "default": {"one": "==1.0"}}`), posix,
			"Pipfile.lock:1: \"one==1.0\" has no hash: want --hash=sha256:… after it\nlock all of it with \"pipenv lock\""},
		"an empty file": {nil, whole("\n"), posix, `read lock "Pipfile.lock": it is empty`},
		"no JSON": {nil, whole("default = 1\n"), posix,
			`Pipfile.lock:1: invalid character 'd' looking for beginning of value: want a lock file as Pipenv wrote it`},
		"a list":    {nil, whole("[]"), posix, `Pipfile.lock:1: "[" where an object belongs: want a lock file as Pipenv wrote it`},
		"cut short": {nil, whole(goodPipfile[:400]), posix, `Pipfile.lock:16: the file ends too early: want a lock file as Pipenv wrote it`},
		"cut at the end": {nil, whole(strings.TrimSuffix(goodPipfile, "}\n")), posix,
			`Pipfile.lock:24: the file ends too early: want a lock file as Pipenv wrote it`},
		"more at the end":    {nil, whole(goodPipfile + "{}"), posix, `Pipfile.lock:26: something follows the end: want a lock file as Pipenv wrote it`},
		"an unknown version": {[]string{": 6", ": 7"}, nil, posix, `read lock "Pipfile.lock": pipfile-spec 7 in _meta: want 6, which "pipenv lock" writes`},
		"no _meta":           {nil, whole(`{"default": {}}`), posix, `read lock "Pipfile.lock": pipfile-spec 0 in _meta: want 6, which "pipenv lock" writes`},
		"a repository": {from(`"git": "https://example.org/one.git", "ref": "abc"`), nil, posix,
			`Pipfile.lock:16: "one": a git repository has no hash to check: want a release from an index, pinned with ==`},
		"a local archive": {from(`"file": "./one.whl"`), nil, posix,
			`Pipfile.lock:16: "one": "./one.whl": a local archive is not taken: want the folder it is built from, or "name==version"`},
		"a file URL": {from(`"file": "file:///one.whl"`), nil, posix,
			`Pipfile.lock:16: "one": "file:///one.whl": a local path is not on the machine that installs: want an https URL, or a version`},
		"the project itself": {from(`"path": ".", "editable": true`), nil, posix, ""},
		"no pin": {from(`"version": "*"`), nil, posix,
			"Pipfile.lock:16: \"one[y]\" is not pinned: want one==VERSION\nlock all of it with \"pipenv lock\""},
		"no hash": {[]string{`"` + hashOfC + `"`, ""}, nil, posix,
			"Pipfile.lock:16: \"one[y]==1.0\" has no hash: want --hash=sha256:… after it\nlock all of it with \"pipenv lock\""},
		"a weak hash":      {[]string{hashOfC, "md5:cc"}, nil, posix, `Pipfile.lock:16: "one": hash "md5:cc": md5 is too weak: want sha256, sha384 or sha512`},
		"a short hash":     {[]string{"cc\"", "\""}, nil, posix, `Pipfile.lock:16: "one": hash "` + hashOfC[:len(hashOfC)-2] + `" has 62 characters: want 64 hexadecimal digits for sha256`},
		"no marker":        {[]string{"os_name ==", "os_name"}, nil, posix, `Pipfile.lock:16: "one": parse marker "os_name 'posix'": …`},
		"no version":       {from(`"version": "one"`), nil, posix, `Pipfile.lock:16: "one": parse version specifier "one": …`},
		"an unknown index": {[]string{`"index": "pypi"`, `"index": "private"`}, nil, posix, `Pipfile.lock:16: "one": unknown index "private": want one of the sources, ["pypi"]`},
		"an extra":         {nil, nil, Selection{Env: cpython("3.11"), Extras: []string{"y"}}, `read lock "Pipfile.lock": unknown extra "y": want none, as it has none`},
		"an unknown group": {nil, nil, Selection{Env: cpython("3.11"), Groups: []string{"docs"}}, `read lock "Pipfile.lock": unknown group "docs": want one of default, develop`},
		"a long line":      {nil, whole(long), posix, `Pipfile.lock:1: invalid character 'x' looking for beginning of value: want a lock file as Pipenv wrote it`},
		"a long name":      {[]string{`"one"`, `"` + long + `!"`}, nil, posix, `Pipfile.lock:16: "` + long[:80] + `"…: want the name of a distribution`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.run(t, "Pipfile.lock", goodPipfile) })
	}
}

func TestPipfileRefusesWrongTypes(t *testing.T) {
	wrongTypes(t, "Pipfile.lock", goodPipfile, ": 7.5", map[string]string{
		`"sha256"`: `: "00"`, `"pipfile-spec"`: ": 6", `"name"`: `: "pypi"`, `"url"`: `: "https://user:secret@example.org/simple"`,
		`"extras"`: `: ["y"]`, `"hashes"`: `: ["` + hashOfC + `"]`, `"index"`: `: "pypi"`, `"markers"`: `: "os_name == 'posix'"`,
		`"version"`: `: "==1.0"`, `"develop"`: ": {}",
	})
}

func TestIndexesHaveNoCredentials(t *testing.T) {
	for address, want := range map[string]string{
		"https://pypi.org/simple":                    "",
		"https://pypi.org/simple/":                   "",
		"https://user:secret@example.org/a@b/simple": "https://example.org/a@b/simple",
		"https://${USER}:${TOKEN}@example.org/":      "https://example.org",
		"http://127.0.0.1:80/simple":                 "http://127.0.0.1:80/simple",
		"":                                           "",
	} {
		if got := indexOf(address); got != want {
			t.Errorf("%q is %q, want %q", address, got, want)
		}
	}
}

func FuzzPipfile(f *testing.F) {
	f.Add(goodPipfile, "[packages]\none = '*'\n[dev]\ntwo = {}\n[[source]]\nurl = 1")
	f.Fuzz(func(t *testing.T, text, pipfile string) { fuzzLock(t, "Pipfile.lock", text, "Pipfile", pipfile) })
}
