package signature

import (
	"crypto"
	"fmt"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// leastRSA is what apt (gpgv, sqv) and rpm (Sequoia) take.
const leastRSA = 2048

// strong holds what today's verifiers ask of a key: apt since Debian 13 and rpm
// since 4.18 (Fedora, EL 9, Debian 13) go by Sequoia's policy.
func strong(key *packet.PublicKey) error {
	switch key.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		if bits, err := key.BitLength(); err != nil || bits < leastRSA-1 { // the top bit may be 0
			return fmt.Errorf("it %w: RSA of %d bits, which apt and rpm refuse: want %d or more, better 3072", ErrWeak, bits, leastRSA)
		}
	case packet.PubKeyAlgoEdDSA:
	case packet.PubKeyAlgoECDSA:
		if curve, err := key.Curve(); err == nil && curve == packet.CurveSecP256k1 {
			return fmt.Errorf("algorithm %s, which apt and rpm cannot verify: want RSA or ed25519", algorithm(key))
		}
	case packet.PubKeyAlgoDSA:
		return fmt.Errorf("it %w: DSA, which apt and rpm refuse: want RSA or ed25519", ErrWeak)
	default:
		return fmt.Errorf("algorithm %s, which GnuPG and rpm cannot verify: want RSA or ed25519 of version 4", algorithm(key))
	}
	if key.Version != 4 {
		return fmt.Errorf("a key of version %d, which GnuPG and rpm cannot read: want version 4", key.Version)
	}
	return nil
}

// broken are hashes of which Sequoia takes no signature of a key's own.
var broken = []crypto.Hash{crypto.MD5, crypto.SHA1, crypto.RIPEMD160}

// strongly says whether a key's signature over itself is taken.
func strongly(s *packet.Signature) error {
	for s := s; s != nil; s = s.EmbeddedSignature {
		if slices.Contains(broken, s.Hash) {
			return fmt.Errorf("it %w: signed by itself with %s, which apt and rpm refuse: want it signed anew, which gpg --quick-set-expire does too", ErrWeak, s.Hash)
		}
	}
	return nil
}

func isRSA(key *packet.PublicKey) bool {
	return key.PubKeyAlgo == packet.PubKeyAlgoRSA || key.PubKeyAlgo == packet.PubKeyAlgoRSASignOnly
}

// algorithm writes one as gpg does.
func algorithm(key *packet.PublicKey) string {
	bits, _ := key.BitLength()
	curve, _ := key.Curve()
	switch key.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSASignOnly:
		return fmt.Sprintf("rsa%d", (int(bits)+7)/8*8)
	case packet.PubKeyAlgoDSA:
		return fmt.Sprintf("dsa%d", (int(bits)+7)/8*8)
	case packet.PubKeyAlgoEdDSA:
		return "ed25519"
	case packet.PubKeyAlgoECDSA:
		return "ecdsa/" + string(curve)
	}
	return fmt.Sprint(key.PubKeyAlgo)
}
