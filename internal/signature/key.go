package signature

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// What is wrong with a key that can be read.
var (
	ErrExpired    = errors.New("has expired")
	ErrRevoked    = errors.New("is revoked")
	ErrLocked     = errors.New("is locked, and there is no passphrase")
	ErrPassphrase = errors.New("is locked with another passphrase")
	ErrWeak       = errors.New("is too weak")
)

// Info says which key it is. It holds nothing secret.
type Info struct {
	Fingerprint string     `json:"fingerprint"`      // of the whole key, upper-case hexadecimal
	Subkey      string     `json:"subkey,omitempty"` // fingerprint of the subkey that signs; "": the key itself does
	User        string     `json:"user"`             // its first user ID
	Algorithm   string     `json:"algorithm"`        // of what signs, as gpg writes it: "rsa3072", "ed25519"
	Expires     *time.Time `json:"expires,omitempty"`
	Locked      bool       `json:"-"` // it takes a passphrase
}

// Read is Open where no clock is asked: the key must be good at the time of the
// signatures.
func Read(text, passphrase string, at time.Time) (*Key, error) {
	return Open(text, passphrase, at, time.Time{})
}

// Open reads a secret key, as `gpg --armor --export-secret-keys` or
// `--export-secret-subkeys` writes it (armoured, or base64), and unlocks it with
// the passphrase, if it is locked. A key that has expired, is revoked, or is of
// a kind that apt, dnf and their like refuse, is an error; now is the clock for
// that.
//
// Signatures bear the time at, or if that is later, the one at which the key
// took its present form: verifiers ask whether a key was good when it signed. So
// the same input and key give the same bytes.
func Open(text, passphrase string, at, now time.Time) (*Key, error) {
	k, err := open(text, at, now)
	if err == nil {
		err = k.unlock(passphrase)
	}
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w", err)
	}
	return k, nil
}

func open(text string, at, now time.Time) (*Key, error) {
	data, err := decode(text)
	if err != nil {
		return nil, err
	}
	list, err := openpgp.ReadKeyRing(bytes.NewReader(data))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", err, ErrNoKey)
	case len(list) == 0:
		return nil, ErrNoKey
	case len(list) > 1:
		var names []string
		for _, e := range list {
			names = append(names, name(e))
		}
		return nil, fmt.Errorf("%d keys: %s: want one: gpg --armor --export-secret-keys %X", len(list), strings.Join(names, "; "), list[0].PrimaryKey.Fingerprint)
	}
	e := list[0]
	self, id := e.PrimarySelfSignature()
	if self == nil {
		return nil, fmt.Errorf("key %X: no user ID with a valid signature", e.PrimaryKey.Fingerprint)
	}
	if now.IsZero() {
		now = at
		if now.Before(self.CreationTime) {
			now = self.CreationTime
		}
	}
	if err := valid(e, self, id, now); err != nil {
		return nil, fmt.Errorf("key %s: %w", name(e), err)
	}
	c, err := choose(e, self, now)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name(e), err)
	}
	for _, t := range []time.Time{c.public.CreationTime, self.CreationTime, c.binding.CreationTime} {
		if at.Before(t) {
			at = t
		}
	}
	if now.Before(at) {
		now = at
	}
	k := &Key{entity: e, signer: c.secret, time: at.UTC(), now: now, info: Info{
		Fingerprint: fmt.Sprintf("%X", e.PrimaryKey.Fingerprint), User: user(e), Algorithm: algorithm(c.public),
		Expires: earlier(expiry(e.PrimaryKey, self), expiry(c.public, c.binding)), Locked: c.secret.Encrypted,
	}}
	if c.public != e.PrimaryKey {
		k.info.Subkey = fmt.Sprintf("%X", c.public.Fingerprint)
	}
	return k, nil
}

func (k *Key) unlock(passphrase string) error {
	switch {
	case !k.signer.Encrypted:
		return nil
	case passphrase == "":
		return fmt.Errorf("key %s: it %w", name(k.entity), ErrLocked)
	case k.signer.Decrypt([]byte(passphrase)) != nil:
		return fmt.Errorf("key %s: it %w", name(k.entity), ErrPassphrase)
	}
	return nil
}

