package testkit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/cavaliergopher/cpio"
)

// readRPMPayload takes in the files, each compared with its place in the cpio
// archive: the two are written apart and rpm unpacks what the archive says.
func (p *Package) readRPMPayload(files []rpmFile, archive []byte) error {
	packed, err := readCPIO(archive)
	if err != nil {
		return err
	}
	p.Flags = map[string]string{}
	for _, f := range files {
		e := f.entry
		if strings.Contains(f.flags, "ghost") {
			e.kind = "ghost"
		} else {
			in, ok := packed[f.path]
			if !ok {
				return fmt.Errorf("read %q: the archive has no such path", f.path)
			}
			if e.body, err = f.check(in); err != nil {
				return fmt.Errorf("check %q: %w", f.path, err)
			}
			delete(packed, f.path)
		}
		if err := p.add(f.path, e); err != nil {
			return err
		}
		if f.flags != "" {
			p.Flags[f.path] = f.flags
		}
		if strings.HasPrefix(f.flags, "config") {
			p.Conffiles = append(p.Conffiles, f.path)
		}
	}
	if len(packed) > 0 {
		return fmt.Errorf("read %q: the header has no such path", slices.Sorted(maps.Keys(packed)))
	}
	return nil
}

// check compares the header's statement with the archive's and returns the content.
func (f rpmFile) check(in entry) ([]byte, error) {
	if in.kind != f.kind || in.mode != f.mode || in.link != f.link {
		return nil, fmt.Errorf("%q in the archive, %q in the header", in, entry{kind: f.kind, mode: f.mode, link: f.link})
	}
	if f.kind != "file" {
		return nil, nil
	}
	if uint64(len(in.body)) != f.size {
		return nil, fmt.Errorf("%d bytes in the archive, %d in the header", len(in.body), f.size)
	}
	digest, err := fileDigest(f.algorithm, in.body)
	if err == nil && digest != f.digest {
		err = fmt.Errorf("digest is %s, the header says %s", digest, f.digest)
	}
	return in.body, err
}

// readCPIO returns an archive's paths. Hard links, which keep their content in
// the last of them only, are not joined: nothing of ours writes them.
func readCPIO(archive []byte) (map[string]entry, error) {
	packed := map[string]entry{}
	for r := cpio.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return packed, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read cpio: %w", err)
		}
		path, err := archivePath(h.Name)
		if err != nil {
			return nil, err
		}
		if h.Size < 0 { // the reader would panic on it
			return nil, fmt.Errorf("read %q: size %d", path, h.Size)
		}
		if _, ok := packed[path]; ok {
			return nil, fmt.Errorf("read %q: it is in the archive twice", path)
		}
		e := entry{
			kind: kindOf(unixType(uint64(h.Mode))),
			mode: uint32(h.Mode & 0o7777),
			link: h.Linkname,
		}
		if e.body, err = io.ReadAll(r); err != nil {
			return nil, fmt.Errorf("read %q: %w", path, err)
		}
		packed[path] = e
	}
}

// unixType returns the type, without the permissions, of a Unix mode.
func unixType(mode uint64) fs.FileMode {
	switch mode & 0o170000 {
	case 0o100000:
		return 0
	case 0o040000:
		return fs.ModeDir
	case 0o120000:
		return fs.ModeSymlink
	case 0o010000:
		return fs.ModeNamedPipe
	case 0o140000:
		return fs.ModeSocket
	}
	return fs.ModeDevice
}
