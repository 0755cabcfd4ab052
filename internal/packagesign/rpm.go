package packagesign

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/pinpack/pinpack/internal/signature"
)

// The parts of an .rpm, version 3 and 4 (https://rpm.org/docs/4.19.x/manual/format_v4.html):
// lead, signature header, header, payload.
const (
	leadSize   = 96
	headerSize = 16 // of what comes before a header's index
	entrySize  = 16
	// longest is the most bytes that a header may take, as rpm has it (64 MiB for
	// signatures).
	longest = 64 << 20
	entries = 65536

	tagRegion = 62 // HEADERSIGNATURES, of which rpm makes sure that nothing was put beside it
)

var (
	leadMagic   = []byte{0xed, 0xab, 0xee, 0xdb}
	headerMagic = []byte{0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0}
)

// Tags of the signature header, by who signed: RPM keeps RSA apart from all else.
const (
	tagDSA      = 267  // the header alone
	tagRSA      = 268  //
	tagPGP      = 1002 // header and payload, RSA
	tagGPG      = 1005 //
	tagReserved = 1008 // room for a signature
	tagOpenPGP  = 278  // signatures of rpm 6
)

// replaced are the tags that a new signature replaces.
var replaced = []uint32{tagDSA, tagRSA, tagPGP, tagGPG, tagReserved, tagOpenPGP}

// entry of a header: what rpm calls a tag's type, its count of values, and their
// bytes.
type entry struct {
	tag, kind, count uint32
	data             []byte
}

const kindBinary = 7

// alignment of the kinds of values.
var alignment = map[uint32]int{3: 2, 4: 4, 5: 8}

// sizes of one value of each kind; strings end by themselves.
var sizes = map[uint32]int{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1}

// rpmSigner copies an .rpm with signatures of its header, which digests the
// payload, and of header and payload together, for rpm before 4.14.
func rpmSigner(in io.ReadSeeker, out io.Writer, k *signature.Key) error {
	lead := make([]byte, leadSize)
	if _, err := io.ReadFull(in, lead); err != nil || !bytes.HasPrefix(lead, leadMagic) {
		return errors.New("no .rpm: its first bytes are others")
	}
	old, size, err := readHeader(in)
	if err != nil {
		return fmt.Errorf("read signature header: %w", err)
	}
	if _, err := io.CopyN(io.Discard, in, int64(padding(size, 8))); err != nil {
		return fmt.Errorf("read signature header: %w", err)
	}
	start, err := in.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	head, all := k.Hash(), k.Hash()
	if _, _, err := readHeader(io.TeeReader(in, io.MultiWriter(head, all))); err != nil {
		return fmt.Errorf("read header: %w", err)
	}
	if _, err := io.Copy(all, in); err != nil {
		return err
	}
	ofHeader, err := k.Sign(head)
	if err != nil {
		return err
	}
	ofAll, err := k.Sign(all)
	if err != nil {
		return err
	}
	headTag, allTag := uint32(tagDSA), uint32(tagGPG)
	if k.IsRSA() {
		headTag, allTag = tagRSA, tagPGP
	}
	list := slices.DeleteFunc(old, func(e entry) bool { return slices.Contains(replaced, e.tag) })
	list = append(list,
		entry{headTag, kindBinary, uint32(len(ofHeader)), ofHeader},
		entry{allTag, kindBinary, uint32(len(ofAll)), ofAll})
	header := writeHeader(list)
	for _, part := range [][]byte{lead, header, make([]byte, padding(len(header), 8))} {
		if _, err := out.Write(part); err != nil {
			return err
		}
	}
	if _, err := in.Seek(start, io.SeekStart); err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return err
}

// readHeader reads a header; size is what it took, in bytes.
func readHeader(in io.Reader) (list []entry, size int, err error) {
	intro := make([]byte, headerSize)
	if _, err := io.ReadFull(in, intro); err != nil || !bytes.HasPrefix(intro, headerMagic) {
		return nil, 0, errors.New("no header is there")
	}
	n, length := binary.BigEndian.Uint32(intro[8:]), binary.BigEndian.Uint32(intro[12:])
	if n > entries || length > longest {
		return nil, 0, fmt.Errorf("%d entries of %d bytes: more than rpm takes", n, length)
	}
	index, err := exactly(in, int64(n)*entrySize)
	if err != nil {
		return nil, 0, err
	}
	data, err := exactly(in, int64(length))
	if err != nil {
		return nil, 0, err
	}
	total := 0
	for ; len(index) > 0; index = index[entrySize:] {
		e := entry{tag: binary.BigEndian.Uint32(index), kind: binary.BigEndian.Uint32(index[4:]), count: binary.BigEndian.Uint32(index[12:])}
		if e.data, err = value(e, data, binary.BigEndian.Uint32(index[8:])); err != nil {
			return nil, 0, err
		}
		if total += len(e.data); total > longest {
			return nil, 0, errors.New("values overlap")
		}
		if e.tag != tagRegion {
			list = append(list, e)
		}
	}
	return list, headerSize + int(n)*entrySize + int(length), nil
}

// exactly reads n bytes; it takes no memory for what is claimed and not there.
func exactly(in io.Reader, n int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, n))
	if err == nil && int64(len(data)) < n {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}

// value cuts an entry's bytes out of a header's data.
func value(e entry, data []byte, offset uint32) ([]byte, error) {
	wrong := fmt.Errorf("tag %d lies outside of its header", e.tag)
	if int64(offset) > int64(len(data)) {
		return nil, wrong
	}
	data = data[offset:]
	if size := sizes[e.kind]; size > 0 {
		if int64(e.count)*int64(size) > int64(len(data)) {
			return nil, wrong
		}
		return data[:int(e.count)*size], nil
	}
	length := 0
	for range e.count {
		end := bytes.IndexByte(data[length:], 0)
		if end < 0 {
			return nil, wrong
		}
		length += end + 1
	}
	return data[:length], nil
}

// writeHeader writes a header with its region: an entry for all entries, whose
// value is at the very end.
func writeHeader(list []entry) []byte {
	slices.SortStableFunc(list, func(a, b entry) int { return int(a.tag) - int(b.tag) })
	number := func(b []byte, n uint32) []byte { return binary.BigEndian.AppendUint32(b, n) }
	one := func(b []byte, tag, kind, offset, count uint32) []byte {
		return number(number(number(number(b, tag), kind), offset), count)
	}
	var index, data []byte
	for _, e := range list {
		data = append(data, make([]byte, padding(len(data), max(1, alignment[e.kind])))...)
		index = one(index, e.tag, e.kind, uint32(len(data)), e.count)
		data = append(data, e.data...)
	}
	n := uint32(len(list) + 1)
	region := one(nil, tagRegion, kindBinary, uint32(len(data)), entrySize)
	data = one(data, tagRegion, kindBinary, -(n * entrySize), entrySize)
	b := number(number(slices.Clone(headerMagic), n), uint32(len(data)))
	return slices.Concat(b, region, index, data)
}

// padding is what is missing to a multiple.
func padding(size, multiple int) int { return (multiple - size%multiple) % multiple }
