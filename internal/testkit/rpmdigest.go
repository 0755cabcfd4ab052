package testkit

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
)

// checkRPMDigests compares every digest over header and payload that is there,
// and wants at least one over each. Payload sizes are not compared: what they
// count differs between writers.
func checkRPMDigests(signature, header *rpmHeader, signed, payload []byte) error {
	checks := []struct {
		what, stated, actual string
	}{
		{"SHA-256 of the header", signature.string(sigSHA256), fmt.Sprintf("%x", sha256.Sum256(header.raw))},
		{"SHA-1 of the header", signature.string(sigSHA1), fmt.Sprintf("%x", sha1.Sum(header.raw))},
		{"MD5 of header and payload", fmt.Sprintf("%x", signature.bytes(sigMD5)), fmt.Sprintf("%x", md5.Sum(signed))},
		{"SHA-256 of the payload", header.string(tagPayloadDigest), fmt.Sprintf("%x", sha256.Sum256(payload))},
	}
	if size := signature.ints(sigSize); len(size) == 1 && size[0] != uint64(len(signed)) {
		return fmt.Errorf("check size: %d bytes, the signature says %d", len(signed), size[0])
	}
	if err := errors.Join(signature.err, header.err); err != nil {
		return err
	}
	for _, c := range checks {
		if c.stated != "" && c.stated != c.actual {
			return fmt.Errorf("check %s: it is %s, the package says %s", c.what, c.actual, c.stated)
		}
	}
	switch {
	case checks[0].stated == "" && checks[1].stated == "":
		return errors.New("check header: no digest in the signature")
	case checks[2].stated == "" && checks[3].stated == "":
		return errors.New("check payload: no digest in the package")
	}
	return nil
}

// fileDigest returns the digest that an rpm states for a file: the OpenPGP
// number of the algorithm comes from the header, MD5 where there is none.
func fileDigest(algorithm uint64, body []byte) (string, error) {
	switch algorithm {
	case 1:
		return fmt.Sprintf("%x", md5.Sum(body)), nil
	case 2:
		return fmt.Sprintf("%x", sha1.Sum(body)), nil
	case 8:
		return fmt.Sprintf("%x", sha256.Sum256(body)), nil
	case 10:
		return fmt.Sprintf("%x", sha512.Sum512(body)), nil
	}
	return "", fmt.Errorf("unknown digest algorithm %d", algorithm)
}
