package lock

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadPDM(t *testing.T) {
	const always = "click==8.1.8, pysocks==1.7.1, six==1.17.0, urllib3[socks]==2.6.3, tiny-lib in libs/tiny"
	const on311 = always + ", -colorama==0.4.6, -tomli==2.0.2"
	tests := map[string]lockTest{
		"the project's dependencies": {"pdm/project", Selection{Env: cpython("3.11")}, on311},
		"another Python":             {"pdm/project", Selection{Env: cpython("3.10")}, always + ", tomli==2.0.2, -colorama==0.4.6"},
		"another system":             {"pdm/project", Selection{Env: onWindows(cpython("3.11"))}, always + ", colorama==0.4.6, -tomli==2.0.2"},
		"an extra": {"pdm/project", Selection{Env: cpython("3.11"), Extras: []string{"pretty-out"}},
			on311 + ", tabulate==0.9.0, rich==13.9.4, markdown-it-py==3.0.0, mdurl==0.1.2, pygments==2.21.0, -typing-extensions==4.16.0"},
		"an extra and a group": {"pdm/project", Selection{Env: cpython("3.11"), Extras: []string{"cli"}, Groups: []string{"lint-all"}},
			on311 + ", tabulate==0.9.0, pathspec==1.1.1"},
		"a group alone, that includes another": {"pdm/project", Selection{Env: cpython("3.11"), Groups: []string{"dev"}, Only: true},
			"iniconfig==2.1.0, zipp==3.23.1"},
		"hashes of URLs": {"pdm/urls", Selection{Env: cpython("3.11")}, "click==8.1.8, -colorama==0.4.6"},
		"another index": {"pdm/source", Selection{Env: cpython("3.11")},
			"click==8.1.8, priv-lib==1.2@http://127.0.0.1:8765/simple, -colorama==0.4.6"},
		"a workspace": {"pdm/workspace", Selection{Env: cpython("3.11")},
			"six==1.17.0, tabulate==0.9.0, shop-a in packages/a, shop-b in packages/b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.run(t, "pdm.lock") })
	}
}

func TestPDMForEveryInterpreterKeepsMarkers(t *testing.T) {
	l, err := Load(os.DirFS("testdata/pdm/urls"), Selection{Files: []string{"pdm.lock"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Requirements) != 2 || l.Requirements[1].Marker != `platform_system == "Windows"` {
		t.Errorf("requirements %+v", l.Requirements)
	}
}

func TestPDMSourcesForAnyNameAreOptions(t *testing.T) {
	const include = "include_packages = [\"priv-lib\"]\n"
	tests := map[string]struct {
		oldnew []string
		want   []Option
	}{
		"some names": {nil, nil},
		"any name": {[]string{include, ""},
			[]Option{{"extra-index-url", "http://127.0.0.1:8765/simple/", "pyproject.toml", 10}}},
		"instead of PyPI": {[]string{include, "", `"private"`, `"pypi"`},
			[]Option{{"index-url", "http://127.0.0.1:8765/simple/", "pyproject.toml", 10}}},
		"a page of links": {[]string{include, "type = \"find_links\"\n"},
			[]Option{{"find-links", "http://127.0.0.1:8765/simple/", "pyproject.toml", 10}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l, err := Load(edited(t, "pdm/source", test.oldnew...), Selection{Files: []string{"pdm.lock"}})
			if diff := cmp.Diff(test.want, l.Options); diff != "" || err != nil {
				t.Errorf("error %v, -want +got:\n%s", err, diff)
			}
		})
	}
}

func TestPDMStale(t *testing.T) {
	tests := map[string]staleTest{
		"a dependency":     {"pdm/project", []string{`"click>=8.1,<8.2"`, `"click>=8,<8.2"`}, true},
		"an extra":         {"pdm/project", []string{`"rich>=13,<14"`, `"rich>=13"`}, true},
		"a group":          {"pdm/project", []string{`"zipp>=3"`, `"zipp"`}, true},
		"PDM's own group":  {"pdm/project", []string{`"pathspec>=0.12"`, `"pathspec"`}, true},
		"requires-python":  {"pdm/project", []string{`requires-python = ">=3.9"`, `requires-python = ">=3.10"`}, true},
		"the description":  {"pdm/project", []string{"Läden", "Shops"}, false},
		"a source":         {"pdm/source", []string{"8765", "8766"}, true},
		"a resolution":     {"pdm/source", []string{"allow-prereleases = false", "allow-prereleases = true"}, true},
		"the members":      {"pdm/workspace", []string{"packages/*", "packages/a"}, true},
		"no hash to check": {"pdm/project", []string{"content_hash", "other_hash", `"zipp>=3"`, `"zipp"`}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.run(t, "pdm.lock", `pdm.lock was not locked from the dependencies that pyproject.toml has now: want it locked again with "pdm lock"`)
		})
	}
}
