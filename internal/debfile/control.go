package debfile

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// errFound ends the walk over an archive.
var errFound = errors.New("found")

// Control returns the control file of any package, as it is: that of its
// control.tar, without a compression or with gzip's, xz's or zstd's. It reads no
// further.
func Control(r io.Reader) (string, error) {
	var text string
	err := members(r, func(name string, member io.Reader) error {
		base, ext, _ := strings.Cut(name, ".tar")
		if base != "control" {
			return nil
		}
		content, err := decompress(member, ext)
		if err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		if text, err = controlText(content); err != nil {
			return err
		}
		return errFound
	})
	if err == nil {
		err = errors.New("no control.tar in it")
	}
	if !errors.Is(err, errFound) {
		return "", fmt.Errorf("read package: %w", err)
	}
	return text, nil
}

// controlText finds the control file in a control.tar of a bounded size.
func controlText(r io.Reader) (string, error) {
	for t := tar.NewReader(io.LimitReader(r, 16*limit)); ; {
		h, err := t.Next()
		if err != nil {
			return "", fmt.Errorf("find control file: %w", err)
		}
		if path.Clean(h.Name) != "control" {
			continue
		}
		if h.Size > limit {
			return "", fmt.Errorf("control file of %d bytes: want %d at most", h.Size, limit)
		}
		text, err := io.ReadAll(t)
		return string(text), err
	}
}
