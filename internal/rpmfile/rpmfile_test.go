package rpmfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

const spec = `Name: odd
Epoch: 3
Version: 1.0~rc1
Release: 2
Summary: An odd <package> & more
License: MIT
URL: https://example.org/?a=1&b=2
Vendor: Somebody
Packager: A Person <a@example.org>
Group: Applications/Internet
BuildArch: noarch
Requires: bash >= 4:5.0-1, /usr/bin/env, python3
Requires(pre): shadow-utils
Provides: virtual(odd) = 7, webserver
Conflicts: even < 2
Obsoletes: older <= 1-1
Recommends: nice
Suggests: nicer > 3
Supplements: big
Enhances: bigger
AutoReqProv: no
%description
First line.

Third, with Umlauts: äöü.
%install
mkdir -p %{buildroot}/etc/odd %{buildroot}/usr/bin %{buildroot}/opt/odd
echo x > %{buildroot}/etc/odd/odd.conf
echo '#!/bin/sh' > %{buildroot}/usr/bin/odd
ln -s odd %{buildroot}/usr/bin/odder
echo y > "%{buildroot}/opt/odd/with blank"
%pre
echo pre
%post -p /bin/true
%preun
echo preun
%files
%dir /etc/odd
%config(noreplace) /etc/odd/odd.conf
%attr(0755,daemon,daemon) /usr/bin/odd
/usr/bin/odder
%ghost /var/log/odd
/opt/odd
%changelog
* Mon Mar 02 2026 A Person <a@example.org> - 1.0~rc1-2
- Newer
* Sun Mar 01 2026 A Person <a@example.org> - 1.0~rc1-1
- Older
`

// build makes packages with rpmbuild.
func build(t testing.TB, spec string) string {
	t.Helper()
	testkit.Need(t, "rpmbuild")
	dir := t.TempDir()
	file := filepath.Join(dir, "x.spec")
	if err := os.WriteFile(file, []byte(spec), 0o644); err != nil {
		t.Fatal(err)
	}
	testkit.Run(t, exec.Command("rpmbuild", "-ba", "--quiet", "--define", "_topdir "+dir, file))
	found, err := filepath.Glob(dir + "/RPMS/noarch/*.rpm")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}

func readFile(t testing.TB, name string) (Package, int64) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		t.Fatal(err)
	}
	return p, at
}

