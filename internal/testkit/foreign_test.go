package testkit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Packages made by the distributions' own tools differ from nFPM's: a root entry
// in the tar archive, compressed control archives, no md5sums, rpmlib(...)
// requirements, more digests.

func TestReadDebOfDpkg(t *testing.T) {
	root := t.TempDir()
	writeFiles(t, root, map[string]string{
		"DEBIAN/control": "Package: demo\nVersion: 1.0-a-2\nArchitecture: all\nMaintainer: Jo <jo@example.com>\n" +
			"Depends: a | b,\n c (= 1)\nDescription: demo\n long\n",
		"DEBIAN/postinst": "#!/bin/sh\n",
		"opt/demo/file":   "content",
	})
	for _, err := range []error{
		os.Chmod(filepath.Join(root, "DEBIAN/postinst"), 0o755),
		os.Link(filepath.Join(root, "opt/demo/file"), filepath.Join(root, "opt/demo/hard")),
		os.Symlink("file", filepath.Join(root, "opt/demo/soft")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, compression := range []string{"gzip", "xz", "zstd", "none"} {
		path := filepath.Join(t.TempDir(), "demo.deb")
		tool(t, "dpkg-deb", "-Z"+compression, "--root-owner-group", "--build", root, path)
		p, err := ReadDeb(path)
		if err != nil {
			t.Errorf("%s: %v", compression, err)
			continue
		}
		got := []any{p.Compression, p.Epoch, p.Version, p.Release, p.Requires, p.Scripts, p.MD5Sums, FormatTree(p.Files)}
		want := []any{
			compression, "", "1.0-a", "2", []string{"a | b", "c (= 1)"},
			map[string]string{"postinst": "#!/bin/sh\n"}, map[string]string(nil),
			"/opt dir 0755\n/opt/demo dir 0755\n/opt/demo/file file 0644 ed7002b4\n" +
				"/opt/demo/hard file 0644 ed7002b4\n/opt/demo/soft symlink file\n",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: package (-want +got):\n%s", compression, diff)
		}
	}
}

const spec = `
Name: demo
Version: 1.0~rc1
Release: 2
Summary: A demo
License: MIT
BuildArch: noarch
Requires: bash >= 4, sed < 9
Obsoletes: demo-old
%description
A demo.
%install
mkdir -p %{buildroot}/opt/demo
echo content > %{buildroot}/opt/demo/file
ln -s file %{buildroot}/opt/demo/soft
%post -p /sbin/ldconfig
%preun
echo preun
%files
%dir /opt/demo
%config(noreplace) %attr(0600,root,root) /opt/demo/file
/opt/demo/soft
%ghost %attr(0644,root,root) /opt/demo/log
%changelog
* Fri Jan 02 2026 Jo <jo@example.com> - 1.0
- a note
`

func TestReadRPMOfRPMBuild(t *testing.T) {
	top := t.TempDir()
	writeFiles(t, top, map[string]string{"demo.spec": spec})
	define := func(name, value string) []string { return []string{"--define", name + " " + value} }
	args := append(define("_topdir", top), "-bb", filepath.Join(top, "demo.spec"))
	args = append(args, define("_binary_payload", "w3.zstdio")...)
	tool(t, "rpmbuild", args...)
	p, err := ReadRPM(filepath.Join(top, "RPMS/noarch/demo-1.0~rc1-2.noarch.rpm"))
	if err != nil {
		t.Fatal(err)
	}
	got := []any{p.Compression, p.Epoch, p.Version, p.Requires, p.Replaces, p.Flags, p.Changelog, FormatTree(p.Files)}
	want := []any{
		"zstd", "", "1.0~rc1",
		[]string{"/bin/sh", "/sbin/ldconfig", "bash >= 4", "config(demo) = 1.0~rc1-2", "sed < 9"},
		[]string{"demo-old"},
		map[string]string{"/opt/demo/file": "config noreplace", "/opt/demo/log": "ghost"},
		"* Fri Jan 02 2026 Jo <jo@example.com> - 1.0\n- a note\n\n",
		"/opt/demo dir 0755\n/opt/demo/file file 0600 434728a4\n" +
			"/opt/demo/log ghost 0644\n/opt/demo/soft symlink file\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("package (-want +got):\n" + diff)
	}
	scripts := map[string]string{"post": "#!/sbin/ldconfig\n", "preun": "echo preun"}
	if diff := cmp.Diff(scripts, p.Scripts); diff != "" {
		t.Error("scripts (-want +got):\n" + diff)
	}
	if libs := strings.Join(p.RPMLib, "\n"); !strings.Contains(libs, "rpmlib(PayloadIsZstd) <= 5.4.18-1") {
		t.Errorf("rpmlib requirements are %q", libs)
	}
}

func writeFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
