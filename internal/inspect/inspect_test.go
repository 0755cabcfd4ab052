package inspect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/packager"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/tree"
)

const site = "/opt/shop/lib/python3.11/site-packages/"

// shop is a plan and a tree of a package with something of everything.
func shop(version string) (plan.Plan, tree.Tree) {
	pl := plan.Plan{
		Name: "shop", Version: version, Iteration: "1", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Metadata: plan.Metadata{Summary: "Sells things", Description: "It has\n\ntwo paragraphs.", Maintainer: "Ann Öl <ann@example.org>", Homepage: "https://shop.example.org/", License: "MIT", Section: "web"},
		Packages: []plan.Package{
			{Format: "deb", Version: version, Depends: []string{"python3.11", "libpq5 (>= 13)"}, Compression: "zstd:3"},
			{Format: "rpm", Version: version, Depends: []string{"/usr/bin/python3.11", "libpq.so.5()(64bit)"}, Compression: "gzip:6"},
		},
		Hooks: map[string]string{"postinst": "#!/bin/sh\necho " + version + "\n", "post": "echo " + version + "\n"},
	}
	conf := tree.Text("/etc/shop/shop.env", "PORT=80\n")
	conf.Config, conf.Owner, conf.Mode = true, "daemon", 0o640
	log := tree.Text("/usr/share/doc/shop/changelog.Debian.gz", "log")
	log.Only = "deb"
	info := fmt.Sprintf(`{"name": "shop", "version": %q, "iteration": "1", "built": "2026-01-02T03:04:05Z", "prefix": "/opt/shop", "python": "3.11.2", "interpreter": "/usr/bin/python3.11",
		"glibc": {"version": "2.17"}, "distributions": [{"name": "Zope.Interface", "version": "5"}, {"name": "shop", "version": %q}]}`, version, version)
	t, err := tree.Join([]tree.Entry{
		{Path: "/opt/shop", Kind: tree.Dir, Mode: 0o755},
		{Path: "/opt/shop/bin", Kind: tree.Dir, Mode: 0o755},
		{Path: "/opt/shop/bin/python", Kind: tree.Symlink, Mode: 0o777, Link: "/usr/bin/python3.11"},
		tree.Text(site+"zope_interface-5.dist-info/RECORD", "zope/interface.py,,\n../../../bin/zope,,\n"),
		tree.Text(site+"zope/interface.py", "x = 1\n"),
		tree.Text(site+"zope/__pycache__/interface.cpython-311.pyc", "compiled"),
		tree.Text("/opt/shop/bin/zope", "#!\n"),
		tree.Text(site+"shop-"+version+".dist-info/RECORD", "shop.py,,\n"),
		tree.Text(site+"shop.py", "version = "+version+"\n"),
		tree.Text("/usr/lib/systemd/system/shop.service", "[Service]\nExecStart=/opt/shop/bin/shop\n"),
		tree.Text("/usr/share/shop/build-info.json", info),
		tree.Text("/usr/share/doc/shop/sbom.cdx.json", "{}"),
		tree.Text("/usr/share/doc/shop/long"+strings.Repeat("-name", 40), "long"),
		conf, log,
	})
	if err != nil {
		panic(err)
	}
	return pl, t
}

