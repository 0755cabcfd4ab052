package repository_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/signature"
	"github.com/pinpack/pinpack/internal/testkit"
)

// names are the files of a repository, those named by digest without it.
func names(t testing.TB, dir string) string {
	t.Helper()
	var list []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			list = append(list, hexDigest.ReplaceAllString(name, "HASH"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

func TestPublishMakesAWholeRepository(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	r := open(t, "repo+dir:out?suite=bookworm&origin=Example", setup(t, work, newKey(t, packet.PubKeyAlgoEdDSA)))
	if err := r.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	list := both(t, "1.0")
	receipts := publishTo(t, r, list...)
	if want := "file://" + work + "/out/pool/main/a/app/app_1.0-1_all.deb"; len(receipts) != 2 || receipts[0].URL != want || receipts[0].Target != "repo+dir:"+work+"/out" {
		t.Errorf("receipts %+v: want the URL %s", receipts, want)
	}
	want := `.nojekyll
app.repo
app.sources
dists/bookworm/InRelease
dists/bookworm/Release
dists/bookworm/Release.gpg
dists/bookworm/main/binary-amd64/Packages
dists/bookworm/main/binary-amd64/Packages.gz
dists/bookworm/main/binary-amd64/Packages.xz
dists/bookworm/main/binary-amd64/by-hash/SHA256/HASH
dists/bookworm/main/binary-amd64/by-hash/SHA256/HASH
dists/bookworm/main/binary-amd64/by-hash/SHA256/HASH
dists/bookworm/main/binary-arm64/Packages
dists/bookworm/main/binary-arm64/Packages.gz
dists/bookworm/main/binary-arm64/Packages.xz
dists/bookworm/main/binary-arm64/by-hash/SHA256/HASH
dists/bookworm/main/binary-arm64/by-hash/SHA256/HASH
dists/bookworm/main/binary-arm64/by-hash/SHA256/HASH
index.html
key.asc
key.gpg
packages/app/app-1.0-1.noarch.rpm
pool/main/a/app/app_1.0-1_all.deb
repodata/HASH-filelists.xml.gz
repodata/HASH-other.xml.gz
repodata/HASH-primary.xml.gz
repodata/repomd.xml
repodata/repomd.xml.asc
repository.json`
	out := filepath.Join(work, "out")
	if diff := cmp.Diff(want, names(t, out)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	release := read(t, out, "dists/bookworm/Release")
	head := "Origin: Example\nLabel: Example\nSuite: bookworm\nCodename: bookworm\nDate: Sun, 01 Mar 2026 12:00:00 UTC\nArchitectures: amd64 arm64\nComponents: main\nAcquire-By-Hash: yes\nSHA256:\n "
	if !strings.HasPrefix(release, head) || strings.Count(release, "main/binary-") != 6 {
		t.Errorf("Release:\n%s\nwant it to begin with\n%s", release, head)
	}
	before := testkit.TreeDump(t, out)
	publishTo(t, r, list...)
	if diff := cmp.Diff(before, testkit.TreeDump(t, out)); diff != "" {
		t.Errorf("published twice (-first +second):\n%s", diff)
	}
}

// TestVersionsStay holds that older versions can still be installed, the newest
// ones only where that is said, by each family's own order.
func TestVersionsStay(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	key := newKey(t, packet.PubKeyAlgoEdDSA)
	for _, version := range []string{"1.9", "1.10", "1.10~rc1"} {
		publishTo(t, open(t, "repo+dir:out", setup(t, work, key)), both(t, version)...)
	}
	want := "deb stable app 1.10-1 all pool/main/a/app/app_1.10-1_all.deb\ndeb stable app 1.10~rc1-1 all pool/main/a/app/app_1.10~rc1-1_all.deb\ndeb stable app 1.9-1 all pool/main/a/app/app_1.9-1_all.deb\n" +
		"rpm app 1.10-1 noarch packages/app/app-1.10-1.noarch.rpm\nrpm app 1.10~rc1-1 noarch packages/app/app-1.10~rc1-1.noarch.rpm\nrpm app 1.9-1 noarch packages/app/app-1.9-1.noarch.rpm\n"
	all := open(t, "repo+dir:out", setup(t, work, key))
	if diff := cmp.Diff(want, listed(t, all)); diff != "" {
		t.Errorf("three versions (-want +got):\n%s", diff)
	}
	// The one that is added stays, although two are newer.
	publishTo(t, open(t, "repo+dir:out?keep=2", setup(t, work, key)), both(t, "1.8")...)
	got := listed(t, all)
	if strings.Contains(got, "1.9") || strings.Count(got, "1.8-1") != 4 || strings.Count(got, "1.10~rc1-1") != 4 {
		t.Errorf("with keep=2, 1.8 added:\n%s", got)
	}
	out := filepath.Join(work, "out")
	for _, name := range []string{"pool/main/a/app/app_1.9-1_all.deb", "packages/app/app-1.9-1.noarch.rpm"} {
		if _, err := os.Stat(filepath.Join(out, name)); err != nil {
			t.Errorf("%s is gone at once: %v", name, err)
		}
	}
	// A day later the files go, those of older indexes with them.
	s := setup(t, work, key)
	s.Now = func() time.Time { return now.Add(25 * time.Hour) }
	list := both(t, "1.8")
	list[0], list[1] = pack(t, "deb", "app", "1.11", "all", "x"), pack(t, "rpm", "app", "1.11", "all", "x")
	publishTo(t, open(t, "repo+dir:out", s), list...)
	if strings.Contains(names(t, out), "1.9") {
		t.Errorf("a day later there is still\n%s", names(t, out))
	}
	if n := strings.Count(names(t, out), "by-hash"); n != 12 {
		t.Errorf("%d files by hash: want those of this index and of the last one, 12", n)
	}
	if n := strings.Count(names(t, out), "repodata/HASH"); n != 6 {
		t.Errorf("%d files in repodata: want those of this index and of the last one, 6", n)
	}
}

func TestSuitesComponentsArchitectures(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	amd64, arm64, all := pack(t, "deb", "libfoo", "1", "amd64", "a"), pack(t, "deb", "libfoo", "1", "arm64", "b"), pack(t, "deb", "doc", "1", "all", "c")
	other := pack(t, "deb", "libfoo", "1", "amd64", "for trixie")
	key := newKey(t, packet.PubKeyAlgoRSA)
	publishTo(t, open(t, "apt+dir:out?suite=bookworm,trixie&arch=riscv64", setup(t, work, key)), all)
	publishTo(t, open(t, "apt+dir:out?suite=bookworm&component=extra", setup(t, work, key)), amd64, arm64)
	publishTo(t, open(t, "apt+dir:out?suite=trixie&component=extra", setup(t, work, key)), other)
	want := `deb bookworm doc 1-1 all pool/main/d/doc/doc_1-1_all.deb
deb bookworm libfoo 1-1 amd64 pool/extra/libf/libfoo/libfoo_1-1_amd64.deb
deb bookworm libfoo 1-1 arm64 pool/extra/libf/libfoo/libfoo_1-1_arm64.deb
deb trixie doc 1-1 all pool/main/d/doc/doc_1-1_all.deb
deb trixie libfoo 1-1 amd64 pool/extra/libf/libfoo/` + other.SHA256[:12] + `/libfoo_1-1_amd64.deb
`
	if diff := cmp.Diff(want, listed(t, open(t, "apt+dir:out", setup(t, work, key)))); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
	out := filepath.Join(work, "out/dists/bookworm")
	for name, want := range map[string]string{
		"main/binary-amd64": "doc", "main/binary-riscv64": "doc", "extra/binary-amd64": "libfoo", "extra/binary-arm64": "libfoo", "extra/binary-riscv64": "",
	} {
		text := read(t, out, name, "Packages")
		if got := strings.Count(text, "Package: "); want == "" && got != 0 || want != "" && (got != 1 || !strings.HasPrefix(text, "Package: "+want+"\n")) {
			t.Errorf("%s/Packages:\n%s\nwant %q", name, text, want)
		}
	}
	if text := read(t, out, "Release"); !strings.Contains(text, "\nArchitectures: amd64 arm64 riscv64\nComponents: extra main\n") {
		t.Errorf("Release:\n%s", text)
	}
	for _, suite := range []string{"bookworm", "trixie"} {
		if text := read(t, work, "out/doc-"+suite+".sources"); !strings.Contains(text, "\nSuites: "+suite+"\nComponents: extra main\nSigned-By: /etc/apt/keyrings/doc.asc\n") {
			t.Errorf("%s:\n%s", suite, text)
		}
	}
}

func TestOtherContentIsRefused(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	publishTo(t, open(t, "repo+dir:out", setup(t, work, nil)), both(t, "1.0")...)
	before := testkit.TreeDump(t, work)
	for _, format := range []string{"deb", "rpm"} {
		_, err := open(t, "repo+dir:out", setup(t, work, nil)).Publish(t.Context(), append(both(t, "2.0")[:0], pack(t, format, "app", "1.0", "all", "changed")))
		if err == nil || !strings.Contains(err.Error(), "1.0-1 with another content: want a new version or iteration, or overwrite") {
			t.Errorf("%s: %v", format, err)
		}
	}
	if diff := cmp.Diff(before, testkit.TreeDump(t, work)); diff != "" {
		t.Errorf("a refused package changes (-before +after):\n%s", diff)
	}
	s := setup(t, work, nil)
	s.Overwrite = true
	changed := pack(t, "deb", "app", "1.0", "all", "changed")
	receipts := publishTo(t, open(t, "repo+dir:out", s), changed, pack(t, "rpm", "app", "1.0", "all", "changed"))
	if !strings.HasSuffix(receipts[0].URL, "/pool/main/a/app/"+changed.SHA256[:12]+"/app_1.0-1_all.deb") {
		t.Errorf("%s: want it beside the old one, which readers may be after", receipts[0].URL)
	}
	if got := listed(t, open(t, "repo+dir:out", s)); strings.Count(got, "\n") != 2 {
		t.Errorf("overwritten:\n%s", got)
	}
}

func TestASignedRepositoryStaysSigned(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	key := newKey(t, packet.PubKeyAlgoEdDSA)
	publishTo(t, open(t, "repo+dir:out", setup(t, work, key)), both(t, "1.0")...)
	before := testkit.TreeDump(t, work)
	for _, kind := range []string{"apt", "yum", "repo"} {
		r := open(t, kind+"+dir:out", setup(t, work, nil))
		_, err := r.Publish(t.Context(), both(t, "2.0"))
		for _, err := range []error{err, r.Check(t.Context())} {
			if err == nil || !strings.Contains(err.Error(), "the repository is signed: want the input signing-key, or unsigned=yes in its URL") {
				t.Errorf("%s without a key: %v", kind, err)
			}
		}
	}
	if diff := cmp.Diff(before, testkit.TreeDump(t, work)); diff != "" {
		t.Errorf("a refused package changes (-before +after):\n%s", diff)
	}
	var said []string
	s := setup(t, work, nil)
	s.Say = func(line string) { said = append(said, line) }
	publishTo(t, open(t, "repo+dir:out?unsigned=yes", s), both(t, "2.0")...)
	if !strings.Contains(strings.Join(said, "\n"), "NOT SIGNED") {
		t.Errorf("said %q: want a warning", said)
	}
	out := filepath.Join(work, "out")
	if got := names(t, out); strings.Contains(got, "InRelease") || strings.Contains(got, "Release.gpg") || strings.Contains(got, "repomd.xml.asc") {
		t.Errorf("signatures of another content are left:\n%s", got)
	}
	if text := read(t, out, "app.sources"); !strings.Contains(text, "Trusted: yes\n") || strings.Contains(text, "Signed-By") {
		t.Errorf("sources:\n%s", text)
	}
	if text := read(t, out, "index.html"); !strings.Contains(text, "not signed") {
		t.Error("the page does not say that it is not signed")
	}
}

// TestKeyIsPublished holds that what is beside the repository is the key that
// signs it, in both forms.
func TestKeyIsPublished(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	one, two := newKey(t, packet.PubKeyAlgoEdDSA), newKey(t, packet.PubKeyAlgoRSA)
	for _, key := range []*signature.Key{one, two} {
		publishTo(t, open(t, "repo+dir:out", setup(t, work, key)), both(t, "1.0")...)
		armored, err := key.Public()
		if err != nil {
			t.Fatal(err)
		}
		binary, err := key.Binary()
		if err != nil {
			t.Fatal(err)
		}
		if read(t, work, "out/key.asc") != string(armored) || !bytes.Equal([]byte(read(t, work, "out/key.gpg")), binary) {
			t.Error("the key beside the repository is another one")
		}
	}
}
