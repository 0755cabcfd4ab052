package repository_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/signature"
	"github.com/pinpack/pinpack/internal/testkit"
)

// TestForeignRepository publishes into a repository that others made: with
// sources, a priority, and indexes of packages that are there compressed only.
func TestForeignRepository(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	out := filepath.Join(work, "out")
	index := "Package: theirs\nVersion: 1\nArchitecture: amd64\nFilename: pool/theirs_1_amd64.deb\nSize: 3\nSHA256: " + strings.Repeat("a", 64) + "\n"
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(index)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"main/binary-amd64/Packages.gz": packed.String(), "main/binary-amd64/Release": "Archive: x\n", "main/source/Sources": "Package: src\n", "main/Contents-amd64": "usr/bin/theirs theirs\n"}
	release := "Origin: Acme\nSuite: stable\nCodename: bookworm\nVersion: 12.1\nDate: Sat, 28 Feb 2026 12:00:00 UTC\nValid-Until: Sat, 07 Mar 2026 12:00:00 UTC\nArchitectures: amd64\nComponents: main\nNotAutomatic: yes\nSHA256:\n"
	for name, text := range files {
		write(t, text, out, "dists/bookworm", name)
		release += fmt.Sprintf(" %x %d %s\n", sha256.Sum256([]byte(text)), len(text), name)
	}
	release += fmt.Sprintf(" %064d 9 main/source/Sources.gz\n", 7) // not there
	write(t, release, out, "dists/bookworm/Release")
	r := open(t, "apt+dir:out?suite=bookworm", setup(t, work, newKey(t, packet.PubKeyAlgoEdDSA)))
	publishTo(t, r, pack(t, "deb", "app", "1.0", "amd64", "x"))
	if got, want := listed(t, r), "deb bookworm app 1.0-1 amd64 pool/main/a/app/app_1.0-1_amd64.deb\ndeb bookworm theirs 1 amd64 pool/theirs_1_amd64.deb\n"; got != want {
		t.Errorf("packages:\n%s\nwant\n%s", got, want)
	}
	got := read(t, out, "dists/bookworm/Release")
	for _, want := range []string{"Version: 12.1\n", "NotAutomatic: yes\n", " main/source/Sources\n", " main/source/Sources.gz\n", " main/Contents-amd64\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("Release lacks %q:\n%s", want, got)
		}
	}
	for _, gone := range []string{"Valid-Until", "binary-amd64/Release"} { // nobody would keep them up to date
		if strings.Contains(got, gone) {
			t.Errorf("Release has %q:\n%s", gone, got)
		}
	}
	sources := files["main/source/Sources"]
	if data := read(t, out, "dists/bookworm/main/source/by-hash/SHA256", fmt.Sprintf("%x", sha256.Sum256([]byte(sources)))); data != sources {
		t.Errorf("by hash, Sources is %q", data)
	}
	// One that cannot be read whole is left alone.
	old := "Suite: old\nComponents: main\nMD5Sum:\n 0123456789abcdef0123456789abcdef 3 main/binary-amd64/Packages\n"
	write(t, old, out, "dists/old/Release")
	_, err := open(t, "apt+dir:out?suite=old&unsigned=yes", setup(t, work, nil)).Publish(t.Context(), both(t, "1.0"))
	if err == nil || !strings.Contains(err.Error(), `suite "old": its Release names no file by SHA-256`) {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff(old, read(t, out, "dists/old/Release")); diff != "" {
		t.Error(diff)
	}
}

// TestForeignPlaces: a file that is there already stays in the place that others
// chose, whichever digest their metadata tells of it.
func TestForeignPlaces(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	out := filepath.Join(work, "out")
	list := both(t, "1.0")
	r := open(t, "repo+dir:out", setup(t, work, newKey(t, packet.PubKeyAlgoEdDSA)))
	write(t, read(t, list[0].Path), out, "debs/app.deb")
	write(t, read(t, list[1].Path), out, "Packages/a/app.rpm")
	testkit.Run(t, exec.Command(testkit.Need(t, "createrepo_c"), "--quiet", "--checksum", "sha512", out))
	if _, err := open(t, "apt+dir:out", setup(t, work, newKey(t, packet.PubKeyAlgoEdDSA))).Index(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := listed(t, r)
	receipts := publishTo(t, r, list...)
	if diff := cmp.Diff(before, listed(t, r)); diff != "" || !strings.HasSuffix(receipts[0].URL, "/debs/app.deb") || !strings.HasSuffix(receipts[1].URL, "/Packages/a/app.rpm") {
		t.Errorf("receipts %v\npackages (-before +after):\n%s", receipts, diff)
	}
	if all := names(t, out); strings.Contains(all, "pool/") || strings.Contains(all, "packages/") {
		t.Errorf("copies are left:\n%s", all)
	}
	list[1] = pack(t, "rpm", "app", "1.0", "all", "another text")
	if _, err := r.Publish(t.Context(), list); err == nil || !strings.Contains(err.Error(), "with another content") {
		t.Errorf("another content: %v", err)
	}
}

// TestNewKeySignsAll holds that all of a repository is signed with the key beside
// it, also what was not published to.
func TestNewKeySignsAll(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	out := filepath.Join(work, "out")
	publishTo(t, open(t, "repo+dir:out?suite=bookworm,trixie", setup(t, work, newKey(t, packet.PubKeyAlgoEdDSA))), both(t, "1.0")...)
	before := read(t, out, "dists/trixie/Release")
	key := newKey(t, packet.PubKeyAlgoEdDSA)
	publishTo(t, open(t, "apt+dir:out?suite=bookworm", setup(t, work, key)), pack(t, "deb", "app", "2.0", "all", "x"))
	ring, err := signature.ReadKeyring([]byte(read(t, out, "key.asc")))
	if err != nil {
		t.Fatal(err)
	}
	for file, sig := range map[string]string{"dists/bookworm/Release": ".gpg", "dists/trixie/Release": ".gpg", "repodata/repomd.xml": ".asc"} {
		if _, err := ring.Verify(strings.NewReader(read(t, out, file)), []byte(read(t, out, file+sig)), now); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, suite := range []string{"bookworm", "trixie"} {
		_, sig, err := signature.Cleartext([]byte(read(t, out, "dists", suite, "InRelease")))
		if err != nil || !key.Signed(sig) {
			t.Errorf("InRelease of %s is not signed with the new key: %v", suite, err)
		}
	}
	if diff := cmp.Diff(before, read(t, out, "dists/trixie/Release")); diff != "" {
		t.Errorf("the suite that nothing was published to (-before +after):\n%s", diff)
	}
}

func write(t testing.TB, text string, elem ...string) {
	t.Helper()
	name := filepath.Join(elem...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
