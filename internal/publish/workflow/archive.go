package workflow

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
)

// entry is a file to upload.
type entry struct {
	name   string
	path   string
	text   []byte // the content, where there is no path
	size   int64
	crc    uint32
	sha256 string
}

// inspect reads the packages once. Each has to be what it was when it was built,
// and to have a name that can be put beside the others on any system.
func inspect(ctx context.Context, list []artifact.Artifact) ([]entry, error) {
	var entries []entry
	names := map[string]bool{"sha256sums": true}
	for _, a := range list {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		if err := checkName("file name", a.Name); err != nil {
			return nil, err
		}
		if names[strings.ToLower(a.Name)] {
			return nil, fmt.Errorf("file name %q is there twice: want names that differ in more than case", a.Name)
		}
		names[strings.ToLower(a.Name)] = true
		e := entry{name: a.Name, path: a.Path, sha256: a.SHA256}
		sum, crc := sha256.New(), crc32.NewIEEE()
		size, err := e.read(io.MultiWriter(sum, crc))
		if err != nil {
			return nil, err
		}
		if have := hex.EncodeToString(sum.Sum(nil)); have != a.SHA256 || size != a.Size {
			return nil, fmt.Errorf("read %q: %d bytes of SHA-256 %s: want %d bytes of %s, as they were built", a.Path, size, have, a.Size, a.SHA256)
		}
		e.size, e.crc = size, crc.Sum32()
		entries = append(entries, e)
	}
	return entries, nil
}

func (e entry) read(w io.Writer) (int64, error) {
	if e.path == "" {
		return io.Copy(w, bytes.NewReader(e.text))
	}
	f, err := os.Open(e.path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return io.Copy(w, f) // the errors of both sides say what they are about
}

// copyTo writes the content, and fails if it is another one than at first.
func (e entry) copyTo(w io.Writer) error {
	crc := crc32.NewIEEE()
	size, err := e.read(io.MultiWriter(w, crc))
	if err != nil {
		return err
	}
	if size != e.size || crc.Sum32() != e.crc {
		return fmt.Errorf("read %q: it has changed: want it left alone while it is uploaded", e.path)
	}
	return nil
}

// writeZip writes the packages and their SHA256SUMS. The same packages give the
// same bytes: entries are sorted, times are those of 1980, when zip's begin.
func writeZip(w io.Writer, entries []entry, level int) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, level) })
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, ModifiedDate: 1<<5 | 1}
		h.SetMode(0o644)
		create := z.CreateHeader
		if level == 0 && e.size < math.MaxUint32 {
			// Sizes up front, because not every reader can do without.
			h.Method, create = zip.Store, z.CreateRaw
			h.CRC32, h.CompressedSize64, h.UncompressedSize64 = e.crc, uint64(e.size), uint64(e.size)
		}
		out, err := create(h)
		if err != nil {
			return fmt.Errorf("zip %q: %w", e.name, err)
		}
		if err := e.copyTo(out); err != nil {
			return err
		}
	}
	return z.Close()
}

// withSums adds SHA256SUMS and sorts.
func withSums(list []artifact.Artifact, entries []entry) []entry {
	text := []byte(artifact.Checksums(list))
	entries = append(slices.Clone(entries), entry{name: "SHA256SUMS", text: text, size: int64(len(text)), crc: crc32.ChecksumIEEE(text)})
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	return entries
}

// zipSize is the size of the zip where nothing is compressed: a local header, a
// central one, and the end (APPNOTE.TXT 4.3).
func zipSize(entries []entry) int64 {
	size := int64(22)
	for _, e := range entries {
		size += 30 + 46 + 2*int64(len(e.name)) + e.size
	}
	return size
}
