package signature

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

// Public is the public key, armoured, with its subkeys.
func (k *Key) Public() ([]byte, error) {
	public, err := k.Binary()
	if err != nil {
		return nil, err
	}
	return armoured(openpgp.PublicKeyType, public)
}

// Binary is the public key as apt's trusted.gpg.d and rpm also take it.
func (k *Key) Binary() ([]byte, error) {
	var b bytes.Buffer
	if err := serialize(&b, k.entity); err != nil {
		return nil, fmt.Errorf("write public key: %w", err)
	}
	return b.Bytes(), nil
}

type serializer interface{ Serialize(w io.Writer) error }

// serialize writes the same bytes each time. (openpgp.Entity has its user IDs in
// a map, and writes them in its order.)
func serialize(w io.Writer, e *openpgp.Entity) error {
	all := []serializer{e.PrimaryKey}
	add := func(s serializer) { all = append(all, s) }
	for _, s := range slices.Concat(e.Revocations, e.Signatures) {
		add(s)
	}
	for _, i := range identities(e) {
		add(i.UserId)
		for _, s := range i.Signatures {
			add(s)
		}
	}
	for _, sub := range e.Subkeys {
		add(sub.PublicKey)
		for _, s := range append(slices.Clone(sub.Revocations), sub.Sig) {
			add(s)
		}
	}
	for _, s := range all {
		if err := s.Serialize(w); err != nil {
			return err
		}
	}
	return nil
}

// identities are sorted, the primary one first.
func identities(e *openpgp.Entity) []*openpgp.Identity {
	var list []*openpgp.Identity
	for _, i := range e.Identities {
		list = append(list, i)
	}
	isPrimary := func(i *openpgp.Identity) bool {
		return i.SelfSignature != nil && i.SelfSignature.IsPrimaryId != nil && *i.SelfSignature.IsPrimaryId
	}
	slices.SortFunc(list, func(a, b *openpgp.Identity) int {
		if isPrimary(a) != isPrimary(b) {
			if isPrimary(a) {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list
}

// publicParts are the bodies of all public keys, as the secret ones repeat them.
func publicParts(data []byte) []byte {
	list, err := openpgp.ReadKeyRing(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	var b bytes.Buffer
	for _, e := range list {
		_ = serialize(&b, e) // into memory
	}
	return b.Bytes()
}

// armoured has a checksum, which old readers want, and a line end.
func armoured(kind string, data []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := armor.Encode(&b, kind, nil)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
