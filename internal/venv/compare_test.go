package venv

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/pep508"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
)

// installed makes a virtualenv out of distributions: "name version", and lines of
// METADATA. Each has a module and the RECORD of it.
func installed(t *testing.T, distributions map[string][]string) Env {
	t.Helper()
	e := Env{
		Dir: t.TempDir(), Wheel: project.Project{Name: "app"},
		Python: plan.Python{Minor: "3.11", Markers: pep508.Environment{"python_version": "3.11", "sys_platform": "linux"}},
	}
	for what, lines := range distributions {
		name, version, _ := strings.Cut(what, " ")
		info := fmt.Sprintf("%s-%s.dist-info", strings.ReplaceAll(name, "-", "_"), version)
		metadata := fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s\n\nRequires-Dist: not-a-field\n", name, version, strings.Join(lines, "\n"))
		module := strings.ReplaceAll(name, "-", "_") + ".py"
		record := ""
		for file, text := range map[string]string{module: "x = 1\n", info + "/METADATA": metadata} {
			put(t, filepath.Join(e.Site(), file), text)
			sum := sha256.Sum256([]byte(text))
			record += fmt.Sprintf("%s,sha256=%s,%d\n", file, base64.RawURLEncoding.EncodeToString(sum[:]), len(text))
		}
		put(t, filepath.Join(e.Site(), info, "RECORD"), record+info+"/RECORD,,\n")
	}
	put(t, filepath.Join(e.Dir, "pyvenv.cfg"), "home = /usr/bin\n")
	put(t, filepath.Join(e.Bin(), "python3"), "")
	return e
}

func put(t *testing.T, name, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(name), 0o755)
	if err := errors.Join(err, os.WriteFile(name, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func locked(pins ...string) plan.Plan {
	var pl plan.Plan
	for _, pin := range pins {
		name, version, _ := strings.Cut(pin, "==")
		pl.Lock.Requirements = append(pl.Lock.Requirements, lock.Requirement{Name: name, Version: version, Specifier: "==" + version})
	}
	return pl
}

func TestCompare(t *testing.T) {
	t.Parallel()
	app := map[string][]string{
		"App 1.0":    {"Requires-Dist: b>=2", "Requires-Dist: c; sys_platform == 'win32'", "Requires-Dist: pg-sql[fast] ; extra == 'postgres'"},
		"b 2.0":      nil,
		"Pg.Sql 1":   {"Requires-Dist: d ; extra == 'fast'"},
		"member 0.1": nil,
	}
	with := func(change func(map[string][]string)) map[string][]string {
		m := map[string][]string{}
		for k, v := range app {
			m[k] = v
		}
		change(m)
		return m
	}
	member := func(pl plan.Plan) plan.Plan {
		pl.Lock.Locals = []lock.Local{{Name: "member"}}
		return pl
	}
	postgres := func(pl plan.Plan) plan.Plan { pl.Extras = []string{"postgres"}; return pl }
	tests := map[string]struct {
		installed map[string][]string
		plan      plan.Plan
		want      string // "": all is well
	}{
		"as locked":               {app, member(locked("b==2", "pg-sql==1.0")), ""},
		"extra":                   {app, locked("b==2", "pg-sql==1.0"), `distribution "member" 0.1: installed, but not in the lock`},
		"missing":                 {app, member(locked("b==2", "pg-sql==1.0", "e==1")), `distribution "e": locked, but not installed`},
		"missing member":          {with(func(m map[string][]string) { delete(m, "member 0.1") }), member(locked("b==2", "pg-sql==1.0")), `distribution "member": locked, but not installed`},
		"another version":         {app, member(locked("b==2.1", "pg-sql==1.0")), `distribution "b": version 2.0 is installed: the lock has 2.1`},
		"too old for another":     {with(func(m map[string][]string) { delete(m, "b 2.0"); m["b 1.0"] = nil }), member(locked("b==1.0", "pg-sql==1.0")), `distribution "app": requires "b>=2": the lock has 1.0`},
		"requirement missing":     {with(func(m map[string][]string) { delete(m, "b 2.0") }), member(locked("pg-sql==1.0")), `distribution "app": requires "b>=2", which is not in the lock`},
		"extra of an extra":       {app, postgres(member(locked("b==2", "pg-sql==1.0"))), `distribution "pg-sql": requires "d", which is not in the lock`},
		"what nothing has pinned": {with(func(m map[string][]string) { m["z 3"] = nil }), member(locked("b==2", "pg-sql==1.0", "z")), ""},
	}
	for name, test := range tests {
		err := installed(t, test.installed).compare(test.plan)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	overridden := member(locked("b==1.0", "pg-sql==1.0"))
	overridden.Lock.Overrides = []lock.Requirement{{Name: "b"}}
	older := with(func(m map[string][]string) { delete(m, "b 2.0"); m["b 1.0"] = nil })
	if err := installed(t, older).compare(overridden); err != nil {
		t.Errorf("what the lock overrides: %v", err)
	}
}

func TestCompareFiles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(t *testing.T, e Env)
		want   string
	}{
		"nothing":        {func(*testing.T, Env) {}, ""},
		"compiled":       {func(t *testing.T, e Env) { put(t, filepath.Join(e.Site(), "__pycache__", "b.cpython-311.pyc"), "x") }, ""},
		"furniture":      {func(t *testing.T, e Env) { put(t, filepath.Join(e.Bin(), "activate.fish"), "x") }, ""},
		"stray module":   {func(t *testing.T, e Env) { put(t, filepath.Join(e.Site(), "stray.py"), "x") }, "in no RECORD: lib/python3.11/site-packages/stray.py"},
		"stray program":  {func(t *testing.T, e Env) { put(t, filepath.Join(e.Bin(), "stray"), "x") }, "in no RECORD: bin/stray"},
		"changed module": {func(t *testing.T, e Env) { put(t, filepath.Join(e.Site(), "b.py"), "x = 2\n") }, "not as its RECORD says: lib/python3.11/site-packages/b.py (b)"},
		"missing module": {func(t *testing.T, e Env) { remove(t, filepath.Join(e.Site(), "b.py")) }, "in a RECORD, and not there: lib/python3.11/site-packages/b.py (b)"},
		"no RECORD":      {func(t *testing.T, e Env) { remove(t, filepath.Join(e.Site(), "b-2.0.dist-info", "RECORD")) }, `distribution "b": `},
		"out of it": {func(t *testing.T, e Env) {
			put(t, filepath.Join(e.Site(), "b-2.0.dist-info", "RECORD"), "../../../../etc/passwd,,\n")
		}, `its RECORD names "../../../../etc/passwd", outside of the virtualenv`},
	}
	for name, test := range tests {
		e := installed(t, map[string][]string{"app 1": nil, "b 2.0": nil})
		test.change(t, e)
		err := e.compare(locked("b==2.0"))
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}
