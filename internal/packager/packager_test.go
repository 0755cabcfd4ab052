package packager

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/testkit"
	"github.com/pinpack/pinpack/internal/tree"
)

var built = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// thePlan is one for a shop, with packages of these compressions.
func thePlan(deb, rpm string) plan.Plan {
	return plan.Plan{
		Name: "shop", Version: "1!2.0rc1", Iteration: "3", Commit: "4f2a", Time: built,
		Metadata: plan.Metadata{
			Summary: "A shop: with \"everything\"", Description: "One line.\nTwo.\n\nAnother paragraph.",
			License: "MIT OR Apache-2.0", Homepage: "https://shop.example.org/?a=b#c",
			Maintainer: "Jürgen Öl <j@example.org>", Section: "web",
		},
		Packages: []plan.Package{
			{Format: "deb", Epoch: "1", Version: "2.0~rc1", Depends: []string{"python3.11", "libpq5 (>= 13)", "a | b"}, Compression: deb},
			{Format: "rpm", Epoch: "1", Version: "2.0~rc1", Depends: []string{"/usr/bin/python3.11", "libpq >= 13", "libpq.so.5()(64bit)"}, Compression: rpm},
		},
	}
}

// longName does not fit into a tar header.
var longName = "/opt/shop/" + strings.Repeat("long/", 30) + strings.Repeat("n", 200)

