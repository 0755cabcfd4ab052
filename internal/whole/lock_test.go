package whole

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestHostileLocks gives every reader what no tool wrote, through the real command:
// one clear error, and nothing written.
func TestHostileLocks(t *testing.T) {
	t.Parallel()
	w := bareWorkshop(t)
	hash := strings.Repeat("0", 64)
	long := strings.Repeat("x", 10<<20)
	fresh := sha256.Sum256([]byte(`{"project": {"requires-python": ">=3.8"}, "tool": {"poetry": {}}}`)) // what Poetry takes of tiny's pyproject.toml
	formats := []struct {
		file, good, version, next string // a valid lock, and its version in a text that no reader knows
		long                      string // a value for a line of 10 MB
	}{
		{"pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"me\"\n[[packages]]\nname = \"dep\"\nversion = \"1.0\"\nwheels = [{ url = \"https://files.example.org/dep-1.0-py3-none-any.whl\", hashes = { sha256 = \"" + hash + "\" } }]\n",
			`lock-version = "1.0"`, `lock-version = "9.0"`, "name = \"dep"},
		{"uv.lock", "version = 1\nrequires-python = \">=3.8\"\n[[package]]\nname = \"dep\"\nversion = \"1.0\"\nsource = { registry = \"https://pypi.org/simple\" }\nwheels = [{ url = \"https://files.example.org/dep-1.0-py3-none-any.whl\", hash = \"sha256:" + hash + "\" }]\n" +
			"[[package]]\nname = \"tiny\"\nversion = \"1.2.3\"\nsource = { editable = \".\" }\ndependencies = [{ name = \"dep\" }]\n",
			"version = 1\n", "version = 9\n", "name = \"dep"},
		{"poetry.lock", "[[package]]\nname = \"dep\"\nversion = \"1.0\"\ndescription = \"\"\noptional = false\npython-versions = \"*\"\ngroups = [\"main\"]\nfiles = [{file = \"dep-1.0-py3-none-any.whl\", hash = \"sha256:" + hash + "\"}]\n\n[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.8\"\ncontent-hash = \"" + fmt.Sprintf("%x", fresh) + "\"\n",
			`lock-version = "2.1"`, `lock-version = "9.0"`, "name = \"dep"},
		{"pdm.lock", "[metadata]\ngroups = [\"default\"]\nstrategy = [\"inherit_metadata\"]\nlock_version = \"4.5.0\"\ncontent_hash = \"\"\n\n[[package]]\nname = \"dep\"\nversion = \"1.0\"\ngroups = [\"default\"]\nfiles = [{file = \"dep-1.0-py3-none-any.whl\", hash = \"sha256:" + hash + "\"}]\n",
			`lock_version = "4.5.0"`, `lock_version = "9.0"`, "name = \"dep"},
		{"Pipfile.lock", `{"_meta": {"hash": {"sha256": ""}, "pipfile-spec": 6, "requires": {}, "sources": []}, "default": {"dep": {"hashes": ["sha256:` + hash + `"], "version": "==1.0"}}, "develop": {}}`,
			`"pipfile-spec": 6`, `"pipfile-spec": 9`, `"dep`},
		{"requirements.txt", "dep==1.0 --hash=sha256:" + hash + "\n", "", "", "dep==1.0"},
	}
	for _, f := range formats {
		w.only(t, f.file, f.good)
		if out, status := w.pinpack(t, "plan", "tiny"); status != 0 {
			t.Errorf("%s: exit status %d, want 0 of a good one:\n%s", f.file, status, out)
		}
		cut := len(f.good) - 5
		inputs := []struct{ name, text string }{
			{"truncated", f.good[:cut]},
			{"another language", "<html><body>502 Bad Gateway</body></html>\n"},
			{"bytes", "\x7fELF\x00\x01\xff\xfe"},
			{"a line of 10 MB", strings.ReplaceAll(f.good, f.long, f.long+long)},
			{"unknown version", strings.Replace(f.good, f.version, f.next, 1)},
			{"another type", strings.Replace(f.good, `"1.0"`, `["1.0"]`, 1)},
		}
		if f.file != "requirements.txt" {
			inputs = append(inputs, struct{ name, text string }{"empty", ""})
		}
		for _, in := range inputs {
			if in.text == f.good {
				continue // the format has no such thing
			}
			t.Run(f.file+" "+in.name, func(t *testing.T) {
				w.only(t, f.file, in.text)
				most := 1
				if f.file == "requirements.txt" {
					most = 3 // of a cut hash it also says that there is none, and how to lock
				}
				before := testkit.TreeDump(t, w.dir)
				out, status := w.pinpack(t, "build", "tiny", "--build-path", "stage")
				lines := strings.Split(strings.TrimSpace(out), "\n")
				errors := slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !strings.HasPrefix(l, "pinpack: error: ") })
				if status != 2 || len(errors) == 0 || len(errors) > most || !strings.Contains(errors[0], f.file) {
					t.Errorf("exit status %d, want 2 and one error that names the file:\n%.2000s", status, out)
				}
				if len(out) > 1000 || strings.Contains(out, "goroutine") {
					t.Errorf("%d bytes of output, want a clear error:\n%.2000s", len(out), out)
				}
				if after := testkit.TreeDump(t, w.dir); testkit.FormatTree(before) != testkit.FormatTree(after) {
					t.Errorf("something was written:\n%s", testkit.FormatTree(after))
				}
			})
		}
	}
}

