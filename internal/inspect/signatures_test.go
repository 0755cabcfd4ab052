package inspect

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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

// signDeb signs as debsigs does, or with a list as dpkg-sig does.
func signDeb(t *testing.T, deb []byte, k *signature.Key, list bool) []byte {
	t.Helper()
	var whole bytes.Buffer
	text := "Version: 4\nSigner: \nRole: builder\nFiles: \n"
	for at := 8; at < len(deb); {
		name := strings.TrimRight(string(deb[at:at+16]), " /")
		size := 0
		if _, err := fmt.Sscan(string(deb[at+48:at+58]), &size); err != nil {
			t.Fatal(err)
		}
		body := deb[at+60 : at+60+size]
		whole.Write(body)
		text += fmt.Sprintf("\t%x %x %d %s\n", md5.Sum(body), sha1.Sum(body), size, name)
		at += 60 + size + size%2
	}
	var sig []byte
	var err error
	name := "_gpgorigin"
	if list {
		name = "_gpgbuilder"
		sig, err = k.Clearsign([]byte(text))
	} else {
		sig, err = k.Detach(&whole)
	}
	if err != nil {
		t.Fatal(err)
	}
	return append(slices.Clone(deb), member(name, sig)...)
}

func TestSignaturesOfADeb(t *testing.T) {
	t.Parallel()
	pl, files := shop("1.0")
	pl.Packages[0].Compression = "none"
	deb, err := os.ReadFile(written(t, pl, files)["deb"])
	if err != nil {
		t.Fatal(err)
	}
	if len(deb)%2 == 1 {
		deb = append(deb, '\n')
	}
	k, keys := key(t, "ed25519")
	_, others := key(t, "rsa")
	for _, list := range []bool{false, true} {
		signed := signDeb(t, deb, k, list)
		spoilt := bytes.Replace(signed, []byte("PORT=80"), []byte("PORT=81"), 1)
		for what, test := range map[string]struct {
			deb  []byte
			keys *Keys
			want string
		}{
			"without a key":  {signed, nil, "not checked"},
			"with its key":   {signed, keys, "good"},
			"with another":   {signed, others, "unknown key"},
			"content spoilt": {spoilt, keys, "bad"},
		} {
			p, err := Read(bytes.NewReader(test.deb), int64(len(test.deb)), test.keys)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Signatures) != 1 || p.Signatures[0].Status != test.want || p.Signatures[0].KeyID == "" {
				t.Errorf("list %t, %s: %+v: want %s", list, what, p.Signatures, test.want)
			}
			if (test.want == "good") != (len(p.Signatures) == 1 && p.Signatures[0].By == k.ID()) {
				t.Errorf("list %t, %s: by %q, want %q", list, what, p.Signatures[0].By, k.ID())
			}
		}
	}
	for what, sig := range map[string]string{"rubbish": "rubbish", "empty": "", "half a list": "-----BEGIN PGP SIGNED MESSAGE-----\n"} {
		odd := append(slices.Clone(deb), member("_gpgorigin", []byte(sig))...)
		p, err := Read(bytes.NewReader(odd), int64(len(odd)), keys)
		if err != nil || len(p.Signatures) != 1 || p.Signatures[0].Status != "bad" {
			t.Errorf("%s: %+v, %v", what, p.Signatures, err)
		}
	}
	// A member that nobody signed, put before the signature.
	signed := signDeb(t, deb, k, true)
	cut := bytes.Index(signed, []byte("_gpgbuilder"))
	slipped := slices.Concat(signed[:cut], member("_extra", []byte("x ")), signed[cut:])
	if p, err := Read(bytes.NewReader(slipped), int64(len(slipped)), keys); err != nil || p.Signatures[0].Status != "bad" {
		t.Errorf("a member slipped in: %+v, %v", p.Signatures, err)
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
