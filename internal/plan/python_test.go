package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/command"
)

// machine has a folder of interpreters: programs that say what they are told.
func machine(t *testing.T, pythons map[string]string, links map[string]string) Machine {
	t.Helper()
	bin := t.TempDir()
	for name, says := range pythons {
		text := fmt.Sprintf("#!/bin/sh\necho '%s'\n", says)
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	return Machine{Run: &command.Runner{Env: []string{"PATH=" + command.DefaultPath}}, Bin: bin}
}

func TestFindPython(t *testing.T) {
	cpython := func(version string) string {
		minor := version[:strings.LastIndex(version, ".")]
		return fmt.Sprintf(`["CPython", "%s", "%s"]`, version, minor)
	}
	two := map[string]string{"python3.9": cpython("3.9.18"), "python3.12": cpython("3.12.1"), "python3.11": cpython("3.11.2")}
	usual := map[string]string{"python3": "python3.9", "python": "python3"}
	tests := []struct {
		name             string
		pythons, links   map[string]string
		wanted, requires string
		want             string // the interpreter's base name, or
		wantErr          string // what the error holds; BIN is the folder
	}{
		{"what python3 is", two, usual, "system", "", "python3.9", ""},
		{"another one when the project wants it", two, usual, "system", ">=3.10", "python3.12", ""},
		{"the newest when there is no python3", two, nil, "system", "<3.12", "python3.11", ""},
		{"a version", two, usual, "3.11", "", "python3.11", ""},
		{"a link becomes what it names", two, usual, "BIN/python", "", "python3.9", ""},
		{"none at all", nil, nil, "system", "", "", "find python: no interpreter in BIN: want python3, as the package python3 brings it"},
		{"none allowed", two, usual, "system", ">=3.13", "", `python "system": BIN/python3.9 is 3.9.18, BIN/python3.12 is 3.12.1, BIN/python3.11 is 3.11.2: the project requires >=3.13`},
		{"a version that is missing", two, usual, "3.13", "", "", `python "BIN/python3.13": no such file or directory: have BIN/python3.9, BIN/python3.12, BIN/python3.11 there: want one of them, or this one installed`},
		{"the project does not allow the version", two, usual, "3.9", ">=3.10", "", `python "3.9": BIN/python3.9 is 3.9.18: the project requires >=3.10`},
		{"not in the system's folder", two, usual, "/bin/sh", "", "", "no package brings it to the servers: want an interpreter such as BIN/python3.11"},
		{"not CPython", map[string]string{"python3.11": `["PyPy", "3.11.2", "3.11"]`}, nil, "system", "", "", `python "BIN/python3.11": is PyPy 3.11.2: want CPython under its own name`},
		{"under another's name", map[string]string{"python3.11": cpython("3.12.1")}, nil, "system", "", "", "want CPython under its own name"},
		{"says nothing", map[string]string{"python3.11": ""}, nil, "system", "", "", `said "": want its version`},
		{"unreadable requirement", two, usual, "system", "three", "", `requires-python "three": `},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := machine(t, test.pythons, test.links)
			py, err := findPython(t.Context(), m, strings.ReplaceAll(test.wanted, "BIN", m.Bin), test.requires)
			if test.wantErr != "" {
				if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), m.Bin, "BIN"), test.wantErr) {
					t.Fatalf("error %v, want %s", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if py.Path != filepath.Join(m.Bin, test.want) || "python"+py.Minor != test.want {
				t.Errorf("found %+v, want %s", py, test.want)
			}
		})
	}
}

func TestDependency(t *testing.T) {
	py := Python{Path: "/usr/bin/python3.11", Minor: "3.11"}
	if got := py.Dependency("deb"); got != "python3.11" {
		t.Errorf("deb depends on %q", got)
	}
	if got := py.Dependency("rpm"); got != "/usr/bin/python3.11" {
		t.Errorf("rpm requires %q", got)
	}
}
