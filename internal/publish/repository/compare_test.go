package repository_test

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/testkit"
)

// TestPackagesAreDpkgsAndAptsOwn holds each stanza against those of
// dpkg-scanpackages and of apt-ftparchive over the same packages. They have more
// digests, and their own order of fields.
func TestPackagesAreDpkgsAndAptsOwn(t *testing.T) {
	t.Parallel()
	scan, archive := testkit.Need(t, "dpkg-scanpackages"), testkit.Need(t, "apt-ftparchive")
	work := t.TempDir()
	publishTo(t, open(t, "apt+dir:out", setup(t, work, nil)),
		pack(t, "deb", "app", "1.0", "all", "1"), pack(t, "deb", "app", "1.1~rc1", "all", "2"), pack(t, "deb", "libother", "2.0", "amd64", "3"))
	out := filepath.Join(work, "out")
	ours := stanzas(read(t, out, "dists/stable/main/binary-amd64/Packages"))
	if len(ours) != 3 {
		t.Fatalf("%d stanzas: want 3", len(ours))
	}
	for tool, cmd := range map[string]*exec.Cmd{
		"dpkg-scanpackages": exec.Command(scan, "--multiversion", "pool"),
		"apt-ftparchive":    exec.Command(archive, "packages", "pool"),
	} {
		cmd.Dir = out
		if diff := cmp.Diff(stanzas(testkit.Run(t, cmd)), ours); diff != "" {
			t.Errorf("Packages (-%s +ours):\n%s", tool, diff)
		}
	}
}

// stanzas are the fields of each stanza, sorted, without what is not ours.
func stanzas(text string) []string {
	var list []string
	for stanza := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		var fields []string
		for line := range strings.Lines(stanza) {
			name, value, ok := strings.Cut(strings.TrimRight(line, "\n"), ":")
			switch {
			case strings.HasPrefix(line, " ") && len(fields) > 0:
				fields[len(fields)-1] += "\n" + strings.TrimRight(line, "\n")
			case ok && slices.Contains([]string{"MD5sum", "SHA1", "SHA512"}, name):
			default:
				fields = append(fields, name+":"+value)
			}
		}
		slices.Sort(fields)
		list = append(list, strings.Join(fields, "\n"))
	}
	slices.Sort(list)
	return list
}

const spec = `Name: odd
Epoch: 3
Version: 1.0~rc1
Release: 2
Summary: An odd <package> & "more"
License: MIT
URL: https://example.org/?a=1&b=2
Vendor: Somebody
Packager: A Person <a@example.org>
Group: Applications/Internet
Requires: bash >= 4:5.0-1, /usr/bin/env, /usr/bin/odd, python3 < 4, python3, python3
Requires: webserver
Requires(pre): shadow-utils
Requires(post): shadow-utils
Provides: virtual(odd) = 7, webserver
Conflicts: even < 2
Obsoletes: older <= 1-1
Recommends: nice
Suggests: nicer > 3
Supplements: big
Enhances: bigger
%description
First line.

Third, with Umlauts: äöü, and    blanks.
%build
echo 'int main() { return 0; }' > x.c && gcc x.c -o x
%install
mkdir -p %{buildroot}/etc/odd %{buildroot}/usr/bin %{buildroot}/usr/sbin %{buildroot}/opt/odd/bin
echo x > %{buildroot}/etc/odd/odd.conf
install x %{buildroot}/usr/bin/odd
ln -s odd %{buildroot}/usr/bin/odder
echo y > "%{buildroot}/opt/odd/with blank & <"
%pre
echo pre
%post -p /bin/true
%files
%dir /etc/odd
%config(noreplace) /etc/odd/odd.conf
/usr/bin/odd
/usr/bin/odder
%ghost /var/log/odd
%ghost /etc/odd/ghost
/opt/odd
%changelog
`

