package testkit

import (
	"errors"
	"fmt"
	"os"
)

// ReadRPM reads the .rpm at path, without rpm. It is an error when the file is
// damaged, lacks a part, or disagrees with its header's, payload's or files'
// digests. Signatures are seen and not verified.
//
// It parses the format itself: github.com/sassoftware/go-rpmutils panics on
// damaged headers and compares no file with the digest stated for it.
//
// See https://rpm-software-management.github.io/rpm/manual/format_v4.html
func ReadRPM(path string) (Package, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Package{}, err
	}
	p, err := parseRPM(data)
	if err != nil {
		return Package{}, fmt.Errorf("read %q: %w", path, err)
	}
	return p, nil
}

func parseRPM(data []byte) (Package, error) {
	const leadSize = 96
	if len(data) < leadSize || string(data[:4]) != "\xed\xab\xee\xdb" {
		return Package{}, errors.New("read lead: not an rpm")
	}
	signature, rest, err := cutRPMHeader(data[leadSize:])
	if err != nil {
		return Package{}, fmt.Errorf("read signature: %w", err)
	}
	padding := (8 - len(signature.raw)%8) % 8
	if padding > len(rest) {
		return Package{}, errors.New("read signature: cut off")
	}
	signed := rest[padding:]
	header, payload, err := cutRPMHeader(signed)
	if err != nil {
		return Package{}, fmt.Errorf("read header: %w", err)
	}
	if err := checkRPMDigests(signature, header, signed, payload); err != nil {
		return Package{}, err
	}
	p, err := unpackRPM(header, payload)
	p.Signed = signature.has(sigDSA) || signature.has(sigRSA) || signature.has(sigPGP) || signature.has(sigGPG)
	return p, err
}

func unpackRPM(header *rpmHeader, payload []byte) (Package, error) {
	p := newPackage("rpm")
	p.readRPMFields(header)
	p.readRPMRelations(header)
	p.readRPMScripts(header)
	files, err := readRPMFiles(header)
	if err := errors.Join(header.err, err); err != nil {
		return Package{}, fmt.Errorf("read header: %w", err)
	}
	plain, err := decompress(p.Compression, payload)
	if err != nil {
		return Package{}, fmt.Errorf("read payload: %w", err)
	}
	if err := p.readRPMPayload(files, plain); err != nil {
		return Package{}, fmt.Errorf("read payload: %w", err)
	}
	return p, nil
}
