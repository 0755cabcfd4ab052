//go:build acceptance

package acceptance

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// signingKeys are keys of GnuPG of each sort that users have.
var signingKeys = []string{"rsa", "ed25519", "subkey-rsa3072", "subkey-ed25519", "longer"}

// dpkgSigPackage is of Debian 11: later ones have it no more.
const dpkgSigPackage = "http://deb.debian.org/debian/pool/main/d/dpkg-sig/dpkg-sig_0.13.1+nmu4_all.deb"

// newRootWithVerifiers has what verifies signatures on a suite of Debian.
func newRootWithVerifiers(t *testing.T, name string) root {
	t.Helper()
	return copyRoot(t, roots.get("verifiers "+name, func() root {
		r := root(filepath.Join(scratch, "roots", "verifiers "+name))
		duplicate(t, suite(t, name), r)
		tools := []string{"install", "--yes", "--quiet", "--no-install-recommends", "rpm", "gpg", "gpg-agent", "gpgv", "debsig-verify", "binutils"}
		switch name {
		case "bookworm":
			tools = append(tools, "perl", "gnupg", "libconfig-file-perl", "curl")
		default:
			tools = append(tools, "sqv")
		}
		r.run(t, "apt-get", tools...)
		if name == "bookworm" {
			r.run(t, "sh", "-euc", "curl -fsSo /dpkg-sig.deb "+dpkgSigPackage+"; dpkg -i /dpkg-sig.deb")
		}
		r.run(t, "apt-get", "clean")
		return r
	}))
}

// TestSignaturesVerify holds what pinpack signs against the tools that verify it,
// whole and altered in each of its parts.
func TestSignaturesVerify(t *testing.T) {
	t.Parallel()
	files := signedFiles(t)
	for _, name := range []string{"bookworm", "trixie"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRootWithVerifiers(t, name)
			for _, key := range signingKeys {
				for _, v := range verifiers {
					if (v.suites == "" || v.suites == name) && !(v.noSubkeys == name && strings.HasPrefix(key, "subkey-")) {
						t.Run(key+"/"+v.name, func(t *testing.T) { verifyAll(t, r, files[key], v) })
					}
				}
			}
		})
	}
}

// verifier is a tool, and the shell command that verifies the file $1 with the
// public key /key.asc, in an empty home.
type verifier struct {
	name, suites, prepare, verify string
	file                          string // glob of the file
	parts                         func(t *testing.T, file string) map[string]int64
	noSubkeys                     string // suite in which it knows none
}

var verifiers = []verifier{
	{name: "rpm", file: "*.rpm", parts: rpmParts,
		prepare: "rpm --dbpath $HOME/db --initdb; rpmkeys --dbpath $HOME/db --import /key.asc",
		verify:  `out=$(rpm --dbpath $HOME/db --checksig -v "$1"); echo "$out"; rpm --dbpath $HOME/db --checksig "$1" | grep "digests signatures OK"`},
	// Before 0.30 it looks for a signature's key among primary keys only.
	{name: "debsig-verify", file: "*.deb", parts: debParts, noSubkeys: "bookworm",
		prepare: `for fpr in $(gpg --show-keys --with-colons /key.asc | sed -n "s/^fpr:*\([0-9A-F]*\):/\1/p"); do
mkdir -p $HOME/policies/$fpr $HOME/keyrings/$fpr; gpg --dearmor </key.asc >$HOME/keyrings/$fpr/origin.gpg
sed "s/ID/$fpr/" >$HOME/policies/$fpr/origin.pol <<'END'
<?xml version="1.0"?>
<!DOCTYPE Policy SYSTEM "https://www.debian.org/debsig/1.0/policy.dtd">
<Policy xmlns="https://www.debian.org/debsig/1.0/">
<Origin Name="pinpack" id="ID" Description="packages"/>
<Selection><Required Type="origin" File="origin.gpg"/></Selection>
<Verification MinOptional="0"><Required Type="origin" File="origin.gpg"/></Verification>
</Policy>
END
done`,
		verify: `debsig-verify --verbose --policies-dir $HOME/policies --keyrings-dir $HOME/keyrings "$1"`},
	{name: "gpg on _gpgorigin", file: "*.deb", parts: debParts,
		prepare: "gpg --batch --import /key.asc",
		verify:  `ar p "$1" debian-binary control.tar.gz data.tar.zst >$HOME/all && ar p "$1" _gpgorigin >$HOME/sig && gpg --batch --verify $HOME/sig $HOME/all`},
	{name: "dpkg-sig", suites: "bookworm", file: "dpkg-sig/*.deb", parts: debParts,
		prepare: "gpg --batch --import /key.asc",
		verify:  `dpkg-sig --verify "$1" | tee /dev/stderr | grep GOODSIG`},
	{name: "gpg", file: "SHA256SUMS", parts: wholeFile,
		prepare: "gpg --batch --import /key.asc",
		verify:  `gpg --batch --verify /SHA256SUMS.asc "$1"`},
	{name: "gpgv", file: "SHA256SUMS", parts: wholeFile,
		prepare: "gpg --dearmor </key.asc >$HOME/key.gpg",
		verify:  `gpgv --keyring $HOME/key.gpg /SHA256SUMS.asc "$1"`},
	{name: "sqv", suites: "trixie", file: "SHA256SUMS", parts: wholeFile,
		prepare: ":",
		verify:  `sqv --keyring /key.asc /SHA256SUMS.asc "$1"`},
}

