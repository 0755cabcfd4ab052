package compress

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/pinpack/pinpack/internal/asset"
)

// encoding is a content coding of HTTP, and how its variants are made.
type encoding struct {
	name string // as in Accept-Encoding
	ext  string
	cost int64 // roughly, the time for a byte
	// writer makes an encoder, which is used for many files.
	writer func(fast bool) encoder
	reader func(r io.Reader) (io.Reader, func(), error)

	pools [2]sync.Pool
}

type encoder interface {
	io.WriteCloser
	Reset(w io.Writer)
}

var encodings = [...]encoding{
	{name: "gzip", ext: ".gz", cost: 1, reader: readGzip, writer: func(fast bool) encoder {
		level := gzip.BestCompression
		if fast {
			level = 6
		}
		w, _ := gzip.NewWriterLevel(nil, level) // only a wrong level is an error
		return timeless{w}
	}},
	{name: "br", ext: ".br", cost: 40, reader: readBrotli, writer: func(fast bool) encoder {
		level := brotli.BestCompression
		if fast {
			level = 5
		}
		return brotli.NewWriterLevel(nil, level)
	}},
	{name: "zstd", ext: ".zst", cost: 5, reader: readZstd, writer: func(fast bool) encoder {
		level := zstd.SpeedBestCompression
		if fast {
			level = zstd.SpeedDefault
		}
		// Browsers take windows of up to 8 MiB (RFC 9659).
		w, _ := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(8<<20), zstd.WithZeroFrames(true))
		return w
	}},
}

// timeless writes no time into the header. To the library, a time that was not
// set is one long ago.
type timeless struct{ *gzip.Writer }

func (t timeless) Reset(w io.Writer) {
	t.Writer.Reset(w)
	t.ModTime = time.Unix(0, 0)
}

// Names are the encodings there are.
func Names() []string {
	var list []string
	for i := range encodings {
		list = append(list, encodings[i].name)
	}
	return list
}

func choose(names []string) ([]*encoding, error) {
	var list []*encoding
	for i := range encodings {
		if len(names) == 0 || slices.Contains(names, encodings[i].name) {
			list = append(list, &encodings[i])
		}
	}
	for _, name := range names {
		if !slices.Contains(Names(), name) {
			return nil, fmt.Errorf("encoding %q: want some of %s", name, strings.Join(Names(), ", "))
		}
	}
	return list, nil
}

// spill is how many bytes of a variant are kept in memory before it is known
// whether it is worth a file.
const spill = 1 << 20

// write makes the variant, unless it would be too little smaller.
func (e *encoding) write(ctx context.Context, d *asset.Dir, f asset.File, name string, fast bool) (outcome, error) {
	in, err := d.Open(f.Name)
	if err != nil {
		return outcome{}, err
	}
	defer in.Close()
	out := &output{dir: d, name: name}
	defer out.abort()
	pool := &e.pools[0]
	if fast {
		pool = &e.pools[1]
	}
	w, ok := pool.Get().(encoder)
	if !ok {
		w = e.writer(fast)
	}
	w.Reset(out)
	n, err := io.Copy(w, asset.Cancellable(ctx, in))
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return outcome{}, fmt.Errorf("compress %q: %w", f.Name, err)
	}
	pool.Put(w)
	if n != f.Size {
		return outcome{}, fmt.Errorf("compress %q: it changed meanwhile", f.Name)
	}
	if !small(out.size, n) {
		return outcome{}, nil
	}
	return outcome{there: true, written: true, original: n, size: out.size}, out.commit(f)
}

// right tells whether a variant is what it should be: the same content, without
// anything of the machine that made it.
func (e *encoding) right(ctx context.Context, d *asset.Dir, f asset.File, name string) (bool, error) {
	original, err := d.Open(f.Name)
	if err != nil {
		return false, err
	}
	defer original.Close()
	variant, err := d.Open(name)
	if err != nil {
		return false, err
	}
	defer variant.Close()
	decoded, end, err := e.reader(bufio.NewReader(variant))
	if err != nil {
		return false, nil // not of this encoding
	}
	defer end()
	same, err := asset.Equal(asset.Cancellable(ctx, original), decoded)
	if err := context.Cause(ctx); err != nil {
		return false, err
	}
	return same && err == nil, nil
}

func readGzip(r io.Reader) (io.Reader, func(), error) {
	z, err := gzip.NewReader(r)
	if err == nil && (z.Name != "" || z.Comment != "" || len(z.Extra) > 0 || z.ModTime.Unix() > 0) {
		err = fmt.Errorf("header names the machine's file")
	}
	return z, func() {}, err
}

func readBrotli(r io.Reader) (io.Reader, func(), error) { return brotli.NewReader(r), func() {}, nil }

func readZstd(r io.Reader) (io.Reader, func(), error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return nil, nil, err
	}
	return z, z.Close, nil
}
