package lock

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const (
	tinyUV = `version = 1
[[package]]
name = "shop"
source = { virtual = "." }
dependencies = [{ name = "a" }, { name = "b", marker = "sys_platform == 'win32'" }]
[[package]]
name = "a"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "b"
version = "2"
source = { registry = "https://pypi.org/simple" }
`
	tinyPylock = `lock-version = "1.0"
[[packages]]
name = "a"
version = "1"
wheels = [{ url = "https://example.org/a.whl" }]
`
)

func TestFind(t *testing.T) {
	for name, test := range map[string]struct {
		tree   fstest.MapFS
		dir    string
		format string
		files  []string
		beside []string
		want   error
		says   []string // what the error must say
	}{
		"one":                      {tree: files("requirements.txt", "a==1\n"), format: "requirements.txt", files: []string{"requirements.txt"}},
		"two that agree":           {tree: files("requirements.txt", "a==1.0 ; os_name == 'posix'\nb==2 ; os_name == 'nt'\n", "uv.lock", tinyUV), format: "uv.lock", files: []string{"uv.lock"}, beside: []string{"requirements.txt"}},
		"three that agree":         {tree: files("requirements.txt", "a==1\n", "uv.lock", tinyUV, "pylock.toml", tinyPylock), format: "pylock.toml", files: []string{"pylock.toml"}, beside: []string{"uv.lock", "requirements.txt"}},
		"wishes beside a lock":     {tree: files("requirements.txt", "a>=1\nother\n", "uv.lock", tinyUV), format: "uv.lock", files: []string{"uv.lock"}},
		"a named pylock alone":     {tree: files("pylock.web.toml", tinyPylock), format: "pylock.toml", files: []string{"pylock.web.toml"}},
		"a named pylock beside":    {tree: files("pylock.dev.toml", tinyPylock, "uv.lock", tinyUV), format: "uv.lock", files: []string{"uv.lock"}},
		"above the project":        {tree: files("requirements.txt", "a==1\n", "packages/x/setup.py", ""), dir: "packages/x", format: "requirements.txt", files: []string{"requirements.txt"}},
		"in the project and above": {tree: files("uv.lock", "", "packages/x/requirements.txt", "a==1\n"), dir: "packages/x", format: "requirements.txt", files: []string{"packages/x/requirements.txt"}},
		"two that disagree": {
			tree: files("requirements.txt", "a==1.1\nc==1\nd==1\ne==1\nf==1\ng==1\n", "uv.lock", tinyUV), want: ErrDisagree,
			says: []string{`choose lock file: "uv.lock" and "requirements.txt" lock different things: a 1 and 1.1, c none and 1, d none and 1, e none and 1, f none and 1, …: want one of them, or the one that counts as the input lock`},
		},
		"one that cannot be read beside": {
			tree: files("requirements.txt", "a==1\n-r none.txt\n", "uv.lock", tinyUV), want: ErrDisagree,
			says: []string{`choose lock file: "requirements.txt" cannot be compared with "uv.lock": `, `read lock "none.txt": file does not exist`},
		},
		"the preferred one cannot be read": {
			tree: files("requirements.txt", "a==1\n", "uv.lock", "version = 3\n"), says: []string{`read lock "uv.lock": version 3: want 1, which uv writes`},
		},
		"two named pylocks": {
			tree: files("pylock.web.toml", "", "pylock.worker.toml", ""), want: ErrDisagree,
			says: []string{`choose lock file: pylock.web.toml, pylock.worker.toml: want the one that counts as the input lock`},
		},
		"nothing": {
			tree: files("main.py", ""), want: ErrNotFound,
			says: []string{`find lock file: no pylock.toml, uv.lock, poetry.lock, pdm.lock, Pipfile.lock, requirements.txt in the project's folder: make one with "uv pip compile`},
		},
		"a directory by the name": {tree: files("requirements.txt/base.txt", ""), want: ErrNotFound, says: []string{"no pylock.toml"}},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := Load(test.tree, Selection{Env: cpython("3.11"), Dir: test.dir})
			if (err != nil) != (test.says != nil) || test.want != nil && !errors.Is(err, test.want) {
				t.Fatalf("error %v", err)
			}
			for _, want := range test.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v: want it to say %s", err, want)
				}
			}
			if err != nil {
				return
			}
			got := []any{l.Format, l.Files, l.Beside}
			if diff := cmp.Diff([]any{test.format, test.files, test.beside}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestFormatsByName(t *testing.T) {
	for name, want := range map[string]string{
		"pylock.toml": "pylock.toml", "pylock.web.toml": "pylock.toml", "a/uv.lock": "uv.lock", "poetry.lock": "poetry.lock",
		"pdm.lock": "pdm.lock", "Pipfile.lock": "Pipfile.lock", "prod.txt": "requirements.txt", "requirements.lock": "requirements.txt",
		"pylock.a.b.toml": "", "pylocktoml": "", "pylock.toml.toml.x": "", "x.lock": "", "mypylock.toml": "",
	} {
		f, err := lookUpFormat(name)
		if f.name != want || (err != nil) != (want == "") {
			t.Errorf("%q is a %q, error %v; want %q", name, f.name, err, want)
		}
	}
}