// verifyAll verifies a file, and altered copies of it.
func verifyAll(t *testing.T, r root, dir string, v verifier) {
	t.Helper()
	matches, err := filepath.Glob(filepath.Join(dir, v.file))
	if err != nil || len(matches) != 1 {
		t.Fatalf("find %s in %s: %q, %v", v.file, dir, matches, err)
	}
	file := matches[0]
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"KEY.asc": "/key.asc", "SHA256SUMS.asc": "/SHA256SUMS.asc"} {
		if err := copyFile(filepath.Join(dir, from), r.path(to)); err != nil {
			t.Fatal(err)
		}
	}
	try := func(data []byte) (string, error) {
		name := "/try" + filepath.Ext(file)
		if err := os.WriteFile(r.path(name), data, 0o644); err != nil {
			t.Fatal(err)
		}
		return testkit.Output(r.command("root", "sh", "-euc", "HOME=$(mktemp -d); export HOME\n{ "+v.prepare+"\n} >/dev/null 2>&1\n"+v.verify, "sh", name))
	}
	if out, err := try(whole); err != nil {
		t.Errorf("refuses what is whole: %v\n%s", err, out)
	}
	for part, at := range v.parts(t, file) {
		altered := bytes.Clone(whole)
		altered[at] ^= 1
		if out, err := try(altered); err == nil {
			t.Errorf("accepts it with byte %d (%s) altered:\n%s", at, part, out)
		}
	}
}

// signedFiles builds the smallest project once with each key; it returns the
// directories of results.
func signedFiles(t *testing.T) map[string]string {
	t.Helper()
	dirs := map[string]string{}
	for _, key := range signingKeys {
		dir := filepath.Join(sharedDir(t), key)
		b := builder{env: signingEnv(key)}
		buildTiny(t, b, dir, "--compression", "zstd:3")
		dirs[key] = filepath.Join(dir, "dist")
		other := filepath.Join(dir, "other")
		buildTiny(t, b, other, "--compression", "zstd:3")
		for _, name := range list(t, dirs[key]) {
			one, two := filepath.Join(dirs[key], name), filepath.Join(other, "dist", name)
			if name != "pinpack.json" && testkit.SHA256(t, one) != testkit.SHA256(t, two) {
				t.Errorf("%s: two builds gave different %s", key, name)
			}
		}
		buildTiny(t, b, filepath.Join(dir, "dpkg-sig"), "--deb-signature", "dpkg-sig", "--compression", "gzip:6", "--formats", "deb", "--out", dir+"/dist/dpkg-sig")
	}
	return dirs
}

func signingEnv(key string) []string {
	env := []string{"PINPACK_SIGNING_KEY=" + keyFile(key)}
	if strings.HasPrefix(key, "subkey-") {
		env = append(env, "PINPACK_SIGNING_PASSPHRASE=correct horse")
	}
	return env
}

func keyFile(key string) string {
	path, err := filepath.Abs(filepath.Join("..", "signature", "testdata", "keys", key+".asc"))
	if err != nil {
		panic(err)
	}
	return path
}

// buildTiny builds testdata/tiny into dir/dist.
func buildTiny(t *testing.T, b builder, dir string, args ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "tiny"), os.DirFS("../../testdata/tiny")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program(t), append([]string{"build", "tiny", "--quiet", "--build-path", "stage"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), append(b.env, "SOURCE_DATE_EPOCH=1700000000")...)
	testkit.Run(t, cmd)
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// debParts finds a byte in each member of a .deb.
func debParts(t *testing.T, file string) map[string]int64 {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]int64{}
	for at := int64(8); at < int64(len(data)); {
		var size int64
		if _, err := fmt.Sscan(string(data[at+48:at+58]), &size); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSpace(string(data[at : at+16]))
		body := at + 60
		parts[name] = body + size/2
		at = body + size + size%2
	}
	names := make([]string, 0, len(parts))
	for n := range parts {
		names = append(names, n)
	}
	if len(parts) != 4 || !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "_gpg") }) {
		t.Fatalf("members %q: want three and a signature", names)
	}
	return parts
}

// rpmParts finds a byte in the header, in the payload, and in the signatures.
func rpmParts(t *testing.T, file string) map[string]int64 {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	magic := []byte{0x8e, 0xad, 0xe8, 0x01}
	sig := bytes.Index(data, magic)
	header := sig + 4 + bytes.Index(data[sig+4:], magic)
	if sig != 96 || header < sig+4 {
		t.Fatalf("headers at %d and %d", sig, header)
	}
	summary := bytes.Index(data[header:], []byte("Says hello"))
	return map[string]int64{
		"signature": int64(header) - 40, "header": int64(header + summary), "payload": int64(len(data)) - 100,
	}
}

func wholeFile(t *testing.T, file string) map[string]int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]int64{"middle": info.Size() / 2, "end": info.Size() - 2}
}
