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

// Control returns the control file of any package, as it is: that of its
// control.tar, without a compression or with gzip's, xz's or zstd's. It reads to
// the end, as a package that was cut short is none.
func Control(r io.Reader) (string, error) {
	text, _, err := control(r)
	if err != nil {
		return "", fmt.Errorf("read package: %w", err)
	}
	return text, nil
}

// Identify reads the control file of any .deb that is whole.
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
	found := map[string]bool{}
	err = members(r, func(name string, member io.Reader) error {
		base, ext, _ := strings.Cut(name, ".tar")
		again := found[base]
		found[base] = true
		if base != "control" || again {
			return nil
		}
		content, err := decompress(member, ext)
		if err == nil {
			text, made, err = controlText(content)
		}
		if err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		return nil
	})
	for _, base := range []string{"control", "data"} {
		if err == nil && !found[base] {
			err = fmt.Errorf("no %s.tar in it", base)
		}
	}
	return text, made, err
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
