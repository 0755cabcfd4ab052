package packagesign

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"

	"github.com/pinpack/pinpack/internal/signature"
	"github.com/pinpack/pinpack/internal/testkit"
)

var when = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)

func key(t testing.TB, name string) *signature.Key {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "signature", "testdata", "keys", name+".asc"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := signature.Read(string(text), "", when)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// unsigned is a package with one file.
func unsigned(t testing.TB, format string) []byte {
	t.Helper()
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: "x", Version: "1", Arch: "all", Maintainer: "Jo <jo@example.org>", Description: "x", MTime: when,
		Overridables: nfpm.Overridables{Deb: nfpm.Deb{Compression: "zstd:3"}, RPM: nfpm.RPM{BuildHost: "x"}, Contents: files.Contents{
			{Source: "rpm.go", Destination: "/opt/x/rpm.go", FileInfo: &files.ContentFileInfo{MTime: when, Mode: 0o644}},
		}},
	})
	var b bytes.Buffer
	packager := map[string]nfpm.Packager{"deb": deb.Default, "rpm": rpm.DefaultRPM}[format]
	if err := packager.Package(info, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(t testing.TB, name string, data []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, data, 0o640); err != nil {
		t.Fatal(err)
	}
	return name
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSignTwice signs a signed package anew, with the same key and with another:
// as if it had not been signed.
func TestSignTwice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, method string }{{"deb", Debsigs}, {"deb", DpkgSig}, {"rpm", ""}} {
		data := unsigned(t, c.format)
		signed := func(names ...string) []byte {
			f := file(t, "x."+c.format, data)
			for _, name := range names {
				if err := File(f, c.format, c.method, key(t, name)); err != nil {
					t.Fatal(err)
				}
			}
			if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			return read(t, f)
		}
		once := signed("rsa")
		if bytes.Equal(once, data) || !bytes.Equal(once, signed("rsa")) {
			t.Errorf("%v: not signed, or two signatures differ", c)
		}
		if !bytes.Equal(once, signed("rsa", "rsa")) || !bytes.Equal(once, signed("ed25519", "rsa")) {
			t.Errorf("%v: what was signed before makes a difference", c)
		}
	}
}

// TestContentStays reads packages before and after.
func TestContentStays(t *testing.T) {
	t.Parallel()
	for format, readPackage := range map[string]func(string) (testkit.Package, error){"deb": testkit.ReadDeb, "rpm": testkit.ReadRPM} {
		f := file(t, "x."+format, unsigned(t, format))
		before, err := readPackage(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := File(f, format, Debsigs, key(t, "ed25519")); err != nil {
			t.Fatal(err)
		}
		after, err := readPackage(f)
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range before.Contents {
			if !bytes.Equal(after.Contents[name], data) {
				t.Errorf("%s: %s has changed", format, name)
			}
		}
		if len(before.Contents) != 1 || len(after.Contents) != 1 {
			t.Errorf("%s: %d files before, %d after", format, len(before.Contents), len(after.Contents))
		}
	}
}

func TestNoneLeavesADebAsItIs(t *testing.T) {
	t.Parallel()
	data := unsigned(t, "deb")
	f := file(t, "x.deb", data)
	if err := File(f, "deb", None, key(t, "rsa")); err != nil || !bytes.Equal(read(t, f), data) {
		t.Errorf("signed all the same, or %v", err)
	}
}

// TestRefusesDamaged leaves a file that it cannot read as it is, with nothing
// beside it.
func TestRefusesDamaged(t *testing.T) {
	t.Parallel()
	debFile, rpmFile := unsigned(t, "deb"), unsigned(t, "rpm")
	huge := bytes.Clone(rpmFile)
	copy(huge[leadSize+8:], "\xff\xff\xff\xff\xff\xff\xff\xff")
	outside := bytes.Clone(rpmFile)
	copy(outside[leadSize+headerSize+entrySize+8:], "\x7f\xff\xff\xff")
	for name, c := range map[string]struct {
		format string
		data   []byte
		want   string
	}{
		"empty .deb":        {"deb", nil, "no archive of ar(5)"},
		"an .rpm":           {"deb", rpmFile, "no archive of ar(5)"},
		"cut in a member":   {"deb", debFile[:len(debFile)-10], `member "data.tar.zst" is longer than the file`},
		"cut in a header":   {"deb", debFile[:100], "no header of a member at byte 72"},
		"two members":       {"deb", debFile[:72], `want "control.tar" as its member 2`},
		"empty .rpm":        {"rpm", nil, "its first bytes are others"},
		"a .deb":            {"rpm", debFile, "its first bytes are others"},
		"cut in the header": {"rpm", rpmFile[:leadSize+20], "read signature header"},
		"no payload header": {"rpm", rpmFile[:leadSize+headerSize+400], "read"},
		"a huge header":     {"rpm", huge, "more than rpm takes"},
		"a tag outside":     {"rpm", outside, "lies outside of its header"},
		"another format":    {"apk", debFile, "want a .deb or an .rpm"},
	} {
		f := file(t, "x."+c.format, c.data)
		err := File(f, c.format, Debsigs, key(t, "rsa"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if !bytes.Equal(read(t, f), c.data) {
			t.Errorf("%s: the file has changed", name)
		}
		if entries, err := os.ReadDir(filepath.Dir(f)); err != nil || len(entries) != 1 {
			t.Errorf("%s: %d files beside it, %v", name, len(entries)-1, err)
		}
	}
}

// FuzzSign feeds what is no package.
func FuzzSign(f *testing.F) {
	f.Add(unsigned(f, "deb"))
	f.Add(unsigned(f, "rpm"))
	k := key(f, "ed25519")
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, sign := range []func(io.ReadSeeker, io.Writer, *signature.Key) error{
			rpmSigner,
			func(in io.ReadSeeker, out io.Writer, k *signature.Key) error { return signDeb(in, out, Debsigs, k) },
		} {
			var once, twice bytes.Buffer
			if sign(bytes.NewReader(data), &once, k) != nil {
				continue
			}
			if err := sign(bytes.NewReader(once.Bytes()), &twice, k); err != nil {
				t.Fatalf("what was signed cannot be signed again: %v", err)
			}
			if !bytes.Equal(once.Bytes(), twice.Bytes()) {
				t.Error("signing again changes it")
			}
		}
	})
}
