package debfile

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Visitor gets what is in a package, in its order: control files first.
type Visitor struct {
	// Control gets a control file: "control", "md5sums", "conffiles", scripts.
	Control func(name string, text []byte) error
	// Data gets a file of the payload, whose name is absolute and clean. Content is
	// valid until it returns.
	Data func(h *tar.Header, content io.Reader) error
}

// Visit reads any .deb to its end.
func Visit(r io.Reader, v Visitor) error {
	found := map[string]bool{}
	err := members(r, func(name string, member io.Reader) error {
		base, ext, _ := strings.Cut(name, ".tar")
		if base != "control" && base != "data" {
			return nil
		}
		content, err := decompress(member, ext)
		if err == nil {
			found[base] = true
			err = entries(content, base == "control", v)
		}
		if err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		return nil
	})
	if err == nil && (!found["control"] || !found["data"]) {
		err = errors.New("it has not both of control.tar and data.tar")
	}
	if err != nil {
		return fmt.Errorf("it is no Debian package: %w", err)
	}
	return nil
}

func entries(r io.Reader, control bool, v Visitor) error {
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		switch {
		case !control:
			h.Name = path.Clean("/" + h.Name)
			err = v.Data(h, t)
		case h.Typeflag == tar.TypeReg && v.Control != nil:
			var text []byte
			if text, err = io.ReadAll(io.LimitReader(t, limit)); err == nil {
				err = v.Control(path.Clean(h.Name), text)
			}
		}
		if err != nil {
			return err
		}
	}
}
