package project

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// wheel writes the files of a tree as a wheel and returns its path.
func wheel(t *testing.T, tree fstest.MapFS) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "shop-1.2-py3-none-any.whl")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	if err := w.AddFS(tree); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestReadWheel(t *testing.T) {
	tests := map[string]struct {
		tree fstest.MapFS
		want Project
	}{
		"metadata 2.4, from hatchling": {
			files("shop-1.2.dist-info/METADATA", `Metadata-Version: 2.4
Name: Shop
Version: 1.2
Summary: Sells things
Project-URL: Homepage, https://example.org/
Project-URL: Source, https://example.org/a,b
Author-email: Ann Lee <ann@example.org>, "Lee, Bob" <bob@example.org>
Maintainer: Cid
License-Expression: MIT
License-File: LICENSE
License-File: sub/NOTICE
License-File: ../../etc/passwd
Requires-Python: >=3.9
Requires-Dist: flask
Description-Content-Type: text/markdown

# Shop

Sells *things*: é.
`,
				"shop-1.2.dist-info/entry_points.txt", "[console_scripts]\nshop = shop.cli:main\nadmin = shop.admin : main [color,x]\n\n[gui_scripts]\nwin = shop:win\n",
				"shop-1.2.dist-info/licenses/LICENSE", "", "shop-1.2.dist-info/licenses/sub/NOTICE", "", "shop/__init__.py", ""),
			Project{
				Name: "Shop", Version: "1.2", Summary: "Sells things", RequiresPython: ">=3.9", License: "MIT",
				Readme: "# Shop\n\nSells *things*: é.\n", ReadmeType: "text/markdown",
				LicenseFiles: []string{"shop-1.2.dist-info/licenses/LICENSE", "shop-1.2.dist-info/licenses/sub/NOTICE"},
				Authors:      []Person{{"Ann Lee", "ann@example.org"}, {"Lee, Bob", "bob@example.org"}},
				Maintainers:  []Person{{"Cid", ""}},
				URLs:         map[string]string{"Homepage": "https://example.org/", "Source": "https://example.org/a,b"},
				Scripts:      map[string]string{"shop": "shop.cli:main", "admin": "shop.admin:main"},
				File:         "shop-1.2-py3-none-any.whl",
			},
		},
		"metadata 1.0, from old setuptools": {
			files("shop-1.2.dist-info/METADATA", "Metadata-Version: 1.0\r\nName: shop\r\nVersion: 1.2\r\nSummary: UNKNOWN\r\n"+
				"Home-page: https://example.org/\r\nAuthor: Ann Lee\r\nAuthor-email: ann@example.org\r\nLicense: BSD\r\n"+
				"        second line\r\n       |third line\r\n fourth line\r\n"+
				"License-File: docs/LICENSE\r\nDescription: One\r\n        \r\n          two\r\nPlatform: UNKNOWN\r\n",
				"shop-1.2.dist-info/LICENSE", ""),
			Project{
				Name: "shop", Version: "1.2", License: "BSD\nsecond line\nthird line\nfourth line", Readme: "One\n\n  two",
				LicenseFiles: []string{"shop-1.2.dist-info/LICENSE"},
				Authors:      []Person{{"Ann Lee", "ann@example.org"}},
				URLs:         map[string]string{"Homepage": "https://example.org/"},
				File:         "shop-1.2-py3-none-any.whl",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ReadWheel(wheel(t, test.tree))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadWheelRefuses(t *testing.T) {
	const good = "Metadata-Version: 2.1\nName: x\nVersion: 1\n"
	tests := map[string]struct {
		tree fstest.MapFS
		want []string
	}{
		"no metadata":      {files("x/__init__.py", ""), []string{"it has 0 files *.dist-info/METADATA: want a wheel, which has one"}},
		"two metadata":     {files("a.dist-info/METADATA", good, "b.dist-info/METADATA", good), []string{"it has 2 files"}},
		"empty":            {files("x.dist-info/METADATA", ""), []string{`x.dist-info/METADATA: metadata version "": want 1.0 to 2.x`}},
		"a later metadata": {files("x.dist-info/METADATA", "Metadata-Version: 3.0\n"), []string{`metadata version "3.0": want 1.0 to 2.x`}},
		"no field":         {files("x.dist-info/METADATA", good+"junk\n"), []string{`line 4: "junk": want a field, "Name: value"`}},
		"continued first":  {files("x.dist-info/METADATA", " junk\n"), []string{`line 1: want a field`}},
		"huge":             {files("x.dist-info/METADATA", good+"\n"+strings.Repeat("x", metadataLimit)), []string{"it is larger than 16 MiB"}},
		"everything wrong": {
			files("x.dist-info/METADATA", "Metadata-Version: 2.1\nName: x_\nRequires-Python: 3\n",
				"x.dist-info/entry_points.txt", "[console_scripts]\nx/y = a:b\njunk\n"),
			[]string{
				"Version: missing", "Name: \"x_\" is no name", "Requires-Python: parse version specifier",
				`script "x/y": want a file name`, `entry_points.txt: line 3: "junk"`,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := wheel(t, test.tree)
			_, err := ReadWheel(file)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(test.want, file) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v: want it to say %q", err, want)
				}
			}
		})
	}
	if _, err := ReadWheel(filepath.Join(t.TempDir(), "none.whl")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add("Metadata-Version: 2.1\nName: x\nVersion: 1\nAuthor-email: \"a, b\" <c>\n continued\n\nbody", "[console_scripts]\nx = y:z [w]\n")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, metadata, points string) {
		p, err := readWheel(files("x.dist-info/METADATA", metadata, "x.dist-info/entry_points.txt", points))
		if err == nil && (p.Name == "" || p.Version == "") {
			t.Errorf("%q: no name or version, and no error", metadata)
		}
	})
}
