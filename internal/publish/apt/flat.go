package apt

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"os"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/debfile"
	"github.com/pinpack/pinpack/internal/signature"
)

// Flat says what a flat repository is made of: packages and indexes in one
// directory.
type Flat struct {
	Origin string                   // "": the first package's name
	Name   func(name string) string // what a file is called there; nil: as it is
	Key    *signature.Key           // nil: it is not signed
	Time   time.Time
}

// FlatFile is one of the files beside the packages.
type FlatFile struct {
	Name string
	Data []byte
}

// Index makes the files that make a flat repository of the packages that are for
// Debian among the list: Packages, Release, their like, and the public key. For
// none there are no files.
func (f Flat) Index(list []artifact.Artifact) ([]FlatFile, error) {
	var entries []Entry
	var arches []string
	for _, a := range list {
		if a.Format != "deb" {
			continue
		}
		e, err := f.entry(a)
		if err != nil {
			return nil, fmt.Errorf("index %q: %w", a.Name, err)
		}
		entries, arches = append(entries, e), append(arches, e.Arch)
	}
	if len(entries) == 0 {
		return nil, nil
	}
	order(entries)
	packages := renderPackages(entries)
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(packages); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	files := []FlatFile{{"Packages", packages}, {"Packages.gz", packed.Bytes()}}
	var named []file
	for _, n := range files {
		named = append(named, file{n.Name, digest(n.Data), int64(len(n.Data))})
	}
	origin := cmp.Or(f.Origin, entries[0].Package)
	text := renderRelease(map[string]string{"Origin": origin, "Label": origin}, unique(arches), nil, named, false)(f.Time.UTC().Format(dateFormat))
	return f.signed(append(files, FlatFile{"Release", []byte(text)}), text)
}

func (f Flat) signed(files []FlatFile, release string) ([]FlatFile, error) {
	if f.Key == nil {
		return files, nil
	}
	signed, err := sign(f.Key, release)
	if err != nil {
		return nil, err
	}
	public, err := f.Key.Public()
	if err != nil {
		return nil, err
	}
	return append(files, FlatFile{"Release.gpg", signed["Release.gpg"]}, FlatFile{"InRelease", signed["InRelease"]}, FlatFile{"key.asc", public}), nil
}

func (f Flat) entry(a artifact.Artifact) (Entry, error) {
	in, err := os.Open(a.Path)
	if err != nil {
		return Entry{}, err
	}
	defer in.Close()
	control, err := debfile.Control(in)
	if err != nil {
		return Entry{}, err
	}
	name := a.Name
	if f.Name != nil {
		name = f.Name(name)
	}
	return newEntry(control, name, a.SHA256, a.Size)
}
