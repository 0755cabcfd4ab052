package plan

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/config"
	"github.com/pinpack/pinpack/internal/packagesign"
	"github.com/pinpack/pinpack/internal/signature"
)

// Signing is what is signed with, as far as anyone may see it.
type Signing struct {
	signature.Info
	Time time.Time `json:"time"` // of the signatures
	Deb  string    `json:"deb"`  // how a .deb is signed

	key *signature.Key
}

// Key is nil where nothing is signed.
func (pl Plan) Key() *signature.Key {
	if pl.Signing == nil {
		return nil
	}
	return pl.Signing.key
}

// soon is how long before its end a key is spoken of.
const soon = 30 * 24 * time.Hour

// readKey reads the signing key, if there is one.
func (pl *Plan) readKey(s config.Signing, now time.Time) error {
	if s.Key == "" {
		if s.Passphrase != "" {
			pl.Notes = append(pl.Notes, "a signing passphrase is given, and no signing key: nothing is signed")
		}
		return nil
	}
	k, err := signature.Open(s.Key, s.Passphrase, pl.Time, now)
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(pl.Root, s.File); s.File != "" && !k.Info().Locked && err == nil && filepath.IsLocal(rel) {
		return fmt.Errorf("read signing key: %q is in the project, whose own code could read it, and has no passphrase: want the key elsewhere, or locked", s.File)
	}
	pl.Signing = &Signing{k.Info(), k.Time(), s.Deb, k}
	if until := k.Info().Expires; until != nil && until.Before(now.Add(soon)) {
		pl.Notes = append(pl.Notes, fmt.Sprintf("the signing key %s expires on %s", k.ID(), until.Format(time.DateOnly)))
	}
	if strings.HasPrefix(k.Info().Algorithm, "ecdsa") {
		pl.Notes = append(pl.Notes, "signatures of "+k.Info().Algorithm+" hold random numbers, so that two builds give different packages; and rpm without Sequoia (Debian 12, EL 8) refuses them")
	}
	if s.Deb == packagesign.DpkgSig {
		for _, p := range pl.Packages {
			if p.Format == "deb" && strings.HasPrefix(p.Compression, "zstd") {
				return errors.New("deb-signature dpkg-sig: it cannot verify a .deb that is compressed with zstd: want compression gzip:6 or xz, or deb-signature debsigs")
			}
		}
	}
	return nil
}
