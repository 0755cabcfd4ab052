package index

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sizeLimit bounds a file whose size the index does not tell, in bytes.
const sizeLimit = 8 << 30

// algorithms are those that a file may be known by.
var algorithms = map[string]func() hash.Hash{"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}

// ErrHash is in the chain when a fetched file is not the one that was wanted.
var ErrHash = errors.New("the file's hash is not the pinned one")

// Download stores a file at a path, whose directory exists. It appears there
// only when all of it is there and, if f has Hashes, one of them is right. A
// file with another hash is not asked for again.
func (c Client) Download(ctx context.Context, f File, to string) error {
	part, err := os.CreateTemp(filepath.Dir(to), ".fetch-*")
	if err != nil {
		return fmt.Errorf("download %q: %w", f.Name, err)
	}
	defer os.Remove(part.Name())
	defer part.Close()
	if strings.HasPrefix(f.URL, "/") {
		err = f.copyLocal(part)
	} else {
		err = c.access.get(ctx, f.URL, c.url, "*/*", func(resp *http.Response) error { return f.receive(part, resp.Body) })
	}
	if err == nil {
		err = part.Chmod(0o644)
	}
	if err == nil {
		err = part.Close()
	}
	if err == nil {
		err = os.Rename(part.Name(), to)
	}
	if err != nil {
		return fmt.Errorf("download %q from %s: %w", f.Name, Redact(f.URL), err)
	}
	return nil
}

func (f File) copyLocal(part *os.File) error {
	in, err := os.Open(f.URL)
	if err != nil {
		return err
	}
	defer in.Close()
	return f.receive(part, in)
}

// receive writes the body from the beginning of part, which an earlier attempt
// may have written to.
func (f File) receive(part *os.File, body io.Reader) error {
	if _, err := part.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := part.Truncate(0); err != nil {
		return err
	}
	limit := f.Size
	if limit <= 0 {
		limit = sizeLimit
	}
	sums := map[string]hash.Hash{}
	writers := []io.Writer{part}
	for name, algorithm := range algorithms {
		sums[name] = algorithm()
		writers = append(writers, sums[name])
	}
	n, err := io.Copy(io.MultiWriter(writers...), io.LimitReader(body, limit+1))
	switch {
	case err != nil:
		var write *os.PathError
		if errors.As(err, &write) {
			return err
		}
		return temporary{err, 0}
	case n > limit:
		return fmt.Errorf("it is larger than %d bytes", limit)
	case f.Size > 0 && n < f.Size:
		return temporary{fmt.Errorf("it has %d bytes: want %d", n, f.Size), 0}
	case len(f.Hashes) == 0:
		return nil
	}
	for name, sum := range sums {
		if slices.Contains(f.Hashes, name+":"+hex.EncodeToString(sum.Sum(nil))) {
			return nil
		}
	}
	return fmt.Errorf("%w: got sha256:%x, want %s", ErrHash, sums["sha256"].Sum(nil), strings.Join(f.Hashes, " or "))
}
