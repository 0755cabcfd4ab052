// Package files describes finished files that are to be published: packages from
// what they say of themselves, and those that go beside them.
package files

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/debfile"
	"github.com/pinpack/pinpack/internal/rpmfile"
)

// identity is what a package says of itself.
type identity struct {
	name, version, arch string
	built               time.Time
}

// Find turns what the user wrote into paths of files: a file, a glob, or a
// directory, which stands for the files right in it that are no results of the
// build itself. All that is wrong is in the error.
func Find(args []string) ([]string, error) {
	var paths []string
	var errs []error
	seen := map[string]bool{}
	add := func(list ...string) {
		for _, p := range list {
			if !seen[p] {
				paths, seen[p] = append(paths, p), true
			}
		}
	}
	for _, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case err == nil && info.IsDir():
			list, err := within(arg)
			errs = append(errs, err)
			add(list...)
		case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, "*?["):
			list, globErr := filepath.Glob(arg)
			if globErr != nil || len(list) == 0 {
				errs = append(errs, fmt.Errorf("find files %q: nothing has such a name", arg))
			}
			add(list...)
		case err != nil:
			errs = append(errs, err)
		case filepath.Base(arg) == "pinpack.json" && len(args) > 1: // dist/* is what dist is
		default:
			add(arg)
		}
	}
	return paths, errors.Join(errs...)
}

// within lists a directory's files. The result of the build, and what is hidden,
// is not to be published.
func within(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasPrefix(e.Name(), ".") && e.Name() != "pinpack.json" {
			list = append(list, filepath.Join(dir, e.Name()))
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("find files in %q: there are none", dir)
	}
	return list, nil
}

// Describe reads files as artifacts. built is the newest of the times that the
// packages say they were built at; zero where none says so.
func Describe(paths []string) (list []artifact.Artifact, built time.Time, err error) {
	var errs []error
	names := map[string]string{}
	for _, path := range paths {
		a, at, err := describe(path)
		if err != nil {
			errs = append(errs, fmt.Errorf("read %q: %w", path, err))
			continue
		}
		if before := names[a.Name]; before != "" {
			errs = append(errs, fmt.Errorf("publish %q and %q: both would have the name %q: want one of them", before, path, a.Name))
			continue
		}
		names[a.Name] = path
		list = append(list, a)
		if at.After(built) {
			built = at
		}
	}
	return beside(list), built, errors.Join(errs...)
}

func describe(path string) (artifact.Artifact, time.Time, error) {
	a := artifact.Artifact{Path: path, Name: filepath.Base(path), Format: strings.TrimPrefix(filepath.Ext(path), ".")}
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err != nil {
		return a, time.Time{}, reason(err)
	}
	var id identity
	if read := readers[a.Format]; read != nil {
		if id, err = identify(path, read); err != nil {
			return a, time.Time{}, err
		}
	}
	a.Package, a.Version, a.Arch = id.name, id.version, id.arch
	a.SHA256, a.Size, err = artifact.Digest(path)
	return a, id.built, reason(err)
}

// reason is an error without the path, which the caller names.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

var readers = map[string]func(*bufio.Reader) (identity, error){"deb": readDeb, "rpm": readRPM}

func identify(path string, read func(*bufio.Reader) (identity, error)) (identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return identity{}, reason(err)
	}
	defer f.Close()
	return read(bufio.NewReader(f))
}

func readDeb(r *bufio.Reader) (identity, error) {
	c, err := debfile.Identify(r)
	return identity{c.Name, c.Version, c.Arch, c.Time}, err
}

// beside says of files beside packages which package they belong to: of the one
// whose name theirs begins with, else of the first.
func beside(list []artifact.Artifact) []artifact.Artifact {
	packages := artifact.Packages(list)
	if len(packages) == 0 {
		return list
	}
	for i, a := range list {
		if a.IsPackage() {
			continue
		}
		owner := packages[0]
		for _, p := range packages {
			if strings.HasPrefix(a.Name, p.Name) || strings.HasPrefix(a.Name, strings.TrimSuffix(p.Name, "."+p.Format)+".") {
				owner = p
				break
			}
		}
		list[i].Package, list[i].Version, list[i].Arch = owner.Package, owner.Version, owner.Arch
	}
	return list
}

func readRPM(r *bufio.Reader) (identity, error) {
	p, err := rpmfile.Read(r)
	if err == nil {
		err = p.CheckPayload(r)
	}
	if err != nil {
		return identity{}, err
	}
	version := p.Version + "-" + p.Release
	if p.Epoch != "" && p.Epoch != "0" {
		version = p.Epoch + ":" + version
	}
	return identity{p.Name, version, p.Arch, time.Unix(p.BuildTime, 0).UTC()}, nil
}
