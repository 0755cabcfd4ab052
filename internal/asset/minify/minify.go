// Package minify makes static text smaller without changing what it means: CSS,
// JavaScript, HTML, SVG, XML and JSON, in place.
package minify

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/asset/manifest"
	"github.com/pinpack/pinpack/internal/asset/reference"
)

// Options say what is minified.
type Options struct {
	Kinds          []string    // of [Names]; empty: all
	Exclude        asset.Globs // files to leave as they are
	DropSourceMaps bool        // also minify what has a source map, and take out the reference to it
}

// Count is what became of one kind of files.
type Count struct {
	Kind     string `json:"kind"`
	Files    int    `json:"files"`
	Changed  int    `json:"changed"`
	Original int64  `json:"original"` // bytes before
	Minified int64  `json:"minified"` // bytes after
}

// Left is a file that was not minified, and why.
type Left struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// Report is what came of it.
type Report struct {
	Kinds   []Count      `json:"kinds"`
	Left    []Left       `json:"left"`
	Skipped []asset.Skip `json:"skipped"` // what is no file of the folder
}

// limit is how large a text may be that is minified.
const limit = 64 << 20

// reasons to leave a file as it is.
const (
	whyMinified  = "its name says that it is minified"
	whyHashed    = "its name has the hash of its content"
	whyMapped    = "it has a source map, which would fit no more"
	whyIntegrity = "a page says what it hashes to"
	whyTemplate  = "it is a template"
	whyMisread   = "a picture in it has lone quotation marks, or another picture, by which its minifier is misled"
	whyComments  = "scripts go by the comments in it"
	whyPolicy    = "its security policy says what is in it"
	whyBare      = "a button or checkbox in it has an empty value, which its minifier takes away"
	whyBroken    = "its minifier cannot read all of it, or not what it has made"
	whyEncoding  = "it is not UTF-8"
	whyNested    = "it is nested too deeply"
	whyEntities  = "it declares entities of its own"
	whyManifest  = "it is a manifest"
	whyLarge     = "it is too large"
)

// ErrSyntax is a file that is not what its name says.
var ErrSyntax = errors.New("not valid")

type job struct {
	file asset.File
	kind *kind
	at   int // in the report
}

// Run minifies the files of a folder. If one is not valid, nothing has changed;
// each is replaced as a whole, where that saves 1 %. A second run changes
// nothing.
func Run(ctx context.Context, d *asset.Dir, o Options) (Report, error) {
	chosen, err := choose(o.Kinds)
	if err := asset.WrongOptions(err, o.Exclude.Check()); err != nil {
		return Report{}, err
	}
	r := Report{Left: []Left{}, Skipped: d.SkippedFiles()}
	for _, k := range chosen {
		r.Kinds = append(r.Kinds, Count{Kind: k.name})
	}
	hashed, err := fingerprinted(d)
	if err != nil {
		return Report{}, err
	}
	pinned, err := withIntegrity(ctx, d, o)
	if err != nil {
		return Report{}, err
	}
	var jobs []job
	for _, f := range d.Files {
		at := slices.IndexFunc(chosen, func(k *kind) bool { return slices.Contains(k.endings, ending(f.Name)) })
		if at < 0 || o.Exclude.Match(f.Name) {
			continue
		}
		why := ""
		switch {
		case strings.Contains(strings.ToLower(f.Name), ".min."):
			why = whyMinified
		case manifest.Is(d, f):
			why = whyManifest
		case hashed[f.Name]:
			why = whyHashed
		case pinned[f.Name]:
			why = whyIntegrity
		case f.Size > limit:
			why = whyLarge
		}
		if why != "" {
			r.Left = append(r.Left, Left{f.Name, why})
			continue
		}
		jobs = append(jobs, job{f, chosen[at], at})
	}
	var mu sync.Mutex
	tell := func(j job, why string, size int64, changed bool) {
		mu.Lock()
		defer mu.Unlock()
		if why != "" {
			r.Left = append(r.Left, Left{j.file.Name, why})
			return
		}
		c := &r.Kinds[j.at]
		c.Files++
		c.Original += j.file.Size
		c.Minified += size
		if changed {
			c.Changed++
		}
	}
	// Nothing is written if anything is wrong.
	if err := asset.Each(ctx, jobs, func(_ context.Context, j job) error { return j.check(d, o) }); err != nil {
		return r, err
	}
	err = asset.Each(ctx, jobs, func(_ context.Context, j job) error { return j.do(d, o, tell) })
	slices.SortFunc(r.Left, func(a, b Left) int { return strings.Compare(a.File, b.File) })
	return r, err
}