// theTree has what packages have trouble with.
func theTree(t testing.TB) tree.Tree {
	t.Helper()
	source := filepath.Join(t.TempDir(), "source [x]*")
	if err := os.WriteFile(source, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	docs := tree.Text("/usr/share/doc/shop/only", "deb")
	docs.Only = "deb"
	all, err := tree.Join([]tree.Entry{
		{Path: "/opt/shop", Kind: tree.Dir, Mode: 0o755},
		{Path: "/opt/shop/bin", Kind: tree.Dir, Mode: 0o755},
		{Path: "/opt/shop/bin/tool", Kind: tree.File, Mode: 0o755, Source: source, Size: 10},
		{Path: "/opt/shop/bin/python", Kind: tree.Symlink, Mode: 0o777, Link: "/usr/bin/python3.11"},
		{Path: "/opt/shop/a name", Kind: tree.Symlink, Mode: 0o777, Link: "../a target"},
		{Path: "/opt/shop/data", Kind: tree.Dir, Mode: 0o2750, Owner: "shop", Group: "adm"},
		{Path: "/opt/shop/secret", Kind: tree.File, Mode: 0o640, Group: "shop", Data: []byte("s"), Size: 1},
		tree.Text("/opt/shop/[id]*?{a,b}.js", "glob"),
		tree.Text("/opt/shop/$HOME ${x} %i \\n", "not expanded"),
		tree.Text("/opt/shop/ünï", ""),
		tree.Text(longName, "long"),
		docs,
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// want is that tree as the packages have it.
var want = map[string]string{
	"/opt/shop":                   "dir 0755",
	"/opt/shop/bin":               "dir 0755",
	"/opt/shop/bin/tool":          "file 0755 a8076d3d",
	"/opt/shop/bin/python":        "symlink /usr/bin/python3.11",
	"/opt/shop/a name":            "symlink ../a target",
	"/opt/shop/data":              "dir 2750 shop:adm",
	"/opt/shop/secret":            "file 0640 043a7187 root:shop",
	"/opt/shop/[id]*?{a,b}.js":    "file 0644 28c2dec1",
	"/opt/shop/$HOME ${x} %i \\n": "file 0644 15d2b41e",
	"/opt/shop/ünï":               "file 0644 empty",
	longName:                      "file 0644 fc66f021",
}

// writeBoth makes the packages and reads them back.
func writeBoth(t *testing.T, pl plan.Plan, all tree.Tree) (list []artifact.Artifact, deb, rpm testkit.Package) {
	t.Helper()
	list, err := Write(t.Context(), pl, all, t.TempDir(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if deb, err = testkit.ReadDeb(list[0].Path); err != nil {
		t.Fatal(err)
	}
	if rpm, err = testkit.ReadRPM(list[1].Path); err != nil {
		t.Fatal(err)
	}
	return list, deb, rpm
}

// withParents adds the directories above the paths, which a .deb has besides.
func withParents(files map[string]string) map[string]string {
	all := maps.Clone(files)
	for name := range files {
		for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
			if all[dir] == "" {
				all[dir] = "dir 0755"
			}
		}
	}
	return all
}

func TestPackagesHoldTheTree(t *testing.T) {
	t.Parallel()
	for _, compression := range []string{"zstd:3", "zstd:22", "gzip:6", "gzip:1", "xz", "none"} {
		t.Run(compression, func(t *testing.T) {
			t.Parallel()
			_, deb, rpm := writeBoth(t, thePlan(compression, compression), theTree(t))
			if diff := cmp.Diff(want, rpm.Files); diff != "" {
				t.Errorf("rpm: files (-want +got):\n%s", diff)
			}
			files := maps.Clone(want)
			files["/usr/share/doc/shop/only"] = "file 0644 9cfa1468"
			if diff := cmp.Diff(withParents(files), deb.Files); diff != "" {
				t.Errorf("deb: files (-want +got):\n%s", diff)
			}
			name, _, _ := strings.Cut(compression, ":")
			for _, p := range []testkit.Package{deb, rpm} {
				for path, mtime := range p.MTimes {
					if mtime != built.Unix() {
						t.Errorf("%s: %s is of %s, want the build's time", p.Format, path, time.Unix(mtime, 0))
					}
				}
				want := name
				if p.Format == "rpm" && name == "none" {
					want = "gzip" // of level 0: the format knows no other
				}
				if p.Compression != want {
					t.Errorf("%s: compressed with %s, want %s", p.Format, p.Compression, want)
				}
			}
		})
	}
}

func TestDebSaysWhatThePlanSays(t *testing.T) {
	t.Parallel()
	_, deb, _ := writeBoth(t, thePlan("zstd:3", "zstd:3"), theTree(t))
	fields := map[string]string{
		"Package": "shop", "Version": "1:2.0~rc1-3", "Architecture": "all", "Section": "web", "Priority": "optional",
		"Maintainer": "Jürgen Öl <j@example.org>", "Homepage": "https://shop.example.org/?a=b#c", "Installed-Size": "0",
		"Depends":     "python3.11, libpq5 (>= 13), a | b",
		"Description": "A shop: with \"everything\"\n One line.\n Two.\n .\n Another paragraph.",
	}
	if diff := cmp.Diff(fields, deb.Fields); diff != "" {
		t.Errorf("control fields (-want +got):\n%s", diff)
	}
	control := []string{"control", "md5sums"} // no scripts, no conffiles
	for name := range deb.Control {
		if name != control[0] && name != control[1] {
			t.Errorf("control has %q", name)
		}
	}
}

func TestRPMSaysWhatThePlanSays(t *testing.T) {
	t.Parallel()
	_, _, rpm := writeBoth(t, thePlan("zstd:3", "zstd:3"), theTree(t))
	fields := map[string]string{
		"Name": "shop", "Epoch": "1", "Version": "2.0~rc1", "Release": "3", "Arch": "noarch", "OS": "linux",
		"Summary": "A shop: with \"everything\"", "Description": "One line.\nTwo.\n\nAnother paragraph.",
		"License": "MIT OR Apache-2.0", "URL": "https://shop.example.org/?a=b#c", "Group": "web",
		"Packager": "Jürgen Öl <j@example.org>", "BuildHost": "pinpack", "BuildTime": "1767323045",
	}
	for name, value := range fields {
		if diff := cmp.Diff(value, rpm.Fields[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"/usr/bin/python3.11", "libpq >= 13", "libpq.so.5()(64bit)"}, rpm.Requires); diff != "" {
		t.Errorf("requires (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"shop = 1:2.0~rc1-3", "shop = 2.0~rc1-3"}, rpm.Provides); diff != "" {
		t.Errorf("provides (-want +got):\n%s", diff)
	}
	log := "* Fri Jan 02 2026 Jürgen Öl <j@example.org> - 1:2.0~rc1-3\n- Version 1!2.0rc1, built from commit 4f2a.\n\n"
	if diff := cmp.Diff(log, rpm.Changelog); diff != "" {
		t.Errorf("changelog (-want +got):\n%s", diff)
	}
	if len(rpm.Scripts)+len(rpm.Flags) > 0 {
		t.Errorf("scripts %q, flags %q: want none", rpm.Scripts, rpm.Flags)
	}
}

func TestRPMDescriptionIsTheSummaryWithoutAnother(t *testing.T) {
	t.Parallel()
	pl := thePlan("none", "none")
	pl.Metadata.Description = ""
	_, deb, rpm := writeBoth(t, pl, nil)
	if want := "A shop: with \"everything\""; rpm.Fields["Description"] != want || deb.Fields["Description"] != want {
		t.Errorf("descriptions %q and %q, want %q", rpm.Fields["Description"], deb.Fields["Description"], want)
	}
}

func TestArtifactsDescribeTheFiles(t *testing.T) {
	t.Parallel()
	list, _, _ := writeBoth(t, thePlan("gzip:6", "gzip:6"), theTree(t))
	dir := filepath.Dir(list[0].Path)
	var want []artifact.Artifact
	for _, a := range []artifact.Artifact{
		{Name: "shop_2.0~rc1-3_all.deb", Format: "deb", Package: "shop", Version: "1:2.0~rc1-3", Arch: "all"},
		{Name: "shop-2.0~rc1-3.noarch.rpm", Format: "rpm", Package: "shop", Version: "1:2.0~rc1-3", Arch: "noarch"},
	} {
		a.Path = filepath.Join(dir, a.Name)
		info, err := os.Stat(a.Path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != 0o644 {
			t.Errorf("%s has mode %s", a.Name, info.Mode())
		}
		a.Size, a.SHA256 = info.Size(), testkit.SHA256(t, a.Path)
		want = append(want, a)
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("artifacts (-want +got):\n%s", diff)
	}
}

func TestVersionsAreWrittenAsPlanned(t *testing.T) {
	t.Parallel()
	tests := []struct{ epoch, version, iteration, deb, rpm string }{
		{"", "1.4.0", "1", "shop_1.4.0-1_all.deb", "shop-1.4.0-1.noarch.rpm"},
		{"", "24.04", "1", "shop_24.04-1_all.deb", "shop-24.04-1.noarch.rpm"},
		{"2", "1.0~a1", "0.1~bpo12+1", "shop_1.0~a1-0.1~bpo12+1_all.deb", "shop-1.0~a1-0.1~bpo12+1.noarch.rpm"},
		{"", "1.0+local.1", "2", "shop_1.0+local.1-2_all.deb", "shop-1.0+local.1-2.noarch.rpm"},
		{"", "1", "1", "shop_1-1_all.deb", "shop-1-1.noarch.rpm"},
	}
	for _, test := range tests {
		pl := thePlan("none", "none")
		pl.Iteration = test.iteration
		for i := range pl.Packages {
			pl.Packages[i].Epoch, pl.Packages[i].Version = test.epoch, test.version
		}
		list, deb, rpm := writeBoth(t, pl, nil)
		if list[0].Name != test.deb || list[1].Name != test.rpm {
			t.Errorf("files %q and %q, want %q and %q", list[0].Name, list[1].Name, test.deb, test.rpm)
		}
		for _, p := range []testkit.Package{deb, rpm} {
			if p.Epoch != test.epoch || p.Version != test.version || p.Release != test.iteration {
				t.Errorf("%s is %q:%q-%q, want %q:%q-%q", p.Format, p.Epoch, p.Version, p.Release, test.epoch, test.version, test.iteration)
			}
		}
	}
}
