package lock

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/project"
)

var shop = project.Project{
	Name: "Shop", File: "pyproject.toml",
	Dependencies: []string{"a>=1,<2", "lib", "b[x]; os_name == 'nt'", "c>=3", "c[y]<5"},
	OptionalDependencies: map[string][]string{
		"all": {"shop[more,all]"}, "more": {"d==2.0"},
	},
	Groups: map[string][]string{"dev": {"e"}},
}

func TestRequirementsStale(t *testing.T) {
	const good = "a==1.5\n./lib\nc[y]==4\nd==2\ne==1\n"
	for name, test := range map[string]struct {
		text string
		Selection
		want []string
	}{
		"all that it needs":     {good, Selection{Extras: []string{"all"}, Groups: []string{"dev"}}, nil},
		"no extra":              {"a==1.5\n./lib\nc==4\n", Selection{}, nil},
		"a group alone":         {"e==1\n", Selection{Only: true, Groups: []string{"dev"}}, nil},
		"not pinned, or by URL": {"a\n./lib\nc @ https://example.org/c.whl\n", Selection{}, nil},
		"other things": {"a==2\nc==4 ; os_name == 'nt'\n", Selection{Extras: []string{"all"}, Groups: []string{"dev"}}, []string{
			`pyproject.toml wants "a>=1,<2", and requirements.txt:1 has "a==2"`,
			`pyproject.toml wants "c>=3", which is not in requirements.txt`,
			`pyproject.toml wants "c[y]<5", which is not in requirements.txt`,
			`pyproject.toml wants "d==2.0", which is not in requirements.txt`,
			`pyproject.toml wants "e", which is not in requirements.txt`,
			`pyproject.toml wants "lib", which is not in requirements.txt`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			test.Project, test.Env = shop, cpython("3.11")
			l, err := Load(files("requirements.txt", test.text, "lib/setup.cfg", "[metadata]\nname = lib\nversion = 1\n"), test.Selection)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, l.Stale); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestUnlocked(t *testing.T) {
	l, err := Unlocked(Selection{Project: shop, Env: cpython("3.11"), Extras: []string{"all"}, Groups: []string{"dev"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "a>=1,<2\nlib\nc[y]>=3,<5\ne\nd==2.0\n"
	if diff := cmp.Diff(want, l.Render()); diff != "" || l.Requirements[4].Version != "2.0" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if err := l.Check(Allow{Unpinned: true, Unhashed: true}); err != nil {
		t.Error(err)
	}
	unknown := shop
	unknown.Dynamic = []string{"dependencies"}
	remote := shop
	remote.Dependencies = []string{"a @ git+https://example.org/a.git"}
	for _, p := range []project.Project{unknown, remote, {File: "setup.py"}} {
		if l, err := Unlocked(Selection{Project: p}); err == nil {
			t.Errorf("no error for %+v", l)
		}
	}
}

func TestCheckAllows(t *testing.T) {
	l := mustRead(t, "a\nb>=1 --hash=A\nc==1\n")
	for _, test := range []struct {
		Allow
		want string
	}{
		{Allow{}, `"a" is not pinned and has no hash, "b>=1" is not pinned, "c==1" has no hash`},
		{Allow{Unpinned: true}, `"a" has no hash, "c==1" has no hash`},
		{Allow{Unhashed: true}, `"a" is not pinned, "b>=1" is not pinned`},
		{Allow{true, true}, ``},
	} {
		var got []string
		if err := l.Check(test.Allow); err != nil {
			lines := strings.Split(err.Error(), "\n")
			for _, line := range lines[:len(lines)-1] {
				_, line, _ = strings.Cut(line, ": ")
				line, _, _ = strings.Cut(line, ": want")
				got = append(got, line)
			}
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%+v: %s, want %s", test.Allow, got, test.want)
		}
	}
}

// The project itself is built in any case, so uv's and pip-tools' first line for it is
// passed over, however it is written.
func TestRequirementsOfFolders(t *testing.T) {
	tree := files("apps/shop/requirements.txt", `-e .
-e file:.
../shop[extra]
shop @ file:../shop
-e ../../libs/one[x] ; python_version >= '3'
two@../../libs/two
../../libs/three ; os_name == 'nt'
../../libs/one
a==1
`, "libs/one/setup.cfg", "[metadata]\nname = One\nversion = 1\n", "libs/two/setup.py", "", "libs/three/setup.py", "")
	s := Selection{Files: []string{"apps/shop/requirements.txt"}, Dir: "apps/shop", Env: cpython("3.11")}
	l, err := Load(tree, s)
	if err != nil {
		t.Fatal(err)
	}
	want := []Local{{"one", "libs/one", s.Files[0], 5}, {"two", "libs/two", s.Files[0], 6}}
	if diff := cmp.Diff(want, l.Locals); diff != "" || len(l.Requirements) != 1 {
		t.Errorf("-want +got:\n%s, requirements %+v", diff, l.Requirements)
	}
	s.Env = nil
	if l, err := Load(tree, s); err != nil || len(l.Locals) != 3 {
		t.Errorf("for every interpreter: %+v, error %v", l.Locals, err)
	}
}

func TestRequirementsForAnInterpreter(t *testing.T) {
	tree := files("requirements.txt", "a==1 ; python_version < '3.11'\na==2 ; python_version >= '3.11'\nb==1 ; sys_platform == 'win32'\nc==1 ; sys_platform == 'linux'\n")
	l, err := Load(tree, Selection{Env: cpython("3.11")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"-a==1", "-b==1", "a==2", "c==1"}, selected(l)); diff != "" || l.Requirements[1].Marker != "sys_platform == 'linux'" {
		t.Errorf("-want +got:\n%s\n%+v", diff, l.Requirements)
	}
	tree = files("requirements.txt", "a==1 ; python_version >= '3.10'\na==2 ; python_version >= '3.11'\n")
	if _, err := Load(tree, Selection{Env: cpython("3.10")}); err != nil {
		t.Error(err)
	}
	want := `requirements.txt:2: "a==2" contradicts "a==1" at requirements.txt:1 for this interpreter: want one version`
	if _, err := Load(tree, Selection{Env: cpython("3.11")}); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