// TestReadSaysWhatRPMSays asks rpm for the same, tag by tag.
func TestReadSaysWhatRPMSays(t *testing.T) {
	name := build(t, spec)
	p, at := readFile(t, name)
	if at != p.HeaderEnd {
		t.Errorf("read to %d, the header ends at %d", at, p.HeaderEnd)
	}
	query := func(format string) string {
		cmd := exec.Command("rpm", "--query", "--nosignature", "--queryformat", format, "--package", name)
		cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
		return testkit.Run(t, cmd)
	}
	relations := func(list []Relation) string {
		var b strings.Builder
		for _, r := range list {
			fmt.Fprintf(&b, "%s|%d|%s\n", r.Name, r.Flags, r.Version)
		}
		return b.String()
	}
	var files, scripts, changes strings.Builder
	for _, f := range p.Files {
		fmt.Fprintf(&files, "%s|%o|%d|%d|%s|%s|%s|%s|%d\n", f.Path, f.Mode, f.Size, f.Time, f.Digest, f.Link, f.User, f.Group, f.Flags)
	}
	for _, s := range p.Scripts {
		fmt.Fprintf(&scripts, "%s|%s|%s\n", s.Name, s.Program, s.Body)
	}
	for _, c := range p.Changelog {
		fmt.Fprintf(&changes, "%s|%d|%s\n", c.Author, c.Time, c.Text)
	}
	for name, c := range map[string]struct{ got, format string }{
		"fields": {
			strings.Join([]string{p.Name, p.Epoch, p.Version, p.Release, p.Arch, p.Summary, p.Description, p.License, p.Group, p.URL, p.Vendor, p.Packager, p.BuildHost, p.SourceRPM, p.PayloadFormat, p.PayloadCompressor, p.PayloadDigest, fmt.Sprint(p.BuildTime, p.InstalledSize, p.ArchiveSize)}, "\n"),
			"%{NAME}\n%{EPOCH}\n%{VERSION}\n%{RELEASE}\n%{ARCH}\n%{SUMMARY}\n%{DESCRIPTION}\n%{LICENSE}\n%{GROUP}\n%{URL}\n%{VENDOR}\n%{PACKAGER}\n%{BUILDHOST}\n%{SOURCERPM}\n%{PAYLOADFORMAT}\n%{PAYLOADCOMPRESSOR}\n%{PAYLOADDIGEST}\n%{BUILDTIME} %{LONGSIZE} %{LONGARCHIVESIZE}",
		},
		"requires":    {relations(p.Requires), "[%{REQUIRENAME}|%{REQUIREFLAGS}|%{REQUIREVERSION}\n]"},
		"provides":    {relations(p.Provides), "[%{PROVIDENAME}|%{PROVIDEFLAGS}|%{PROVIDEVERSION}\n]"},
		"conflicts":   {relations(p.Conflicts), "[%{CONFLICTNAME}|%{CONFLICTFLAGS}|%{CONFLICTVERSION}\n]"},
		"obsoletes":   {relations(p.Obsoletes), "[%{OBSOLETENAME}|%{OBSOLETEFLAGS}|%{OBSOLETEVERSION}\n]"},
		"recommends":  {relations(p.Recommends), "[%{RECOMMENDNAME}|%{RECOMMENDFLAGS}|%{RECOMMENDVERSION}\n]"},
		"suggests":    {relations(p.Suggests), "[%{SUGGESTNAME}|%{SUGGESTFLAGS}|%{SUGGESTVERSION}\n]"},
		"supplements": {relations(p.Supplements), "[%{SUPPLEMENTNAME}|%{SUPPLEMENTFLAGS}|%{SUPPLEMENTVERSION}\n]"},
		"enhances":    {relations(p.Enhances), "[%{ENHANCENAME}|%{ENHANCEFLAGS}|%{ENHANCEVERSION}\n]"},
		"files":       {files.String(), "[%{FILENAMES}|%{FILEMODES:octal}|%{FILESIZES}|%{FILEMTIMES}|%{FILEDIGESTS}|%{FILELINKTOS}|%{FILEUSERNAME}|%{FILEGROUPNAME}|%{FILEFLAGS}\n]"},
		"scripts":     {scripts.String(), "pre|%{PREINPROG}|%{PREIN}\npost|%{POSTINPROG}|\npreun|%{PREUNPROG}|%{PREUN}\n"},
		"changelog":   {changes.String(), "[%{CHANGELOGNAME}|%{CHANGELOGTIME}|%{CHANGELOGTEXT}\n]"},
	} {
		if diff := cmp.Diff(query(c.format), c.got); diff != "" {
			t.Errorf("%s (-rpm +ours):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"SHA1HEADER", "SHA256HEADER", "MD5"}, p.SignatureTags); diff != "" {
		t.Errorf("signature (-want +got):\n%s", diff)
	}
	if p.Source {
		t.Error("a binary package is called a source package")
	}
	source, err := filepath.Glob(filepath.Join(filepath.Dir(name), "../../SRPMS/*.src.rpm"))
	if err != nil || len(source) != 1 {
		t.Fatal(source, err)
	}
	if p, _ := readFile(t, source[0]); !p.Source {
		t.Error("a source package is called none")
	}
}

func TestRelationsReadAsPeopleWriteThem(t *testing.T) {
	for want, r := range map[string]Relation{
		"bash >= 4:5.0-1": {"bash", Greater | Equal, "4:5.0-1"}, "env": {"env", 0, ""}, "a < 1": {"a", Less, "1"}, "b = 1": {"b", Equal, "1"},
	} {
		if r.String() != want {
			t.Errorf("%+v: %q, want %q", r, r.String(), want)
		}
	}
	if e, v, r := SplitEVR("4:5.0-1"); e != "4" || v != "5.0" || r != "1" {
		t.Error(e, v, r)
	}
	if e, v, r := SplitEVR("5.0"); e != "" || v != "5.0" || r != "" {
		t.Error(e, v, r)
	}
}

// TestOrderIsRPMs asks rpm for the order of all pairs.
func TestOrderIsRPMs(t *testing.T) {
	testkit.Need(t, "rpm")
	list := []string{"0", "00", "1", "1.0", "1.00", "1.0.0", "1.0a", "1.a", "a", "1a", "a1", "1~", "1~rc1", "1~rc2", "1~~", "1^", "1^git1", "1^~", "1~^", "1.0^20260101", "1.0.1", "10", "9", "1_1", "1+1", "~", "^", "1.0~rc1^git", "abc", "abd", "ABC", "1.2.3.4", "1.2.3.4a", "20260101", "1é"}
	lua := `for a in string.gmatch(l, '[^ ]+') do for b in string.gmatch(l, '[^ ]+') do print(rpm.vercmp(a, b) .. ' ') end end`
	got := strings.Fields(testkit.Run(t, exec.Command("rpm", "--eval", "%{lua: l = '"+strings.Join(list, " ")+"' "+lua+"}")))
	if len(got) != len(list)*len(list) {
		t.Fatalf("rpm compares %d pairs, want %d", len(got), len(list)*len(list))
	}
	for i, a := range list {
		for j, b := range list {
			if ours := fmt.Sprint(CompareVersions(a, b)); ours != got[i*len(list)+j] {
				t.Errorf("%q and %q: %s, rpm says %s", a, b, ours, got[i*len(list)+j])
			}
		}
	}
	if CompareEVR("", "1", "1", "0", "1", "1") != 0 || CompareEVR("1", "1", "1", "", "2", "1") != 1 || CompareEVR("", "1", "2", "", "1", "10") != -1 {
		t.Error("epochs and releases are not compared as rpm does")
	}
}

// small is a package with next to nothing in it.
func small(t testing.TB) []byte {
	header := func(tags map[uint32]string) []byte {
		var table, store bytes.Buffer
		for _, tag := range []uint32{tagName, tagVersion, tagRelease, tagArch} {
			if v, ok := tags[tag]; ok {
				for _, n := range []uint32{tag, typeString, uint32(store.Len()), 1} {
					_ = binary.Write(&table, binary.BigEndian, n)
				}
				store.WriteString(v + "\x00")
			}
		}
		b := []byte("\x8e\xad\xe8\x01\x00\x00\x00\x00")
		b = binary.BigEndian.AppendUint32(b, uint32(table.Len()/16))
		b = binary.BigEndian.AppendUint32(b, uint32(store.Len()))
		return append(append(b, table.Bytes()...), store.Bytes()...)
	}
	b := append([]byte("\xed\xab\xee\xdb"), make([]byte, 92)...)
	b = append(b, header(nil)...)
	return append(b, header(map[uint32]string{tagName: "x", tagVersion: "1", tagRelease: "1", tagArch: "noarch"})...)
}

func TestReadRefuses(t *testing.T) {
	good := small(t)
	if p, err := Read(bytes.NewReader(good)); err != nil || p.Name != "x" || p.Arch != "noarch" {
		t.Fatalf("%+v, %v", p, err)
	}
	for n := range good {
		if _, err := Read(bytes.NewReader(good[:n])); err == nil {
			t.Errorf("cut to %d bytes: want an error", n)
		}
	}
	change := func(at int, to ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], to)
		return b
	}
	const first = 96 + 16 + 16 // the first tag of the header
	for name, data := range map[string][]byte{
		"no magic":            change(0, 0),
		"no header magic":     change(96, 0),
		"many tags":           change(96+16+8, 0xff, 0xff, 0xff, 0xff),
		"a large store":       change(96+16+12, 0xff, 0xff, 0xff, 0xff),
		"a name that is none": change(first+4, 0, 0, 0, 4),
		"an offset outside":   change(first+8, 0x7f, 0, 0, 0),
		"a large count":       change(first+12, 0xff, 0xff, 0xff, 0xff),
		"no name":             change(first, 0xff),
	} {
		if p, err := Read(bytes.NewReader(data)); err == nil {
			t.Errorf("%s: %+v, want an error", name, p)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(small(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if p.HeaderEnd > int64(len(data)) || p.HeaderStart >= p.HeaderEnd || p.Name == "" {
			t.Errorf("header from %d to %d of %d bytes, name %q", p.HeaderStart, p.HeaderEnd, len(data), p.Name)
		}
	})
}
