package packagesign

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/signature"
)

// member is one of a .deb, an archive of ar(5).
type member struct {
	name   string
	header []byte // as it is
	at     int64  // of the body
	size   int64
}

const (
	arMagic  = "!<arch>\n"
	arHeader = 60
)

// names of the members that hold a signature. debsigs knows more roles than
// origin, dpkg-sig more than builder; nobody uses them.
var members = map[string]string{Debsigs: "_gpgorigin", DpkgSig: "_gpgbuilder"}

// signDeb copies a .deb with a signature at its end, where dpkg does not look.
func signDeb(in io.ReadSeeker, out io.Writer, method string, k *signature.Key) error {
	list, err := readMembers(in)
	if err != nil {
		return err
	}
	name, ok := members[method]
	if !ok {
		return fmt.Errorf("unknown method %q: want %s", method, strings.Join(Methods, ", "))
	}
	list = slices.DeleteFunc(list, func(m member) bool { return m.name == name })
	sign := debsigs
	if method == DpkgSig {
		sign = dpkgSig
	}
	if _, err := io.WriteString(out, arMagic); err != nil {
		return err
	}
	sig, err := sign(in, out, list, k)
	if err != nil {
		return err
	}
	made := strings.TrimSpace(string(list[0].header[16:28])) // of debian-binary
	_, err = fmt.Fprintf(out, "%-16s%-12s%-6d%-6d%-8s%-10d`\n%s%s", name, made, 0, 0, "100644", len(sig), sig, strings.Repeat("\n", len(sig)%2))
	return err
}

// debsigs signs debian-binary, control and data, one after the other
// (debsigs 0.1, signing-policy.txt).
func debsigs(in io.ReadSeeker, out io.Writer, list []member, k *signature.Key) ([]byte, error) {
	h := k.Hash()
	if err := copyMembers(in, out, list, func(m member) io.Writer {
		if strings.HasPrefix(m.name, "_") {
			return io.Discard
		}
		return h
	}); err != nil {
		return nil, err
	}
	return k.Sign(h)
}

// dpkgSig signs a list of all members with their digests: MD5 and SHA-1, which
// is all that dpkg-sig has (version 4 of its format).
func dpkgSig(in io.ReadSeeker, out io.Writer, list []member, k *signature.Key) ([]byte, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "Version: 4\nSigner: %s\nDate: %s\nRole: builder\nFiles: \n", k.Info().User, k.Time().Format(time.ANSIC))
	for _, m := range list {
		md, sha := md5.New(), sha1.New()
		if err := copyMembers(in, out, []member{m}, func(member) io.Writer { return io.MultiWriter(md, sha) }); err != nil {
			return nil, err
		}
		fmt.Fprintf(&text, "\t%x %x %d %s\n", md.Sum(nil), sha.Sum(nil), m.size, m.name)
	}
	return k.Clearsign([]byte(text.String()))
}

func copyMembers(in io.ReadSeeker, out io.Writer, list []member, also func(member) io.Writer) error {
	for _, m := range list {
		if _, err := in.Seek(m.at, io.SeekStart); err != nil {
			return err
		}
		if _, err := out.Write(m.header); err != nil {
			return err
		}
		if _, err := io.CopyN(io.MultiWriter(out, also(m)), in, m.size); err != nil {
			return fmt.Errorf("copy member %q: %w", m.name, err)
		}
		if m.size%2 == 1 {
			if _, err := io.WriteString(out, "\n"); err != nil {
				return err
			}
		}
	}
	return nil
}

// readMembers lists what is in a .deb: what deb(5) wants, and what else there is.
func readMembers(in io.ReadSeeker) ([]member, error) {
	end, err := in.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	magic := make([]byte, len(arMagic))
	if _, err := io.ReadFull(in, magic); err != nil || string(magic) != arMagic {
		return nil, errors.New("no .deb: it is no archive of ar(5)")
	}
	var list []member
	for at := int64(len(arMagic)); at < end; {
		m := member{header: make([]byte, arHeader), at: at + arHeader}
		if _, err := in.Seek(at, io.SeekStart); err != nil {
			return nil, err
		}
		if _, err := io.ReadFull(in, m.header); err != nil || !bytes.HasSuffix(m.header, []byte("`\n")) {
			return nil, fmt.Errorf("damaged .deb: no header of a member at byte %d", at)
		}
		m.name = strings.TrimSuffix(strings.TrimRight(string(m.header[:16]), " "), "/")
		m.size, err = strconv.ParseInt(strings.TrimSpace(string(m.header[48:58])), 10, 64)
		if err != nil || m.size < 0 || m.size > end-m.at {
			return nil, fmt.Errorf("damaged .deb: member %q is longer than the file", m.name)
		}
		list = append(list, m)
		at = m.at + m.size + m.size%2
	}
	for i, want := range []string{"debian-binary", "control.tar", "data.tar"} {
		if len(list) <= i || !strings.HasPrefix(list[i].name, want) {
			return nil, fmt.Errorf("no .deb: want %q as its member %d", want, i+1)
		}
	}
	return list, nil
}
