package testkit

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// readTar calls add for each path of a tar archive but its root. A hard link is
// passed on as the file which it names.
func readTar(data []byte, add func(string, entry) error) error {
	seen := map[string]entry{}
	for r := tar.NewReader(bytes.NewReader(data)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read tar: %w", err)
		}
		name, err := archivePath(h.Name)
		if err != nil {
			return err
		}
		if name == "/" {
			continue
		}
		e := entry{
			kind:  kindOf(h.FileInfo().Mode()),
			mode:  unixMode(h.FileInfo().Mode()),
			link:  h.Linkname,
			owner: ownerName(h.Uname, h.Uid),
			group: ownerName(h.Gname, h.Gid),
			mtime: h.ModTime.Unix(),
		}
		if e.body, err = io.ReadAll(r); err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		if h.Typeflag == tar.TypeLink {
			target, err := archivePath(h.Linkname)
			if err != nil {
				return err
			}
			if _, ok := seen[target]; !ok {
				return fmt.Errorf("read hard link %q: no %q before it", name, target)
			}
			e = seen[target]
		}
		seen[name] = e
		if err := add(name, e); err != nil {
			return err
		}
	}
}

// ownerName prefers the name, as dpkg does where the system knows it.
func ownerName(name string, id int) string {
	switch {
	case name != "":
		return name
	case id == 0:
		return "root"
	}
	return strconv.Itoa(id)
}
