package lock

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/project"
)

func TestUVStale(t *testing.T) {
	current := project.Project{
		Name: "Shop", File: "pyproject.toml", RequiresPython: ">= 3.9", Dependencies: []string{"one<2,>=1", "LIB>=3"},
		OptionalDependencies: map[string][]string{"cpu": {"wide<2"}, "gpu": {"wide >= 2"}},
		Groups:               map[string][]string{"dev": {"test"}},
	}
	changed := current
	changed.RequiresPython = ">=3.10"
	changed.Dependencies = []string{"one[x]>=1,<2", "lib", "more; os_name == 'nt'", "new"}
	changed.OptionalDependencies = map[string][]string{"cpu": {"wide<2"}, "other": {"x"}}
	changed.Groups = map[string][]string{"dev": nil}
	dynamic := changed
	dynamic.RequiresPython, dynamic.Groups, dynamic.Dynamic = "", current.Groups, []string{"dependencies"}
	dynamic.Dependencies, dynamic.OptionalDependencies = nil, nil
	for name, test := range map[string]struct {
		project project.Project
		want    []string
	}{
		"the same":     {current, nil},
		"another shop": {project.Project{Name: "x", File: "pyproject.toml", Dependencies: nil}, nil},
		"dependencies that only a build can tell": {dynamic, nil},
		"changes": {changed, []string{
			`pyproject.toml wants "new", which uv.lock was not locked for`,
			`pyproject.toml wants "one[x]>=1,<2", which uv.lock was not locked for`,
			`pyproject.toml wants "x", which uv.lock was not locked for`,
			`uv.lock was locked for "one>=1,<2", which pyproject.toml does not want`,
			`uv.lock was locked for "test", which pyproject.toml does not want`,
			`uv.lock was locked for "wide>=2", which pyproject.toml does not want`,
			`uv.lock was locked for Python ">=3.9", and pyproject.toml wants ">=3.10"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := Load(uvTree(goodUV), Selection{Env: cpython("3.11"), Project: test.project, Files: []string{"uv.lock"}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, l.Stale); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestUVOverridesAreNotStale(t *testing.T) {
	text := strings.NewReplacer(`{ name = "one", specifier = ">=1,<2" }`, `{ name = "one", specifier = ">=5" }`, `overrides = [{ name = "two"`, `overrides = [{ name = "one"`).Replace(goodUV)
	p := project.Project{
		Name: "shop", File: "pyproject.toml", Dependencies: []string{"one>=5", "lib"},
		OptionalDependencies: map[string][]string{"cpu": {"wide<2"}, "gpu": {"wide>=2"}}, Groups: map[string][]string{"dev": {"test"}},
	}
	l, err := Load(uvTree(text), Selection{Env: cpython("3.11"), Project: p})
	if err != nil || l.Stale != nil {
		t.Errorf("stale %q, error %v", l.Stale, err)
	}
}
