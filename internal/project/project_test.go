package project

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// files makes a source tree of alternating names and texts.
func files(namesAndTexts ...string) fstest.MapFS {
	tree := fstest.MapFS{}
	for i := 0; i < len(namesAndTexts); i += 2 {
		tree[namesAndTexts[i]] = &fstest.MapFile{Data: []byte(namesAndTexts[i+1])}
	}
	return tree
}

const legacyBackend = "setuptools.build_meta:__legacy__"

var legacyRequires = []string{"setuptools>=40.8.0"}

func TestRead(t *testing.T) {
	tests := map[string]struct {
		tree fstest.MapFS
		want Project
	}{
		"PEP 621, everything": {
			tree: files("pyproject.toml", `
[build-system]
requires = ["hatchling>=1.2"]
build-backend = "hatchling.build"
[project]
name = "Shop.Front"
version = "24.04"
description = "Sells\n  things"
readme = "README.md"
license = "MIT OR Apache-2.0"
license-files = ["LICENSES/**/*.txt", "NOTICE"]
requires-python = ">=3.9,<4"
authors = [{name = "Ann Lee", email = "ann@example.org"}, {email = "bob@example.org"}]
maintainers = [{name = "Cid"}]
dynamic = ["dependencies"]
[project.urls]
Repository = "https://example.org/git"
"Home-Page" = "https://example.org/"
[project.scripts]
shop = "shop.cli : main [color]"
[project.entry-points."shop.plugins"]
x = "shop.x"
[tool.pinpack]
prefix = "/srv/shop"
`, "README.md", "# Shop\n", "NOTICE", "n", "LICENSES/MIT.txt", "m", "LICENSES/a/b/Apache.txt", "a", "LICENSE", "not named"),
			want: Project{
				Name: "Shop.Front", Version: "24.04", Summary: "Sells things",
				Readme: "# Shop\n", ReadmeType: "text/markdown",
				License:        "MIT OR Apache-2.0",
				LicenseFiles:   []string{"LICENSES/MIT.txt", "LICENSES/a/b/Apache.txt", "NOTICE"},
				RequiresPython: ">=3.9,<4",
				Authors:        []Person{{"Ann Lee", "ann@example.org"}, {"", "bob@example.org"}},
				Maintainers:    []Person{{"Cid", ""}},
				URLs:           map[string]string{"Repository": "https://example.org/git", "Home-Page": "https://example.org/"},
				Scripts:        map[string]string{"shop": "shop.cli:main"},
				Dynamic:        []string{"dependencies"},
				BuildBackend:   "hatchling.build", BuildRequires: []string{"hatchling>=1.2"},
				File: "pyproject.toml",
				Tool: map[string]any{"prefix": "/srv/shop"},
			},
		},
		"PEP 621, the least, with a byte-order mark": {
			tree: files("pyproject.toml", "\ufeff[project]\r\nname = 'x'\r\ndynamic = ['version', 'readme']\r\n", "setup.py", "", "COPYING", "c"),
			want: Project{
				Name: "x", Dynamic: []string{"readme", "version"}, LicenseFiles: []string{"COPYING"},
				BuildBackend: legacyBackend, BuildRequires: legacyRequires, File: "pyproject.toml",
			},
		},
		"PEP 621, readme and license as tables, authors as an array of tables": {
			tree: files("pyproject.toml", `
[project]
name = "x"
version = "1"
readme = {text = "Hello", content-type = "text/x-rst"}
license = {file = "docs/LICENSE"}
[[project.authors]]
name = "Ann"
`, "docs/LICENSE", "l"),
			want: Project{
				Name: "x", Version: "1", Readme: "Hello", ReadmeType: "text/x-rst",
				LicenseFiles: []string{"docs/LICENSE"}, Authors: []Person{{"Ann", ""}},
				BuildBackend: legacyBackend, BuildRequires: legacyRequires, File: "pyproject.toml",
			},
		},
		"PEP 621 goes before Poetry and setup.cfg": {
			tree: files("pyproject.toml", "project = {name = 'x', version = '1', license = {text = 'BSD'}}\ntool.poetry.name = 'y'", "setup.cfg", "[metadata]\nname = z"),
			want: Project{Name: "x", Version: "1", License: "BSD", BuildBackend: legacyBackend, BuildRequires: legacyRequires, File: "pyproject.toml"},
		},
		"Poetry": {
			tree: files("pyproject.toml", `
[tool.poetry]
name = "shop"
version = "1.2.0"
description = "Sells things"
license = "MIT"
authors = ["Ann Lee <ann@example.org>"]
maintainers = ["Bob"]
readme = ["README.rst", "CHANGES.rst"]
homepage = "https://example.org/"
repository = "https://example.org/git"
[tool.poetry.urls]
Issues = "https://example.org/issues"
[tool.poetry.scripts]
shop = "shop.cli:main"
admin = {callable = "shop.admin:main", extras = ["admin"]}
other = {reference = "shop.other:main", type = "console"}
copied = {reference = "bin/copied.sh", type = "file"}
[tool.poetry.dependencies]
python = "^3.9"
flask = "^3.0"
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
`, "README.rst", "readme", "CHANGES.rst", "changes"),
			want: Project{
				Name: "shop", Version: "1.2.0", Summary: "Sells things", License: "MIT",
				Readme: "readme\nchanges", ReadmeType: "text/x-rst", RequiresPython: ">=3.9,<4",
				Authors: []Person{{"Ann Lee", "ann@example.org"}}, Maintainers: []Person{{"Bob", ""}},
				URLs: map[string]string{"homepage": "https://example.org/", "repository": "https://example.org/git", "Issues": "https://example.org/issues"},
				Scripts: map[string]string{
					"shop": "shop.cli:main", "admin": "shop.admin:main", "other": "shop.other:main",
				},
				BuildBackend: "poetry.core.masonry.api", BuildRequires: []string{"poetry-core"}, File: "pyproject.toml",
			},
		},
		"Poetry, what only a build can tell": {
			tree: files("pyproject.toml", `
[tool.poetry]
name = "shop"
version = "0.0.0"
readme = "README"
[tool.poetry-dynamic-versioning]
enable = true
[tool.poetry.dependencies]
python = {version = "^2.7 || ^3.6"}
`, "README", "text"),
			want: Project{
				Name: "shop", Readme: "text", ReadmeType: "text/plain", Dynamic: []string{"requires-python", "version"},
				BuildBackend: legacyBackend, BuildRequires: legacyRequires, File: "pyproject.toml",
			},
		},
		"setup.cfg": {
			tree: files("pyproject.toml", "[build-system]\nrequires = ['setuptools', 'wheel']\n[tool.pinpack]\n", "setup.cfg", `
# a comment
[metadata]
name = shop
version: 1.2
Description = Sells things
long_description = file: README.md, CHANGES.md
author = Ann Lee
author-email = ann@example.org
maintainer-email = Bob <bob@example.org>, cid@example.org
license = MIT
license_files =
	LICENSE
    NOTICE*
url = https://example.org/
project_urls =
    Source = https://example.org/git?a=b
[options]
python_requires = >=3.9
[options.entry_points]
console_scripts =
    shop = shop.cli:main
    # not this one = x:y
    admin=shop.admin:main
[flake8]
per-file-ignores =
    x.py: E501
`, "README.md", "readme", "CHANGES.md", "changes", "LICENSE", "", "NOTICE.txt", ""),
			want: Project{
				Name: "shop", Version: "1.2", Summary: "Sells things", License: "MIT", RequiresPython: ">=3.9",
				Readme: "readme\nchanges", ReadmeType: "text/markdown", LicenseFiles: []string{"LICENSE", "NOTICE.txt"},
				Authors:     []Person{{"Ann Lee", "ann@example.org"}},
				Maintainers: []Person{{"Bob", "bob@example.org"}, {"", "cid@example.org"}},
				URLs:        map[string]string{"Homepage": "https://example.org/", "Source": "https://example.org/git?a=b"},
				Scripts:     map[string]string{"shop": "shop.cli:main", "admin": "shop.admin:main"},
				Dynamic:     []string{}, BuildBackend: legacyBackend, BuildRequires: []string{"setuptools", "wheel"},
				File: "setup.cfg", Tool: map[string]any{},
			},
		},
		"setup.cfg beside setup.py": {
			tree: files("setup.cfg", "[metadata]\nversion = attr: shop.__version__\n", "setup.py", "setup()"),
			want: Project{
				Dynamic: []string{"authors", "description", "license", "license-files", "maintainers", "name",
					"readme", "requires-python", "scripts", "urls", "version"},
				BuildBackend: legacyBackend, BuildRequires: legacyRequires, File: "setup.cfg",
			},
		},
		"setup.py alone, setup.cfg for other tools": {
			tree: files("setup.cfg", "[flake8]\nx = 1\n", "setup.py", "setup()"),
			want: Project{
				Dynamic: []string{"authors", "description", "license", "license-files", "maintainers", "name",
					"readme", "requires-python", "scripts", "urls", "version"},
				BuildBackend: legacyBackend, BuildRequires: legacyRequires, File: "setup.py",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Read(test.tree)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
