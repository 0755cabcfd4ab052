package project

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/pep508"
)

func TestHomepage(t *testing.T) {
	tests := []struct {
		urls map[string]string
		want string
	}{
		{nil, ""},
		{map[string]string{"Changelog": "c"}, ""},
		{map[string]string{"Docs": "d", "Changelog": "c"}, "d"},
		{map[string]string{"Documentation": "d", "GitHub": "g"}, "g"},
		{map[string]string{"repository": "r", "Source Code": "s"}, "r"},
		{map[string]string{"Source": "s", "Home-page": "h"}, "h"},
	}
	for _, test := range tests {
		if got := (Project{URLs: test.urls}).Homepage(); got != test.want {
			t.Errorf("homepage of %v is %q, want %q", test.urls, got, test.want)
		}
	}
}

func TestPoetryPython(t *testing.T) {
	for constraint, want := range map[string]string{
		"^3.9":           ">=3.9,<4",
		"^3.9.1":         ">=3.9.1,<4",
		"^0.2.3":         ">=0.2.3,<0.3",
		"^0.0":           ">=0.0,<0.1",
		"~3.9":           ">=3.9,<3.10",
		"~3.9.1":         ">=3.9.1,<3.10",
		"~3":             ">=3,<4",
		">=3.9,<3.13":    ">=3.9,<3.13",
		">= 3.9 < 4.0":   ">=3.9,<4.0",
		"3.*":            "==3.*",
		"=3.11.2":        "==3.11.2",
		"*":              "",
		"~=3.9":          "~=3.9",
		"^3.9, !=3.10.*": ">=3.9,<4,!=3.10.*",
		"":               "",
	} {
		doc, err := readTOML(files("p", "dependencies.python = '"+constraint+"'"), "p")
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := poetryPython(doc); got != want || !ok {
			t.Errorf("%q is %q, want %q", constraint, got, want)
		}
	}
}

func TestParsePeople(t *testing.T) {
	for in, want := range map[string][]Person{
		"":                                 nil,
		"Ann Lee":                          {{"Ann Lee", ""}},
		"ann@example.org":                  {{"", "ann@example.org"}},
		"Ann Q. Lee <ann@example.org>":     {{"Ann Q. Lee", "ann@example.org"}},
		`"Lee, Ann" <a@b>, , Bob <b@c`:     {{"Lee, Ann", "a@b"}, {"Bob", "b@c"}},
		"Jörg <j@x>,Team at example <t@x>": {{"Jörg", "j@x"}, {"Team at example", "t@x"}},
	} {
		if diff := cmp.Diff(want, parsePeople(in)); diff != "" {
			t.Errorf("%q: -want +got:\n%s", in, diff)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("[project]\nname = 'x'\nversion = '1'\nreadme = 'README'\nlicense-files = ['**/L']", "")
	f.Add("[tool.poetry]\nname = 'x'\nversion = '1'\n[tool.poetry.dependencies]\npython = '^3.9, ~3 || >= 2'", "")
	f.Add("", "[metadata]\nname = x\nlong_description = file: README\n[options.entry_points]\nconsole_scripts =\n  x = y:z\n")
	f.Fuzz(func(t *testing.T, pyproject, setup string) {
		p, err := Read(files("pyproject.toml", pyproject, "setup.cfg", setup, "README", "r", "a/b/L", ""))
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		if p.Name != "" && !pep508.ValidName(p.Name) || p.File == "" {
			t.Errorf("read %+v", p)
		}
		p.Homepage()
	})
}
