package testkit

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// compressions are the ways to compress a package's files.
var compressions = []struct {
	name   string // in Package.Compression and in an rpm's header
	suffix string // of a deb's members
	open   func(io.Reader) (io.ReadCloser, error)
}{
	{"gzip", ".gz", func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }},
	{"xz", ".xz", func(r io.Reader) (io.ReadCloser, error) {
		z, err := xz.NewReader(r)
		return io.NopCloser(z), err
	}},
	{"zstd", ".zst", func(r io.Reader) (io.ReadCloser, error) {
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}},
	{"none", "", func(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(r), nil }},
}

// decompress returns the whole of data. To its end, because the checksum of a
// compressed stream is there, often behind the last byte an archive reader wants.
func decompress(name string, data []byte) ([]byte, error) {
	for _, c := range compressions {
		if c.name != name {
			continue
		}
		r, err := c.open(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("decompress %s: %w", name, err)
		}
		defer r.Close()
		plain, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("decompress %s: %w", name, err)
		}
		return plain, nil
	}
	return nil, fmt.Errorf("unknown compression %q: want gzip, xz, zstd or none", name)
}
