package project

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDependencies(t *testing.T) {
	type want struct {
		dependencies     []string
		optional, groups map[string][]string
	}
	tests := map[string]struct {
		name, text string
		want       want
	}{
		"pyproject.toml": {"pyproject.toml", `
[project]
name = "shop"
version = "1"
dependencies = ["Flask >= 3", "tomli ; python_version < '3.11'"]
[project.optional-dependencies]
Post_Gres = ["psycopg[binary]>=3"]
all = ["shop[post-gres]"]
[dependency-groups]
Dev = ["pytest", {include-group = "ty_ping"}, "mypy"]
ty-ping = ["mypy"]
none = []
`, want{
			[]string{"Flask >= 3", "tomli ; python_version < '3.11'"},
			map[string][]string{"post-gres": {"psycopg[binary]>=3"}, "all": {"shop[post-gres]"}},
			map[string][]string{"dev": {"pytest", "mypy"}, "ty-ping": {"mypy"}, "none": nil},
		}},
		"setup.cfg": {"setup.cfg", `
[metadata]
name = shop
version = 1
[options]
install_requires =
    flask >=3, <4  # the web
    tomli; python_version < "3.11"
[options.extras_require]
Post_Gres = psycopg
files = file: more.txt
`, want{
			[]string{"flask >=3, <4", `tomli; python_version < "3.11"`},
			map[string][]string{"post-gres": {"psycopg"}, "files": nil}, nil,
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := Read(files(test.name, test.text))
			if err != nil {
				t.Fatal(err)
			}
			got := want{p.Dependencies, p.OptionalDependencies, p.Groups}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDependenciesRefused(t *testing.T) {
	_, err := Read(files("pyproject.toml", `
[project]
name = "shop"
version = "1"
dependencies = ["flask 3", 1, "ok"]
[project.optional-dependencies]
a-b = ["x"]
A_B = ["y"]
"-" = []
[dependency-groups]
a = ["x", {include-group = "b"}, 3]
b = [{include-group = "a"}, {include-group = "c"}, {other = "a"}, {include-group = 1}]
d = ["=1"]
e = "x"
`))
	want := `pyproject.toml: project.dependencies[1]: want a string, have an integer
pyproject.toml: project.dependencies: "flask": parse version specifier "3": no operator: want one of === == != <= >= ~= < > before the version
pyproject.toml: project.optional-dependencies.-: want a name of letters, digits, '.', '_' and '-', beginning and ending with a letter or digit
pyproject.toml: project.optional-dependencies.a-b: "a-b" is there already: want it once
pyproject.toml: dependency-groups.b[0].include-group: the group includes itself, by a -> b -> a: want no circle
pyproject.toml: dependency-groups.b[1].include-group: "c" is no group here: want one of a, b, d, e
pyproject.toml: dependency-groups.b[2].include-group: want a requirement, or {include-group = "NAME"}
pyproject.toml: dependency-groups.b[3].include-group: want a string, have an integer
pyproject.toml: dependency-groups.a[2]: want a table, have an integer
pyproject.toml: dependency-groups.d[0]: "=1": want a requirement such as "name==1.2.3"
pyproject.toml: dependency-groups.e: want an array, have a string`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
