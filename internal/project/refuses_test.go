package project

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestReadRefuses(t *testing.T) {
	tests := map[string]struct {
		tree fstest.MapFS
		want []string // lines, in this order
	}{
		"TOML syntax": {
			files("pyproject.toml", "[project]\nname = \"x\nversion = 1"),
			[]string{`pyproject.toml:2:10: strings cannot contain newlines: want TOML`},
		},
		"every wrong type at once": {
			files("pyproject.toml", `
build-system = {requires = "x", build-backend = 1}
tool.pinpack = 3
[project]
name = 1
version = 1.5
readme = true
license = ["MIT"]
authors = [{name = 1}, "Ann"]
urls = {Home = 2024-01-01}
scripts = []
dynamic = "version"
`),
			[]string{
				`pyproject.toml: project.name: want a string, have an integer`,
				`pyproject.toml: project.version: want a string, have a float`,
				`pyproject.toml: project.authors[1]: want a table, have a string`,
				`pyproject.toml: project.authors[0].name: want a string, have an integer`,
				`pyproject.toml: project.authors: item 1 is empty: want a name, an email or both`,
				`pyproject.toml: project.urls.Home: want a string, have a date or time`,
				`pyproject.toml: project.scripts: want a table, have an array`,
				`pyproject.toml: project.dynamic: want an array, have a string`,
				`pyproject.toml: project.readme: want a string, have a boolean`,
				`pyproject.toml: project.license: want a string, have an array`,
				`pyproject.toml: build-system.build-backend: want a string, have an integer`,
				`pyproject.toml: build-system.requires: want an array, have a string`,
				`pyproject.toml: tool.pinpack: want a table, have an integer`,
			},
		},
		"every wrong value at once": {
			files("pyproject.toml", `
[project]
name = "-x"
version = "one"
requires-python = "3.9"
readme = "../README"
license = {text = "a", file = "b"}
license-files = ["../x", "["]
dynamic = ["name", "version"]
entry-points.console_scripts = {x = "y"}
scripts = {"../x" = "a:b", y = "nothing"}
[build-system]
`),
			[]string{
				`pyproject.toml: project.dynamic: "name" cannot be dynamic: want it as project.name`,
				`pyproject.toml: project.version: given, and listed in project.dynamic: want one of the two`,
				`pyproject.toml: project.entry-points.console_scripts: want these in project.scripts`,
				`pyproject.toml: project.readme: "../README" is outside the project: want a path in it`,
				`pyproject.toml: project.license: want an SPDX expression such as "MIT"`,
				`pyproject.toml: project.license.file: "b" matches no file: want the licence's text`,
				`pyproject.toml: project.name: "-x" is no name of a distribution: want letters, digits, '.', '_' and '-', beginning and ending with a letter or digit`,
				`pyproject.toml: project.version: parse version "one": want a PEP 440 version such as 1.2.3, 1.2.3rc1 or 1.2.post1`,
				`pyproject.toml: project.requires-python: parse version specifier "3.9": no operator: want one of === == != <= >= ~= < > before the version`,
				`pyproject.toml: project.scripts: script "../x": want a file name, without blanks and slashes`,
				`pyproject.toml: project.scripts: script "y": "nothing" is no object reference: want "package.module:function"`,
				`pyproject.toml: build-system.requires: missing: want the list of what the build needs, such as ["hatchling"]`,
			},
		},
		"an empty table": {
			files("pyproject.toml", "[project]"),
			[]string{
				`pyproject.toml: project.version: missing: want a version, or "version" in project.dynamic`,
				`pyproject.toml: project.name: missing: want the distribution's name`,
			},
		},
		"files that are not there": {
			files("pyproject.toml", "[project]\nname = 'x'\nversion = '1'\nreadme = {file = 'R.md'}\nlicense-files = ['/L', 'L*']"),
			[]string{
				`pyproject.toml: project.readme.file: read "R.md": file does not exist`,
				`pyproject.toml: project.license-files: "/L" is no pattern of files in the project: want one such as "LICEN[CS]E*"`,
				`pyproject.toml: project.license-files: "L*" matches no file: want the licence's text`,
			},
		},
		"Poetry": {
			files("pyproject.toml", "[tool.poetry]\nname = 3\ndependencies.python = '^x'\nreadme = ['a', 1]"),
			[]string{
				`pyproject.toml: tool.poetry.name: want a string, have an integer`,
				`pyproject.toml: tool.poetry.readme[1]: want a string, have an integer`,
				`pyproject.toml: tool.poetry.readme: read "a": file does not exist`,
				`pyproject.toml: tool.poetry.version: missing: want a version`,
				`pyproject.toml: tool.poetry.dependencies.python: parse version specifier ">=x": parse version "x": want a PEP 440 version such as 1.2.3, 1.2.3rc1 or 1.2.post1`,
				`parse version specifier "<x": parse version "x": want a PEP 440 version such as 1.2.3, 1.2.3rc1 or 1.2.post1`,
			},
		},
		"setup.cfg syntax": {
			files("setup.cfg", "junk\n[metadata\n[metadata]\nname = x\nnothing\nname = y\n"),
			[]string{
				`setup.cfg: line 1: "junk": want "key = value" in a [section]`,
				`line 2: "[metadata": want a section in brackets, closed by ]`,
				`line 5: "nothing": want "key = value" in a [section]`,
				`line 6: "name" is there already: want it once`,
			},
		},
		"setup.cfg without a name": {
			files("setup.cfg", "[metadata]\nversion = x.y\n"),
			[]string{
				`setup.cfg: metadata.name: missing: want the distribution's name`,
				`setup.cfg: metadata.version: parse version "x.y": want a PEP 440 version such as 1.2.3, 1.2.3rc1 or 1.2.post1`,
			},
		},
		"nothing": {
			files("main.py", "", "pyproject.toml", "[tool.black]"),
			[]string{ErrNoMetadata.Error()},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := Read(test.tree)
			if err == nil {
				t.Fatalf("Read = %+v, want an error", p)
			}
			if diff := cmp.Diff(test.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if _, err := Read(fstest.MapFS{}); !errors.Is(err, ErrNoMetadata) {
		t.Errorf("an empty directory: %v, want ErrNoMetadata", err)
	}
}
