package signature

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

var made = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// secretKey makes an armoured key that is locked with the passphrase, if any.
func secretKey(t *testing.T, algorithm packet.PublicKeyAlgorithm, passphrase string) string {
	t.Helper()
	c := &packet.Config{Algorithm: algorithm, RSABits: 3072, Time: func() time.Time { return made }}
	e, err := openpgp.NewEntity("Releases", "", "releases@example.org", c)
	if err != nil {
		t.Fatal(err)
	}
	if passphrase != "" {
		if err := e.EncryptPrivateKeys([]byte(passphrase), c); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PrivateKeyType, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.SerializePrivateWithoutSigning(w, c); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSignaturesVerify(t *testing.T) {
	t.Parallel()
	for name, algorithm := range map[string]packet.PublicKeyAlgorithm{"rsa": packet.PubKeyAlgoRSA, "ed25519": packet.PubKeyAlgoEdDSA} {
		for _, passphrase := range []string{"", "correct horse"} {
			t.Run(name+"/"+passphrase, func(t *testing.T) {
				t.Parallel()
				at := made.AddDate(0, 1, 0)
				k, err := Read(secretKey(t, algorithm, passphrase), passphrase, at)
				if err != nil {
					t.Fatal(err)
				}
				public, err := k.Public()
				if err != nil {
					t.Fatal(err)
				}
				ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(public))
				if err != nil {
					t.Fatal(err)
				}
				c := &packet.Config{Time: func() time.Time { return at }}
				message := "Packages\nwithout trailing space \n"
				detached, err := k.DetachArmored(strings.NewReader(message))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := openpgp.CheckArmoredDetachedSignature(ring, strings.NewReader(message), bytes.NewReader(detached), c); err != nil {
					t.Errorf("detached: %v", err)
				}
				if _, err := openpgp.CheckArmoredDetachedSignature(ring, strings.NewReader(message+"x"), bytes.NewReader(detached), c); err == nil {
					t.Error("a detached signature fits another message")
				}
				again, err := k.DetachArmored(strings.NewReader(message))
				if err != nil || !bytes.Equal(again, detached) {
					t.Errorf("signed twice: other bytes (%v)", err)
				}
				clear, err := k.Clearsign([]byte(message))
				if err != nil {
					t.Fatal(err)
				}
				block, _ := clearsign.Decode(clear)
				if block == nil {
					t.Fatalf("no clearsigned text:\n%s", clear)
				}
				if _, err := block.VerifySignature(ring, c); err != nil {
					t.Errorf("clearsigned: %v", err)
				}
			})
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	locked := secretKey(t, packet.PubKeyAlgoEdDSA, "correct horse")
	for name, c := range map[string]struct{ key, passphrase, want string }{
		"no key":           {"hunter2", "", "read signing key"},
		"empty":            {"", "", "read signing key"},
		"wrong passphrase": {locked, "wrong", "is locked with another passphrase"},
		"no passphrase":    {locked, "", "is locked, and there is no passphrase"},
	} {
		if _, err := Read(c.key, c.passphrase, made); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestTimeIsNotBeforeTheKey(t *testing.T) {
	t.Parallel()
	k, err := Read(secretKey(t, packet.PubKeyAlgoEdDSA, ""), "", made.AddDate(-1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if !k.Time().Equal(made) {
		t.Errorf("time %v, want the key's own, %v", k.Time(), made)
	}
}
