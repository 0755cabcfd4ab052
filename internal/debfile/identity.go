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

// errEnough ends the reading once the control file was read.
var errEnough = errors.New("enough")

// Identify reads the control file of any .deb, and nothing behind it.
func Identify(r io.Reader) (Identity, error) {
	var id Identity
	err := members(r, func(name string, member io.Reader) error {
		base, ext, _ := strings.Cut(name, ".tar")
		if base != "control" {
			return nil
		}
		content, err := decompress(member, ext)
		if err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		if err := id.read(content); err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil && (id.Name == "" || id.Version == "" || id.Arch == "") {
		err = errors.New("no control file with Package, Version and Architecture in it")
	}
	if err != nil {
		return Identity{}, fmt.Errorf("it is no Debian package: %w", err)
	}
	return id, nil
}

func (id *Identity) read(r io.Reader) error {
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if err != nil {
			return fmt.Errorf("find control file: %w", err)
		}
		if path.Clean(h.Name) != "control" {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(t, limit))
		if err != nil {
			return err
		}
		id.Time = h.ModTime.UTC()
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(line, ":")
			value = strings.TrimSpace(value)
			switch strings.ToLower(key) {
			case "package":
				id.Name = value
			case "version":
				id.Version = value
			case "architecture":
				id.Arch = value
			}
		}
		return nil
	}
}
