package inspect

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/debfile"
	"github.com/pinpack/pinpack/internal/rpmfile"
)

// compressors are the payload's, by what the header says, as file extensions.
var compressors = map[string]string{"gzip": ".gz", "zstd": ".zst", "xz": ".xz", "none": "", "": ".gz"}

func (g *gatherer) rpm(r *io.SectionReader, keys *Keys) error {
	h, err := rpmfile.Read(r)
	if err != nil {
		return err
	}
	p := &g.p
	p.Format, p.Name, p.Arch, p.Summary, p.Description = "rpm", h.Name, h.Arch, h.Summary, strings.TrimSpace(h.Description)
	p.Version = h.Version + "-" + h.Release
	if h.Epoch != "" {
		p.Version = h.Epoch + ":" + p.Version
	}
	p.Maintainer, p.Homepage, p.License, p.Section = h.Packager, h.URL, h.License, h.Group
	for kind, list := range map[string][]rpmfile.Relation{
		"depends": h.Requires, "recommends": h.Recommends, "suggests": h.Suggests, "enhances": h.Enhances, "supplements": h.Supplements,
		"conflicts": h.Conflicts, "provides": h.Provides, "replaces": h.Obsoletes,
	} {
		for _, relation := range list {
			// What rpm's own features ask for is of the file format.
			if s := relation.String(); !strings.HasPrefix(s, "rpmlib(") && !slices.Contains(p.Relations[kind], s) {
				p.Relations[kind] = append(p.Relations[kind], s)
			}
		}
		slices.Sort(p.Relations[kind])
	}
	for _, s := range h.Scripts {
		p.Scripts[s.Name] = s.Body
	}
	ext, ok := compressors[h.PayloadCompressor]
	if !ok || h.PayloadFormat != "" && h.PayloadFormat != "cpio" {
		return fmt.Errorf("payload: %q in %q: want cpio in gzip, zstd, xz or none", h.PayloadFormat, h.PayloadCompressor)
	}
	packed := sha256.New()
	raw := io.TeeReader(r, packed)
	content, err := debfile.Decompress(raw, ext)
	if err == nil {
		err = g.rpmFiles(h.Files, content)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, raw)
	}
	if err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	if sum := hex.EncodeToString(packed.Sum(nil)); h.PayloadDigest != "" && h.PayloadDigest != sum {
		return fmt.Errorf("payload: its digest is %s: the header says %s", sum, h.PayloadDigest)
	}
	return g.rpmSignatures(r, h, keys)
}

// rpmFiles takes in the header's files, with the contents that the archive has.
func (g *gatherer) rpmFiles(list []rpmfile.File, archive io.Reader) error {
	left := make(map[string]rpmfile.File, len(list))
	for _, f := range list {
		name := path.Clean("/" + f.Path)
		if _, ok := left[name]; ok {
			return fmt.Errorf("file %q: it is there twice", name)
		}
		left[name] = f
	}
	take := func(name string, f rpmfile.File, content io.Reader) error {
		delete(left, name)
		one := File{
			Path: name, Mode: f.Mode & 0o7777, Owner: f.User, Group: f.Group, Link: f.Link,
			Config: f.Flags&1 != 0, // RPMFILE_CONFIG
		}
		switch f.Mode & 0o170000 {
		case 0o100000:
			one.Kind, one.Size = "file", int64(f.Size)
		case 0o040000:
			one.Kind = "dir"
		case 0o120000:
			one.Kind, one.Mode = "symlink", 0o777
		default:
			one.Kind = "other"
		}
		if f.IsGhost() {
			one.Kind, one.Size = "other", 0
		}
		return g.add(one, content)
	}
	err := readCPIO(archive, func(name string, size int64, content io.Reader) error {
		name = path.Clean("/" + name)
		f, ok := left[name]
		if !ok {
			return fmt.Errorf("file %q: the header has none of the name", name)
		}
		if f.Mode&0o170000 == 0o100000 && uint64(size) != f.Size {
			return fmt.Errorf("file %q: %d bytes: the header says %d", name, size, f.Size)
		}
		return take(name, f, content)
	})
	if err != nil {
		return err
	}
	for name, f := range left {
		if !f.IsGhost() {
			return fmt.Errorf("file %q: it is not in the archive", name)
		}
		if err := take(name, f, nil); err != nil {
			return err
		}
	}
	return nil
}

// readCPIO reads an archive of the "new ASCII" format, of which RPM's payload is:
// https://www.kernel.org/doc/html/latest/driver-api/early-userspace/buffer-format.html
func readCPIO(r io.Reader, visit func(name string, size int64, content io.Reader) error) error {
	head := make([]byte, 110)
	for {
		if _, err := io.ReadFull(r, head); err != nil {
			return fmt.Errorf("archive: %w", unexpected(err))
		}
		if magic := string(head[:6]); magic != "070701" && magic != "070702" {
			return fmt.Errorf("archive: entry begins with %q: want 070701", magic)
		}
		size, err := hexadecimal(head[54:62])
		length, nameErr := hexadecimal(head[94:102])
		if err := errors.Join(err, nameErr); err != nil {
			return err
		}
		if length < 1 || length > 4096+1 {
			return fmt.Errorf("archive: a name of %d bytes", length)
		}
		padded := length + (4-(110+length)%4)%4
		text := make([]byte, padded)
		if _, err := io.ReadFull(r, text); err != nil {
			return fmt.Errorf("archive: %w", unexpected(err))
		}
		name := strings.TrimRight(string(text[:length]), "\x00")
		if name == "TRAILER!!!" {
			_, err := io.Copy(io.Discard, r)
			return err
		}
		content := io.LimitReader(r, size)
		if err := visit(name, size, content); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, r, (4-size%4)%4); err != nil {
			return fmt.Errorf("archive: %w", unexpected(err))
		}
	}
}

func hexadecimal(text []byte) (int64, error) {
	n := int64(0)
	for _, c := range text {
		digit := strings.IndexByte("0123456789abcdef", c)
		if digit < 0 {
			digit = strings.IndexByte("0123456789ABCDEF", c)
		}
		if digit < 0 {
			return 0, fmt.Errorf("archive: %q is no hexadecimal number", text)
		}
		n = n<<4 | int64(digit)
	}
	return n, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
