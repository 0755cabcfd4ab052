package signature

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// now is the clock of these tests; testdata/keys.sh made the keys on 2024-03-01.
var now = time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)

func testKey(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "keys", name+".asc"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestKeysOfGnuPG reads one key of every sort that users have.
func TestKeysOfGnuPG(t *testing.T) {
	t.Parallel()
	const day = "2006-01-02"
	for name, want := range map[string]struct {
		passphrase, algorithm, expires, signed string
		subkey                                 bool
		err                                    string
	}{
		"rsa":            {algorithm: "rsa3072", signed: "2024-03-01"},
		"ed25519":        {algorithm: "ed25519", signed: "2024-03-01"},
		"nistp256":       {algorithm: "ecdsa/P256", signed: "2024-03-01"},
		"names":          {algorithm: "ed25519", signed: "2024-03-01"},
		"locked":         {passphrase: "correct horse", algorithm: "rsa3072", signed: "2024-03-01"},
		"subkey-rsa3072": {passphrase: "correct horse", algorithm: "rsa3072", subkey: true, expires: "2046-03-01", signed: "2024-03-01"},
		"subkey-ed25519": {passphrase: "correct horse", algorithm: "ed25519", subkey: true, expires: "2046-03-01", signed: "2024-03-01"},
		// Signed before its life was made longer, it would look as if made after its end.
		"longer": {algorithm: "ed25519", expires: "2046-04-01", signed: "2024-05-01"},

		"expired":        {err: "(expired <expired@example.org>): it has expired on 2024-04-01"},
		"expired-subkey": {err: "it has expired on 2024-04-01"},
		"revoked":        {err: "it is revoked since 2024-03-01"},
		"several":        {err: "read signing key: 2 keys: "},
		"public":         {err: "only the public part is there: want the output of gpg --armor --export-secret-keys"},
		"stub":           {err: "its secret part is not there"},
		"encrypts":       {err: "neither it nor a subkey of it may sign"},
		"rsa1024":        {err: "it is too weak: RSA of 1024 bits, which apt and rpm refuse: want 2048 or more, better 3072"},
		"dsa":            {err: "it is too weak: DSA"},
		"secp256k1":      {err: "algorithm ecdsa/SecP256k1, which apt and rpm cannot verify: want RSA or ed25519"},
		"sha1":           {err: "it is too weak: signed by itself with SHA-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, err := Open(testKey(t, name), want.passphrase, made.AddDate(-1, 0, 0), now)
			if want.err != "" || err != nil {
				if want.err == "" || err == nil || !strings.Contains(err.Error(), want.err) {
					t.Fatalf("error %v, want %q", err, want.err)
				}
				return
			}
			i := k.Info()
			expires := ""
			if i.Expires != nil {
				expires = i.Expires.Format(day)
			}
			if i.Algorithm != want.algorithm || expires != want.expires || (i.Subkey != "") != want.subkey || k.Time().Format(day) != want.signed {
				t.Errorf("%+v, expires %q, signs on %s", i, expires, k.Time())
			}
			if i.Locked != (want.passphrase != "") || !strings.Contains(i.User, "<"+name+"@example.") || len(i.Fingerprint) != 40 {
				t.Errorf("%+v", i)
			}
			if _, err := k.Detach(strings.NewReader("x")); err != nil {
				t.Error(err)
			}
			if want.passphrase == "" {
				return
			}
			for passphrase, is := range map[string]error{"": ErrLocked, "wrong": ErrPassphrase} {
				if _, err := Open(testKey(t, name), passphrase, made, now); !errors.Is(err, is) {
					t.Errorf("passphrase %q: %v, want %v", passphrase, err, is)
				}
			}
		})
	}
}

func TestExpiryGoesByTheClock(t *testing.T) {
	t.Parallel()
	end := time.Date(2024, 4, 1, 12, 0, 0, 0, time.UTC)
	if _, err := Open(testKey(t, "expired"), "", made, end.Add(-time.Second)); err != nil {
		t.Error(err)
	}
	if _, err := Open(testKey(t, "expired"), "", made, end.Add(time.Second)); !errors.Is(err, ErrExpired) {
		t.Error(err)
	}
}

