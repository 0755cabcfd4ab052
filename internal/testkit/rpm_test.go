package testkit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rpmTree = map[string]string{
	"/etc/demo/demo.conf": "file 0640 d4c9ec26 root:demo",
	"/opt/demo/[x]{y}* z": "file 0644 28c2dec1",
	"/opt/demo/bin/app":   "file 0755 a8076d3d",
	"/opt/demo/empty":     "file 0644 empty",
	"/usr/bin/demo":       "symlink ../../opt/demo/bin/app",
	"/var/lib/demo":       "dir 0750 root:demo",
	"/var/log/demo.log":   "ghost 0600",
}

func readRPM(t testing.TB, compression string) (Package, string) {
	t.Helper()
	path := writePackage(t, "rpm", compression)
	p, err := ReadRPM(path)
	if err != nil {
		t.Fatal(err)
	}
	return p, path
}

func TestReadRPM(t *testing.T) {
	p, _ := readRPM(t, "gzip")
	got := []any{
		p.Format, p.Name, p.Epoch, p.Version, p.Release, p.Arch, p.Compression, p.Signed,
		p.Requires, p.RPMLib, p.Provides, p.Conflicts, p.Replaces, p.Recommends, p.Suggests,
		p.Scripts, p.Conffiles, p.Flags, p.Changelog,
	}
	want := []any{
		"rpm", "demo", "1", "2.0~rc1", "3", "x86_64", "gzip", false,
		// nFPM takes a Debian relation for a version without an operator.
		[]string{"libc6 (>= 2.36)", "adduser"}, []string(nil),
		[]string{"demo-api", "demo = 2.0~rc1-3"}, []string{"demo-old"}, []string{"demo-old"},
		[]string{"nginx"}, []string{"redis"},
		map[string]string{
			"pre":       "#!/bin/sh\necho preinst\n",
			"post":      "#!/bin/sh\necho postinst\n",
			"preun":     "#!/bin/sh\necho prerm\n",
			"postun":    "#!/bin/sh\necho postrm\n",
			"posttrans": "echo posttrans\n",
		},
		[]string{"/etc/demo/demo.conf"},
		map[string]string{"/etc/demo/demo.conf": "config noreplace", "/var/log/demo.log": "ghost"},
		"* Fri Jan 02 2026 Jo Doe <jo@example.com> - 2.0.0-1\n- a note\n\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("package (-want +got):\n" + diff)
	}
	delete(p.Fields, "PayloadDigest") // of the compressed files
	wantFields := map[string]string{
		"Name": "demo", "Version": "2.0~rc1", "Release": "3", "Epoch": "1", "Arch": "x86_64", "OS": "linux",
		"Summary": "A demo", "Description": "A demo\nof every field.\n\nLast line.", "License": "MIT",
		"URL": "https://example.com", "Vendor": "Example", "Packager": "Jo Doe <jo@example.com>",
		"Group": "Applications/Internet", "BuildHost": "builder", "BuildTime": fmt.Sprint(noon.Unix()),
		"SourceRPM": "demo-2.0~rc1-3.src.rpm", "Size": "50",
		"PayloadFormat": "cpio", "PayloadCompressor": "gzip", "PayloadFlags": "9",
	}
	if diff := cmp.Diff(wantFields, p.Fields); diff != "" {
		t.Error("fields (-want +got):\n" + diff)
	}
}

func TestReadRPMFiles(t *testing.T) {
	for _, compression := range []string{"gzip", "xz", "zstd"} {
		p, _ := readRPM(t, compression)
		if diff := cmp.Diff(rpmTree, p.Files); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", compression, diff)
		}
		if p.Compression != compression {
			t.Errorf("compression is %q, want %q", p.Compression, compression)
		}
		if got := string(p.Contents["/etc/demo/demo.conf"]); got != "debug = false\n" {
			t.Errorf("%s: content is %q", compression, got)
		}
		for path, mtime := range p.MTimes {
			if mtime != noon.Unix() {
				t.Errorf("%s: time of %q is %d", compression, path, mtime)
			}
		}
	}
}

func TestReadRPMAsRPMDoes(t *testing.T) {
	p, path := readRPM(t, "zstd")
	tool(t, "rpm", "-K", "--nosignature", path)
	query := func(args ...string) []string {
		return lines(tool(t, "rpm", append([]string{"-qp", "--nosignature", path}, args...)...))
	}
	for flag, got := range map[string][]string{
		"--requires": append(p.Requires, p.RPMLib...), "--provides": p.Provides, "--conflicts": p.Conflicts,
		"--obsoletes": p.Replaces, "--recommends": p.Recommends, "--suggests": p.Suggests,
		"--configfiles": p.Conffiles, "--changelog": lines(p.Changelog),
	} {
		if diff := cmp.Diff(query(flag), got); diff != "" {
			t.Errorf("%s (-rpm +read):\n%s", flag, diff)
		}
	}
	var format string
	var got []string
	for name, value := range p.Fields {
		format += "%{" + strings.ToUpper(name) + "}\n"
		got = append(got, lines(value)...)
	}
	if diff := cmp.Diff(query("--qf", format), got); diff != "" {
		t.Error("fields (-rpm +read):\n" + diff)
	}
	files := map[string]string{}
	for _, line := range query("--qf", `[%{FILENAMES}\t%{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILEMTIMES} %{FILEDIGESTS}\n]`) {
		path, rest, _ := strings.Cut(line, "\t")
		files[path] = rest[:min(len(rest), len("-rw-r--r-- root:root 1767355200 12345678"))]
	}
	want := map[string]string{
		"/etc/demo/demo.conf": "-rw-r----- root:demo 1767355200 d4c9ec26",
		"/opt/demo/[x]{y}* z": "-rw-r--r-- root:root 1767355200 28c2dec1",
		"/opt/demo/bin/app":   "-rwxr-xr-x root:root 1767355200 a8076d3d",
		"/opt/demo/empty":     "-rw-r--r-- root:root 1767355200 e3b0c442",
		"/usr/bin/demo":       "l--------- root:root 1767355200 ",
		"/var/lib/demo":       "drwxr-x--- root:demo 1767355200 ",
		"/var/log/demo.log":   "-rw------- root:root 1767355200 e3b0c442",
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Error("files (-want +rpm):\n" + diff)
	}
}
