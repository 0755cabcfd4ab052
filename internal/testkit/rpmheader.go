package testkit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// rpmHeader is one of an rpm's two header structures: the signature or the
// metadata. Its getters return nothing for a tag that is absent; one that is
// malformed goes to err, which is to be asked once, when everything is read.
//
// See https://rpm-software-management.github.io/rpm/manual/format_header.html
type rpmHeader struct {
	entries map[uint32]rpmEntry
	raw     []byte // the whole structure, which the package's digests cover
	err     error
}

type rpmEntry struct {
	kind, count uint32
	data        []byte // from the value's first byte to the end of the store
}

const (
	rpmInt8, rpmInt16, rpmInt32, rpmInt64                = 2, 3, 4, 5
	rpmString, rpmBinary, rpmStringArray, rpmI18NStrings = 6, 7, 8, 9
)

// cutRPMHeader reads the header at the front of data and returns what follows.
func cutRPMHeader(data []byte) (*rpmHeader, []byte, error) {
	const introSize, entrySize = 16, 16
	if len(data) < introSize || !bytes.HasPrefix(data, []byte("\x8e\xad\xe8\x01")) {
		return nil, nil, errors.New("no header magic")
	}
	be := binary.BigEndian
	count, storeSize := uint64(be.Uint32(data[8:])), uint64(be.Uint32(data[12:]))
	storeAt := introSize + entrySize*count
	end := storeAt + storeSize
	if end > uint64(len(data)) {
		return nil, nil, fmt.Errorf("header of %d bytes in a file with %d left", end, len(data))
	}
	h := &rpmHeader{entries: map[uint32]rpmEntry{}, raw: data[:end]}
	store := data[storeAt:end]
	for at := uint64(introSize); at < storeAt; at += entrySize {
		tag, offset := be.Uint32(data[at:]), be.Uint32(data[at+8:])
		if uint64(offset) > storeSize {
			return nil, nil, fmt.Errorf("tag %d lies outside the header", tag)
		}
		h.entries[tag] = rpmEntry{
			kind:  be.Uint32(data[at+4:]),
			count: be.Uint32(data[at+12:]),
			data:  store[offset:],
		}
	}
	return h, data[end:], nil
}

func (h *rpmHeader) has(tag uint32) bool {
	_, ok := h.entries[tag]
	return ok
}

func (h *rpmHeader) strings(tag uint32) []string {
	e, ok := h.entries[tag]
	if !ok {
		return nil
	}
	if e.kind != rpmString && e.kind != rpmStringArray && e.kind != rpmI18NStrings {
		h.fail(tag, "type %d where text is wanted", e.kind)
		return nil
	}
	var values []string
	for rest := e.data; uint64(len(values)) < uint64(e.count); {
		value, after, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			h.fail(tag, "%d of %d strings", len(values), e.count)
			return nil
		}
		values, rest = append(values, string(value)), after
	}
	return values
}

// string returns a single text, or the first of its translations.
func (h *rpmHeader) string(tag uint32) string {
	if values := h.strings(tag); len(values) > 0 {
		return values[0]
	}
	return ""
}

func (h *rpmHeader) ints(tag uint32) []uint64 {
	e, ok := h.entries[tag]
	if !ok {
		return nil
	}
	if e.kind < rpmInt8 || e.kind > rpmInt64 {
		h.fail(tag, "type %d where a number is wanted", e.kind)
		return nil
	}
	size := 1 << (e.kind - rpmInt8)
	if uint64(e.count)*uint64(size) > uint64(len(e.data)) {
		h.fail(tag, "%d numbers in %d bytes", e.count, len(e.data))
		return nil
	}
	values := make([]uint64, e.count)
	for i := range values {
		for _, b := range e.data[i*size : (i+1)*size] {
			values[i] = values[i]<<8 | uint64(b)
		}
	}
	return values
}

func (h *rpmHeader) bytes(tag uint32) []byte {
	e, ok := h.entries[tag]
	if !ok {
		return nil
	}
	if e.kind != rpmBinary || uint64(e.count) > uint64(len(e.data)) {
		h.fail(tag, "no binary value of %d bytes", e.count)
		return nil
	}
	return e.data[:e.count]
}

func (h *rpmHeader) fail(tag uint32, format string, args ...any) {
	if h.err == nil {
		h.err = fmt.Errorf("read tag %d: %s", tag, fmt.Sprintf(format, args...))
	}
}
