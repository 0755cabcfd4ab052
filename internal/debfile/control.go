package debfile

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// Identity is what any .deb says of itself.
type Identity struct {
	Name, Version, Arch string
	Time                time.Time // of the control file
}

// errFound ends the walk over an archive.
var errFound = errors.New("found")

// Control returns the control file of any package, as it is: that of its
// control.tar, without a compression or with gzip's, xz's or zstd's. It reads no
// further.
func Control(r io.Reader) (string, error) {
	text, _, err := control(r)
	if err != nil {
		return "", fmt.Errorf("read package: %w", err)
	}
	return text, nil
}

// Identify reads the control file of any .deb, and nothing behind it.
func Identify(r io.Reader) (Identity, error) {
	text, made, err := control(r)
	f := fields(text)
	id := Identity{f["package"], f["version"], f["architecture"], made}
	if err == nil && (id.Name == "" || id.Version == "" || id.Arch == "") {
		err = errors.New("no control file with Package, Version and Architecture in it")
	}
	if err != nil {
		return Identity{}, fmt.Errorf("it is no Debian package: %w", err)
	}
	return id, nil
}

// control finds the control file of a package, and the time that it has.
func control(r io.Reader) (text string, made time.Time, err error) {
	err = members(r, func(name string, member io.Reader) error {
		base, ext, _ := strings.Cut(name, ".tar")
		if base != "control" {
			return nil
		}
		content, err := decompress(member, ext)
		if err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		if text, made, err = controlText(content); err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		return errFound
	})
	if err == nil {
		err = errors.New("no control.tar in it")
	}
	if !errors.Is(err, errFound) {
		return "", made, err
	}
	return text, made, nil
}

// controlText finds the control file in a control.tar of a bounded size.
func controlText(r io.Reader) (text string, made time.Time, err error) {
	for t := tar.NewReader(io.LimitReader(r, 16*limit)); ; {
		h, err := t.Next()
		if err != nil {
			return "", made, fmt.Errorf("find control file: %w", err)
		}
		if path.Clean(h.Name) != "control" {
			continue
		}
		if h.Size > limit {
			return "", made, fmt.Errorf("control file of %d bytes: want %d at most", h.Size, limit)
		}
		text, err := io.ReadAll(t)
		return string(text), h.ModTime.UTC(), err
	}
}

// fields are the first lines of a control file's fields (deb-control(5)), by
// their names in lower case.
func fields(text string) map[string]string {
	f := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") {
			f[strings.ToLower(name)] = strings.TrimSpace(value)
		}
	}
	return f
}
