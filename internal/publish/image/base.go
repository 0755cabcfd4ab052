package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/pinpack/pinpack/internal/publish/oci"
)

const (
	statusFile = "/var/lib/dpkg/status"
	statusDir  = "/var/lib/dpkg/status.d"
)

// base is an image that ours begins with, for one architecture.
type base struct {
	image  v1.Image
	digest string
	kind   map[string]byte   // type of each path, as in a tar
	links  map[string]string // symbolic links
	files  map[string]file   // those that are added to
}

type file struct {
	header *tar.Header
	text   string
}

// wanted tells which of a base's files are read.
func wanted(name string) bool {
	return name == statusFile || path.Dir(name) == statusDir || name == "/etc/passwd" || name == "/etc/group"
}

// readBase reads what is in an image.
func readBase(ctx context.Context, r *oci.Repository, img v1.Image) (base, error) {
	var b base
	err := r.Retry(ctx, "read the base", func() error {
		b = base{image: img, kind: map[string]byte{"/": tar.TypeDir}, links: map[string]string{}, files: map[string]file{}}
		content := mutate.Extract(img)
		defer content.Close()
		return b.scan(ctx, content)
	})
	if err != nil {
		return b, err
	}
	digest, err := img.Digest()
	b.digest = digest.String()
	return b, err
}

func (b *base) scan(ctx context.Context, r io.Reader) error {
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			// mutate.Extract ends its archive also when it fails; its error comes after that.
			_, err := io.Copy(io.Discard, r)
			return err
		} else if err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		name := path.Clean("/" + h.Name)
		b.kind[name] = h.Typeflag
		switch {
		case h.Typeflag == tar.TypeSymlink:
			b.links[name] = h.Linkname
		case wanted(name) && h.Typeflag == tar.TypeReg:
			text, err := io.ReadAll(io.LimitReader(t, limit))
			if err != nil {
				return err
			}
			b.files[name] = file{h, string(text)}
		}
	}
}

// platforms lists the architectures for which there is an image under a descriptor,
// of those that a package may be for.
func platforms(d *remote.Descriptor) ([]string, error) {
	if !d.MediaType.IsIndex() {
		img, err := d.Image()
		if err != nil {
			return nil, err
		}
		c, err := img.ConfigFile()
		if err != nil {
			return nil, err
		}
		return []string{c.Architecture}, nil
	}
	index, err := d.ImageIndex()
	if err != nil {
		return nil, err
	}
	m, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	var list []string
	for _, i := range m.Manifests {
		if i.Platform != nil && i.Platform.OS == "linux" {
			list = append(list, i.Platform.Architecture)
		}
	}
	return list, nil
}

// choosePlatform finds the image for an architecture.
func choosePlatform(d *remote.Descriptor, arch string) (v1.Image, error) {
	list, err := platforms(d)
	if err != nil {
		return nil, err
	}
	if !d.MediaType.IsIndex() {
		if list[0] != arch {
			return nil, fmt.Errorf("it is for %s, and the package for %s: want an image for that, or an index that has one", list[0], arch)
		}
		return d.Image()
	}
	index, err := d.ImageIndex()
	if err != nil {
		return nil, err
	}
	m, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, i := range m.Manifests {
		if i.Platform != nil && i.Platform.OS == "linux" && i.Platform.Architecture == arch {
			return index.Image(i.Digest)
		}
	}
	return nil, fmt.Errorf("it has no image for %s, but for %s", arch, strings.Join(list, ", "))
}

// real is where a path leads: a base may have a link for a directory that the
// package has files in, such as /lib, and a directory in its place would hide all
// that is behind the link.
func (b base) real(name string) string {
	for range 40 { // as many links as Linux follows
		resolved := b.step(name)
		if resolved == name {
			return name
		}
		name = resolved
	}
	return name
}

// step resolves the first link in a path.
func (b base) step(name string) string {
	at := "/"
	parts := strings.Split(strings.Trim(name, "/"), "/")
	for i, part := range parts {
		at = path.Join(at, part)
		link, ok := b.links[at]
		if !ok {
			continue
		}
		if !path.IsAbs(link) {
			link = path.Join(path.Dir(at), link)
		}
		return path.Join(append([]string{"/", link}, parts[i+1:]...)...)
	}
	return name
}

// installed lists the packages that the base has. That it is a Debian shows in
// how it keeps them.
func (b base) installed() (map[string][]string, error) {
	all := map[string][]string{}
	debian := false
	for name, f := range b.files {
		if name == statusFile || path.Dir(name) == statusDir && !strings.HasSuffix(name, ".md5sums") {
			debian = true
			installed(f.text, all)
		}
	}
	if !debian {
		return nil, errors.New("it keeps no list of packages as dpkg does: want an image of Debian, of Ubuntu, or a distroless one")
	}
	return all, nil
}
