package testkit

import (
	"crypto/md5"
	"fmt"
	"slices"
	"strings"
)

// checkMD5Sums compares the package's own list with its contents, both ways:
// debhelper leaves conffiles out of the list, and nothing else.
func (p *Package) checkMD5Sums() error {
	list, ok := p.Control["md5sums"]
	if !ok {
		return nil
	}
	p.MD5Sums = map[string]string{}
	for _, line := range lines(list) {
		sum, name, ok := strings.Cut(line, "  ")
		if !ok {
			return fmt.Errorf("malformed line %q", line)
		}
		path, err := archivePath(name)
		if err != nil {
			return err
		}
		body, ok := p.Contents[path]
		if !ok {
			return fmt.Errorf("no file %q in the package", path)
		}
		if actual := fmt.Sprintf("%x", md5.Sum(body)); actual != sum {
			return fmt.Errorf("%q has %s, the list says %s", path, actual, sum)
		}
		p.MD5Sums[path] = sum
	}
	for path := range p.Contents {
		if _, ok := p.MD5Sums[path]; !ok && !slices.Contains(p.Conffiles, path) {
			return fmt.Errorf("%q is not in the list", path)
		}
	}
	return nil
}
