package testkit

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/rpmpack"
)

// Whole archives that say wrong things: each is refused with its reason.

const control = "Package: demo\nVersion: 1\nArchitecture: all\n"

func TestReadDebRefuses(t *testing.T) {
	binary := arMember{"debian-binary", []byte("2.0\n")}
	member := func(name string, files ...string) arMember { return arMember{name, tarOf(t, files...)} }
	good := member("control.tar", "control", control)
	data := member("data.tar", "./a", "x")
	tests := []struct {
		members []arMember
		want    string
	}{
		{nil, `read members: ["debian-binary" "control.tar" "data.tar"] missing`},
		{[]arMember{{"debian-binary", []byte("3.0\n")}}, `read member "debian-binary": unknown format version "3.0\n": want 2.0`},
		{[]arMember{binary, data}, `read member "data.tar": want ["control.tar" "data.tar"] here`},
		{[]arMember{binary, good}, `read members: ["data.tar"] missing`},
		{[]arMember{binary, good, data, data}, `read member "data.tar": want [] here`},
		{[]arMember{binary, {"control.tar.bz2", nil}}, `read member "control.tar.bz2": unknown compression ".bz2": want gzip, xz, zstd or none`},
		{[]arMember{binary, {"control.tar.gz", []byte("x")}}, `read member "control.tar.gz": decompress gzip: unexpected EOF`},
		{[]arMember{binary, good, member("data.tar", "a", "", "./a", "")}, `read member "data.tar": add "/a": it is in the package twice`},
		{[]arMember{binary, good, member("data.tar", "../a", "")}, `read member "data.tar": unclean path "../a" in the archive`},
		{[]arMember{binary, member("control.tar", "x", ""), data}, `read control: field "Package" is missing`},
		{[]arMember{binary, member("control.tar", "control", control+control), data}, `read control: field "Package" is there twice`},
		{[]arMember{binary, member("control.tar", "control", " x\n"), data}, `read control: line " x" continues nothing`},
		{[]arMember{binary, member("control.tar", "control", control, "conffiles", "/b\n"), data}, `read conffiles: no "/b" in the package`},
		{[]arMember{binary, member("control.tar", "control", control, "md5sums", "00  b\n"), data}, `check md5sums: no file "/b" in the package`},
		{[]arMember{binary, member("control.tar", "control", control, "md5sums", "00  a\n"), data}, `check md5sums: "/a" has 9dd4e461268c8034f5c8564e155c67a6, the list says 00`},
		{[]arMember{binary, member("control.tar", "control", control, "md5sums", ""), data}, `check md5sums: "/a" is not in the list`},
	}
	for _, test := range tests {
		_, err := parseDeb(arOf(test.members...))
		if err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
	if p, err := parseDeb(arOf(binary, good, data, arMember{"_gpgorigin", nil})); err != nil || !p.Signed {
		t.Errorf("signed package: signed %t, error %v", p.Signed, err)
	}
}

func TestReadArRefuses(t *testing.T) {
	header := func(size string) string { return fmt.Sprintf("!<arch>\n%-48s%-10s`\n", "name/", size) }
	for data, want := range map[string]string{
		"":                   `read ar archive: it does not begin with "!<arch>\n"`,
		"!<arch>\nname":      `read ar archive: header cut off after 4 bytes`,
		header("2") + "x":    `read ar member "name": 1 bytes of 2 are there`,
		header("-2") + "xxx": `read size of ar member "name": strconv.ParseUint: parsing "-2": invalid syntax`,
	} {
		if _, err := readAr([]byte(data)); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func TestReadRPMRefuses(t *testing.T) {
	text := func(values ...string) rpmpack.IndexEntry { return rpmpack.EntryStringSlice(values) }
	zeros := strings.Repeat("0", 64)
	for _, test := range []struct {
		signature bool
		tag       int
		value     rpmpack.IndexEntry
		want      string
	}{
		{false, tagFileDigests, text(zeros), `read payload: check "/opt/file": digest is 2d711642`},
		{false, tagPayloadDigest, text(zeros), `check SHA-256 of the payload: it is `},
		{true, sigSHA256, rpmpack.EntryString(zeros), `check SHA-256 of the header: it is `},
		{true, sigSHA256, rpmpack.EntryUint32([]uint32{1}), `read tag 273: type 4 where text is wanted`},
		{true, sigMD5, rpmpack.EntryBytes(make([]byte, 16)), `check MD5 of header and payload: it is `},
		{true, sigSize, rpmpack.EntryUint32([]uint32{1}), `check size: `},
		{false, tagFileModes, rpmpack.EntryUint16([]uint16{0o100600}), `read payload: check "/opt/file": "file 0644 2d711642" in the archive, "file 0600 empty" in the header`},
		{false, tagFileSizes, rpmpack.EntryUint32([]uint32{2}), `read payload: check "/opt/file": 1 bytes in the archive, 2 in the header`},
		{false, tagFileDigestAlgo, rpmpack.EntryUint32([]uint32{99}), `read payload: check "/opt/file": unknown digest algorithm 99`},
		{false, tagBaseNames, text("other"), `read payload: read "/opt/other": the archive has no such path`},
		{false, tagDirNames, text("/opt/../"), `read header: unclean path "/opt/../file" in the archive`},
		{false, tagDirIndexes, rpmpack.EntryUint32([]uint32{7}), `read header: read file "file": no directory 7`},
		{false, tagFileUser, text("root", "root"), `read header: read files: 1 names and 2 of something else`},
		{false, tagName, rpmpack.EntryString(""), `read header: read tag 1000: a package needs name, version, release and arch`},
		{false, tagPayloadCompressor, rpmpack.EntryString("lzma"), `read payload: unknown compression "lzma"`},
		{false, 1047, text("a", "b"), `read header: read tag 1047: 2 names, 1 flags, 1 versions`},
	} {
		rpm, err := rpmpack.NewRPM(rpmpack.RPMMetaData{Name: "demo", Version: "1", Release: "1"})
		if err != nil {
			t.Fatal(err)
		}
		rpm.AddFile(rpmpack.RPMFile{Name: "/opt/file", Body: []byte("x"), Mode: 0o644, Owner: "root", Group: "root"})
		if test.signature {
			rpm.AddCustomSig(test.tag, test.value)
		} else {
			rpm.AddCustomTag(test.tag, test.value)
		}
		var data bytes.Buffer
		if err := rpm.Write(&data); err != nil {
			t.Fatal(err)
		}
		if _, err := parseRPM(data.Bytes()); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
}

func TestReadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, read := range []func(string) (Package, error){ReadDeb, ReadRPM} {
		for _, path := range []string{path, path + "y"} {
			if _, err := read(path); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v does not name %q", err, path)
			}
		}
	}
}

// tarOf packs names and contents in turn.
func tarOf(t testing.TB, files ...string) []byte {
	t.Helper()
	var data bytes.Buffer
	w := tar.NewWriter(&data)
	for i := 0; i < len(files); i += 2 {
		header := &tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1])), Typeflag: tar.TypeReg}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

func arOf(members ...arMember) []byte {
	data := []byte("!<arch>\n")
	for _, m := range members {
		data = fmt.Appendf(data, "%-16s%-12d%-6d%-6d%-8s%-10d`\n%s", m.name, 0, 0, 0, "100644", len(m.body), m.body)
		if len(m.body)%2 == 1 {
			data = append(data, '\n')
		}
	}
	return data
}
