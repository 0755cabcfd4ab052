package lock

import (
	"strings"
	"testing"
)

const goodPDM = `[metadata]
groups = ["default", "dev", "x"]
strategy = ["inherit_metadata"]
lock_version = "4.5.0"
content_hash = "sha256:00"

[[metadata.targets]]
requires_python = ">=3.9"
platform = "manylinux_2_28_x86_64"
implementation = "cpython"

[[package]]
name = "one"
version = "1.0"
extras = ["y"]
groups = ["default", "dev"]
marker = "os_name == 'posix'"
dependencies = ["one"]
files = [
    {file = "one-1.0.tar.gz", hash = "` + hashOfC + `"},
]
`

func TestPDMRefuses(t *testing.T) {
	from := func(text string) []string { return []string{`version = "1.0"`, `version = "1.0"` + "\n" + text} }
	posix := Selection{Env: cpython("3.11")}
	tests := map[string]badTest{
		"nothing, a package that depends on itself": {nil, nil, posix, ""},
		"an empty file":  {nil, whole(""), posix, `read lock "pdm.lock": it is empty`},
		"no TOML":        {nil, whole("{}"), posix, `pdm.lock:1:1: expected '.' or '=', but got '{' instead: want TOML`},
		"cut at the top": {nil, whole(goodPDM[:len("[metadata]")]), posix, `read lock "pdm.lock": no lock_version in [metadata]: want the file whole, as PDM wrote it`},
		"cut in a package": {nil, whole(goodPDM[:len(goodPDM)-10]), posix,
			`pdm.lock:20:105: unexpected EOF; expected '"': want TOML`},
		"an unknown version": {[]string{`"4.5.0"`, `"5.0"`}, nil, posix,
			`read lock "pdm.lock": lock_version "5.0": want 4.5, which "pdm lock --update-reuse" of PDM 2.17 and later writes`},
		"an old version": {[]string{`"4.5.0"`, `"4.4.1"`}, nil, posix,
			`read lock "pdm.lock": lock_version "4.4.1": want 4.5, which "pdm lock --update-reuse" of PDM 2.17 and later writes`},
		"no groups and markers": {[]string{`["inherit_metadata"]`, `["static_urls"]`}, nil, posix,
			`read lock "pdm.lock": its strategy ["static_urls"] leaves groups and markers out: want "inherit_metadata" in it, which "pdm lock --update-reuse --strategy inherit_metadata" does`},
		"another target": {[]string{`">=3.9"`, `"==3.12.*"`}, nil, posix,
			`read lock "pdm.lock": Python 3.11.4 on linux x86_64 is none of its targets: want one of "==3.12.* manylinux_2_28_x86_64 cpython", or another target by "pdm lock --append"`},
		"another system": {nil, nil, Selection{Env: onWindows(cpython("3.11"))},
			`read lock "pdm.lock": Python 3.11.4 on win32 AMD64 is none of its targets: want one of ">=3.9 manylinux_2_28_x86_64 cpython", or another target by "pdm lock --append"`},
		"a target of any machine": {[]string{`platform = "manylinux_2_28_x86_64"` + "\n", ""}, nil, Selection{Env: onWindows(cpython("3.11"))}, ""},
		"a repository": {from(`git = "https://example.org/one.git"`), nil, posix,
			`pdm.lock:12: "one": a git repository has no hash to check: want a release from an index, pinned with ==`},
		"a local archive": {from(`path = "./one.whl"`), nil, posix,
			`pdm.lock:12: "one": "./one.whl": a local archive is not taken: want the folder it is built from, or "name==version"`},
		"a file URL": {from(`url = "file:///one.whl"`), nil, posix,
			`pdm.lock:12: "one": "file:///one.whl": a local path is not on the machine that installs: want an https URL, or a version`},
		"no hash": {[]string{`    {file = "one-1.0.tar.gz", hash = "` + hashOfC + "\"},\n", ""}, nil, posix,
			"pdm.lock:12: \"one[y]==1.0\" has no hash: want --hash=sha256:… after it\nlock all of it with \"pdm lock\""},
		"a weak hash":      {[]string{hashOfC, "md5:cc"}, nil, posix, `pdm.lock:12: "one": hash "md5:cc": md5 is too weak: want sha256, sha384 or sha512`},
		"a short hash":     {[]string{"cc\"", "\""}, nil, posix, `pdm.lock:12: "one": hash "` + hashOfC[:len(hashOfC)-2] + `" has 62 characters: want 64 hexadecimal digits for sha256`},
		"no marker":        {[]string{"os_name ==", "os_nome =="}, nil, posix, `pdm.lock:12: "one": parse marker "os_nome == 'posix'": unknown variable "os_nome": want one of …`},
		"no version":       {[]string{`version = "1.0"` + "\n", ""}, nil, posix, "pdm.lock:12: \"one[y]\" is not pinned: want one==VERSION\nlock all of it with \"pdm lock\""},
		"an unknown extra": {nil, nil, Selection{Env: cpython("3.11"), Extras: []string{"y"}}, `read lock "pdm.lock": unknown extra "y": want one of default, dev, x`},
		"an unknown group": {nil, nil, Selection{Env: cpython("3.11"), Groups: []string{"test"}}, `read lock "pdm.lock": unknown group "test": want one of default, dev, x`},
		"a long line":      {nil, whole(long), posix, `pdm.lock:1:10485760: unexpected EOF; expected key separator '=': want TOML`},
		"a long name":      {[]string{`"one"`, `"` + long + `!"`}, nil, posix, `pdm.lock:12: "` + long[:80] + `"…: want the name of a distribution`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.run(t, "pdm.lock", goodPDM) })
	}
}

