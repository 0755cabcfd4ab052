// Package rpmfile reads what a .rpm says of itself: its headers, and nothing of
// the payload. It takes a stream that anybody may have made, with memory bounded
// by what is really there.
//
// See https://rpm-software-management.github.io/rpm/manual/format_v4.html
package rpmfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// Package is a package as its headers have it.
type Package struct {
	Name, Version, Release, Arch string
	Epoch                        string // "" if it has none
	Source                       bool   // a source package; its Arch is then that of its build

	Summary, Description, License, Group, URL string
	Vendor, Packager, BuildHost, SourceRPM    string
	BuildTime                                 int64  // seconds since 1970
	InstalledSize                             uint64 // bytes
	ArchiveSize                               uint64 // bytes of the payload, uncompressed

	Provides, Requires, Conflicts, Obsoletes    []Relation
	Recommends, Suggests, Supplements, Enhances []Relation

	Files     []File
	Scripts   []Script
	Changelog []Change // newest first

	PayloadFormat     string // "cpio"
	PayloadCompressor string // "gzip", "zstd", …
	PayloadDigest     string // SHA-256, lower-case hexadecimal; "" if it has none

	// HeaderStart and HeaderEnd are where the metadata header begins and ends,
	// in bytes. The payload begins where it ends.
	HeaderStart, HeaderEnd int64
	// SignatureTags names the signatures and digests that the package has.
	SignatureTags []string
	// Signature and Header are the two, for tags that are not here.
	Signature, Header *Header
}

// Relation is what a package provides, requires, conflicts with and so on.
type Relation struct {
	Name    string
	Flags   uint32 // RPMSENSE_*
	Version string // epoch:version-release, as far as given
}

// Senses of a relation.
const (
	Less, Greater, Equal = 1 << 1, 1 << 2, 1 << 3
	prereq               = 1 << 6
	scriptPre            = 1 << 9
	scriptPost           = 1 << 10
)

// Operator is <, >, =, <=, >= or nothing.
func (r Relation) Operator() string {
	return map[uint32]string{Less: "<", Greater: ">", Equal: "=", Less | Equal: "<=", Greater | Equal: ">="}[r.Flags&(Less|Greater|Equal)]
}

// Pre tells whether it must be there before the package's scripts run.
func (r Relation) Pre() bool { return r.Flags&(prereq|scriptPre|scriptPost) != 0 }

// String is the relation as rpm prints it.
func (r Relation) String() string {
	if r.Operator() == "" {
		return r.Name
	}
	return r.Name + " " + r.Operator() + " " + r.Version
}

// File is a path of the package.
type File struct {
	Path        string
	Mode        uint32 // with the type, as in stat(2)
	Size        uint64 // bytes
	Time        int64  // seconds since 1970
	Digest      string // hexadecimal; "" for what is no regular file
	Link        string // target of a symbolic link
	User, Group string
	Flags       uint32 // RPMFILE_*
}

// IsDir tells whether it is a directory.
func (f File) IsDir() bool { return f.Mode&0o170000 == 0o040000 }

// IsGhost tells whether it is owned and not shipped.
func (f File) IsGhost() bool { return f.Flags&(1<<6) != 0 }

// Script is one that rpm runs.
type Script struct{ Name, Program, Body string }

// Change is an entry of the changelog.
type Change struct {
	Author, Text string
	Time         int64 // seconds since 1970
}

// Read reads the headers of a package. After it, r is at the payload.
func Read(r io.Reader) (Package, error) {
	p, err := read(r)
	if err != nil {
		return Package{}, fmt.Errorf("read rpm: %w", err)
	}
	return p, nil
}

func read(r io.Reader) (p Package, err error) {
	const leadSize = 96
	lead := make([]byte, leadSize)
	if n, err := io.ReadFull(r, lead); n < 4 || string(lead[:4]) != "\xed\xab\xee\xdb" {
		return p, errors.New("no package: it does not begin as one")
	} else if err != nil {
		return p, unexpected(err)
	}
	if p.Signature, err = readHeader(r, maxSignature); err != nil {
		return p, fmt.Errorf("signature: %w", err)
	}
	padding := (8 - p.Signature.size%8) % 8
	if _, err := io.CopyN(io.Discard, r, padding); err != nil {
		return p, fmt.Errorf("signature: %w", unexpected(err))
	}
	if p.Header, err = readHeader(r, maxStore); err != nil {
		return p, fmt.Errorf("header: %w", err)
	}
	p.HeaderStart = leadSize + p.Signature.size + padding
	p.HeaderEnd = p.HeaderStart + p.Header.size
	if err := p.readTags(p.Header); err != nil {
		return p, fmt.Errorf("header: %w", err)
	}
	p.readSignature(p.Signature)
	if err := errors.Join(p.Header.err, p.Signature.err); err != nil {
		return p, fmt.Errorf("header: %w", err)
	}
	return p, nil
}

// CheckPayload reads the payload, which follows what Read takes, to the end, and
// tells whether it is all that the header says.
func (p Package) CheckPayload(r io.Reader) error {
	h := sha256.New()
	n, err := io.Copy(h, r)
	if err != nil {
		return fmt.Errorf("read rpm: payload: %w", err)
	}
	size := p.Signature.Int(sigLongSize)
	if size == 0 {
		size = p.Signature.Int(sigSize)
	}
	if have := uint64(p.Header.size + n); size > 0 && have != size {
		return fmt.Errorf("read rpm: payload: header and payload are of %d bytes: its signature says %d", have, size)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); len(p.PayloadDigest) == len(sum) && sum != p.PayloadDigest {
		return fmt.Errorf("read rpm: payload: its digest is %s: the header says %s", sum, p.PayloadDigest)
	}
	return nil
}

func (p *Package) readSignature(h *Header) {
	for _, s := range signatureTags {
		if h.Has(s.tag) {
			p.SignatureTags = append(p.SignatureTags, s.name)
		}
	}
	if p.ArchiveSize == 0 {
		p.ArchiveSize = h.Int(sigLongArchiveSize)
	}
	if p.ArchiveSize == 0 {
		p.ArchiveSize = h.Int(sigPayloadSize)
	}
}
