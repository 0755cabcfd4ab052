package rpmfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits of what is read into memory. rpm itself takes no larger headers.
const (
	maxEntries   = 1 << 16
	maxStore     = 256 << 20
	maxSignature = 64 << 20
)

// Header is one of the two header structures of a package: the signature or the
// metadata. What a tag has is bounded by the size of the header.
//
// See https://rpm-software-management.github.io/rpm/manual/format_header.html
type Header struct {
	entries map[uint32]value
	size    int64 // bytes of the whole structure
	err     error
}

type value struct {
	kind, count uint32
	data        []byte // from the value's first byte to the end of the store
}

// Types of values.
const (
	typeInt8, typeInt64                       = 2, 5
	typeString, typeBinary, typeArray, typeI8 = 6, 7, 8, 9
)

// readHeader reads a header from where r is, and no further.
func readHeader(r io.Reader, limit int64) (*Header, error) {
	intro := make([]byte, 16)
	if _, err := io.ReadFull(r, intro); err != nil {
		return nil, unexpected(err)
	}
	if !bytes.HasPrefix(intro, []byte("\x8e\xad\xe8\x01")) {
		return nil, errors.New("no header magic")
	}
	be := binary.BigEndian
	count, store := int64(be.Uint32(intro[8:])), int64(be.Uint32(intro[12:]))
	if count > maxEntries || store > limit {
		return nil, fmt.Errorf("%d tags in %d bytes: want %d in %d at most", count, store, maxEntries, limit)
	}
	// The buffer grows with what is there, and not with what is claimed.
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, 16*count+store); err != nil {
		return nil, unexpected(err)
	}
	table, data := b.Bytes()[:16*count], b.Bytes()[16*count:]
	h := &Header{entries: make(map[uint32]value, count), size: 16 + 16*count + store}
	for ; len(table) > 0; table = table[16:] {
		tag, offset := be.Uint32(table), be.Uint32(table[8:])
		if int64(offset) > store {
			return nil, fmt.Errorf("tag %d lies outside the header", tag)
		}
		h.entries[tag] = value{be.Uint32(table[4:]), be.Uint32(table[12:]), data[offset:]}
	}
	return h, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Has tells whether there is such a tag.
func (h *Header) Has(tag uint32) bool {
	_, ok := h.entries[tag]
	return ok
}

// Strings returns a tag's texts; nil if there is no such tag, or if it holds no
// text, which Err tells then.
func (h *Header) Strings(tag uint32) []string {
	e, ok := h.entries[tag]
	if !ok {
		return nil
	}
	if e.kind != typeString && e.kind != typeArray && e.kind != typeI8 {
		return fail[string](h, tag, "type %d where text is wanted", e.kind)
	}
	if int64(e.count) > int64(len(e.data)) {
		return fail[string](h, tag, "%d texts in %d bytes", e.count, len(e.data))
	}
	list := make([]string, 0, e.count)
	for rest := e.data; uint32(len(list)) < e.count; {
		text, after, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			return fail[string](h, tag, "%d of %d texts", len(list), e.count)
		}
		list, rest = append(list, string(text)), after
	}
	return list
}

// String returns a tag's text, or the first of its translations.
func (h *Header) String(tag uint32) string {
	if list := h.Strings(tag); len(list) > 0 {
		return list[0]
	}
	return ""
}

// Ints returns a tag's numbers.
func (h *Header) Ints(tag uint32) []uint64 {
	e, ok := h.entries[tag]
	if !ok {
		return nil
	}
	if e.kind < typeInt8 || e.kind > typeInt64 {
		return fail[uint64](h, tag, "type %d where a number is wanted", e.kind)
	}
	size := 1 << (e.kind - typeInt8)
	if uint64(e.count)*uint64(size) > uint64(len(e.data)) {
		return fail[uint64](h, tag, "%d numbers in %d bytes", e.count, len(e.data))
	}
	list := make([]uint64, e.count)
	for i := range list {
		for _, b := range e.data[i*size : (i+1)*size] {
			list[i] = list[i]<<8 | uint64(b)
		}
	}
	return list
}

// Int returns a tag's first number, or 0.
func (h *Header) Int(tag uint32) uint64 {
	if list := h.Ints(tag); len(list) > 0 {
		return list[0]
	}
	return 0
}

// Bytes returns a tag's binary value.
func (h *Header) Bytes(tag uint32) []byte {
	e, ok := h.entries[tag]
	if !ok {
		return nil
	}
	if e.kind != typeBinary || uint64(e.count) > uint64(len(e.data)) {
		return fail[byte](h, tag, "no binary value of %d bytes", e.count)
	}
	return e.data[:e.count]
}

// Err is the first thing that was found wrong with a tag that was asked for.
func (h *Header) Err() error { return h.err }

func fail[T any](h *Header, tag uint32, format string, args ...any) []T {
	if h.err == nil {
		h.err = fmt.Errorf("read tag %d: %s", tag, fmt.Sprintf(format, args...))
	}
	return nil
}
