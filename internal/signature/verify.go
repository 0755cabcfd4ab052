package signature

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Made is what a signature says of itself. Nothing of it is proved.
type Made struct {
	KeyID string    // of the key or subkey that signed, 16 upper-case hexadecimal digits
	Time  time.Time //
	Hash  string    // "SHA512"
}

// ErrUnknownKey is in the chain when a signature is another key's.
var ErrUnknownKey = errors.New("made by another key")

// Describe reads a detached signature, armoured or not.
func Describe(sig []byte) (Made, error) {
	p, err := packet.Read(plain(sig))
	if err != nil {
		return Made{}, fmt.Errorf("read signature: %w", err)
	}
	s, ok := p.(*packet.Signature)
	if !ok {
		return Made{}, fmt.Errorf("read signature: it is a %T", p)
	}
	m := Made{Time: s.CreationTime.UTC(), Hash: s.Hash.String()}
	switch {
	case s.IssuerKeyId != nil:
		m.KeyID = fmt.Sprintf("%016X", *s.IssuerKeyId)
	case len(s.IssuerFingerprint) >= 20:
		m.KeyID = fmt.Sprintf("%X", s.IssuerFingerprint[len(s.IssuerFingerprint)-8:])
	}
	return m, nil
}

// Signed tells whether a detached signature says that the key made it. Nothing of
// it is proved.
func (k *Key) Signed(sig []byte) bool {
	made, err := Describe(sig)
	return err == nil && made.KeyID != "" && strings.HasSuffix(k.Signer(), made.KeyID)
}

// plain takes the armour off, if there is one.
func plain(data []byte) io.Reader {
	if block, err := armor.Decode(bytes.NewReader(data)); err == nil {
		return block.Body
	}
	return bytes.NewReader(data)
}

// Keyring is public keys.
type Keyring struct{ keys openpgp.EntityList }

// ReadKeyring reads public keys, armoured or not.
func ReadKeyring(data []byte) (Keyring, error) {
	list, err := openpgp.ReadKeyRing(plain(data))
	if err == nil && len(list) == 0 {
		err = errors.New("no key in it")
	}
	if err != nil {
		return Keyring{}, fmt.Errorf("read public key: %w: want the output of gpg --armor --export", err)
	}
	return Keyring{list}, nil
}

// Verify holds a detached signature against what it is said to be of, as of a
// time. It returns the fingerprint of the whole key. A signature of another key is
// an ErrUnknownKey.
func (k Keyring) Verify(message io.Reader, sig []byte, now time.Time) (fingerprint string, err error) {
	e, err := openpgp.CheckDetachedSignature(k.keys, message, plain(sig), &packet.Config{Time: func() time.Time { return now }})
	return signer(e, err)
}

func signer(e *openpgp.Entity, err error) (string, error) {
	if errors.Is(err, pgperrors.ErrUnknownIssuer) {
		return "", ErrUnknownKey
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%X", e.PrimaryKey.Fingerprint), nil
}

// Cleartext takes a clearsigned text apart.
func Cleartext(data []byte) (text, sig []byte, err error) {
	block, _ := clearsign.Decode(data)
	if block == nil {
		return nil, nil, errors.New("read signature: no clearsigned text")
	}
	sig, err = io.ReadAll(block.ArmoredSignature.Body)
	return block.Bytes, sig, err
}
