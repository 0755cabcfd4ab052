package files

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Tags of an RPM's main header that we read (rpm's doc/manual/tags.md).
const (
	rpmName, rpmVersion, rpmRelease, rpmEpoch = 1000, 1001, 1002, 1003
	rpmBuildTime, rpmArch                     = 1006, 1022
)

// most is how large a header may be; rpm itself takes 256 MiB.
const most = 256 << 20

// readRPM reads lead and both headers of an RPM (rpm's doc/manual/format_v4.md).
func readRPM(r *bufio.Reader) (identity, error) {
	lead := make([]byte, 96)
	if _, err := io.ReadFull(r, lead); err != nil || !bytes.HasPrefix(lead, []byte{0xed, 0xab, 0xee, 0xdb}) {
		return identity{}, errors.New("it is no RPM package")
	}
	signature, err := readHeader(r)
	if err != nil {
		return identity{}, err
	}
	// The signature header is padded to eight bytes.
	if _, err := io.CopyN(io.Discard, r, int64((8-len(signature.store)%8)%8)); err != nil {
		return identity{}, errors.New("it ends early")
	}
	h, err := readHeader(r)
	if err != nil {
		return identity{}, err
	}
	id := identity{name: h.text(rpmName), version: h.text(rpmVersion) + "-" + h.text(rpmRelease), arch: h.text(rpmArch)}
	if epoch, ok := h.number(rpmEpoch); ok && epoch != 0 {
		id.version = fmt.Sprintf("%d:%s", epoch, id.version)
	}
	if at, ok := h.number(rpmBuildTime); ok {
		id.built = time.Unix(int64(at), 0).UTC()
	}
	if id.name == "" || h.text(rpmVersion) == "" || id.arch == "" {
		return identity{}, errors.New("its header lacks name, version or architecture")
	}
	return id, nil
}

// header is a header structure: an index of entries, and what they point into.
type header struct{ index, store []byte }

func readHeader(r io.Reader) (header, error) {
	intro := make([]byte, 16)
	if _, err := io.ReadFull(r, intro); err != nil {
		return header{}, errors.New("it ends early")
	}
	if !bytes.HasPrefix(intro, []byte{0x8e, 0xad, 0xe8, 1}) {
		return header{}, errors.New("its header is damaged")
	}
	entries, size := uint64(binary.BigEndian.Uint32(intro[8:])), uint64(binary.BigEndian.Uint32(intro[12:]))
	if entries*16+size > most {
		return header{}, fmt.Errorf("its header is said to have %d bytes", entries*16+size)
	}
	// Read as it comes: what is said may not be there.
	data, err := io.ReadAll(io.LimitReader(r, int64(entries*16+size)))
	if err != nil || uint64(len(data)) != entries*16+size {
		return header{}, errors.New("it ends early")
	}
	return header{data[:entries*16], data[entries*16:]}, nil
}

// find returns where the value of a tag is, up to the end of the store.
func (h header) find(tag uint32) []byte {
	for e := h.index; len(e) >= 16; e = e[16:] {
		if at := uint64(binary.BigEndian.Uint32(e[8:])); binary.BigEndian.Uint32(e) == tag && at < uint64(len(h.store)) {
			return h.store[at:]
		}
	}
	return nil
}

func (h header) text(tag uint32) string {
	text, _, _ := bytes.Cut(h.find(tag), []byte{0})
	return string(text)
}

func (h header) number(tag uint32) (uint32, bool) {
	value := h.find(tag)
	if len(value) < 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(value), true
}
