package apt

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/ulikunitz/xz"

	"github.com/pinpack/pinpack/internal/publish/store"
)

// suite is one below dists.
type suite struct {
	name    string
	fields  map[string]string // of Release
	arches  []string
	release string // Release as it is now, without a signature; "" if there is none
	files   []file // that it names
	entries []Entry
	changed bool
}

var errNoSuite = errors.New("no suite")

// maxIndex is how large an index may be, uncompressed.
const maxIndex = 1 << 30

// loadSuite reads a suite as clients see it: InRelease, if there is one, and the
// indexes that it names. With an error there may be a suite with what can be read.
func (r *Repo) loadSuite(ctx context.Context, name string) (*suite, error) {
	dir := "dists/" + name + "/"
	data, err := store.ReadAll(ctx, r.o.Store, dir+"InRelease", 16<<20)
	if noFile(err) {
		data, err = store.ReadAll(ctx, r.o.Store, dir+"Release", 16<<20)
	}
	if noFile(err) {
		return nil, errNoSuite
	} else if err != nil {
		return nil, err
	}
	s := &suite{name: name, release: unsigned(string(data))}
	s.fields, s.files = parseRelease(s.release)
	s.arches = slices.DeleteFunc(strings.Fields(s.fields["Architectures"]), func(a string) bool { return a == "all" })
	if s.fields["Components"] == "" && len(s.files) == 0 {
		return nil, errNoSuite
	}
	var errs []error
	for _, f := range s.files {
		component, arch, ok := strings.Cut(strings.TrimSuffix(f.name, "/Packages"), "/binary-")
		if !ok || path.Base(f.name) != "Packages" {
			continue
		}
		list, err := r.readIndex(ctx, dir, f, s.files)
		if err != nil {
			errs = append(errs, fmt.Errorf("read index %s of %s: %w", component, arch, err))
		}
		for _, e := range list {
			e.Suite, e.Component = name, component
			if !slices.ContainsFunc(s.entries, e.same) { // those for all are in each
				s.entries = append(s.entries, e)
			}
		}
	}
	return s, errors.Join(errs...)
}

// errDamaged is that an index is not what Release says.
var errDamaged = errors.New("it is not what Release says: pinpack repo index makes it anew")

// readIndex reads an index by its hash, or by its name.
func (r *Repo) readIndex(ctx context.Context, dir string, plain file, all []file) ([]Entry, error) {
	var last error = errDamaged
	for _, suffix := range []string{"", ".gz", ".xz"} {
		i := slices.IndexFunc(all, func(f file) bool { return f.name == plain.name+suffix })
		if i < 0 {
			continue
		}
		for _, name := range []string{byHash(all[i]), all[i].name} {
			data, err := store.ReadAll(ctx, r.o.Store, dir+name, maxIndex)
			if err == nil {
				data, err = unpack(data, all[i].sha256, suffix)
			}
			if err == nil {
				return parsePackages(string(data))
			}
			if !noFile(err) {
				last = err
			}
		}
	}
	return nil, last
}

func unpack(data []byte, sum, suffix string) ([]byte, error) {
	if digest(data) != sum {
		return nil, errDamaged
	}
	var in io.Reader = bytes.NewReader(data)
	var err error
	switch suffix {
	case ".gz":
		in, err = gzip.NewReader(in)
	case ".xz":
		in, err = xz.NewReader(in)
	}
	if err != nil {
		return nil, err
	}
	data, err = io.ReadAll(io.LimitReader(in, maxIndex))
	return data, err
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func byHash(f file) string { return path.Dir(f.name) + "/by-hash/SHA256/" + f.sha256 }

// pack returns a file in each form that clients look for, by suffix.
func pack(data []byte) (map[string][]byte, error) {
	var gz, x bytes.Buffer
	g, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w, err := xz.NewWriter(&x)
	if err != nil {
		return nil, err
	}
	for _, c := range []io.WriteCloser{g, w} {
		if _, err := c.Write(data); err != nil {
			return nil, err
		}
		if err := c.Close(); err != nil {
			return nil, err
		}
	}
	return map[string][]byte{"": data, ".gz": gz.Bytes(), ".xz": x.Bytes()}, nil
}

// components are those that the suite has packages in.
func (s *suite) components() []string {
	var list []string
	for _, e := range s.entries {
		if !slices.Contains(list, e.Component) {
			list = append(list, e.Component)
		}
	}
	for c := range strings.FieldsSeq(s.fields["Components"]) {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	slices.Sort(list)
	return list
}

// indexes renders the indexes of all components and architectures, by their
// names relative to Release.
func (s *suite) indexes() (map[string][]byte, error) {
	order(s.entries)
	all := map[string][]byte{}
	for _, c := range s.components() {
		for _, arch := range s.arches {
			var list []Entry
			for _, e := range s.entries {
				if e.Component == c && (e.Arch == arch || e.Arch == "all") {
					list = append(list, e)
				}
			}
			forms, err := pack(renderPackages(list))
			if err != nil {
				return nil, err
			}
			for suffix, data := range forms {
				all[c+"/binary-"+arch+"/Packages"+suffix] = data
			}
		}
	}
	return all, nil
}
