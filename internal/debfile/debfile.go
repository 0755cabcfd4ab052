// Package debfile reads what a .deb says of itself (deb(5)): enough to tell
// what changes on a server between two of ours. It takes a stream, and keeps
// nothing of the payload but build-info.json.
package debfile

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// File is a package as read.
type File struct {
	Name          string
	Version       string // Debian's, with epoch and revision
	Depends       []string
	InstalledSize int64    // bytes, as the control file has it, to 1024
	Units         []string // names of systemd units
	Distributions []Distribution
}

// Distribution is a Python distribution in the package.
type Distribution struct{ Name, Version string }

// limit is how large a control file or build-info.json may be.
const limit = 16 << 20

// Read reads a package of ours. One without build-info.json is an error: it is
// somebody else's.
func Read(r io.Reader) (File, error) {
	var f File
	found := false
	err := members(r, func(name string, member io.Reader) error {
		base, ext, _ := strings.Cut(name, ".tar")
		if base != "control" && base != "data" {
			return nil
		}
		content, err := decompress(member, ext)
		if err != nil {
			return fmt.Errorf("read %q: %w", name, err)
		}
		if base == "control" {
			return f.readControl(content)
		}
		ok, err := f.readData(content)
		found = ok
		return err
	})
	if err == nil && !found {
		err = errors.New("no build-info.json in it: want a package that pinpack made")
	}
	if err != nil {
		return File{}, fmt.Errorf("read package: %w", err)
	}
	return f, nil
}

// members visits the members of an archive (ar(5)).
func members(r io.Reader, visit func(name string, member io.Reader) error) error {
	magic := make([]byte, 8)
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != "!<arch>\n" {
		return errors.New("no ar archive")
	}
	header := make([]byte, 60)
	for {
		if _, err := io.ReadFull(r, header); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(header[48:58])), 10, 64)
		if err != nil || size < 0 {
			return fmt.Errorf("member size %q: want a number", header[48:58])
		}
		name := strings.TrimRight(string(header[:16]), " /")
		member := &io.LimitedReader{R: r, N: size}
		err = visit(name, member)
		if err == nil {
			_, err = io.Copy(io.Discard, member)
		}
		if err != nil {
			return err
		}
		if member.N > 0 {
			return fmt.Errorf("member %q is longer than the file: want all of it", name)
		}
		if size%2 == 1 {
			if _, err := io.CopyN(io.Discard, r, 1); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
		}
	}
}

func decompress(r io.Reader, ext string) (io.Reader, error) {
	switch ext {
	case "":
		return r, nil
	case ".gz":
		return gzip.NewReader(r)
	case ".xz":
		return xz.NewReader(r)
	case ".zst":
		return zstd.NewReader(r, zstd.WithDecoderMaxMemory(1<<30))
	}
	return nil, fmt.Errorf("unknown compression %q: want .gz, .xz or .zst", ext)
}

func (f *File) readControl(r io.Reader) error {
	text, _, err := controlText(r)
	if err != nil {
		return err
	}
	said := fields(text)
	f.Name, f.Version = said["package"], said["version"]
	n, _ := strconv.ParseInt(said["installed-size"], 10, 64)
	f.InstalledSize = n << 10
	if said["depends"] != "" {
		for d := range strings.SplitSeq(said["depends"], ",") {
			f.Depends = append(f.Depends, strings.TrimSpace(d))
		}
	}
	return nil
}

func (f *File) readData(r io.Reader) (found bool, err error) {
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return found, err
		}
		name := path.Clean("/" + h.Name)
		if dir := path.Dir(name); strings.HasSuffix(dir, "/systemd/system") && h.Typeflag == tar.TypeReg {
			f.Units = append(f.Units, path.Base(name))
		}
		if path.Base(name) != "build-info.json" || path.Dir(path.Dir(name)) != "/usr/share" {
			continue
		}
		text, err := io.ReadAll(io.LimitReader(t, limit))
		if err != nil {
			return found, err
		}
		var info struct{ Distributions []Distribution }
		if err := json.Unmarshal(text, &info); err != nil {
			return found, fmt.Errorf("build-info.json: %w", err)
		}
		f.Distributions, found = info.Distributions, true
	}
}
