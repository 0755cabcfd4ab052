// Package signature makes OpenPGP signatures (RFC 4880, RFC 9580) with one
// secret key, as packages, repositories and checksums need them.
package signature

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Key is a secret key that is ready to sign. It is safe for use from several
// goroutines.
type Key struct {
	entity *openpgp.Entity
	signer *packet.PrivateKey // the key or the subkey that signs
	time   time.Time          // of every signature
}

// Read reads an armoured secret key, as `gpg --armor --export-secret-keys` or
// `--export-secret-subkeys` writes it, and unlocks it with the passphrase, if it
// is locked. Signatures bear the given time, but none before the key was made:
// so the same input gives the same bytes.
func Read(armored, passphrase string, at time.Time) (*Key, error) {
	list, err := openpgp.ReadArmoredKeyRing(strings.NewReader(armored))
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w: want the output of gpg --armor --export-secret-keys", err)
	}
	if len(list) != 1 {
		return nil, fmt.Errorf("read signing key: %d keys: want one", len(list))
	}
	e := list[0]
	found, ok := e.SigningKey(at)
	if !ok && at.Before(e.PrimaryKey.CreationTime) {
		at = e.PrimaryKey.CreationTime
		found, ok = e.SigningKey(at)
	}
	if !ok || found.PrivateKey == nil {
		return nil, errors.New("read signing key: no secret key or subkey in it may sign")
	}
	if at.Before(found.PublicKey.CreationTime) {
		at = found.PublicKey.CreationTime
	}
	if found.PrivateKey.Encrypted {
		if err := found.PrivateKey.Decrypt([]byte(passphrase)); err != nil {
			return nil, errors.New("unlock signing key: the passphrase is not the key's")
		}
	}
	return &Key{e, found.PrivateKey, at}, nil
}

// ID is the fingerprint of the whole key in upper-case hexadecimal, which names
// it to people.
func (k *Key) ID() string { return fmt.Sprintf("%X", k.entity.PrimaryKey.Fingerprint) }

// Time is when its signatures say that they were made.
func (k *Key) Time() time.Time { return k.time }

// Public is the public key, armoured, with its subkeys.
func (k *Key) Public() ([]byte, error) {
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err != nil {
		return nil, err
	}
	if err := k.entity.Serialize(w); err != nil {
		return nil, fmt.Errorf("write public key: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// Binary is the public key as apt's trusted.gpg.d and rpm also take it.
func (k *Key) Binary() ([]byte, error) {
	var b bytes.Buffer
	if err := k.entity.Serialize(&b); err != nil {
		return nil, fmt.Errorf("write public key: %w", err)
	}
	return b.Bytes(), nil
}

// Detach returns a detached signature of what it reads.
func (k *Key) Detach(message io.Reader) ([]byte, error) {
	s := &packet.Signature{
		Version: k.signer.Version, SigType: packet.SigTypeBinary, PubKeyAlgo: k.signer.PubKeyAlgo,
		Hash: crypto.SHA512, CreationTime: k.time, IssuerKeyId: &k.signer.KeyId, IssuerFingerprint: k.signer.Fingerprint,
	}
	h := s.Hash.New()
	if _, err := io.Copy(h, message); err != nil {
		return nil, err
	}
	if err := s.Sign(h, k.signer, k.config()); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	var b bytes.Buffer
	if err := s.Serialize(&b); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return b.Bytes(), nil
}

// DetachArmored is Detach with the signature armoured.
func (k *Key) DetachArmored(message io.Reader) ([]byte, error) {
	s, err := k.Detach(message)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.SignatureType, nil)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(s); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// Clearsign returns the text with the signature around it, as in an InRelease.
func (k *Key) Clearsign(text []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := clearsign.Encode(&b, k.signer, k.config())
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if _, err := w.Write(text); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func (k *Key) config() *packet.Config {
	off := false
	return &packet.Config{
		DefaultHash: crypto.SHA512, Time: func() time.Time { return k.time },
		NonDeterministicSignaturesViaNotation: &off,
	}
}