// rpmbuild builds the package of a spec.
func rpmbuild(t testing.TB, spec string) artifact.Artifact {
	t.Helper()
	testkit.Need(t, "gcc")
	testkit.Need(t, "rpmbuild")
	dir := t.TempDir()
	file := filepath.Join(dir, "x.spec")
	for i := range 13 { // more than are listed, some of one day
		spec += fmt.Sprintf("* Mon Mar %02d 2026 A Person <a@example.org> - %d\n- Change <%d>\n\n", 2+7*((12-i)/4), 12-i, i)
	}
	if err := os.WriteFile(file, []byte(spec), 0o644); err != nil {
		t.Fatal(err)
	}
	testkit.Run(t, exec.Command("rpmbuild", "-bb", "--quiet", "--nodebuginfo", "--define", "debug_package %{nil}", "--define", "_topdir "+dir, file))
	found, err := filepath.Glob(dir + "/RPMS/*/*.rpm")
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	sum, size, err := artifact.Digest(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return artifact.Artifact{Path: found[0], Name: filepath.Base(found[0]), Format: "rpm", Package: "odd", Size: size, SHA256: sum}
}

// TestMetadataIsCreaterepos holds primary, filelists and other against those of
// createrepo_c over the same packages: the same elements, attributes and texts,
// in the same order within a package. What differs is told in explained.
func TestMetadataIsCreaterepos(t *testing.T) {
	t.Parallel()
	createrepo := testkit.Need(t, "createrepo_c")
	for _, compress := range []string{"gzip", "zstd"} {
		work := t.TempDir()
		publishTo(t, open(t, "yum+dir:out?compress="+compress, setup(t, work, nil)),
			pack(t, "rpm", "app", "1.0", "all", "1"), pack(t, "rpm", "app", "1.1~rc1", "all", "2"), pack(t, "rpm", "other", "2.0", "arm64", "3"), rpmbuild(t, spec))
		out, theirs := filepath.Join(work, "out"), filepath.Join(work, "theirs")
		if err := os.Mkdir(theirs, 0o755); err != nil {
			t.Fatal(err)
		}
		testkit.Run(t, exec.Command(createrepo, "--quiet", "--no-database", "--simple-md-filenames", "--outputdir", theirs, out))
		for _, kind := range []string{"primary", "filelists", "other"} {
			a, b := elements(t, filepath.Join(theirs, "repodata", kind+".xml.gz")), elements(t, one(t, out, "repodata/*-"+kind+".xml.*"))
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("%s (-createrepo_c +ours):\n%s", kind, diff)
			}
		}
	}
}

func one(t testing.TB, elem ...string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(elem...))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v: %q, %v: want one", elem, found, err)
	}
	return found[0]
}

// elements flattens each package of a metadata file, keyed by its digest.
func elements(t testing.TB, name string) map[string][]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(name, ".zst") {
		in = strings.NewReader(testkit.Run(t, exec.Command(testkit.Need(t, "zstd"), "--decompress", "--stdout", name)))
	} else if in, err = gzip.NewReader(f); err != nil {
		t.Fatal(err)
	}
	packages := map[string][]string{}
	var path, lines []string
	var id, text string
	for d := xml.NewDecoder(in); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(name, err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			path, text = append(path, e.Name.Space[strings.LastIndexByte(e.Name.Space, '/')+1:]+":"+e.Name.Local), ""
			line := strings.Join(path, "/")
			for _, a := range slices.SortedFunc(slices.Values(e.Attr), func(a, b xml.Attr) int { return strings.Compare(a.Name.Local, b.Name.Local) }) {
				if a.Name.Local == "pkgid" && a.Value != "YES" {
					id = a.Value
				}
				if len(path) == 1 && a.Name.Local == "packages" {
					packages["all"] = []string{path[0] + a.Value}
				}
				if len(path) == 1 || explained(e.Name.Local, a.Name.Local) {
					continue
				}
				line += " " + a.Name.Local + "=" + fmt.Sprintf("%q", a.Value)
			}
			if len(path) > 1 {
				lines = append(lines, line)
			}
		case xml.CharData:
			text += string(bytes.Clone(e))
		case xml.EndElement:
			if s := strings.TrimSpace(text); s != "" && len(lines) > 0 {
				lines[len(lines)-1] += " " + fmt.Sprintf("%q", s)
				if e.Name.Local == "checksum" {
					id = s
				}
			}
			if text = ""; e.Name.Local == "package" {
				packages[id], lines = lines, nil
			}
			path = path[:len(path)-1]
		}
	}
	return packages
}

// explained are the differences: the time of the file, for which createrepo_c
// takes that of the file system, and ours the package's, so that it is the same
// wherever it is made.
func explained(element, attribute string) bool {
	return element == "time" && attribute == "file"
}
