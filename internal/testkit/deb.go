package testkit

import (
	"fmt"
	"os"
	"strings"
)

// ReadDeb reads the .deb at path, without dpkg. It is an error when the archive
// is damaged, lacks a part, or disagrees with its md5sums.
//
// See deb(5), deb-control(5), deb-md5sums(5).
func ReadDeb(path string) (Package, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Package{}, err
	}
	p, err := parseDeb(data)
	if err != nil {
		return Package{}, fmt.Errorf("read %q: %w", path, err)
	}
	return p, nil
}

func parseDeb(data []byte) (Package, error) {
	members, err := readAr(data)
	if err != nil {
		return Package{}, err
	}
	p := newPackage("deb")
	// dpkg wants the three in this order; a name with an underscore in front may
	// stand anywhere after the first.
	wanted := []string{"debian-binary", "control.tar", "data.tar"}
	for i, m := range members {
		if i > 0 && strings.HasPrefix(m.name, "_") {
			p.Signed = p.Signed || strings.HasPrefix(m.name, "_gpg")
			continue
		}
		if len(wanted) == 0 || !strings.HasPrefix(m.name, wanted[0]) {
			return Package{}, fmt.Errorf("read member %q: want %q here", m.name, wanted)
		}
		if err := p.readDebMember(wanted[0], m); err != nil {
			return Package{}, fmt.Errorf("read member %q: %w", m.name, err)
		}
		wanted = wanted[1:]
	}
	if len(wanted) > 0 {
		return Package{}, fmt.Errorf("read members: %q missing", wanted)
	}
	if err := p.finishDeb(); err != nil {
		return Package{}, err
	}
	return p, nil
}

func (p *Package) readDebMember(kind string, m arMember) error {
	if kind == "debian-binary" {
		if string(m.body) != "2.0\n" {
			return fmt.Errorf("unknown format version %q: want 2.0", m.body)
		}
		return nil
	}
	suffix := strings.TrimPrefix(m.name, kind)
	compression := suffix
	for _, c := range compressions {
		if c.suffix == suffix {
			compression = c.name
		}
	}
	plain, err := decompress(compression, m.body)
	if err != nil {
		return err
	}
	if kind == "data.tar" {
		p.Compression = compression
		return readTar(plain, p.add)
	}
	p.Control = map[string]string{}
	return readTar(plain, func(path string, e entry) error {
		p.Control[strings.TrimPrefix(path, "/")] = string(e.body)
		return nil
	})
}

func (p *Package) finishDeb() error {
	if err := p.readControl(p.Control["control"]); err != nil {
		return fmt.Errorf("read control: %w", err)
	}
	for _, name := range []string{"preinst", "postinst", "prerm", "postrm"} {
		if script, ok := p.Control[name]; ok {
			p.Scripts[name] = script
		}
	}
	for _, line := range lines(p.Control["conffiles"]) {
		if _, ok := p.Files[line]; !ok {
			return fmt.Errorf("read conffiles: no %q in the package", line)
		}
		p.Conffiles = append(p.Conffiles, line)
	}
	if err := p.checkMD5Sums(); err != nil {
		return fmt.Errorf("check md5sums: %w", err)
	}
	for _, name := range []string{"changelog.Debian.gz", "changelog.gz"} {
		packed, ok := p.Contents["/usr/share/doc/"+p.Name+"/"+name]
		if !ok {
			continue
		}
		plain, err := decompress("gzip", packed)
		if err != nil {
			return fmt.Errorf("read changelog: %w", err)
		}
		p.Changelog = string(plain)
		break
	}
	return nil
}

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}
