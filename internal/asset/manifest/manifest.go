// Package manifest reads and writes the files that say which fingerprinted name
// a static file has: as Django's ManifestStaticFilesStorage has it, as a plain
// mapping, and as Vite has it.
package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/asset"
)

// Map says for each file, by its name in the folder, which name it has now.
type Map map[string]string

// Form is a kind of manifest.
type Form struct {
	Name string // as users say it
	File string // where it is by default, in the folder
	Help string

	write func(m Map) any
	read  func(data []byte) (Map, bool)
	// base is the directory that the names are relative to.
	base func(file string) string
}

// Forms are the kinds of manifests.
var Forms = []Form{
	{Name: "django", File: "staticfiles.json", Help: "Django's ManifestStaticFilesStorage, WhiteNoise", write: writeDjango, read: readDjango, base: path.Dir},
	{Name: "json", File: "rev-manifest.json", Help: "one object from name to name: gulp-rev, Flask", write: writePlain, read: readPlain, base: path.Dir},
	{Name: "vite", File: ".vite/manifest.json", Help: "Vite's build.manifest", write: writeVite, read: readVite, base: viteBase},
}

// viteBase: Vite has its manifest in a directory of its own since version 5.
func viteBase(file string) string {
	dir := path.Dir(file)
	if path.Base(dir) == ".vite" {
		return path.Dir(dir)
	}
	return dir
}

// Output is a manifest to write.
type Output struct {
	Form Form
	File string // in the folder
}

// Parse reads FORM or FORM=FILE.
func Parse(s string) (Output, error) {
	name, file, given := strings.Cut(s, "=")
	for _, f := range Forms {
		if f.Name != name {
			continue
		}
		if !given {
			file = f.File
		}
		if file = path.Clean(file); path.IsAbs(file) || file == "." || strings.HasPrefix(file, "../") || file == ".." {
			return Output{}, fmt.Errorf("manifest %q: the file must be in the folder", s)
		}
		return Output{f, file}, nil
	}
	return Output{}, fmt.Errorf("manifest %q: unknown form: want one of %s, or FORM=FILE", s, strings.Join(names(), ", "))
}

func names() []string {
	var list []string
	for _, f := range Forms {
		list = append(list, f.Name)
	}
	return list
}

// Render writes a manifest; the same mapping gives the same bytes.
func (o Output) Render(m Map) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(o.Form.write(m)) // maps of strings can be encoded
	return b.Bytes()
}

// djangoFile is manifest_version 1.1 of django.contrib.staticfiles.storage.
type djangoFile struct {
	Paths   Map    `json:"paths"`
	Version string `json:"version"`
	Hash    string `json:"hash"` // of the whole; Django has it as manifest_hash
}

func writeDjango(m Map) any {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(sum, "%s\x00%s\x00", name, m[name])
	}
	return djangoFile{m, "1.1", hex.EncodeToString(sum.Sum(nil))[:12]}
}

func readDjango(data []byte) (Map, bool) {
	var f djangoFile
	err := json.Unmarshal(data, &f)
	return f.Paths, err == nil && f.Paths != nil && (f.Version == "1.0" || f.Version == "1.1")
}

func writePlain(m Map) any { return m }

// readPlain reads name to name; such a file may wrap it as asset-manifest.json
// does, and have other things besides.
func readPlain(data []byte) (Map, bool) {
	var wrapped struct {
		Files map[string]any `json:"files"`
	}
	if json.Unmarshal(data, &wrapped) == nil && wrapped.Files != nil {
		return texts(wrapped.Files), true
	}
	var plain map[string]any
	if json.Unmarshal(data, &plain) != nil {
		return nil, false
	}
	return texts(plain), true
}

func texts(from map[string]any) Map {
	m := Map{}
	for name, v := range from {
		if s, ok := v.(string); ok {
			m[name] = s
		}
	}
	return m
}