func TestPDMRefusesWrongTypes(t *testing.T) {
	wrongTypes(t, "pdm.lock", goodPDM, " = 7", map[string]string{
		"groups": ` = ["default", "dev", "x"]`, "strategy": ` = ["inherit_metadata"]`, "lock_version": ` = "4.5.0"`,
		"content_hash": ` = "sha256:00"`, "requires_python": ` = ">=3.9"`, "platform": ` = "manylinux_2_28_x86_64"`,
		"implementation": ` = "cpython"`, "name": ` = "one"`, "version": ` = "1.0"`, "extras": ` = ["y"]`,
		"package's groups": ` = ["default", "dev"]`, "marker": ` = "os_name == 'posix'"`, "hash": ` = "` + hashOfC + `"`,
		"files": " = [\n    {file = \"one-1.0.tar.gz\", hash = \"" + hashOfC + "\"},\n]",
	})
}

func TestPDMTargets(t *testing.T) {
	arm := cpython("3.11")
	arm["platform_machine"] = "aarch64"
	for platform, want := range map[string][2]bool{ // on x86_64, on ARM
		"": {true, true}, "linux": {true, false}, "manylinux_2_17_x86_64": {true, false}, "manylinux_2_28_aarch64": {false, true},
		"musllinux_1_2_x86_64": {true, false}, "windows": {}, "windows_amd64": {}, "macos_14_0_arm64": {}, "plan9": {},
	} {
		target := pdmTarget{RequiresPython: ">=3.9", Platform: platform}
		if got := [2]bool{target.fits(cpython("3.11")), target.fits(arm)}; got != want {
			t.Errorf("%q fits %v, want %v", platform, got, want)
		}
	}
}

func FuzzPDM(f *testing.F) {
	f.Add(goodPDM, "[tool.pdm]\nworkspace.members = ['*']\n[[tool.pdm.source]]\nurl = 'x'\ninclude_packages = ['[']\n[dependency-groups]\na = ['b']")
	f.Fuzz(func(t *testing.T, text, pyproject string) { fuzzLock(t, "pdm.lock", text, "pyproject.toml", pyproject) })
}

func TestPythonJSON(t *testing.T) {
	// What json.dumps(…, sort_keys=True) of Python 3.11 writes.
	value := map[string]any{
		"b": []any{int64(-3), 1.0, 1e16, 1.5e-7, 0.0001, 123456789012345680.0, true, false, nil},
		"a": map[string]any{"é\"\\\b\f\n\r\t\x00\x7f/": "😀ﬀ"},
		"Z": []map[string]any{{}, {"x": []any{}}},
	}
	want := `{"Z": [{}, {"x": []}], "a": {"\u00e9\"\\\b\f\n\r\t\u0000\u007f/": "\ud83d\ude00\ufb00"}, ` +
		`"b": [-3, 1.0, 1e+16, 1.5e-07, 0.0001, 1.2345678901234568e+17, true, false, null]}`
	var b strings.Builder
	if pythonJSON(&b, value, ", ", ": "); b.String() != want {
		t.Errorf("got  %s\nwant %s", b.String(), want)
	}
}
