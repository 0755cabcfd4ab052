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
	"github.com/pinpack/pinpack/internal/signature"
)

// suite is one below dists.
type suite struct {
	name    string
	fields  map[string]string // of Release
	arches  []string
	release string // Release as it is now, without a signature; "" if there is none
	// signature is that of InRelease, without its armour; nil if there is none.
	signature []byte
	files     []file // that it names
	entries   []Entry
	changed   bool
}

var errNoSuite = errors.New("no suite")

// maxIndex is how large an index may be, uncompressed.
const maxIndex = 1 << 30

// loadRelease reads a suite as clients see it, InRelease if there is one, but not
// the indexes that it names.
func (r *Repo) loadRelease(ctx context.Context, name string) (*suite, error) {
	dir := "dists/" + name + "/"
	s := &suite{name: name}
	data, err := store.ReadAll(ctx, r.o.Store, dir+"InRelease", 16<<20)
	if noFile(err) {
		data, err = store.ReadAll(ctx, r.o.Store, dir+"Release", 16<<20)
	} else if err == nil {
		_, s.signature, _ = signature.Cleartext(data)
	}
	if noFile(err) {
		return nil, errNoSuite
	} else if err != nil {
		return nil, err
	}
	s.release = unsigned(string(data))
	s.fields, s.files = parseRelease(s.release)
	s.arches = slices.DeleteFunc(strings.Fields(s.fields["Architectures"]), func(a string) bool { return a == "all" })
	if s.fields["Components"] == "" && len(s.files) == 0 {
		return nil, errNoSuite
	}
	return s, nil
}

// loadSuite reads a suite and the indexes that it names. With an error there may be
// a suite with what can be read.
func (r *Repo) loadSuite(ctx context.Context, name string) (*suite, error) {
	dir := "dists/" + name + "/"
	s, err := r.loadRelease(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(s.files) == 0 && strings.Contains(s.release, ":\n ") {
		return nil, errors.New("its Release names no file by SHA-256: want it made anew by what made it")
	}
	var errs []error
	for _, index := range s.packageIndexes() {
		component, arch, _ := strings.Cut(strings.TrimSuffix(index, "/Packages"), "/binary-")
		list, err := r.readIndex(ctx, dir, index, s.files)
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

// packageIndexes are the indexes of packages that Release names, in whatever form,
// without the suffix of a compression.
func (s *suite) packageIndexes() []string {
	var list []string
	for _, f := range s.files {
		in, base := path.Split(f.name)
		if plain, _, _ := strings.Cut(base, "."); plain == "Packages" && strings.Contains(in, "/binary-") && !slices.Contains(list, in+plain) {
			list = append(list, in+plain)
		}
	}
	return list
}

// others are the files of a suite that are not made here, such as Sources and
// Contents of a repository that reprepro made: they are left as they are.
func (s *suite) others() []file {
	return slices.DeleteFunc(slices.Clone(s.files), func(f file) bool { return strings.Contains(f.name, "/binary-") })
}

// errDamaged is that an index is not what Release says.
var errDamaged = errors.New("it is not what Release says: pinpack repo index makes it anew")

// readIndex reads an index by its hash, or by its name.
func (r *Repo) readIndex(ctx context.Context, dir, plain string, all []file) ([]Entry, error) {
	var last error = errDamaged
	for _, suffix := range []string{"", ".gz", ".xz"} {
		i := slices.IndexFunc(all, func(f file) bool { return f.name == plain+suffix })
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
