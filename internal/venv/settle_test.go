package venv

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/testkit"
)

func TestRelocate(t *testing.T) {
	long := "/tmp/" + strings.Repeat("x", 140)
	tests := []struct{ name, text, from, want string }{
		{"first line", "#!/stage/bin/python3.11\nimport sys\n", "/stage", "#!/opt/app/bin/python3.11\nimport sys\n"},
		{"everywhere", "a=/stage/x\nb=/stage\n", "/stage", "a=/opt/app/x\nb=/opt/app\n"},
		{"pip's long form", "#!/bin/sh\n'''exec' " + long + "/bin/python \"$0\" \"$@\"\n' '''\nimport sys\nmain()\n", long, "#!/opt/app/bin/python\nimport sys\nmain()\n"},
		{"uv's long form", "#!/bin/sh\n'''exec' '" + long + "/bin/python' \"$0\" \"$@\"\n' '''\nimport sys\n", long, "#!/opt/app/bin/python\nimport sys\n"},
		{"another shell script", "#!/bin/sh\nexec /stage/bin/python\n# x\n# y\n", "/stage", "#!/bin/sh\nexec /opt/app/bin/python\n# x\n# y\n"},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, string(relocate([]byte(test.text), test.from, "/opt/app"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// fake is a virtualenv made by hand.
func fake(t *testing.T, files map[string]string) Env {
	t.Helper()
	env := Env{Dir: filepath.Join(t.TempDir(), "venv"), Prefix: "/opt/app", Python: plan.Python{Path: "/usr/bin/python3.11", Target: "/usr/bin/python3.11", Version: "3.11.2", Minor: "3.11"}}
	for name, text := range files {
		name = filepath.Join(env.Dir, strings.ReplaceAll(name, "SITE", "lib/python3.11/site-packages"))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o600)
		if strings.HasPrefix(text, "#!") {
			mode = 0o700
		}
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(text, "DIR", env.Dir)), mode); err != nil {
			t.Fatal(err)
		}
	}
	return env
}

func metadata(name, version string) string {
	return "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n\nName: not this\n"
}

// TestSettle shows a whole virtualenv before and after: what is gone, what is
// rewritten, and that RECORD tells the truth.
func TestSettle(t *testing.T) {
	testkit.Need(t, "python3")
	python, err := filepath.EvalSymlinks("/usr/bin/python3")
	if err != nil {
		t.Fatal(err)
	}
	env := fake(t, map[string]string{
		"bin/activate": "x", "bin/activate.fish": "x", "bin/Activate.ps1": "x",
		"bin/app":                                "#!DIR/bin/python3.11\nmain()\n",
		"bin/__pycache__/tool.cpython-311.pyc":   "x",
		"include/site/python3.11/x.h":            "x",
		"pyvenv.cfg":                             "home = /usr/bin\ncommand = /usr/bin/python3 -m venv DIR\n",
		".gitignore":                             "*",
		"SITE/_pinpack_overlay.pth":              "import site",
		"SITE/app/__init__.py":                   "x = 1\n",
		"SITE/app/template.py":                   "{{ no python }}\n",
		"SITE/app/__pycache__/old.pyc":           "x",
		"SITE/app/with space,comma.txt":          "t",
		"SITE/app-1.0.dist-info/METADATA":        metadata("app", "1.0"),
		"SITE/app-1.0.dist-info/direct_url.json": `{"url": "file://DIR"}`,
		"SITE/app-1.0.dist-info/INSTALLER":       "pip\n",
		"SITE/app-1.0.dist-info/REQUESTED":       "",
		"SITE/app-1.0.dist-info/RECORD": "../../../bin/app,sha256=wrong,1\r\napp/__init__.py,,\r\napp/template.py,,\r\n\"app/with space,comma.txt\",,\r\n" +
			"app-1.0.dist-info/METADATA,,\r\napp-1.0.dist-info/INSTALLER,,\r\napp-1.0.dist-info/direct_url.json,,\r\n../../../include/site/python3.11/x.h,,\r\napp/__pycache__/old.pyc,,\r\napp-1.0.dist-info/RECORD,,\r\n",
	})
	env.Python.Path = python
	var said []string
	b := Builder{
		Run:     &command.Runner{Env: []string{"PATH=/usr/bin:/bin", "PYTHONHASHSEED=0"}},
		Scratch: t.TempDir(),
		Say:     func(line string) { said = append(said, line) },
	}
	if err := b.Settle(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	got := testkit.TreeDump(t, env.Dir)
	for name := range got {
		if strings.Contains(name, "__pycache__/") {
			got[name] = "compiled"
		} else if strings.HasSuffix(name, "pyvenv.cfg") {
			delete(got, name) // its text names the interpreter
		}
	}
	tag := "cpython-" + strings.ReplaceAll(strings.TrimPrefix(filepath.Base(python), "python"), ".", "")
	const site = "/lib/python3.11/site-packages"
	want := map[string]string{
		"/bin": "dir 0755", "/bin/app": "file 0755 fec43dc2",
		"/lib": "dir 0755", "/lib/python3.11": "dir 0755", site: "dir 0755",
		site + "/app": "dir 0755", site + "/app/__init__.py": "file 0644 1a51d7a3",
		site + "/app/template.py": "file 0644 6b2fee72", site + "/app/with space,comma.txt": "file 0644 e3b98a4d",
		site + "/app/__pycache__": "dir 0755", site + "/app/__pycache__/__init__." + tag + ".pyc": "compiled",
		site + "/app-1.0.dist-info": "dir 0755", site + "/app-1.0.dist-info/METADATA": "", site + "/app-1.0.dist-info/RECORD": "",
	}
	for name, w := range want {
		if w == "" || strings.HasPrefix(w, "file") {
			want[name] = got[name] // contents are compared below; kind and mode here
			if !strings.HasPrefix(got[name], w[:min(len(w), len("file 0644"))]) || got[name] == "" {
				t.Errorf("%s is %q, want %q", name, got[name], w)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	script, err := os.ReadFile(filepath.Join(env.Bin(), "app"))
	if err != nil || string(script) != "#!/opt/app/bin/python3.11\nmain()\n" {
		t.Errorf("script: %q, %v", script, err)
	}
	config, err := os.ReadFile(filepath.Join(env.Dir, "pyvenv.cfg"))
	if want := "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\nexecutable = " + python + "\n"; err != nil || string(config) != want {
		t.Errorf("pyvenv.cfg: %q, %v", config, err)
	}
	record, err := os.ReadFile(filepath.Join(env.Site(), "app-1.0.dist-info", "RECORD"))
	if err != nil {
		t.Fatal(err)
	}
	wantRecord := "../../../bin/app app-1.0.dist-info/METADATA app-1.0.dist-info/RECORD app/__init__.py app/template.py app/with space,comma.txt"
	if got := strings.Join(recorded(t, env.Site(), string(record)), " "); got != wantRecord {
		t.Errorf("RECORD lists %s, want %s", got, wantRecord)
	}
	if len(said) != 1 || !strings.HasSuffix(said[0], "/opt/app/lib/python3.11/site-packages/app/template.py") {
		t.Errorf("said %q", said)
	}
	pyc, err := os.ReadFile(filepath.Join(env.Site(), "app", "__pycache__", "__init__."+tag+".pyc"))
	if err != nil {
		t.Fatal(err)
	}
	if pyc[4] != 1 {
		t.Errorf("flags %d: want 1, a hash that is not checked (PEP 552)", pyc[4])
	}
	if !strings.Contains(string(pyc), "/opt/app/lib/python3.11/site-packages/app/__init__.py") || strings.Contains(string(pyc), env.Dir) {
		t.Error("the compiled module does not go by its final name")
	}
}

// recorded reads a RECORD, holds each row against its file, and returns the
// names in their order.
func recorded(t *testing.T, site, record string) []string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(record)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, row := range rows {
		names = append(names, row[0])
		if strings.HasSuffix(row[0], "/RECORD") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(site, row[0]))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if want := "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]); row[1] != want || row[2] != strconv.Itoa(len(data)) {
			t.Errorf("%s: recorded as %q, want %s,%d", row[0], row[1:], want, len(data))
		}
	}
	return names
}

func TestRecordOutsideIsRefused(t *testing.T) {
	env := fake(t, map[string]string{"SITE/a-1.dist-info/RECORD": "../../../../../etc/passwd,,\n", "SITE/a-1.dist-info/METADATA": metadata("a", "1")})
	err := env.writeRecords()
	if err == nil || err.Error() != `a-1.dist-info: row "../../../../../etc/passwd": outside of the virtualenv` {
		t.Errorf("error %v", err)
	}
}
