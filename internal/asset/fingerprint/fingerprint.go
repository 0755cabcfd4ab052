// Package fingerprint puts a hash of its content into the name of each static
// file, so that servers may have browsers keep it for ever: app.css becomes
// app.0123456789ab.css, and whatever refers to it says so. Which name a file has
// now is written into a manifest.
package fingerprint

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
	"unicode/utf8"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/asset/manifest"
	"github.com/pinpack/pinpack/internal/asset/reference"
)

// Options say what is fingerprinted, and how.
type Options struct {
	URL             string      // where the folder is served, as [reference.ParseSite] takes it
	Manifests       []string    // FORM or FORM=FILE, of [manifest.Forms]
	Keep            asset.Globs // files to keep their names; what they refer to is rewritten in place
	Exclude         asset.Globs // files to leave as they are altogether
	AllowMissing    asset.Globs // files that need not be there
	RemoveOriginals bool        // leave only the fingerprinted files
}

// DefaultKeep are files whose names people, browsers and search engines know.
var DefaultKeep = asset.Globs{"*.html", "*.htm", "*.xhtml", "robots.txt", "humans.txt", "ads.txt", "favicon.ico", "sitemap*.xml", "browserconfig.xml",
	"crossdomain.xml", "sw.js", "service-worker.js", "serviceworker.js", ".well-known/**"}

// ErrMissing is a reference to a file that is not there.
var ErrMissing = errors.New("no such file")

// Report is what came of it.
type Report struct {
	Fingerprinted int          `json:"fingerprinted"` // files with a hash in their name
	Kept          int          `json:"kept"`          // files under their own names
	References    int          `json:"references"`    // to files of the folder
	Written       int          `json:"written"`       // files made or changed in this run
	Removed       int          `json:"removed"`       // stale ones, and originals
	Manifests     []string     `json:"manifests"`
	Skipped       []asset.Skip `json:"skipped"` // what is no file of the folder
}

// run is the work on one folder.
type run struct {
	dir           *asset.Dir
	o             Options
	site          reference.Site
	manifests     []manifest.Output
	old           manifest.Map      // of earlier runs
	nodes         map[string]*node  // by name
	order         []*node           // by name
	retained      map[string]string // fingerprinted name by original, which is gone
	pinned        pins              // names that what is not rewritten refers to
	fresh         pins              // files that were not there before
	report        Report
	refs, written atomic.Int64
}

// Run fingerprints a folder. All references are looked at before anything is
// written: if one leads nowhere, nothing has changed. A second run changes
// nothing.
func Run(ctx context.Context, d *asset.Dir, o Options) (Report, error) {
	r := &run{dir: d, o: o}
	if err := r.options(); err != nil {
		return Report{}, err
	}
	if err := r.inventory(); err != nil {
		return Report{}, err
	}
	if err := asset.Each(ctx, r.order, r.collect); err != nil {
		return Report{}, err
	}
	levels := r.levels()
	if err := r.writeAll(ctx, levels); err != nil {
		return Report{}, err
	}
	return r.report, nil
}

func (r *run) options() error {
	var errs []error
	var err error
	if r.site, err = reference.ParseSite(r.o.URL); err != nil {
		errs = append(errs, err)
	}
	seen := map[string]bool{}
	for _, m := range r.o.Manifests {
		out, err := manifest.Parse(m)
		errs = append(errs, err)
		if err == nil && seen[out.File] {
			errs = append(errs, fmt.Errorf("manifest %q: another one has the same file", m))
		}
		seen[out.File] = true
		r.manifests = append(r.manifests, out)
	}
	return asset.WrongOptions(append(errs, r.o.Keep.Check(), r.o.Exclude.Check(), r.o.AllowMissing.Check())...)
}

// mapping is what the manifests say.
func (r *run) mapping() manifest.Map {
	m := manifest.Map{}
	maps.Copy(m, r.retained)
	for _, n := range r.order {
		if n.class != plumbing && n.class != output && utf8.ValidString(n.file.Name) {
			m[n.file.Name] = n.now
		}
	}
	return m
}

func (r *run) manifestFiles() []string {
	var list []string
	for _, m := range r.manifests {
		list = append(list, m.File)
	}
	slices.Sort(list)
	return list
}
