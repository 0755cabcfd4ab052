// Package packager writes a tree as packages. It is the only package that may
// import nFPM, which knows the formats; what nFPM is slow at, compressing the
// payload of a .deb with gzip on one core, is done beside it.
package packager

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	"github.com/goreleaser/nfpm/v2/rpm"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/elfdeps"
	"github.com/pinpack/pinpack/internal/packagesign"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/tree"
)

// packagers is nFPM's packager for each of artifact.Formats.
var packagers = map[string]nfpm.Packager{"deb": deb.Default, "rpm": rpm.DefaultRPM}

// Write makes one package of each of the plan's formats in the directory out,
// all at the same time. The directory scratch takes what must be a file first.
func Write(ctx context.Context, pl plan.Plan, t tree.Tree, out, scratch string) ([]artifact.Artifact, error) {
	arch, err := elfdeps.Arch(t)
	if err != nil {
		return nil, err
	}
	sources, err := materialise(t, scratch)
	if err != nil {
		return nil, err
	}
	log, err := changelog(pl, scratch)
	if err != nil {
		return nil, err
	}
	hooks, err := maintainerScripts(pl, scratch)
	if err != nil {
		return nil, err
	}
	list := make([]artifact.Artifact, len(pl.Packages))
	errs := make([]error, len(pl.Packages))
	var work sync.WaitGroup
	for i, pkg := range pl.Packages {
		work.Go(func() {
			list[i], errs[i] = write(ctx, pl, pkg, arch, t, sources, hooks[pkg.Format], log, out, scratch)
		})
	}
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	// nFPM knows no context. On cancellation its writer fails, which ends it at
	// its next write; what it makes in memory until then is not waited for.
	select {
	case <-done:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

func write(ctx context.Context, pl plan.Plan, pkg plan.Package, arch string, t tree.Tree, sources map[string]string, hooks scripts, log, out, scratch string) (artifact.Artifact, error) {
	format, err := artifact.FormatFor(pkg.Format)
	if err != nil {
		return artifact.Artifact{}, err
	}
	a := artifact.Artifact{Format: pkg.Format, Package: pl.Name, Version: pkg.FullVersion(pl.Iteration), Arch: format.Arches[arch]}
	if a.Arch == "" {
		return a, fmt.Errorf("write %s: no name is known for the architecture %q", pkg.Format, arch)
	}
	packager := packagers[pkg.Format]
	a.Name = packager.ConventionalFileName(describe(pl, pkg, a.Arch, log))
	a.Path = filepath.Join(out, a.Name)
	info := describe(pl, pkg, a.Arch, log)
	info.Contents = contents(pl, pkg, t, sources)
	hooks.addTo(pkg.Format, info)
	f, err := os.OpenFile(a.Path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return a, fmt.Errorf("write %s: %w", pkg.Format, err)
	}
	err = compress(pkg, info, packager, &stoppable{ctx, f}, scratch)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return a, fmt.Errorf("write %q: %w", a.Name, err)
	}
	if k := pl.Key(); k != nil {
		if err := packagesign.File(a.Path, pkg.Format, pl.Signing.Deb, k); err != nil {
			return a, err
		}
	}
	a.SHA256, a.Size, err = artifact.Digest(a.Path)
	return a, err
}

// describe makes an Info of its own for each use: nFPM writes into what it is
// given, even to tell a file's name.
func describe(pl plan.Plan, pkg plan.Package, arch, log string) *nfpm.Info {
	m := pl.Metadata
	text := strings.TrimSpace(m.Summary + "\n" + m.Description)
	compression := pkg.Compression
	var provides []string
	if pkg.Format == "rpm" {
		if pkg.Epoch != "" { // nFPM's own says the version without it
			provides = []string{pl.Name + " = " + pkg.FullVersion(pl.Iteration)}
		}
		if compression == "none" {
			compression = "gzip:0" // an RPM's payload is always compressed: stored, then
		}
		if text = m.Description; text == "" { // beside the summary, not below it
			text = m.Summary
		}
	} else {
		log, m.License = "", "" // files of the tree have them; Debian knows no such field
	}
	return nfpm.WithDefaults(&nfpm.Info{
		Name: pl.Name, Arch: arch, Platform: "linux",
		Epoch: pkg.Epoch, Version: pkg.Version, Release: pl.Iteration,
		// Otherwise nFPM reads the version as SemVer and changes it: 24.04 to 24.4.0.
		VersionSchema: "none",
		Section:       m.Section, Priority: "optional",
		Maintainer: m.Maintainer, License: m.License, Homepage: m.Homepage,
		Description: text,
		Changelog:   log, MTime: pl.Time,
		DisableGlobbing: true,
		Overridables: nfpm.Overridables{
			Depends: pkg.Depends, Provides: provides,
			Deb: nfpm.Deb{Compression: pkg.Compression},
			RPM: nfpm.RPM{
				Compression: compression, Summary: m.Summary, Group: m.Section, Packager: m.Maintainer,
				// The default is this machine's name: another package on each machine.
				BuildHost: "pinpack",
			},
		},
	})
}

// contents lists each path by itself. (nFPM's own way to take a whole tree
// gives each file the time that it has on disk.)
func contents(pl plan.Plan, pkg plan.Package, t tree.Tree, sources map[string]string) files.Contents {
	var list files.Contents
	for _, e := range t.For(pkg.Format) {
		c := &files.Content{Destination: e.Path, FileInfo: &files.ContentFileInfo{
			Owner: orRoot(e.Owner), Group: orRoot(e.Group), Mode: e.Mode, MTime: pl.Time, Size: e.Size,
		}}
		switch e.Kind {
		case tree.Dir:
			c.Type = files.TypeDir
		case tree.Symlink:
			c.Type, c.Source = files.TypeSymlink, e.Link
		default:
			c.Type, c.Source = files.TypeFile, sources[e.Only+e.Path]
			switch {
			case e.Config:
				c.Type = files.TypeConfigNoReplace
			case e.License && pkg.Format == "rpm":
				c.Type = files.TypeRPMLicense
			}
		}
		list = append(list, c)
	}
	return list
}

func orRoot(s string) string {
	if s == "" {
		return "root"
	}
	return s
}

// materialise finds or makes the file on disk for each regular file's bytes, by the
// format that alone has it, if there is one, and path.
func materialise(t tree.Tree, scratch string) (map[string]string, error) {
	sources := map[string]string{}
	for i, e := range t {
		if e.Kind != tree.File {
			continue
		}
		if e.Source == "" {
			e.Source = filepath.Join(scratch, "data-"+strconv.Itoa(i))
			if err := os.WriteFile(e.Source, e.Data, 0o600); err != nil {
				return nil, fmt.Errorf("write %q: %w", e.Path, err)
			}
		}
		sources[e.Only+e.Path] = e.Source
	}
	return sources, nil
}

// changelog is nFPM's own notation (goreleaser/chglog), from which it makes
// RPM's tags. The .deb's changelog is a file of the tree.
func changelog(pl plan.Plan, scratch string) (string, error) {
	for _, pkg := range pl.Packages {
		if pkg.Format != "rpm" {
			continue
		}
		text := fmt.Sprintf("- semver: %s\n  date: %s\n  packager: %s\n  changes:\n    - note: %s\n",
			strconv.Quote(pkg.FullVersion(pl.Iteration)), pl.Time.Format("2006-01-02T15:04:05Z07:00"),
			strconv.Quote(pl.Metadata.Maintainer), strconv.Quote(pl.Change()))
		file := filepath.Join(scratch, "changelog.yaml")
		return file, os.WriteFile(file, []byte(text), 0o600)
	}
	return "", nil
}

// stoppable fails writes once the context is done.
type stoppable struct {
	ctx context.Context
	w   io.Writer
}

func (s *stoppable) Write(p []byte) (int, error) {
	if err := context.Cause(s.ctx); err != nil {
		return 0, err
	}
	return s.w.Write(p)
}

var _ fs.FileInfo = (*files.Content)(nil) // nFPM reads modes and sizes through it
