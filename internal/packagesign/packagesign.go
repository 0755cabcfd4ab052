// Package packagesign signs finished packages in place: a .deb as debsigs or
// dpkg-sig does, an .rpm as rpmsign does.
package packagesign

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pinpack/pinpack/internal/signature"
)

// Methods of signing a .deb, by the tools that verify them. None leaves it as it
// is.
const (
	Debsigs = "debsigs" // debsig-verify
	DpkgSig = "dpkg-sig"
	None    = "none"
)

// Methods lists them, the usual one first.
var Methods = []string{Debsigs, DpkgSig, None}

// File signs the package of the format ("deb" or "rpm"). Signatures of the same
// kind that it has already are replaced. The file appears at once and whole; on
// an error it stays as it was.
func File(name, format, method string, k *signature.Key) error {
	sign := rpmSigner
	switch {
	case format == "deb" && method == None:
		return nil
	case format == "deb":
		sign = func(in io.ReadSeeker, out io.Writer, k *signature.Key) error { return signDeb(in, out, method, k) }
	case format != "rpm":
		return fmt.Errorf("sign %q: no package: want a .deb or an .rpm", name)
	}
	if err := rewrite(name, func(in io.ReadSeeker, out io.Writer) error { return sign(in, out, k) }); err != nil {
		return fmt.Errorf("sign %q: %w", filepath.Base(name), err)
	}
	return nil
}

// rewrite replaces a file by what is made of it.
func rewrite(name string, work func(in io.ReadSeeker, out io.Writer) error) (err error) {
	in, err := os.Open(name)
	if err != nil {
		return cause(err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return cause(err)
	}
	out, err := os.CreateTemp(filepath.Dir(name), ".pinpack-*")
	if err != nil {
		return cause(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(out.Name()))
		}
	}()
	err = work(in, out)
	if err == nil {
		err = out.Chmod(info.Mode().Perm())
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), name)
}

// cause drops the path that errors of os repeat.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
