// Package compress puts gzip, brotli and zstd variants beside the files of a
// folder that gain by it, as nginx (gzip_static, brotli_static, zstd_static) and
// WhiteNoise look for them: app.css.gz, app.css.br and app.css.zst, with the
// time of app.css. The same content gives the same bytes (RFC 1952, RFC 7932,
// RFC 8878; gzip headers have neither name nor time).
package compress

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/pinpack/pinpack/internal/asset"
)

// Options say what is compressed, and how.
type Options struct {
	Encodings []string    // of [Names]; empty: all
	Fast      bool        // quick levels rather than the best ones
	MinSize   int64       // bytes of the smallest file to compress
	Exclude   asset.Globs // files to have no variants
	Force     bool        // also make anew what is right
	Prune     bool        // remove variants of text files that are gone
}

// MinSize is below one TCP segment, where a smaller body gains nothing.
const MinSize = 1024

// saving is how much smaller a variant has to be: 5 %, as for WhiteNoise.
const saving = 0.05

// Count is what there is now of one encoding.
type Count struct {
	Encoding   string `json:"encoding"`
	Files      int    `json:"files"`      // variants
	Written    int    `json:"written"`    // of them, in this run
	Removed    int    `json:"removed"`    // variants that were stale
	Original   int64  `json:"original"`   // bytes of the files that have variants
	Compressed int64  `json:"compressed"` // bytes of the variants
}

// Report is what came of it.
type Report struct {
	Files     int          `json:"files"`     // candidates: text of some size
	Encodings []Count      `json:"encodings"` //
	Orphans   []string     `json:"orphans"`   // variants of text files that are not there
	Pruned    bool         `json:"pruned"`    // whether those were removed
	Skipped   []asset.Skip `json:"skipped"`   // what is no file of the folder
}

// job is one variant to be.
type job struct {
	file   asset.File
	same   []asset.File // others of the same content, such as what was fingerprinted
	enc    *encoding
	count  *Count
	wanted bool // else it goes if it is wrong
}

// Run compresses the files of a folder. Originals are only read. When it fails
// or is interrupted, each variant is either as before or finished.
func Run(ctx context.Context, d *asset.Dir, o Options) (Report, error) {
	chosen, err := choose(o.Encodings)
	if err := asset.WrongOptions(err, o.Exclude.Check()); err != nil {
		return Report{}, err
	}
	r := Report{Encodings: make([]Count, len(chosen)), Skipped: d.SkippedFiles(), Pruned: o.Prune, Orphans: orphans(d)}
	jobs, err := plan(d, o, chosen, &r)
	if err != nil {
		return Report{}, err
	}
	var mu sync.Mutex
	err = asset.Each(ctx, jobs, func(ctx context.Context, j job) error {
		done, err := j.all(ctx, d, o)
		mu.Lock()
		defer mu.Unlock()
		for _, one := range done {
			if j.count != nil {
				j.count.add(one)
			}
		}
		return err
	})
	if err == nil && o.Prune {
		for _, name := range r.Orphans {
			if err := d.Remove(name); err != nil {
				return r, err
			}
		}
	}
	return r, err
}

// variant is one of a file in an encoding.
type variant struct {
	name string
	enc  *encoding
}

// plan lists the variants that may be, those of large files first, so that no
// processor is left alone with one in the end.
func plan(d *asset.Dir, o Options, chosen []*encoding, r *Report) ([]job, error) {
	for i, e := range chosen {
		r.Encodings[i].Encoding = e.name
	}
	odd := map[string]bool{} // links to nothing and the like, in a variant's place
	for _, s := range r.Skipped {
		odd[s.Name] = true
	}
	var jobs []job
	leading := map[variant]int{} // jobs by the first of files that are alike
	twins, err := alike(d)
	if err != nil {
		return nil, err
	}
	for _, f := range d.Files {
		if d.IsVariant(f.Name) {
			continue
		}
		ok, err := candidate(d, f, o)
		if err != nil {
			return nil, err
		}
		if ok {
			r.Files++
		}
		for i := range encodings {
			e := &encodings[i]
			at := slices.Index(chosen, e)
			j := job{file: f, enc: e, wanted: ok && at >= 0}
			if first, isTwin := twins[f.Name]; isTwin && j.wanted {
				if i, ok := leading[variant{first, e}]; ok {
					jobs[i].same = append(jobs[i].same, f)
					continue
				}
				leading[variant{first, e}] = len(jobs)
			}
			if at >= 0 {
				j.count = &r.Encodings[at]
			}
			if _, there := d.Find(f.Name + e.ext); j.wanted || there || odd[f.Name+e.ext] {
				jobs = append(jobs, j)
			}
		}
	}
	slices.SortStableFunc(jobs, func(a, b job) int { return cmp.Compare(b.file.Size*b.enc.cost, a.file.Size*a.enc.cost) })
	return jobs, nil
}

func candidate(d *asset.Dir, f asset.File, o Options) (bool, error) {
	if f.Size < max(o.MinSize, 1) || o.Exclude.Match(f.Name) {
		return false, nil
	}
	return compressible(d, f)
}

// outcome is what became of a variant.
type outcome struct {
	there            bool
	written, removed bool
	original, size   int64
}

func (c *Count) add(o outcome) {
	if o.there {
		c.Files++
		c.Original += o.original
		c.Compressed += o.size
	}
	if o.written {
		c.Written++
	}
	if o.removed {
		c.Removed++
	}
}

// do brings one variant about: a right one stays, a wrong one is replaced or
// goes.
func (j job) do(ctx context.Context, d *asset.Dir, o Options) (outcome, error) {
	name := j.file.Name + j.enc.ext
	info, err := d.Stat(name)
	there := err == nil
	if there && info.IsDir() {
		return outcome{}, fmt.Errorf("write %q: a directory has this name", name)
	}
	if v, ok := d.Find(name); ok && (!j.wanted || !o.Force) && small(v.Size, j.file.Size) {
		right, err := j.enc.right(ctx, d, j.file, name)
		if err != nil {
			return outcome{}, err
		}
		if right {
			if !v.Link && !v.ModTime.Equal(j.file.ModTime) {
				err = d.Touch(name, j.file)
			}
			return outcome{there: true, original: j.file.Size, size: v.Size}, err
		}
	}
	var done outcome
	if j.wanted {
		if done, err = j.enc.write(ctx, d, j.file, name, o.Fast); err != nil || done.there {
			return done, err
		}
	}
	if there {
		done.removed = true
		err = d.Remove(name)
	} else {
		err = nil
	}
	return done, err
}

func small(variant, original int64) bool {
	return float64(variant) <= float64(original)*(1-saving)
}

// orphans lists variants whose original is gone, where the name says that it
// was text: archive.tar.gz is a file of its own. With gzip_static, a server
// goes on to serve them.
func orphans(d *asset.Dir) []string {
	list := []string{}
	for _, f := range d.Files {
		for i := range encodings {
			of, ok := strings.CutSuffix(f.Name, encodings[i].ext)
			if _, found := d.Find(of); ok && !found && kinds[extension(of)] == text {
				if _, err := d.Stat(of); errors.Is(err, fs.ErrNotExist) {
					list = append(list, f.Name)
				}
			}
		}
	}
	return list
}
