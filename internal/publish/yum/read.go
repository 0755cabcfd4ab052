package yum

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/pinpack/pinpack/internal/publish/store"
)

// metadata is a repository as it is.
type metadata struct {
	repomd  repomd
	text    string // repomd.xml; "" if there is none
	entries []Entry
}

// maxMetadata is how large a metadata file may be, uncompressed.
const maxMetadata = 2 << 30

// errDamaged is that metadata is not what repomd.xml says.
var errDamaged = errors.New("it is not what repomd.xml says: pinpack repo index makes it anew")

// load reads a repository. One that is not there is empty. With an error there
// is what can be read.
func (r *Repo) load(ctx context.Context) (metadata, error) {
	var m metadata
	text, err := store.ReadAll(ctx, r.o.Store, repomdName, 16<<20)
	if noFile(err) {
		return m, nil
	} else if err != nil {
		return m, err
	}
	m.text = string(text)
	if m.repomd, err = parseRepomd(text); err != nil {
		return m, err
	}
	elements := map[string]map[string]string{} // by kind and package
	for _, k := range kinds {
		d, ok := m.repomd.find(k.name)
		if !ok {
			return m, fmt.Errorf("repomd.xml names no %s", k.name)
		}
		data, err := r.read(ctx, d)
		if err != nil {
			return m, fmt.Errorf("read %q: %w", d.Location.Href, err)
		}
		elements[k.name] = map[string]string{}
		err = split(data, func(text string) error {
			if k.name != "primary" {
				elements[k.name][attribute(text)] = text
				return nil
			}
			e, err := parsePrimary(text)
			m.entries = append(m.entries, e)
			return err
		})
		if err != nil {
			return m, fmt.Errorf("read %q: %w", d.Location.Href, err)
		}
	}
	for i, e := range m.entries {
		m.entries[i].filelists, m.entries[i].other = elements["filelists"][e.SHA256], elements["other"][e.SHA256]
		if m.entries[i].filelists == "" || m.entries[i].other == "" {
			return m, fmt.Errorf("package %s %s: no files or changes listed: pinpack repo index makes them anew", e.Name, e.EVR())
		}
	}
	return m, nil
}

// read reads a metadata file, uncompressed.
func (r *Repo) read(ctx context.Context, d data) ([]byte, error) {
	packed, err := store.ReadAll(ctx, r.o.Store, d.Location.Href, maxMetadata)
	if noFile(err) {
		return nil, errors.Join(errDamaged, err)
	} else if err != nil {
		return nil, err
	}
	if !matches(packed, d.Checksum) {
		return nil, errDamaged
	}
	var in io.Reader = bytes.NewReader(packed)
	switch _, suffix := cutExt(d.Location.Href); suffix {
	case "gz":
		in, err = gzip.NewReader(in)
	case "xz":
		in, err = xz.NewReader(in)
	case "zst":
		var z *zstd.Decoder
		if z, err = zstd.NewReader(in, zstd.WithDecoderMaxMemory(maxMetadata)); err == nil {
			defer z.Close()
			in = z
		}
	case "xml":
	default:
		err = fmt.Errorf("unknown compression %q: want gz, xz or zst", suffix)
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(in, maxMetadata))
}

func cutExt(name string) (string, string) {
	i := strings.LastIndexByte(name, '.')
	return name[:max(i, 0)], name[i+1:]
}

func matches(data []byte, s sum) bool {
	var got string
	switch s.Type {
	case "sha256":
		got = digest(data)
	case "sha512":
		d := sha512.Sum512(data)
		got = hex.EncodeToString(d[:])
	case "sha", "sha1":
		d := sha1.Sum(data)
		got = hex.EncodeToString(d[:])
	}
	return got != "" && got == s.Value
}

func digest(data []byte) string {
	d := sha256.Sum256(data)
	return hex.EncodeToString(d[:])
}

// split visits the elements right below the root, each as it is.
func split(data []byte, visit func(text string) error) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	depth, start := 0, int64(0)
	for {
		before := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) && depth == 0 {
			return nil
		} else if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			if depth == 1 {
				start = before
			}
			depth++
		case xml.EndElement:
			if depth--; depth == 1 {
				if err := visit(string(data[start:d.InputOffset()]) + "\n"); err != nil {
					return err
				}
			}
		}
	}
}

// attribute is the pkgid of an element.
func attribute(text string) string {
	d := xml.NewDecoder(strings.NewReader(text))
	token, _ := d.RawToken()
	if e, ok := token.(xml.StartElement); ok {
		for _, a := range e.Attr {
			if a.Name.Local == "pkgid" {
				return a.Value
			}
		}
	}
	return ""
}

// parsePrimary reads a package's element in primary.
func parsePrimary(text string) (Entry, error) {
	var p struct {
		Name    string `xml:"name"`
		Arch    string `xml:"arch"`
		Version struct {
			Epoch string `xml:"epoch,attr"`
			Ver   string `xml:"ver,attr"`
			Rel   string `xml:"rel,attr"`
		} `xml:"version"`
		Checksum sum    `xml:"checksum"`
		Summary  string `xml:"summary"`
		URL      string `xml:"url"`
		Size     struct {
			Package int64 `xml:"package,attr"`
		} `xml:"size"`
		Location struct {
			Base string `xml:"base,attr"`
			Href string `xml:"href,attr"`
		} `xml:"location"`
	}
	if err := xml.Unmarshal([]byte(text), &p); err != nil {
		return Entry{}, err
	}
	if p.Name == "" || p.Location.Href == "" || p.Checksum.Value == "" {
		return Entry{}, fmt.Errorf("package %q: no checksum or location", p.Name)
	}
	return Entry{
		Name: p.Name, Epoch: p.Version.Epoch, Version: p.Version.Ver, Release: p.Version.Rel, Arch: p.Arch,
		Href: p.Location.Href, Base: p.Location.Base, SHA256: p.Checksum.Value, Size: p.Size.Package,
		Summary: p.Summary, URL: p.URL, primary: text,
	}, nil
}
