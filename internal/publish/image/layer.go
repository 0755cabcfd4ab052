package image

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/pinpack/pinpack/internal/debfile"
	"github.com/pinpack/pinpack/internal/publish/oci"
)

// layer writes what a package adds to a base. The same package and base give the
// same bytes.
type layer struct {
	base     base
	pkg      pkg
	accounts accounts
	uid, gid int // of the application's processes
	tar      *tar.Writer
	written  map[string]bool // paths
}

// user is what the image's processes run as: numbers, by which Kubernetes sees that
// it is not root. Without services it is the base's own.
func (l *layer) user() string {
	if l.pkg.info.Services == nil {
		return ""
	}
	return fmt.Sprintf("%d:%d", l.uid, l.gid)
}

func newLayer(b base, p pkg) *layer {
	l := &layer{base: b, pkg: p, written: map[string]bool{}, accounts: accounts{passwd: b.files["/etc/passwd"].text, group: b.files["/etc/group"].text}}
	if s := p.info.Services; s != nil {
		l.uid, l.gid = l.accounts.add(s.User, s.Group, s.Home)
	}
	return l
}

// write makes the layer's file, compressed, and tells what it is.
func (l *layer) write(name string) (b *oci.Blob, err error) {
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	packed, plain := &summed{w: f, h: sha256.New()}, &summed{h: sha256.New()}
	z, err := gzip.NewWriterLevel(packed, gzip.DefaultCompression)
	if err != nil {
		return nil, err
	}
	plain.w = z
	l.tar = tar.NewWriter(plain)
	if err := l.fill(); err != nil {
		return nil, err
	}
	if err := l.tar.Close(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return &oci.Blob{Name: "the layer of " + path.Base(l.pkg.file), Type: types.OCILayer, Hash: packed.hash(), Diff: plain.hash(), Len: packed.n, Path: name}, nil
}

// summed counts and hashes what goes through it.
type summed struct {
	w io.Writer
	h hash.Hash
	n int64
}

func (s *summed) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.h.Write(p[:n])
	s.n += int64(n)
	return n, err
}

func (s *summed) hash() v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(s.h.Sum(nil))}
}

// fill writes everything: what a package manager and maintainer scripts would have
// made, and the payload.
func (l *layer) fill() error {
	for _, dir := range l.directories() {
		if err := l.directory(dir, l.uid, l.gid, 0o750); err != nil {
			return err
		}
	}
	if err := l.database(); err != nil {
		return err
	}
	return l.pkg.visit(debfile.Visitor{Data: l.payload})
}

func (l *layer) directories() []string {
	if l.pkg.info.Services == nil {
		return nil
	}
	return l.pkg.info.Services.Directories
}

// directory makes a directory, and those above it that the base lacks.
func (l *layer) directory(name string, uid, gid int, mode int64) error {
	name = l.base.real(name)
	if l.written[name] {
		return nil
	}
	if up := path.Dir(name); !l.there(up) {
		if err := l.directory(up, 0, 0, 0o755); err != nil {
			return err
		}
	}
	l.written[name] = true
	return l.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name[1:] + "/", Mode: mode, Uid: uid, Gid: gid, ModTime: l.pkg.info.Built})
}

// text writes a file of our making, or a new text of one of the base's.
func (l *layer) text(name, text string) error {
	name = l.base.real(name)
	if up := path.Dir(name); !l.there(up) {
		if err := l.directory(up, 0, 0, 0o755); err != nil {
			return err
		}
	}
	h := tar.Header{Typeflag: tar.TypeReg, Name: name[1:], Mode: 0o644, Size: int64(len(text)), ModTime: l.pkg.info.Built}
	if old := l.base.files[name].header; old != nil {
		h.Mode, h.Uid, h.Gid = old.Mode, old.Uid, old.Gid
	}
	if err := l.tar.WriteHeader(&h); err != nil {
		return err
	}
	_, err := io.WriteString(l.tar, text)
	l.written[name] = true
	return err
}

func (l *layer) there(dir string) bool { return l.base.kind[dir] == tar.TypeDir || l.written[dir] }

// database adds the package to the list of those that are installed, where the base
// has it: dpkg and scanners read it there. Distroless images have a file for each
// package.
func (l *layer) database() error {
	files := map[string]string{}
	name := l.pkg.info.Name
	if old, ok := l.base.files[statusFile]; ok {
		text := strings.TrimRight(old.text, "\n") + "\n\n"
		files[statusFile] = strings.TrimLeft(text, "\n") + l.pkg.status() + "\n"
		info := "/var/lib/dpkg/info/" + name
		files[info+".list"] = l.pkg.list()
		for _, control := range []string{"md5sums", "conffiles"} {
			if text := l.pkg.control[control]; text != "" {
				files[info+"."+control] = text
			}
		}
	} else {
		files[statusDir+"/"+name] = l.pkg.status()
		files[statusDir+"/"+name+".md5sums"] = l.pkg.control["md5sums"]
	}
	if l.accounts.changed {
		files["/etc/passwd"], files["/etc/group"] = l.accounts.passwd, l.accounts.group
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := l.text(name, files[name]); err != nil {
			return err
		}
	}
	return nil
}

// payload writes one file of the package.
func (l *layer) payload(h *tar.Header, content io.Reader) error {
	name := path.Join(l.base.real(path.Dir(h.Name)), path.Base(h.Name))
	out := &tar.Header{Typeflag: h.Typeflag, Name: strings.TrimPrefix(name, "/"), Mode: h.Mode, Size: h.Size, ModTime: h.ModTime, Linkname: h.Linkname}
	var err error
	if out.Uid, err = id(l.accounts.passwd, h.Uname, h.Uid); err != nil {
		return fmt.Errorf("file %q: its owner %w", h.Name, err)
	}
	if out.Gid, err = id(l.accounts.group, h.Gname, h.Gid); err != nil {
		return fmt.Errorf("file %q: its group %w", h.Name, err)
	}
	switch h.Typeflag {
	case tar.TypeDir:
		if name == "/" || l.base.kind[name] == tar.TypeDir || l.base.kind[name] == tar.TypeSymlink || l.written[name] {
			return nil
		}
		out.Name += "/"
	case tar.TypeLink:
		target := path.Clean("/" + h.Linkname)
		out.Linkname = path.Join(l.base.real(path.Dir(target)), path.Base(target))[1:]
	case tar.TypeReg, tar.TypeSymlink:
	default:
		return fmt.Errorf("file %q: of a kind (%q) that no package of ours has", h.Name, h.Typeflag)
	}
	if l.written[name] {
		return fmt.Errorf("file %q: is there twice", h.Name)
	}
	l.written[name] = true
	if err := l.tar.WriteHeader(out); err != nil {
		return fmt.Errorf("file %q: %w", h.Name, err)
	}
	if h.Typeflag == tar.TypeReg {
		_, err = io.Copy(l.tar, content)
	}
	return err
}

// id is an owner's number in the image.
func id(text, name string, number int) (int, error) {
	if name == "" || name == "root" {
		return number, nil
	}
	n, ok := find(text, name)
	if !ok {
		return 0, fmt.Errorf("%q is not in the base: want a base that has it", name)
	}
	return n, nil
}
