package lock

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestRequirementsRefuses(t *testing.T) {
	sha256 := strings.Repeat("a", 64)
	tests := map[string]struct {
		tree fstest.MapFS
		want []string // lines
	}{
		"what cannot be shipped": {
			files("requirements.txt", `-e ./lib[x]
--editable=git+https://example.org/x.git
./other ; os_name == '1'
wheels/a-1.whl
C:\a.whl
a-1.0.tar.gz
a @ file:///tmp/a.whl
a @ ./a.whl
a @ git+https://example.org/a.git@main
git+ssh://git@example.org/a.git
https://example.org/a.whl
a @ ftp://example.org/a.whl
../outside
/abs
~/home
b @ ./lib
-e file:///tmp
-e requests
`, "lib/pyproject.toml", "[project]\nname = 'lib'\nversion = '1'\n"),
			[]string{
				`requirements.txt:2: "-e" "git+https://example.org/x.git": an editable distribution stays where it is and cannot be shipped: want it pinned with ==, or a folder of the repository`,
				`requirements.txt:3: "./other": find project metadata: no [project] or [tool.poetry] in pyproject.toml, no [metadata] in setup.cfg, no setup.py: want a [project] table with a name and a version in pyproject.toml`,
				`requirements.txt:4: "wheels/a-1.whl": a local archive is not taken: want the folder it is built from, or "name==version"`,
				`requirements.txt:5: "C:\\a.whl": a path outside of the repository: want a folder in it, or "name==version"`,
				`requirements.txt:6: "a-1.0.tar.gz": a local archive is not taken: want the folder it is built from, or "name==version"`,
				`requirements.txt:7: "a": "file:///tmp/a.whl": a local path is not on the machine that installs: want an https URL, or a version`,
				`requirements.txt:8: "./a.whl": a local archive is not taken: want the folder it is built from, or "name==version"`,
				`requirements.txt:9: "a": "git+https://example.org/a.git@main": a repository has no hash to check: want a release from an index, pinned with ==`,
				`requirements.txt:10: "git+ssh://git@example.org/a.git": a repository has no hash to check: want a release from an index, pinned with ==`,
				`requirements.txt:11: "https://example.org/a.whl": a URL without a name: want "name @ url"`,
				`requirements.txt:12: "a": "ftp://example.org/a.whl": unknown scheme "ftp": want https`,
				`requirements.txt:13: "../outside": a path outside of the repository: want a folder in it, or "name==version"`,
				`requirements.txt:14: "/abs": a path outside of the repository: want a folder in it, or "name==version"`,
				`requirements.txt:15: "~/home": a path outside of the repository: want a folder in it, or "name==version"`,
				`requirements.txt:16: "./lib": its name is "lib" in pyproject.toml: want "b" as in the lock`,
				`requirements.txt:17: "-e" "file:///tmp": an editable distribution stays where it is and cannot be shipped: want it pinned with ==, or a folder of the repository`,
				`requirements.txt:18: "-e" "requests": an editable distribution stays where it is and cannot be shipped: want it pinned with ==, or a folder of the repository`,
			},
		},
		"a path as a constraint": {
			files("requirements.txt", "-c limits.txt", "limits.txt", "-e .\n"),
			[]string{`limits.txt:1: ".": a path is no constraint: want "name==version"`},
		},
		"hashes": {
			files("requirements.txt", "a==1 --hash=sha256:aa\nb==1 --hash=md5:0123\nc==1 --hash=sha1:"+strings.Repeat("0", 40)+
				" --hash="+sha256+"\nd==1 --hash=sha512:"+sha256+"\ne==1 --hash=sha256:"+strings.Repeat("g", 64)+
				"\nf @ https://x/f#md5=00\n--hash=sha256:"+sha256+"\ng==1 --hash\nh==1 --pre\n"),
			[]string{
				`requirements.txt:1: "a": hash "sha256:aa" has 2 characters: want 64 hexadecimal digits for sha256`,
				`requirements.txt:2: "b": hash "md5:0123": md5 is too weak: want sha256, sha384 or sha512`,
				`requirements.txt:3: "c": hash "sha1:0000000000000000000000000000000000000000": sha1 is too weak: want sha256, sha384 or sha512`,
				`requirements.txt:3: "c": hash "` + sha256 + `": want sha256, sha384 or sha512, ":" and hexadecimal digits`,
				`requirements.txt:4: "d": hash "sha512:` + sha256 + `" has 64 characters: want 128 hexadecimal digits for sha512`,
				`requirements.txt:5: "e": hash "sha256:` + strings.Repeat("g", 64) + `" has 64 characters: want 64 hexadecimal digits for sha256`,
				`requirements.txt:6: "f": hash "md5:00": md5 is too weak: want sha256, sha384 or sha512`,
				`requirements.txt:7: "--hash" belongs to no requirement: want it after one, with a "\" at the end of the line before`,
				`requirements.txt:8: "g": --hash: want a value after it`,
				`requirements.txt:9: "h": --pre after a requirement: want it on a line of its own`,
			},
		},
		"syntax": {
			files("requirements.txt", `=1
a 1
b==latest
c==1 ;
d[é]==1
e==1 \  
f==1 --hash 'x
--colour
--pre=1
g @ https://x/y z
-r
h_==1
i==1;#
j==1 ; os_name == "a
k==1 ; x == "a"
`),
			[]string{
				`requirements.txt:1: "=1": want a requirement such as "name==1.2.3"`,
				`requirements.txt:2: "a": parse version specifier "1": no operator: want one of === == != <= >= ~= < > before the version`,
				`requirements.txt:3: "b": parse version specifier "==latest": parse version "latest": want a PEP 440 version such as 1.2.3, 1.2.3rc1 or 1.2.post1`,
				`requirements.txt:4: "c": parse marker: nothing there: want a condition such as python_version >= "3.9"`,
				`requirements.txt:5: "d[é]==1": extra "é": want names parted by commas`,
				`requirements.txt:6: a backslash inside the line: want it at the very end, without blanks after it`,
				`requirements.txt:7: "f": "--hash 'x": a quote is not closed: want ' at its end`,
				`requirements.txt:8: unknown option "--colour": want one of --requirement, --constraint, --editable, --index-url, --pypi-url, --extra-index-url, --no-index, --find-links, --no-binary, --only-binary, --prefer-binary, --pre, --trusted-host, --require-hashes, --use-feature, --hash`,
				`requirements.txt:9: "--pre=1": want no value after --pre`,
				`requirements.txt:10: "g": "z" after the URL: want a marker after " ;"`,
				`requirements.txt:11: --requirement: want a value after it`,
				`requirements.txt:12: "h_==1": want a requirement such as "name==1.2.3"`,
				`requirements.txt:13: "i": parse marker "#": "#": want a variable or a text in quotes`,
				`requirements.txt:14: "j": parse marker "os_name == \"a": "\"a": want a variable or a text in quotes`,
				`requirements.txt:15: "k": parse marker "x == \"a\"": unknown variable "x": want one of python_version, python_full_version, os_name, sys_platform, platform_release, platform_system, platform_version, platform_machine, platform_python_implementation, implementation_name, implementation_version, extra, extras, dependency_groups`,
			},
		},
		"included files": {
			files("requirements.txt", "-r a.txt\n-r none.txt\n-r https://example.org/x.txt\n-c /etc/x.txt\n",
				"a.txt", "-r b.txt\n", "b.txt", "\n-r a.txt\nx!\n"),
			[]string{
				`b.txt:2: read lock "a.txt": it includes itself, by requirements.txt -> a.txt -> b.txt -> a.txt: want no circle`,
				`b.txt:3: "x": parse version specifier "!": no operator: want one of === == != <= >= ~= < > before the version`,
				`requirements.txt:2: read lock "none.txt": file does not exist`,
				`requirements.txt:3: "https://example.org/x.txt" is outside the project: want a path relative to "requirements.txt"`,
				`requirements.txt:4: "/etc/x.txt" is outside the project: want a path relative to "requirements.txt"`,
			},
		},
		"one distribution twice": {
			files("requirements.txt", "a==1\nA==1.0\na==2 ; os_name == 'x'\nb==1 ; os_name == 'x'\nb==2 ; os_name  == \"x\"\nc==1;os_name == 'x'\nc==2;os_name == 'y'\nc==1\n-c limits.txt\n",
				"limits.txt", "a<1\nb>1 ; os_name == 'y'\nnot-there==1\n"),
			[]string{
				`requirements.txt:2: "a" is there already, at requirements.txt:1: want it once`,
				`requirements.txt:3: "a==2" contradicts "a==1" at requirements.txt:1: want one version`,
				`requirements.txt:5: "b==2" contradicts "b==1" at requirements.txt:4: want one version`,
				`requirements.txt:8: "c==1" contradicts "c==2" at requirements.txt:7: want one version`,
				`requirements.txt:1: "a==1" contradicts the constraint "a<1" at limits.txt:1: want a version that meets it`,
			},
		},
		"binary": {
			files("requirements.txt", "\x7fELF\x00\x01"), []string{`read lock "requirements.txt": it is not text: want UTF-8`},
		},
		"Latin-1": {
			files("requirements.txt", "# caf\xe9\n"), []string{`read lock "requirements.txt": it is not text: want UTF-8`},
		},
		"UTF-16": {
			files("requirements.txt", "\xff\xfea\x00"), []string{`read lock "requirements.txt": it is UTF-16 text: want UTF-8 (PowerShell's ">" writes UTF-16)`},
		},
		"a line of 10 MB": {
			files("requirements.txt", "a==1\n"+strings.Repeat("x", 10<<20)), []string{`requirements.txt:2: the line is 10485760 bytes long: want at most 1048576`},
		},
		"a long line": {
			files("requirements.txt", "a=="+strings.Repeat("x", 1<<19)), []string{
				`requirements.txt:1: "a": parse version specifier "==` + strings.Repeat("x", 78) + `"…: parse version "` +
					strings.Repeat("x", 80) + `"…: want a PEP 440 version such as 1.2.3, 1.2.3rc1 or 1.2.post1`,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l, err := Read(test.tree, "requirements.txt")
			if err == nil {
				t.Fatalf("Read = %+v, want an error", l)
			}
			if diff := cmp.Diff(test.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
