// Package signature makes OpenPGP signatures (RFC 4880, RFC 9580) with one
// secret key, as packages, repositories and checksums need them.
package signature

import (
	"bytes"
	"crypto"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Key is a secret key that is ready to sign. It is safe for use from several
// goroutines.
type Key struct {
	entity *openpgp.Entity
	signer *packet.PrivateKey // the key or the subkey that signs
	time   time.Time          // of every signature
	now    time.Time          // of the clock, when it was read
	info   Info
}

// Time is when its signatures say that they were made.
func (k *Key) Time() time.Time { return k.time }

// Info says which key it is.
func (k *Key) Info() Info { return k.info }

// ID is the fingerprint of the whole key in upper-case hexadecimal, which names
// it to people.
func (k *Key) ID() string { return k.info.Fingerprint }

// Signer is the fingerprint of the key or subkey that signs, which some
// verifiers look for.
func (k *Key) Signer() string { return fmt.Sprintf("%X", k.signer.Fingerprint) }

// IsRSA tells what RPM has tags of its own for.
func (k *Key) IsRSA() bool { return isRSA(&k.signer.PublicKey) }

// Detach returns a detached signature of what it reads.
func (k *Key) Detach(message io.Reader) ([]byte, error) {
	h := k.Hash()
	if _, err := io.Copy(h, message); err != nil {
		return nil, err
	}
	return k.Sign(h)
}

// Hash is what Sign takes, once the message has been written to it.
func (k *Key) Hash() hash.Hash { return crypto.SHA512.New() }

// Sign returns a detached signature of what was written to a Hash of this key.
func (k *Key) Sign(h hash.Hash) ([]byte, error) {
	s := &packet.Signature{
		Version: k.signer.Version, SigType: packet.SigTypeBinary, PubKeyAlgo: k.signer.PubKeyAlgo,
		Hash: crypto.SHA512, CreationTime: k.time, IssuerKeyId: &k.signer.KeyId, IssuerFingerprint: k.signer.Fingerprint,
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
	return armoured(openpgp.SignatureType, s)
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

// Verify says whether an armoured detached signature is one of this key, of what
// it reads.
func (k *Key) Verify(message io.Reader, armored []byte) error {
	c := &packet.Config{Time: func() time.Time { return k.now }}
	_, err := openpgp.CheckArmoredDetachedSignature(openpgp.EntityList{k.entity}, message, bytes.NewReader(armored), c)
	if err != nil {
		return fmt.Errorf("verify signature: %w", err)
	}
	return nil
}
