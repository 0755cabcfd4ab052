package inspect

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/rpmfile"
	"github.com/pinpack/pinpack/internal/signature"
)

// Keys are what signatures are checked with.
type Keys struct {
	Ring signature.Keyring
	Now  time.Time
}

// maxSignature is how large a signature may be.
const maxSignature = 1 << 20

// part is a member of a .deb.
type part struct {
	name     string
	at, size int64
}

// debSignatures reads those of debsigs (_gpgorigin and others) and of dpkg-sig
// (_gpgbuilder): https://man7.org/linux/man-pages/man1/debsig-verify.1.html
func (g *gatherer) debSignatures(r io.ReaderAt, parts []part, keys *Keys) error {
	for _, p := range parts {
		if !strings.HasPrefix(p.name, "_gpg") {
			continue
		}
		if p.size > maxSignature || len(g.p.Signatures) == 20 {
			return fmt.Errorf("member %q: a signature of %d bytes, or very many", p.name, p.size)
		}
		sig := make([]byte, p.size)
		if _, err := io.ReadFull(io.NewSectionReader(r, p.at, p.size), sig); err != nil {
			return fmt.Errorf("member %q: %w", p.name, err)
		}
		if bytes.Contains(sig[:min(len(sig), 200)], []byte("BEGIN PGP SIGNED MESSAGE")) {
			g.dpkgSig(r, parts, p, sig, keys)
			continue
		}
		var whole []io.Reader
		for _, m := range parts {
			if !strings.HasPrefix(m.name, "_") {
				whole = append(whole, io.NewSectionReader(r, m.at, m.size))
			}
		}
		g.signed("debsigs "+strings.TrimPrefix(p.name, "_gpg"), sig, io.MultiReader(whole...), keys)
	}
	return nil
}

// dpkgSig checks a signed list of the members' digests.
func (g *gatherer) dpkgSig(r io.ReaderAt, parts []part, self part, data []byte, keys *Keys) {
	kind := "dpkg-sig " + strings.TrimPrefix(self.name, "_gpg")
	text, sig, err := signature.Cleartext(data)
	if err != nil {
		g.p.Signatures = append(g.p.Signatures, Signature{Kind: kind, Status: "bad", Why: err.Error()})
		return
	}
	g.signed(kind, sig, bytes.NewReader(text), keys)
	last := &g.p.Signatures[len(g.p.Signatures)-1]
	if last.Status != "good" {
		return
	}
	if err := listed(r, parts, self, string(text)); err != nil {
		last.Status, last.By, last.Why = "bad", "", err.Error()
	}
}

// listed holds the members before a signature against its list.
func listed(r io.ReaderAt, parts []part, self part, text string) error {
	want := map[string]string{}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 4 && strings.HasPrefix(line, "\t") {
			want[f[3]] = strings.Join(f[:3], " ")
		}
	}
	for _, p := range parts {
		if p.at >= self.at {
			break
		}
		md, sha := md5.New(), sha1.New()
		if _, err := io.Copy(io.MultiWriter(md, sha), io.NewSectionReader(r, p.at, p.size)); err != nil {
			return err
		}
		if got := fmt.Sprintf("%x %x %d", md.Sum(nil), sha.Sum(nil), p.size); want[p.name] != got {
			return fmt.Errorf("member %q is not what was signed", p.name)
		}
		delete(want, p.name)
	}
	if len(want) > 0 {
		return errors.New("members that were signed are missing")
	}
	return nil
}

// rpmTags are the tags of the signature header that hold a signature; old ones are
// of the header and the payload together.
var rpmTags = []struct {
	tag   uint32
	name  string
	whole bool
}{{278, "OPENPGP", false}, {268, "RSAHEADER", false}, {267, "DSAHEADER", false}, {1002, "PGP", true}, {1005, "GPG", true}}

func (g *gatherer) rpmSignatures(r *io.SectionReader, h rpmfile.Package, keys *Keys) error {
	var seen [][]byte
	for _, t := range rpmTags {
		if !h.Signature.Has(t.tag) {
			continue
		}
		var list [][]byte
		if t.name == "OPENPGP" {
			for _, text := range h.Signature.Strings(t.tag) {
				sig, err := base64.StdEncoding.DecodeString(text)
				if err != nil {
					return fmt.Errorf("signature %s: %w", t.name, err)
				}
				list = append(list, sig)
			}
		} else {
			list = [][]byte{h.Signature.Bytes(t.tag)}
		}
		end := h.HeaderEnd
		if t.whole {
			end = r.Size()
		}
		for _, sig := range list {
			again := slices.ContainsFunc(seen, func(s []byte) bool { return bytes.Equal(s, sig) })
			if again || len(seen) == 20 {
				continue // RPM 6's tag repeats the older one
			}
			seen = append(seen, sig)
			g.signed(t.name, sig, io.NewSectionReader(r, h.HeaderStart, end-h.HeaderStart), keys)
		}
	}
	return h.Signature.Err()
}

// signed notes a signature, and checks it if there are keys.
func (g *gatherer) signed(kind string, sig []byte, message io.Reader, keys *Keys) {
	s := Signature{Kind: kind, Status: "not checked"}
	made, err := signature.Describe(sig)
	s.KeyID, s.Time, s.Hash = made.KeyID, made.Time, made.Hash
	if err == nil && keys != nil {
		s.By, err = keys.Ring.Verify(message, sig, keys.Now)
		s.Status = "good"
	}
	switch {
	case errors.Is(err, signature.ErrUnknownKey):
		s.Status = "unknown key"
	case err != nil:
		s.Status, s.Why = "bad", err.Error()
	}
	g.p.Signatures = append(g.p.Signatures, s)
}