// only has a file be the project's one lock.
func (w *workshop) only(t *testing.T, name, text string) {
	t.Helper()
	for _, pattern := range []string{"*.lock", "pylock.*", "requirements.txt"} {
		files, err := filepath.Glob(filepath.Join(w.dir, "tiny", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(t, filepath.Join(w.dir, "tiny"), name, text)
}

// bareWorkshop is a workshop in which nothing was built yet.
func bareWorkshop(t *testing.T) *workshop {
	t.Helper()
	testkit.Need(t, "python3")
	w := &workshop{dir: t.TempDir()}
	if err := os.CopyFS(filepath.Join(w.dir, "tiny"), os.DirFS(filepath.Join("..", "..", "testdata", "tiny"))); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(w.dir, "pinpack")); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestAllowedIsLoudAndRecorded refuses what is not pinned or not hashed, with every
// offender and the way out; where it is allowed, a warning and build-info.json say so.
func TestAllowedIsLoudAndRecorded(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	wheels := t.TempDir()
	index := testkit.NewIndex(t,
		testkit.Wheel{Name: "loose", Version: "1.0"}.Write(t, wheels), testkit.Wheel{Name: "loose", Version: "1.1", Requires: []string{"below"}}.Write(t, wheels),
		testkit.Wheel{Name: "below", Version: "3.0"}.Write(t, wheels), testkit.Wheel{Name: "bare", Version: "2.0"}.Write(t, wheels))
	w.env = []string{"PIP_INDEX_URL=" + index.URL(), "UV_NO_CACHE=1"}
	const (
		unpinned = "warning: unpinned, as you allow: another build may ship other versions of loose\n"
		unhashed = "warning: without hashes, as you allow: a package index may serve anything as "
	)
	tests := []struct {
		name, lock string
		allow      []string
		status     int
		want, not  []string
		record     []string // of unpinned and unhashed, those that build-info.json has
		installed  string
	}{
		{"refused", "loose>=1\nbare==2.0\n", nil, 2,
			[]string{`requirements.txt:1: "loose>=1" is not pinned and has no hash: want loose==VERSION --hash=sha256:…`, `requirements.txt:2: "bare==2.0" has no hash: want --hash=sha256:… after it`, "uv pip compile --generate-hashes"}, nil, nil, ""},
		{"unhashed", "bare==2.0\n", []string{"--unhashed", "allow"}, 0, []string{unhashed + "bare\n"}, []string{"unpinned"}, []string{"unhashed"}, "bare 2.0, tiny 1.2.3"},
		{"unhashed is not unpinned", "loose>=1\n", []string{"--unhashed", "allow"}, 2, []string{`"loose>=1" is not pinned: want loose==VERSION`}, nil, nil, ""},
		{"unpinned is not unhashed", "loose>=1\n", []string{"--unpinned", "allow"}, 2, []string{`"loose>=1" has no hash`}, nil, nil, ""},
		{"both", "loose>=1\n" + index.Requirements("bare"), []string{"--unpinned", "allow", "--unhashed", "allow"}, 0,
			[]string{unpinned, unhashed + "loose\n"}, nil, []string{"unpinned", "unhashed"}, "bare 2.0, below 3.0, loose 1.1, tiny 1.2.3"},
		{"allowed and not needed", index.Requirements("bare"), []string{"--unpinned", "allow", "--unhashed", "allow"}, 0, nil, []string{"unpinned", "without hashes"}, nil, "bare 2.0, tiny 1.2.3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w.lock(t, test.lock)
			if err := os.RemoveAll(filepath.Join(w.dir, "dist")); err != nil {
				t.Fatal(err)
			}
			out, status := w.pinpack(t, append([]string{"build", "-q", "tiny", "--build-path", "stage"}, test.allow...)...)
			if status != test.status {
				t.Fatalf("exit status %d, want %d:\n%s", status, test.status, out)
			}
			for _, want := range test.want {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
			for _, not := range test.not {
				if strings.Contains(out, not) {
					t.Errorf("%q in\n%s", not, out)
				}
			}
			if status != 0 {
				if w.exists("dist") {
					t.Error("something is written")
				}
				return
			}
			info := w.buildInfo(t)
			var record []string
			for _, name := range []string{"unpinned", "unhashed"} {
				if info[name] == true {
					record = append(record, name)
				}
			}
			if !slices.Equal(record, test.record) {
				t.Errorf("build-info.json has %q, want %q", record, test.record)
			}
			var installed []string
			for _, d := range info["distributions"].([]any) {
				installed = append(installed, d.(map[string]any)["name"].(string)+" "+d.(map[string]any)["version"].(string))
			}
			if got := strings.Join(installed, ", "); got != test.installed {
				t.Errorf("installed %s, want %s", got, test.installed)
			}
		})
	}
}

// buildInfo reads build-info.json out of the one .deb in dist.
func (w *workshop) buildInfo(t *testing.T) map[string]any {
	t.Helper()
	debs, err := filepath.Glob(filepath.Join(w.dir, "dist", "*.deb"))
	if err != nil || len(debs) != 1 {
		t.Fatalf("packages %q, error %v", debs, err)
	}
	p, err := testkit.ReadDeb(debs[0])
	if err != nil {
		t.Fatal(err)
	}
	var info map[string]any
	for name, data := range p.Contents {
		if strings.HasSuffix(name, "/build-info.json") {
			if err := json.Unmarshal(data, &info); err != nil {
				t.Fatal(err)
			}
		}
	}
	return info
}
