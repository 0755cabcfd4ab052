package inspect

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/packagesign"
	"github.com/pinpack/pinpack/internal/signature"
)

var now = time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)

func key(t *testing.T, name string) (*signature.Key, *Keys) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../signature/testdata/keys", name+".asc"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := signature.Read(string(text), "", now)
	if err != nil {
		t.Fatal(err)
	}
	public, err := k.Public()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := signature.ReadKeyring(public)
	if err != nil {
		t.Fatal(err)
	}
	return k, &Keys{ring, now}
}

// member is a member of an archive (ar(5)).
func member(name string, text []byte) []byte {
	b := fmt.Appendf(nil, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", name, 0, 0, 0, "100644", len(text))
	b = append(b, text...)
	if len(text)%2 == 1 {
		b = append(b, '\n')
	}
	return b
}

// packages are those of the shop, whose payload can be read as it is.
func packages(t *testing.T) map[string]string {
	t.Helper()
	pl, files := shop("1.0")
	pl.Packages[0].Compression, pl.Packages[1].Compression = "none", "none"
	return written(t, pl, files)
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	k, keys := key(t, "rsa")
	_, others := key(t, "ed25519")
	for _, kind := range []struct{ format, method, says, holds string }{
		{"deb", packagesign.Debsigs, "debsigs origin", "PORT=8"}, {"deb", packagesign.DpkgSig, "dpkg-sig builder", "PORT=8"}, {"rpm", "", "RSAHEADER", "Sells thi"},
	} {
		name := packages(t)[kind.format]
		if err := packagesign.File(name, kind.format, kind.method, k); err != nil {
			t.Fatal(err)
		}
		signed, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests := map[string]struct {
			text []byte
			keys *Keys
			want string
		}{
			"without a key": {signed, nil, "not checked"},
			"with its key":  {signed, keys, "good"},
			"with another":  {signed, others, "unknown key"},
			"altered":       {bytes.Replace(signed, []byte(kind.holds), []byte(kind.holds[:len(kind.holds)-1]+"x"), 1), keys, "bad"},
		}
		for what, test := range tests {
			p, err := Read(bytes.NewReader(test.text), int64(len(test.text)), test.keys)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Signatures) == 0 {
				t.Fatalf("%s: none is seen", kind.says)
			}
			for _, s := range p.Signatures {
				if s.Status != test.want || len(s.KeyID) != 16 || !strings.HasSuffix(k.Signer(), s.KeyID) || (test.want == "good") != (s.By == k.ID()) {
					t.Errorf("%s, %s: %+v: want %s", kind.says, what, s, test.want)
				}
			}
			if p.Signatures[0].Kind != kind.says {
				t.Errorf("%s: it is told as %q", kind.says, p.Signatures[0].Kind)
			}
		}
	}
}

// TestSignaturesThatAreOdd holds that what is put beside a signature, or in its place,
// is never good.
func TestSignaturesThatAreOdd(t *testing.T) {
	t.Parallel()
	k, keys := key(t, "ed25519")
	name := packages(t)["deb"]
	deb, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(deb)%2 == 1 {
		deb = append(deb, '\n')
	}
	for what, sig := range map[string]string{"rubbish": "rubbish", "empty": "", "half a list": "-----BEGIN PGP SIGNED MESSAGE-----\n"} {
		odd := append(slices.Clone(deb), member("_gpgorigin", []byte(sig))...)
		p, err := Read(bytes.NewReader(odd), int64(len(odd)), keys)
		if err != nil || len(p.Signatures) != 1 || p.Signatures[0].Status != "bad" {
			t.Errorf("%s: %+v, %v", what, p.Signatures, err)
		}
	}
	if err := packagesign.File(name, "deb", packagesign.DpkgSig, k); err != nil {
		t.Fatal(err)
	}
	signed, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	cut := bytes.Index(signed, []byte("_gpgbuilder"))
	slipped := slices.Concat(signed[:cut], member("_extra", []byte("x ")), signed[cut:])
	if p, err := Read(bytes.NewReader(slipped), int64(len(slipped)), keys); err != nil || p.Signatures[0].Status != "bad" {
		t.Errorf("a member slipped in: %+v, %v", p.Signatures, err)
	}
	many := slices.Clone(deb)
	for range 30 {
		many = append(many, member("_gpgx", []byte("x "))...)
	}
	if _, err := Read(bytes.NewReader(many), int64(len(many)), keys); err == nil {
		t.Error("took thirty signatures")
	}
}

func TestReadKeyringRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "rubbish", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nrubbish\n"} {
		if _, err := signature.ReadKeyring([]byte(text)); err == nil {
			t.Errorf("%q: took it", text)
		}
	}
}