// written writes the packages and returns them by format.
func written(t testing.TB, pl plan.Plan, files tree.Tree) map[string]string {
	t.Helper()
	list, err := packager.Write(t.Context(), pl, files, t.TempDir(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for _, a := range list {
		m[a.Format] = a.Path
	}
	return m
}

func open(t testing.TB, name string) Package {
	t.Helper()
	p, err := Open(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOpen(t *testing.T) {
	t.Parallel()
	pl, files := shop("1.0")
	for format, name := range written(t, pl, files) {
		p := open(t, name)
		want := Package{
			Format: format, Name: "shop", Version: "1.0-1", Arch: "all", Summary: "Sells things", Description: "It has\n\ntwo paragraphs.",
			Maintainer: "Ann Öl <ann@example.org>", Homepage: "https://shop.example.org/", Section: "web",
			Relations: map[string][]string{"depends": {"libpq5 (>= 13)", "python3.11"}}, Scripts: map[string]string{"postinst": "#!/bin/sh\necho 1.0\n"},
			Texts: map[string]string{"/etc/shop/shop.env": "PORT=80\n", "/usr/lib/systemd/system/shop.service": "[Service]\nExecStart=/opt/shop/bin/shop\n"},
			SBOM:  map[string]string{"sbom.cdx.json": "{}"}, Signatures: []Signature{},
			Distributions: []Distribution{{"Zope.Interface", "5", 3, 17}, {"shop", "1.0", 1, 14}},
		}
		if format == "rpm" {
			want.Arch, want.License, want.Description = "noarch", "MIT", p.Description
			want.Relations = map[string][]string{"depends": {"/usr/bin/python3.11", "libpq.so.5()(64bit)"}, "provides": {"shop = 1.0-1"}}
			want.Scripts = map[string]string{"post": p.Scripts["post"]}
			if !strings.Contains(p.Scripts["post"], "echo 1.0") || p.Description != "It has\n\ntwo paragraphs." {
				t.Errorf("rpm: scripts %q, description %q", p.Scripts, p.Description)
			}
		} else if script := p.Scripts["postinst"]; !strings.Contains(script, "echo 1.0\n") {
			t.Errorf("deb: postinst %q", script)
		} else {
			want.Scripts["postinst"] = script
		}
		if len(p.BuildInfo) == 0 || p.Build.Python != "3.11.2" || p.Build.Glibc.Version != "2.17" {
			t.Errorf("%s: build-info: %+v", format, p.Build)
		}
		got := p
		got.Files, got.Build, got.BuildInfo, got.InstalledSize = nil, Build{}, nil, 0
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
		var size int64
		paths := map[string]File{}
		for _, f := range p.Files {
			size += f.Size
			paths[f.Path] = f
		}
		if size != p.InstalledSize || size == 0 {
			t.Errorf("%s: %d bytes, %d in files", format, p.InstalledSize, size)
		}
		env := File{Path: "/etc/shop/shop.env", Kind: "file", Mode: 0o640, Owner: "daemon", Group: "root", Size: 8, Config: true,
			SHA256: "0a6e8c9d2a4f1e3f"}
		env.SHA256 = paths[env.Path].SHA256
		for _, want := range []File{env, {Path: "/opt/shop/bin/python", Kind: "symlink", Mode: 0o777, Owner: "root", Group: "root", Link: "/usr/bin/python3.11"}, {Path: "/opt/shop/bin", Kind: "dir", Mode: 0o755, Owner: "root", Group: "root"}} {
			if diff := cmp.Diff(want, paths[want.Path]); diff != "" || len(env.SHA256) != 64 {
				t.Errorf("%s (-want +got):\n%s", format, diff)
			}
		}
		if f := paths[site+"zope/__pycache__/interface.cpython-311.pyc"]; f.Distribution != "Zope.Interface" {
			t.Errorf("%s: a compiled module is of %q", format, f.Distribution)
		}
		if text, err := json.Marshal(p); err != nil || !json.Valid(text) {
			t.Errorf("%s: JSON: %v", format, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	pl, files := shop("1.0")
	whole := written(t, pl, files)
	foreign := written(t, pl, slices.DeleteFunc(slices.Clone(files), func(e tree.Entry) bool { return strings.HasSuffix(e.Path, "build-info.json") }))
	for format, name := range foreign {
		if _, err := Open(name, nil); !errors.Is(err, ErrForeign) {
			t.Errorf("%s of somebody else: %v", format, err)
		}
	}
	dir := t.TempDir()
	for format, name := range whole {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// The last byte may be padding, which nobody misses.
		for cut := 0; cut < len(text)-1; cut += 1 + len(text)/150 {
			file := filepath.Join(dir, fmt.Sprint(format, cut))
			if err := os.WriteFile(file, text[:cut], 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(file, nil); err == nil {
				t.Errorf("%s: took the first %d of %d bytes", format, cut, len(text))
			} else if want := `inspect "` + file + `": `; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s: %v: want it to begin with %s", format, err, want)
			}
		}
		// A payload that is another than the header says.
		if format == "rpm" {
			spoilt := slices.Clone(text)
			spoilt[len(spoilt)-20] ^= 1
			if _, err := Read(bytes.NewReader(spoilt), int64(len(spoilt)), nil); err == nil || !strings.HasPrefix(err.Error(), "payload: ") {
				t.Errorf("a spoilt payload: %v", err)
			}
		}
	}
	for name, want := range map[string]string{dir: "no regular file", "/etc/hostname": "no package: it begins neither as a .deb nor as an .rpm", "/nowhere": "no such file"} {
		if _, err := Open(name, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v: want %s", name, err, want)
		}
	}
}

func TestReadCPIORefuses(t *testing.T) {
	t.Parallel()
	head := func(size, name string) string {
		return "070701" + strings.Repeat("0", 48) + size + strings.Repeat("0", 32) + name + strings.Repeat("0", 8)
	}
	for what, archive := range map[string]string{
		"nothing": "", "another magic": strings.Repeat("0", 200), "no number": head("0000000x", "00000002") + "a\x00", "no name": head("00000000", "00000000"),
		"a long name": head("00000000", "ffffffff"), "cut in the name": head("00000000", "00000100"), "cut in the content": head("ffffffff", "00000002") + "a\x00abc", "no trailer": head("00000000", "00000002") + "a\x00",
	} {
		if err := readCPIO(strings.NewReader(archive), func(string, int64, io.Reader) error { return nil }); err == nil {
			t.Errorf("%s: took it", what)
		}
	}
}

// FuzzRead holds that no package, whoever made it, does more than be refused.
func FuzzRead(f *testing.F) {
	pl, files := shop("1.0")
	for _, name := range slices.Sorted(maps.Values(written(f, pl, files))) {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Read(bytes.NewReader(text), int64(len(text)), nil)
		if err != nil {
			return
		}
		if d := Compare(p, p); !d.Same() {
			t.Errorf("it differs from itself: %+v", d)
		}
	})
}