// TestTextAsSecretsHaveIt takes keys as they come out of CI systems.
func TestTextAsSecretsHaveIt(t *testing.T) {
	t.Parallel()
	text := testKey(t, "rsa")
	want, err := Read(text, "", made)
	if err != nil {
		t.Fatal(err)
	}
	withHeaders := strings.Replace(text, "BLOCK-----\n", "BLOCK-----\nVersion: GnuPG v2.2.40 (GNU/Linux)\nComment: our releases\n", 1)
	binary, err := decode(text)
	if err != nil {
		t.Fatal(err)
	}
	oneLine := strings.ReplaceAll(text, "\n", " ")
	file := filepath.Join(t.TempDir(), "key.gpg")
	if err := os.WriteFile(file, binary, 0o600); err != nil {
		t.Fatal(err)
	}
	public := testKey(t, "public")
	for name, value := range map[string]string{
		"as gpg writes it":         text,
		"headers":                  withHeaders,
		"CRLF":                     strings.ReplaceAll(withHeaders, "\n", "\r\n"),
		"no final line end":        strings.TrimSpace(text),
		"one line":                 oneLine,
		"one line with headers":    strings.ReplaceAll(withHeaders, "\n", " "),
		"backslash n":              strings.ReplaceAll(text, "\n", `\n`),
		"no white space":           strings.ReplaceAll(strings.ReplaceAll(text, "\n", ""), "PGP PRIVATE KEY BLOCK", "PGP PRIVATE KEY BLOCK"),
		"indented":                 strings.ReplaceAll(text, "\n", "\n    "),
		"base64 of it":             base64.StdEncoding.EncodeToString([]byte(text)),
		"base64 in lines":          breakLines(base64.StdEncoding.EncodeToString([]byte(text))),
		"base64 of binary":         base64.StdEncoding.EncodeToString(binary),
		"a file":                   filepath.Join("testdata", "keys", "rsa.asc"),
		"a binary file":            file,
		"public and secret":        public + text,
		"without a checksum":       text[:strings.Index(text, "\n=")] + text[strings.Index(text, "\n-----END"):],
		"text of somebody's about": "Here it is:\n\n" + text + "\nKeep it well.\n",
	} {
		text, _, err := Text(value, os.ReadFile)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		k, err := Read(text, "", made)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if k.ID() != want.ID() {
			t.Errorf("%s: another key", name)
		}
	}
}

func breakLines(s string) string {
	var b strings.Builder
	for ; len(s) > 76; s = s[76:] {
		b.WriteString(s[:76] + "\n")
	}
	return b.String() + s
}

func TestTextRefuses(t *testing.T) {
	t.Parallel()
	text := testKey(t, "rsa")
	cut := text[:len(text)/2]
	damaged := text[:300] + "AAAA" + text[304:]
	for name, c := range map[string]struct{ value, want string }{
		"a word":         {"hunter2secret", "neither armoured, nor base64, nor a file that is there"},
		"several words":  {"hunter2 secret\nword", "neither armoured"},
		"a missing file": {"keys/none.asc", `no file "keys/none.asc"`},
		"cut off":        {cut, "its last line is missing"},
		"damaged":        {damaged, "its checksum is another"},
		"a signature":    {"-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCgAdFiEE\n-----END PGP SIGNATURE-----", "something else of OpenPGP"},
		"no base64":      {"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n***\n-----END PGP PRIVATE KEY BLOCK-----", "no base64"},
	} {
		text, _, err := Text(c.value, os.ReadFile)
		if err == nil {
			_, err = Read(text, "", made)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows the value: %v", name, err)
		}
	}
	_, _, err := Text("x", func(string) ([]byte, error) { return nil, &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission} })
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file that may not be read: %v", err)
	}
}

func TestHiddenIsWhatIsSecret(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rsa", "ed25519", "locked", "subkey-rsa3072"} {
		text := testKey(t, name)
		for way, value := range map[string]string{
			"armoured": text, "one line": strings.ReplaceAll(text, "\n", " "), "base64": base64.StdEncoding.EncodeToString([]byte(text)),
		} {
			list := Hidden(value)
			k, err := open(value, made, now)
			if err != nil {
				t.Fatal(err)
			}
			public, err := k.Public()
			if err != nil {
				t.Fatal(err)
			}
			in := func(text string) (n int) {
				for _, piece := range list {
					if strings.Contains(text, piece) {
						n++
					}
				}
				return n
			}
			if in(text) < 2 || in(value) < 1 {
				t.Errorf("%s, %s: %d and %d pieces hide the key", name, way, in(text), in(value))
			}
			if in(string(public)) > 0 {
				t.Errorf("%s, %s: a piece is in the public key:\n%s\n%q", name, way, public, list)
			}
		}
	}
	if got := Hidden("no key at all"); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestPublicIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	var first []byte
	for range 20 {
		k, err := Read(testKey(t, "names"), "", made)
		if err != nil {
			t.Fatal(err)
		}
		b, err := k.Public()
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b
		}
		if string(b) != string(first) {
			t.Fatal("two public keys of the same key differ")
		}
	}
}
