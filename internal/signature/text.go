package signature

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// ErrNoKey is that what was given as a key is none.
var ErrNoKey = errors.New("want the output of gpg --armor --export-secret-keys, the base64 of it, or the path of a file with it")

// block is ASCII armour (RFC 9580, section 6.2). Secrets of CI systems lose line
// ends, or have them as \r\n or as a backslash and an n: so white space is not
// relied on.
var block = regexp.MustCompile(`(?s)-----BEGIN PGP ([A-Z ]+?)-----(.*?)(-----END PGP [A-Z ]+?-----|$)`)

// header is a line such as "Comment: of ours".
var header = regexp.MustCompile(`(?m)^[A-Za-z-]+: .*$`)

// Text makes of what a user gives as a key the text for Read: the armoured key
// itself, the base64 of it or of the binary key, or the name of a file, which
// read reads; file is that name then. The error shows nothing of the value.
func Text(value string, read func(name string) ([]byte, error)) (text, file string, err error) {
	value = strings.TrimSpace(value)
	if _, err := decode(value); !errors.Is(err, ErrNoKey) {
		return value, "", nil // what may be wrong with it, Read tells
	}
	const longest = 4096
	if len(value) <= longest && !strings.ContainsAny(value, "\n\r") {
		data, err := read(value)
		var path *fs.PathError
		switch {
		case err == nil && len(data) > 0 && data[0]&0x80 != 0:
			return base64.StdEncoding.EncodeToString(data), value, nil
		case err == nil:
			return string(data), value, nil
		case !errors.Is(err, fs.ErrNotExist) && errors.As(err, &path):
			return "", value, fmt.Errorf("read signing key: %w", path.Err)
		case strings.Contains(value, "."): // no base64
			return "", value, fmt.Errorf("read signing key: no file %q: %w", value, ErrNoKey)
		}
	}
	return "", "", fmt.Errorf("read signing key: neither armoured, nor base64, nor a file that is there: %w", ErrNoKey)
}

// decode takes the armour or the base64 off.
func decode(text string) ([]byte, error) {
	if strings.Contains(text, "-----BEGIN PGP ") {
		return dearmour(text)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	switch {
	case err != nil || len(raw) == 0:
		return nil, ErrNoKey
	case bytes.HasPrefix(raw, []byte("-----BEGIN PGP ")):
		return dearmour(string(raw))
	case raw[0]&0x80 == 0: // no packet (RFC 9580, section 4.2) begins like this
		return nil, ErrNoKey
	}
	return raw, nil
}

// dearmour decodes the blocks with secret keys; if there are none, those with
// public ones.
func dearmour(text string) ([]byte, error) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", `\r`, "\n", `\n`, "\n").Replace(text)
	kinds := map[string][]byte{}
	for _, b := range block.FindAllStringSubmatch(text, -1) {
		if b[3] == "" {
			return nil, errors.New("its last line is missing: want the whole of it")
		}
		data, err := body(b[2])
		if err != nil {
			return nil, err
		}
		kinds[b[1]] = append(kinds[b[1]], data...)
	}
	for _, kind := range []string{"PRIVATE KEY BLOCK", "PUBLIC KEY BLOCK"} {
		if kinds[kind] != nil {
			return kinds[kind], nil
		}
	}
	return nil, errors.New("it is something else of OpenPGP: want the output of gpg --armor --export-secret-keys")
}

// body decodes what is between the first line and the last, and compares the
// checksum, if there is one.
func body(text string) ([]byte, error) {
	fields := strings.Fields(header.ReplaceAllString(text, ""))
	for len(fields) > 0 && strings.HasSuffix(fields[0], ":") { // headers, on one line with all else
		fields = fields[1:]
		for len(fields) > 0 && len(fields[0]) < 48 && !strings.HasSuffix(fields[0], ":") {
			fields = fields[1:]
		}
	}
	joined := strings.Join(fields, "")
	var sum []byte
	if n := len(joined) - 5; n > 0 && n%4 == 0 && joined[n] == '=' {
		var err error
		if sum, err = base64.StdEncoding.DecodeString(joined[n+1:]); err != nil {
			return nil, errors.New("it is damaged: its checksum is none")
		}
		joined = joined[:n]
	}
	data, err := base64.StdEncoding.DecodeString(joined)
	if err != nil || len(data) == 0 {
		return nil, errors.New("it is damaged: what is between its first line and its last is no base64")
	}
	if crc := crc24(data); sum != nil && !bytes.Equal(sum, []byte{byte(crc >> 16), byte(crc >> 8), byte(crc)}) {
		return nil, errors.New("it is damaged: its checksum is another")
	}
	return data, nil
}

// crc24 is RFC 4880, section 6.1.
func crc24(data []byte) uint32 {
	crc := uint32(0xb704ce)
	for _, b := range data {
		crc ^= uint32(b) << 16
		for range 8 {
			if crc <<= 1; crc&0x1000000 != 0 {
				crc ^= 0x1864cfb
			}
		}
	}
	return crc & 0xffffff
}

// Hidden lists the pieces of a key's text that nobody may see: what somebody would
// find of it in a log or in a file. What a public key has in common with the
// secret one is not among them. Text that cannot be read is hidden as it is.
func Hidden(text string) []string {
	data, err := decode(text)
	if err != nil {
		return []string{text}
	}
	public := publicParts(data)
	const width, shortest = 64, 16
	var list []string
	add := func(piece string) {
		raw, err := base64.StdEncoding.DecodeString(piece[:len(piece)/4*4])
		if len(piece) >= shortest && (err != nil || !bytes.Contains(public, raw)) {
			list = append(list, piece)
		}
	}
	whole := base64.StdEncoding.EncodeToString(data)
	for rest := whole; rest != ""; rest = rest[min(width, len(rest)):] {
		add(rest[:min(width, len(rest))])
	}
	add(whole)
	if !strings.Contains(text, "-----BEGIN PGP ") {
		for _, f := range strings.Fields(text) {
			add(f)
		}
	}
	return list
}