// viteChunk is an entry of Vite's manifest.
type viteChunk struct {
	File    string   `json:"file"`
	Src     string   `json:"src,omitempty"`
	IsEntry bool     `json:"isEntry,omitempty"`
	CSS     []string `json:"css,omitempty"`
	Assets  []string `json:"assets,omitempty"`
}

func writeVite(m Map) any {
	all := map[string]viteChunk{}
	for name, file := range m {
		ext := path.Ext(name)
		all[name] = viteChunk{File: file, Src: name, IsEntry: ext == ".js" || ext == ".mjs" || ext == ".css"}
	}
	return all
}

func readVite(data []byte) (Map, bool) {
	var all map[string]viteChunk
	if json.Unmarshal(data, &all) != nil {
		return nil, false
	}
	m := Map{}
	for name, c := range all {
		if c.File == "" {
			return nil, false
		}
		m[name] = c.File
		for _, file := range slices.Concat(c.CSS, c.Assets) {
			m["_"+file] = file // they have no key of their own
		}
	}
	return m, len(m) > 0
}

// limit is how large a manifest may be.
const limit = 64 << 20

// Own reads what an earlier run wrote into the folder: the manifests to be
// written now, and those in their usual places. Only names that a fingerprint
// of ours may have are taken.
func Own(d *asset.Dir, outputs []Output) (Map, error) {
	all := Map{}
	list := slices.Clone(outputs)
	for _, f := range Forms {
		list = append(list, Output{f, f.File})
	}
	for _, o := range list {
		f, ok := d.Find(o.File)
		if !ok {
			continue
		}
		data, err := d.Read(f, limit)
		if err != nil {
			return nil, err
		}
		m, ok := o.Form.read(data)
		for name, now := range m {
			if ok && IsHashed(name, now) {
				all[name] = now
			}
		}
	}
	return all, nil
}

// Foreign reads the manifests of other tools anywhere in the folder, and
// returns the files that have their names from there. Names of ours are left
// out.
func Foreign(d *asset.Dir, own Map) (map[string]bool, error) {
	found := map[string]bool{}
	for _, f := range d.Files {
		form, ok := formOf(f.Name)
		if !ok || f.Size > limit {
			continue
		}
		data, err := d.Read(f, limit)
		if err != nil {
			return nil, err
		}
		m, ok := form.read(data)
		if !ok {
			continue
		}
		at := form.base(f.Name)
		for name, now := range m {
			file, there := lookup(d, at, now)
			if there && name != now && own[path.Join(at, name)] != file {
				found[file] = true
			}
		}
	}
	return found, nil
}

// lookup finds a file that a manifest names: relative to it, or as a URL, which
// begins with where the folder is served.
func lookup(d *asset.Dir, at, name string) (string, bool) {
	file := path.Join(at, name)
	rest := strings.TrimPrefix(path.Clean("/"+name), "/")
	for {
		if _, ok := d.Find(file); ok {
			return file, true
		}
		if rest == "" {
			return "", false
		}
		file = rest
		_, rest, _ = strings.Cut(rest, "/")
	}
}

// formOf goes by the names that other tools give their manifests.
func formOf(name string) (Form, bool) {
	switch base := path.Base(name); {
	case base == "staticfiles.json":
		return Forms[0], true
	case base == "rev-manifest.json" || base == "asset-manifest.json":
		return Forms[1], true
	case base == "manifest.json":
		return Form{read: func(data []byte) (Map, bool) {
			if m, ok := readVite(data); ok {
				return m, true
			}
			return readPlain(data)
		}, base: viteBase}, true
	}
	return Form{}, false
}

// Is tells whether a file is a manifest by its name, and not one of a web app.
func Is(d *asset.Dir, f asset.File) bool {
	form, ok := formOf(f.Name)
	if !ok || f.Size > limit {
		return false
	}
	data, err := d.Read(f, limit)
	if err != nil || bytes.Contains(data, []byte(`"icons"`)) {
		return false
	}
	_, ok = form.read(data)
	return ok
}
