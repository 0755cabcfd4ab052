package payload

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/audit"
	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/project"
	"github.com/pinpack/pinpack/internal/tree"
	"github.com/pinpack/pinpack/internal/venv"
)

// put writes files below a directory; a name that ends with a slash is a
// directory, a text that begins with -> a link.
func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		link, isLink := strings.CutPrefix(text, "-> ")
		switch {
		case err != nil:
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(file, 0o755)
		case isLink:
			err = os.Symlink(link, file)
		default:
			err = os.WriteFile(file, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

const site = "lib/python3.11/site-packages/"

// shop is a virtualenv made by hand, and the plan that it is of.
func shop(t *testing.T) (plan.Plan, venv.Env) {
	t.Helper()
	dir := t.TempDir()
	python := plan.Python{Path: "/usr/bin/python3.11", Target: "/usr/bin/python3.11", Version: "3.11.2", Minor: "3.11"}
	put(t, dir, map[string]string{
		"src/pyproject.toml":                            "[project]",
		"venv/bin/python3.11":                           "-> /usr/bin/python3.11",
		"venv/bin/shop":                                 "#!/opt/apps/shop/bin/python3.11\n",
		"venv/" + site + "Zope-1.0.dist-info/METADATA":  "Name: Zope\nVersion: 1.0\n",
		"venv/" + site + "attrs-2.dist-info/METADATA":   "Metadata-Version: 2.1\nName: attrs\nVersion: 2\n\nName: not this\n",
		"venv/" + site + "my_shop-3.dist-info/METADATA": "Name: My.Shop\nVersion: 3\n",
	})
	pl := plan.Plan{
		Name: "shop", Version: "3", Iteration: "2", Commit: "4f2a", Dirty: true, Prefix: "/opt/apps/shop", Python: python,
		Source: filepath.Join(dir, "src"), Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Metadata: plan.Metadata{License: "MIT", Homepage: "https://shop.example.org/?a=1&b=2", Maintainer: "Ann Öl <ann@example.org>"},
		Packages: []plan.Package{
			{Format: "rpm", Version: "3", Depends: []string{"/usr/bin/python3.11"}}, {Format: "deb", Epoch: "1", Version: "3", Depends: []string{"python3.11"}},
		},
		Lock: lock.Lock{Files: []string{"uv.lock"}, Requirements: []lock.Requirement{{Name: "attrs", Version: "2"}}},
	}
	env := venv.Env{
		Dir: filepath.Join(dir, "venv"), Prefix: pl.Prefix, Python: python,
		Wheel: project.Project{Name: "my-shop", Version: "3", Scripts: map[string]string{"shop": "shop:main", "shop-admin": "shop:admin"}},
	}
	return pl, env
}

// dump writes a tree one entry a path.
func dump(entries []tree.Entry) map[string]string {
	all := map[string]string{}
	for _, e := range entries {
		line := strings.TrimSpace(fmt.Sprintf("%s %04o %s", e.Kind, e.Mode, e.Only))
		if e.Kind == tree.Symlink {
			line = "symlink " + e.Link
		}
		all[e.Path] = line
	}
	return all
}

func TestGatherMakesTheTree(t *testing.T) {
	t.Parallel()
	pl, env := shop(t)
	put(t, pl.Source, map[string]string{"static/css/x.css": "x", "shop.conf": "y"})
	pl.Scripts = []string{"shop"}
	pl.Files = []config.File{{Source: "static", Dest: "/srv/web/shop/static"}, {Source: "shop.conf", Dest: "/etc/shop/shop.conf"}}
	got, info, err := Gather(pl, env, Private{Paths: []string{"/nowhere"}})
	if err != nil {
		t.Fatal(err)
	}
	at := "/opt/apps/shop/"
	want := map[string]string{
		"/opt/apps": "dir 0755", "/opt/apps/shop": "dir 0755", at + "bin": "dir 0755",
		at + "bin/python3.11": "symlink /usr/bin/python3.11", at + "bin/shop": "file 0644",
		at + "lib": "dir 0755", at + "lib/python3.11": "dir 0755", at + "lib/python3.11/site-packages": "dir 0755",
		at + site + "Zope-1.0.dist-info": "dir 0755", at + site + "Zope-1.0.dist-info/METADATA": "file 0644",
		at + site + "attrs-2.dist-info": "dir 0755", at + site + "attrs-2.dist-info/METADATA": "file 0644",
		at + site + "my_shop-3.dist-info": "dir 0755", at + site + "my_shop-3.dist-info/METADATA": "file 0644",
		"/usr/bin/shop": "symlink /opt/apps/shop/bin/shop",
		"/etc/shop":     "dir 0755", "/etc/shop/shop.conf": "file 0644",
		"/srv/web": "dir 0755", "/srv/web/shop": "dir 0755", "/srv/web/shop/static": "dir 0755",
		"/srv/web/shop/static/css": "dir 0755", "/srv/web/shop/static/css/x.css": "file 0644",
		"/usr/share/shop": "dir 0755", "/usr/share/shop/build-info.json": "file 0644",
		"/usr/share/doc/shop": "dir 0755", "/usr/share/doc/shop/copyright": "file 0644", "/usr/share/doc/shop/changelog.Debian.gz": "file 0644 deb",
		"/usr/share/lintian/overrides/shop": "file 0644 deb",
	}
	if diff := cmp.Diff(want, dump(got)); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	var names []string
	for _, d := range info.Distributions {
		names = append(names, d.Name+" "+d.Version)
	}
	if diff := cmp.Diff([]string{"attrs 2", "My.Shop 3", "Zope 1.0"}, names); diff != "" {
		t.Errorf("distributions (-want +got):\n%s", diff)
	}
}

func TestGatherAudits(t *testing.T) {
	t.Parallel()
	pl, env := shop(t)
	put(t, env.Dir, map[string]string{site + "x.pth": pl.Source, "bin/python": "-> /usr/bin/python3", site + "ok.txt": pl.Source})
	pl.AuditAllow = []string{"/opt/apps/shop/**/ok.txt"}
	pl.Scripts = []string{}
	_, _, err := Gather(pl, env, Private{Paths: []string{pl.Source}})
	var e *audit.Error
	if !errors.As(err, &e) {
		t.Fatalf("Gather = %v, want an *audit.Error", err)
	}
	want := []audit.Finding{
		{Path: "/opt/apps/shop/bin/python", Problem: `links to "/usr/bin/python3", which is not in the package`},
		{Path: "/opt/apps/shop/" + site + "x.pth", Problem: fmt.Sprintf("names %q, a path of the machine that built it", pl.Source)},
	}
	if diff := cmp.Diff(want, e.Findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestGatherRefusesClashes(t *testing.T) {
	t.Parallel()
	pl, env := shop(t)
	put(t, pl.Source, map[string]string{"x": ""})
	pl.Files = []config.File{{Source: "x", Dest: "/opt/apps/shop/bin/shop"}, {Source: "x", Dest: "/opt/apps/shop/bin/python3.11/x"}}
	_, _, err := Gather(pl, env, Private{})
	want := "join files: two sources for the same path: /opt/apps/shop/bin/python3.11 (a symlink and a dir), " +
		"/opt/apps/shop/bin/shop (a file and a file), /opt/apps/shop/bin/python3.11/x (below the symlink /opt/apps/shop/bin/python3.11)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestCommandsAreTheProjectsOwn(t *testing.T) {
	t.Parallel()
	const system = ": belongs to the system in /usr/bin: name the others with the input scripts"
	tests := map[string]struct {
		own, wanted []string
		want        []string
		err         []string
	}{
		"all":                 {[]string{"b", "a"}, nil, []string{"a", "b"}, nil},
		"none":                {[]string{"a"}, []string{}, nil, nil},
		"some":                {[]string{"a", "b", "c"}, []string{"c", "a"}, []string{"c", "a"}, nil},
		"a project with none": {nil, nil, nil, nil},
		"unknown ones": {[]string{"a", "b"}, []string{"x", "a", "y"}, []string{"a"}, []string{
			`script "x": the project has none of this name: want some of a, b, or none`,
			`script "y": the project has none of this name: want some of a, b, or none`,
		}},
		"the system's": {[]string{"python", "python3.12", "pip", "sh", "pythonic"}, nil, []string{"pythonic"}, []string{
			`script "pip"` + system, `script "python"` + system, `script "python3.12"` + system, `script "sh"` + system,
		}},
	}
	for name, test := range tests {
		env := venv.Env{Wheel: project.Project{Scripts: map[string]string{}}}
		for _, script := range test.own {
			env.Wheel.Scripts[script] = "x:y"
		}
		list, err := commands(plan.Plan{Prefix: "/opt/x", Scripts: test.wanted}, env)
		var want []tree.Entry
		for _, script := range test.want {
			want = append(want, tree.Entry{Path: "/usr/bin/" + script, Kind: tree.Symlink, Mode: 0o777, Link: "/opt/x/bin/" + script})
		}
		if diff := cmp.Diff(want, list); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		var lines []string
		if err != nil {
			lines = strings.Split(err.Error(), "\n")
		}
		if diff := cmp.Diff(test.err, lines); diff != "" {
			t.Errorf("%s: errors (-want +got):\n%s", name, diff)
		}
	}
}

func TestExtraFiles(t *testing.T) {
	t.Parallel()
	pl := plan.Plan{Source: t.TempDir()}
	put(t, pl.Source, map[string]string{
		"static/a.css": "a", "static/deep/b.js": "b", "static/link": "-> a.css", "empty/": "", "file": "f",
		"current": "-> static", "out": "-> /etc/passwd", "up": "-> ../..", "loop": "-> loop",
	})
	const escapes = ": path escapes from parent"
	tests := map[string]struct {
		source string
		want   map[string]string
		err    string
	}{
		"a folder":           {"static", map[string]string{"/d": "dir 0755", "/d/a.css": "file 0644", "/d/deep": "dir 0755", "/d/deep/b.js": "file 0644", "/d/link": "symlink a.css"}, ""},
		"a linked folder":    {"current", map[string]string{"/d": "dir 0755", "/d/a.css": "file 0644", "/d/deep": "dir 0755", "/d/deep/b.js": "file 0644", "/d/link": "symlink a.css"}, ""},
		"a file":             {"file", map[string]string{"/d": "file 0644"}, ""},
		"a linked file":      {"static/link", map[string]string{"/d": "file 0644"}, ""},
		"a missing file":     {"static/gone", nil, `ship "static/gone": no such file or directory: no step made it`},
		"an empty folder":    {"empty", map[string]string{"/d": "dir 0755"}, `ship "empty": the folder is empty`},
		"a link out":         {"out", nil, `ship "out"` + escapes},
		"a link upwards":     {"up", nil, `ship "up"` + escapes},
		"something below it": {"up/etc", nil, `ship "up/etc"` + escapes},
		"a link to itself":   {"loop", nil, `ship "loop": too many levels of symbolic links`},
	}
	for name, test := range tests {
		pl.Files = []config.File{{Source: test.source, Dest: "/d"}}
		list, err := extra(pl)
		if test.want == nil {
			test.want = map[string]string{}
		}
		if diff := cmp.Diff(test.want, dump(list)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		got := ""
		if err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(test.err, got); diff != "" {
			t.Errorf("%s: error (-want +got):\n%s", name, diff)
		}
	}
	pl.Files = []config.File{{Source: "gone", Dest: "/a"}, {Source: "file", Dest: "/b"}, {Source: "lost", Dest: "/c"}}
	_, err := extra(pl)
	want := "ship \"gone\": no such file or directory: no step made it\nship \"lost\": no such file or directory: no step made it"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
