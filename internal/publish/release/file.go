package release

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
)

// file is something to upload.
type file struct {
	artifact string // as the caller named it
	name     string // as GitHub stores it
	label    string // shown in place of the name, where they differ
	media    string
	size     int64
	sha256   string
	open     func() (io.ReadCloser, error)
}

// partName is under what name the file waits to take another's place. It is the
// same for the same content, so that a run finds what an earlier one left.
func (f file) partName() string {
	return f.name + "." + f.sha256[:12] + ".part"
}

// files says what is to be uploaded, under names that nobody has to guess, or
// all that forbids it.
func files(list []artifact.Artifact, signed bool) ([]file, error) {
	if len(list) == 0 {
		return nil, errors.New("nothing to publish: want a package")
	}
	var all []file
	var errs []error
	taken := map[string]string{sumsName: "the checksums"}
	if signed {
		taken[sigName], taken[keyName] = "their signature", "the public key"
	}
	for _, a := range list {
		f, err := describe(a)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if other, ok := taken[f.name]; ok {
			errs = append(errs, fmt.Errorf("publish %q: GitHub would store it as %q, the same as %s: want names that differ in more than %q",
				a.Name, f.name, other, "~ and other marks"))
		}
		taken[f.name] = fmt.Sprintf("%q", a.Name)
		all = append(all, f)
	}
	return all, errors.Join(errs...)
}

func describe(a artifact.Artifact) (file, error) {
	f := file{artifact: a.Name, name: StoredName(a.Name), media: media(a.Name), size: a.Size, sha256: a.SHA256}
	if f.name != a.Name {
		f.label = a.Name
	}
	f.open = func() (io.ReadCloser, error) { return openSized(a.Path, a.Size) }
	if strings.ContainsFunc(a.Name, func(r rune) bool { return r > 0x7e || r < 0x20 }) {
		return f, fmt.Errorf("publish %q: GitHub would rename it by rules of its own: want a name in ASCII", a.Name)
	}
	info, err := os.Stat(a.Path)
	switch {
	case err != nil:
		return f, fmt.Errorf("publish %q: %w", a.Name, err)
	case len(a.SHA256) != 64:
		return f, fmt.Errorf("publish %q: SHA-256 %q: want 64 hexadecimal digits", a.Name, a.SHA256)
	case info.Size() != a.Size:
		return f, fmt.Errorf("publish %q: the file has %d bytes, not the %d it was packed with: want it unchanged", a.Name, info.Size(), a.Size)
	case a.Size == 0:
		return f, fmt.Errorf("publish %q: the file is empty, and GitHub takes no such asset", a.Name)
	case a.Size >= tooLarge:
		return f, fmt.Errorf("publish %q: it has %d bytes, and GitHub takes assets below 2 GiB (%d): want a smaller package, or a target without that limit", a.Name, a.Size, int64(tooLarge))
	}
	return f, nil
}

// openSized refuses a file that is not any more what was packed.
func openSized(path string, size int64) (io.ReadCloser, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err := in.Stat(); err != nil || info.Size() != size {
		in.Close()
		return nil, &os.PathError{Op: "read", Path: path, Err: errors.New("its size has changed since it was packed")}
	}
	return in, nil
}

// media is a file's content type. The machine's own table differs by what is
// installed.
func media(name string) string {
	switch path.Ext(name) {
	case ".deb":
		return "application/vnd.debian.binary-package"
	case ".rpm":
		return "application/x-rpm"
	case ".json":
		return "application/json"
	}
	return "application/octet-stream"
}

// textFile is a file of our own making.
func textFile(name, text string) file {
	return file{
		artifact: name, name: name, media: "text/plain; charset=utf-8",
		size: int64(len(text)), sha256: digest([]byte(text)),
		open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte(text))), nil },
	}
}
