package testkit

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var debTree = map[string]string{
	"/etc":                "dir 0755",
	"/etc/demo":           "dir 0755 root:demo",
	"/etc/demo/demo.conf": "file 0640 d4c9ec26 root:demo",
	"/opt":                "dir 0755",
	"/opt/demo":           "dir 0755",
	"/opt/demo/[x]{y}* z": "file 0644 28c2dec1",
	"/opt/demo/bin":       "dir 0755",
	"/opt/demo/bin/app":   "file 0755 a8076d3d",
	"/opt/demo/empty":     "file 0644 empty",
	"/usr":                "dir 0755",
	"/usr/bin":            "dir 0755",
	"/usr/bin/demo":       "symlink ../../opt/demo/bin/app",
	"/usr/share":          "dir 0755",
	"/usr/share/doc":      "dir 0755",
	"/usr/share/doc/demo": "dir 0755",
	"/usr/share/doc/demo/changelog.Debian.gz": "file 0644 3af7acec",
	"/var":          "dir 0755",
	"/var/lib":      "dir 0755",
	"/var/lib/demo": "dir 0750 root:demo",
}

func readDeb(t testing.TB, compression string) (Package, string) {
	t.Helper()
	path := writePackage(t, "deb", compression)
	p, err := ReadDeb(path)
	if err != nil {
		t.Fatal(err)
	}
	return p, path
}

func TestReadDeb(t *testing.T) {
	p, _ := readDeb(t, "gzip")
	got := []any{
		p.Format, p.Name, p.Epoch, p.Version, p.Release, p.Arch, p.Compression, p.Signed,
		p.Requires, p.Provides, p.Conflicts, p.Replaces, p.Recommends, p.Suggests,
		p.Scripts, p.Conffiles, p.Control["triggers"], p.Changelog,
		p.Fields["Version"], p.Fields["Description"],
	}
	want := []any{
		"deb", "demo", "1", "2.0~rc1", "3", "amd64", "gzip", false,
		[]string{"libc6 (>= 2.36)", "adduser"}, []string{"demo-api"}, []string{"demo-old"},
		[]string{"demo-old"}, []string{"nginx"}, []string{"redis"},
		map[string]string{
			"preinst":  "#!/bin/sh\necho preinst\n",
			"postinst": "#!/bin/sh\necho postinst\n",
			"prerm":    "#!/bin/sh\necho prerm\n",
			"postrm":   "#!/bin/sh\necho postrm\n",
		},
		[]string{"/etc/demo/demo.conf"}, "interest-noawait /opt/demo\n",
		"demo (2.0.0-1)\n  * a note\n\n -- Jo Doe <jo@example.com>  Fri, 02 Jan 2026 03:04:05 +0000\n",
		"1:2.0~rc1-3", "A demo\n of every field.\n .\n Last line.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("package (-want +got):\n" + diff)
	}
	if got := string(p.Contents["/etc/demo/demo.conf"]); got != "debug = false\n" {
		t.Errorf("content is %q", got)
	}
	if got, want := p.MD5Sums["/opt/demo/empty"], "d41d8cd98f00b204e9800998ecf8427e"; got != want {
		t.Errorf("MD5 is %q, want %q", got, want)
	}
}

func TestReadDebFiles(t *testing.T) {
	for _, compression := range []string{"gzip", "xz", "zstd", "none"} {
		p, _ := readDeb(t, compression)
		if diff := cmp.Diff(debTree, p.Files); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", compression, diff)
		}
		if p.Compression != compression {
			t.Errorf("compression is %q, want %q", p.Compression, compression)
		}
		for path, mtime := range p.MTimes {
			if mtime != noon.Unix() {
				t.Errorf("%s: time of %q is %d", compression, path, mtime)
			}
		}
		if len(p.Paths()) != len(debTree) || p.Paths()[0] != "/etc" {
			t.Errorf("%s: paths are %q", compression, p.Paths())
		}
	}
}

func TestReadDebAsDpkgDoes(t *testing.T) {
	p, path := readDeb(t, "zstd")
	control := tool(t, "dpkg-deb", "--field", path)
	for name, value := range p.Fields {
		if !strings.Contains(control, name+": "+value+"\n") {
			t.Errorf("field %q is %q, dpkg-deb says:\n%s", name, value, control)
		}
	}
	dir := t.TempDir()
	tool(t, "dpkg-deb", "--extract", path, dir)
	want := map[string]string{}
	for path, line := range p.Files {
		want[path] = strings.TrimSuffix(line, " root:demo")
	}
	if diff := cmp.Diff(want, TreeDump(t, dir)); diff != "" {
		t.Error("files (-read +extracted):\n" + diff)
	}
	for _, line := range lines(tool(t, "dpkg-deb", "--contents", path)) {
		fields := strings.Fields(line)
		name, _ := archivePath(strings.Join(fields[5:], " "))
		name, _, _ = strings.Cut(name, " -> ")
		if fields[1] == "root/demo" != strings.HasSuffix(p.Files[name], " root:demo") {
			t.Errorf("%q is %q, dpkg-deb says %q", name, p.Files[name], line)
		}
	}
}

// tool runs a program that only compares.
func tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	Need(t, name)
	output, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("run %s: %v\n%s", name, err, output)
	}
	return string(output)
}