// valid says whether the whole key is.
func valid(e *openpgp.Entity, self *packet.Signature, id *openpgp.Identity, now time.Time) error {
	switch until := expiry(e.PrimaryKey, self); {
	case e.Revoked(now):
		return revoked(e.Revocations)
	case id != nil && id.Revoked(now):
		return revoked(id.Revocations)
	case e.PrimaryKey.CreationTime.After(now):
		return fmt.Errorf("made on %s, which is to come: want a right clock", day(e.PrimaryKey.CreationTime))
	case until != nil && until.Before(now):
		return expired(*until)
	}
	if err := strong(e.PrimaryKey); err != nil {
		return err
	}
	return strongly(self)
}

// candidate is a key or subkey that may sign.
type candidate struct {
	public  *packet.PublicKey
	secret  *packet.PrivateKey
	binding *packet.Signature // what says that it may
}

// choose finds the newest subkey that may sign and whose secret part is there,
// else the key itself, as gpg does.
func choose(e *openpgp.Entity, self *packet.Signature, now time.Time) (candidate, error) {
	var best candidate
	var why []error
	consider := func(c candidate, revocations []*packet.Signature, flags bool) {
		err := usable(c, revocations, now)
		switch {
		case !flags || !c.public.PubKeyAlgo.CanSign():
		case err != nil:
			if c.public != e.PrimaryKey {
				err = fmt.Errorf("subkey %X: %w", c.public.Fingerprint, err)
			}
			why = append(why, err)
		case best.public == nil || best.public == e.PrimaryKey || c.binding.CreationTime.After(best.binding.CreationTime):
			best = c
		}
	}
	consider(candidate{e.PrimaryKey, e.PrivateKey, self}, nil, self.FlagSign || !self.FlagsValid)
	for _, s := range e.Subkeys {
		consider(candidate{s.PublicKey, s.PrivateKey, s.Sig}, s.Revocations, s.Sig.FlagsValid && s.Sig.FlagSign)
	}
	if best.public != nil {
		return best, nil
	}
	if why == nil {
		return best, errors.New("neither it nor a subkey of it may sign")
	}
	return best, why[len(why)-1] // of the newest
}

func usable(c candidate, revocations []*packet.Signature, now time.Time) error {
	until := expiry(c.public, c.binding)
	switch {
	case len(revocations) > 0:
		return revoked(revocations)
	case until != nil && until.Before(now):
		return expired(*until)
	case c.secret == nil:
		return errors.New("only the public part is there: want the output of gpg --armor --export-secret-keys")
	case c.secret.Dummy():
		return errors.New("its secret part is not there (exported without it, or on a smart card), and no subkey may sign: want a key or subkey for signing with its secret part")
	}
	if err := strong(c.public); err != nil {
		return err
	}
	return strongly(c.binding)
}

func revoked(list []*packet.Signature) error {
	s := list[0]
	text := ""
	if s.RevocationReasonText != "" {
		text = fmt.Sprintf(": %q", s.RevocationReasonText)
	}
	return fmt.Errorf("it %w since %s%s", ErrRevoked, day(s.CreationTime), text)
}

func expired(on time.Time) error { return fmt.Errorf("it %w on %s", ErrExpired, day(on)) }

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// name is how people know a key.
func name(e *openpgp.Entity) string {
	return fmt.Sprintf("%X (%s)", e.PrimaryKey.Fingerprint, user(e))
}

func user(e *openpgp.Entity) string {
	list := identities(e)
	if len(list) == 0 {
		return "no user ID"
	}
	return list[0].Name
}

// expiry is nil for never.
func expiry(key *packet.PublicKey, s *packet.Signature) *time.Time {
	if s.KeyLifetimeSecs == nil || *s.KeyLifetimeSecs == 0 {
		return nil
	}
	t := key.CreationTime.Add(time.Duration(*s.KeyLifetimeSecs) * time.Second).UTC()
	return &t
}

func earlier(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}
