package inspect

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/debfile"
)

// maxControl is how large a file of the control archive may be.
const maxControl = 16 << 20

// debRelations are the fields of the control file that name other packages.
var debRelations = []string{"Depends", "Pre-Depends", "Recommends", "Suggests", "Enhances", "Breaks", "Conflicts", "Provides", "Replaces"}

func (g *gatherer) deb(r *io.SectionReader, keys *Keys) error {
	found := map[string]bool{}
	conffiles := map[string]bool{}
	var parts []part
	at := int64(8)
	err := debfile.Members(r, func(name string, size int64, member io.Reader) error {
		body := at + 60
		parts = append(parts, part{name, body, size})
		at = body + size + size%2
		base, ext, _ := strings.Cut(name, ".tar")
		if base != "control" && base != "data" {
			return nil
		}
		if found[base] {
			return fmt.Errorf("member %q: it is there twice", name)
		}
		content, err := debfile.Decompress(member, ext)
		if err == nil {
			if base == "control" {
				err = g.debControl(content, conffiles)
			} else if !found["control"] {
				err = errors.New("it comes before control.tar")
			} else {
				err = g.debData(content, conffiles)
			}
		}
		found[base] = true
		if err != nil {
			return fmt.Errorf("member %q: %w", name, err)
		}
		return nil
	})
	if err == nil && (!found["control"] || !found["data"]) {
		err = errors.New("no whole .deb: it lacks control.tar or data.tar")
	}
	if err != nil {
		return err
	}
	return g.debSignatures(r, parts, keys)
}

func (g *gatherer) debControl(r io.Reader, conffiles map[string]bool) error {
	seen := false
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) && seen {
			return nil
		} else if errors.Is(err, io.EOF) {
			return errors.New("no control file in it")
		} else if err != nil {
			return err
		}
		name := path.Clean(h.Name)
		if h.Typeflag != tar.TypeReg || name == "md5sums" {
			continue
		}
		if h.Size > maxControl || len(g.p.Scripts) > 100 {
			return fmt.Errorf("file %q: %d bytes, or very many files", name, h.Size)
		}
		text, err := io.ReadAll(t)
		if err != nil {
			return err
		}
		switch name {
		case "control":
			seen = true
			if err := g.debFields(string(text)); err != nil {
				return err
			}
		case "conffiles":
			for line := range strings.Lines(string(text)) {
				conffiles[strings.TrimSpace(line)] = true
			}
		default:
			g.p.Scripts[name] = string(text)
		}
	}
}

// debFields reads the control file (deb-control(5)).
func (g *gatherer) debFields(text string) error {
	fields := map[string]string{}
	last := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			fields[last] += "\n" + line[1:]
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		last = strings.ToLower(name)
		fields[last] = strings.TrimSpace(value)
	}
	p := &g.p
	p.Format, p.Name, p.Version, p.Arch = "deb", fields["package"], fields["version"], fields["architecture"]
	if p.Name == "" || p.Version == "" || p.Arch == "" {
		return errors.New("control file: no Package, Version or Architecture")
	}
	p.Maintainer, p.Homepage, p.Section = fields["maintainer"], fields["homepage"], fields["section"]
	summary, description, _ := strings.Cut(fields["description"], "\n")
	var lines []string
	for line := range strings.SplitSeq(description, "\n") {
		if line == "." {
			line = ""
		}
		lines = append(lines, line)
	}
	p.Summary, p.Description = summary, strings.TrimSpace(strings.Join(lines, "\n"))
	for _, name := range debRelations {
		for d := range strings.SplitSeq(fields[strings.ToLower(name)], ",") {
			if d = strings.TrimSpace(d); d != "" {
				key := strings.ToLower(name)
				p.Relations[key] = append(p.Relations[key], d)
			}
		}
	}
	for _, list := range p.Relations {
		slices.Sort(list)
	}
	return nil
}

func (g *gatherer) debData(r io.Reader, conffiles map[string]bool) error {
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		f := File{Path: path.Clean("/" + h.Name), Mode: uint32(h.Mode & 0o7777), Owner: owner(h.Uname, h.Uid), Group: owner(h.Gname, h.Gid)}
		switch h.Typeflag {
		case tar.TypeReg:
			f.Kind, f.Size, f.Config = "file", h.Size, conffiles[f.Path]
		case tar.TypeDir:
			f.Kind = "dir"
		case tar.TypeSymlink:
			f.Kind, f.Link, f.Mode = "symlink", h.Linkname, 0o777
		default:
			f.Kind, f.Link = "other", h.Linkname
		}
		if f.Path == "/" {
			continue
		}
		if err := g.add(f, t); err != nil {
			return err
		}
	}
}

func owner(name string, id int) string {
	if name == "" && id == 0 {
		return "root"
	} else if name == "" {
		return fmt.Sprint(id)
	}
	return name
}
