package testkit

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

type arMember struct {
	name string
	body []byte
}

// readAr splits an ar archive into its members. It is not done with
// github.com/blakesmith/ar, which takes any file for an archive, reads a size it
// cannot parse as 0 and panics on a negative one and on an empty mode.
//
// See ar(5) and deb(5): a header is 60 bytes of text, bodies begin at even offsets.
func readAr(data []byte) ([]arMember, error) {
	const magic, headerSize = "!<arch>\n", 60
	rest, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return nil, fmt.Errorf("read ar archive: it does not begin with %q", magic)
	}
	var members []arMember
	for len(rest) > 0 {
		if len(rest) < headerSize {
			return nil, fmt.Errorf("read ar archive: header cut off after %d bytes", len(rest))
		}
		header, body := string(rest[:headerSize]), rest[headerSize:]
		if !strings.HasSuffix(header, "`\n") {
			return nil, fmt.Errorf("read ar archive: header %q has no end mark", header)
		}
		name := strings.TrimSuffix(strings.TrimRight(header[:16], " "), "/")
		size, err := strconv.ParseUint(strings.TrimRight(header[48:58], " "), 10, 63)
		if err != nil {
			return nil, fmt.Errorf("read size of ar member %q: %w", name, err)
		}
		if size > uint64(len(body)) {
			return nil, fmt.Errorf("read ar member %q: %d bytes of %d are there", name, len(body), size)
		}
		members = append(members, arMember{name, body[:size]})
		rest = body[min(size+size%2, uint64(len(body))):]
	}
	return members, nil
}