// check says what is wrong with a file.
func (j job) check(d *asset.Dir, o Options) error {
	data, err := d.Read(j.file, limit)
	if err != nil {
		return err
	}
	if j.leave(data, o) != "" {
		return nil
	}
	if at, text := j.kind.valid(data); text != "" {
		return d.Problem(j.file.Name, data, at, ErrSyntax, "%s", text)
	}
	return nil
}

// leave says why a file of this content is not touched.
func (j job) leave(data []byte, o Options) string {
	switch {
	case (j.kind.name == "css" || j.kind.name == "js") && !o.DropSourceMaps && mapped(j.kind, data):
		return whyMapped
	case j.kind.esbuild && unfitText(data) != "":
		return unfitText(data)
	case j.kind.leave == nil:
		return ""
	}
	return j.kind.leave(data)
}

func (j job) do(d *asset.Dir, o Options, tell func(j job, why string, size int64, changed bool)) error {
	data, err := d.Read(j.file, limit)
	if err != nil {
		return err
	}
	if why := j.leave(data, o); why != "" {
		tell(j, why, 0, false)
		return nil
	}
	small, why := j.kind.small(data)
	if why != "" {
		tell(j, why, 0, false)
		return nil
	}
	if len(small) >= len(data) {
		tell(j, "", j.file.Size, false)
		return nil
	}
	if _, err := d.Put(j.file.Name, small, j.file); err != nil {
		return err
	}
	tell(j, "", int64(len(small)), true)
	return nil
}

// mapped tells whether a file refers to a source map.
func mapped(k *kind, data []byte) bool {
	found := false
	_, _ = reference.Rewrite(k.lang, data, func(r *reference.Ref) { found = found || r.Where == "sourceMappingURL" })
	return found
}

// fingerprinted are the files whose names say what is in them.
func fingerprinted(d *asset.Dir) (map[string]bool, error) {
	own, err := manifest.Own(d, nil)
	if err != nil {
		return nil, err
	}
	names, err := manifest.Foreign(d, own)
	if err != nil {
		return nil, err
	}
	for _, now := range own {
		names[now] = true
	}
	return names, nil
}

// withIntegrity are the files for which a page of the folder has a hash.
func withIntegrity(ctx context.Context, d *asset.Dir, o Options) (map[string]bool, error) {
	var pages []asset.File
	for _, f := range d.Files {
		if reference.LanguageOf(f.Name) == reference.HTML && f.Size <= limit {
			pages = append(pages, f)
		}
	}
	found := map[string]bool{}
	var mu sync.Mutex
	err := asset.Each(ctx, pages, func(_ context.Context, f asset.File) error {
		data, err := d.Read(f, limit)
		if err != nil || !bytes.Contains(data, []byte("integrity")) {
			return err
		}
		_, _ = reference.Rewrite(reference.HTML, data, func(r *reference.Ref) {
			if r.Integrity == "" {
				return
			}
			for _, name := range suffixes(f.Name, *r) {
				if _, ok := d.Find(name); ok {
					mu.Lock()
					found[name] = true
					mu.Unlock()
				}
			}
		})
		return nil
	})
	return found, err
}

// suffixes are the files that a reference may lead to, wherever the folder is
// served.
func suffixes(from string, r reference.Ref) []string {
	site, _ := reference.ParseSite("/")
	t, ok := site.Resolve(from, r)
	if !ok {
		return nil
	}
	list := []string{t.Name}
	for rest := t.Name; rest != ""; {
		_, rest, _ = strings.Cut(rest, "/")
		list = append(list, rest)
	}
	return list
}
