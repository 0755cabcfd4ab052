package inspect

import (
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// gatherer makes a Package of what a format's reader finds.
type gatherer struct {
	p       Package
	paths   int64 // bytes of paths so far
	texts   int64
	records map[string]string // RECORDs by path
	kept    int64             // bytes of them
	payload int64             // bytes of the payload so far
}

// add takes in a path, with its content if it is a file.
func (g *gatherer) add(f File, content io.Reader) error {
	if len(g.p.Files) == maxFiles {
		return fmt.Errorf("more than %d files", maxFiles)
	}
	if g.paths += int64(len(f.Path) + len(f.Link)); g.paths > maxPaths {
		return fmt.Errorf("more than %d bytes of paths", maxPaths)
	}
	if f.Kind == "file" {
		if g.payload += f.Size; f.Size < 0 || g.payload > maxPayload {
			return fmt.Errorf("file %q: more than %d bytes of files", f.Path, int64(maxPayload))
		}
		if err := g.read(&f, content); err != nil {
			return fmt.Errorf("file %q: %w", f.Path, err)
		}
		g.p.InstalledSize += f.Size
	}
	g.p.Files = append(g.p.Files, f)
	return nil
}

// read digests a file, and keeps it if it is one of those that are looked at.
func (g *gatherer) read(f *File, content io.Reader) error {
	h := sha256.New()
	var kept strings.Builder
	limit := g.keep(*f)
	var n int64
	var err error
	if limit > 0 {
		n, err = io.Copy(io.MultiWriter(h, &kept), io.LimitReader(content, limit+1))
		if err == nil && n > limit {
			return fmt.Errorf("more than %d bytes", limit)
		}
	} else {
		n, err = io.Copy(h, content)
	}
	if err != nil {
		return err
	}
	if n != f.Size {
		return fmt.Errorf("%d bytes: want %d", n, f.Size)
	}
	f.SHA256 = hex.EncodeToString(h.Sum(nil))
	text, base := kept.String(), path.Base(f.Path)
	switch {
	case limit == 0:
	case isBuildInfo(f.Path):
		if err := json.Unmarshal([]byte(text), &g.p.Build); err != nil {
			return err
		}
		g.p.BuildInfo = json.RawMessage(text)
	case isSBOM(f.Path):
		g.p.SBOM[base] = text
	case base == "RECORD":
		if g.kept += n; g.kept > maxRecords {
			return fmt.Errorf("more than %d bytes of RECORDs", int64(maxRecords))
		}
		if g.records == nil {
			g.records = map[string]string{}
		}
		g.records[f.Path] = text
	case utf8.ValidString(text):
		if g.texts += n; g.texts > maxTexts {
			return fmt.Errorf("more than %d bytes of units and configuration", maxTexts)
		}
		g.p.Texts[f.Path] = text
	}
	return nil
}

func isBuildInfo(name string) bool {
	return path.Base(name) == "build-info.json" && path.Dir(path.Dir(name)) == "/usr/share"
}

func isSBOM(name string) bool {
	return strings.HasPrefix(path.Base(name), "sbom.") && path.Dir(path.Dir(name)) == "/usr/share/doc"
}

func isUnit(name string) bool { return strings.HasSuffix(path.Dir(name), "/systemd/system") }

// keep is how many bytes of a file may be kept; 0 for none.
func (g *gatherer) keep(f File) int64 {
	switch {
	case isBuildInfo(f.Path), isSBOM(f.Path), path.Base(f.Path) == "RECORD" && strings.HasSuffix(path.Dir(f.Path), ".dist-info"):
		return maxRecord
	case f.Size > maxText:
	case isUnit(f.Path), f.Config, strings.HasPrefix(f.Path, "/etc/"), strings.HasPrefix(f.Path, "/usr/lib/sysusers.d/"), strings.HasPrefix(f.Path, "/usr/lib/tmpfiles.d/"):
		return maxText
	}
	return 0
}

// finish sorts, and tells which distribution each file belongs to.
func (g *gatherer) finish() error {
	p := &g.p
	if p.BuildInfo == nil {
		return ErrForeign
	}
	slices.SortFunc(p.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	for i, f := range p.Files {
		if i > 0 && p.Files[i-1].Path == f.Path {
			return fmt.Errorf("file %q: it is there twice", f.Path)
		}
	}
	owner := map[string]int{}
	p.Distributions = append(p.Distributions, p.Build.Distributions...)
	for i := range p.Distributions {
		p.Distributions[i].Files, p.Distributions[i].Size = 0, 0
	}
	for name, text := range g.records {
		info := path.Dir(name)
		i := slices.IndexFunc(p.Distributions, func(d Distribution) bool { return isInfo(path.Base(info), d) })
		if i < 0 {
			continue // a vendored one
		}
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord, r.ReuseRecord = -1, true
		for {
			row, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("file %q: %w", name, err)
			}
			owner[path.Join(path.Dir(info), row[0])] = i
		}
	}
	for i, f := range p.Files {
		d, ok := owner[source(f.Path)]
		if !ok || f.Kind == "dir" {
			continue
		}
		p.Files[i].Distribution = p.Distributions[d].Name
		p.Distributions[d].Files++
		p.Distributions[d].Size += f.Size
	}
	return nil
}

// isInfo tells whether a directory of metadata is a distribution's: its name is
// escaped in one of several ways.
func isInfo(dir string, d Distribution) bool {
	name, version, ok := strings.Cut(strings.TrimSuffix(dir, ".dist-info"), "-")
	return ok && version == strings.ReplaceAll(d.Version, "-", "_") && plainName(name) == plainName(d.Name)
}

func plainName(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune("-_.", r) }), "-")
}

// source is the module that a compiled one comes from (PEP 3147), or the path
// itself.
func source(name string) string {
	dir, base := path.Split(name)
	if stem, ok := strings.CutSuffix(base, ".pyc"); ok && path.Base(dir) == "__pycache__" {
		module, _, _ := strings.Cut(stem, ".cpython-")
		return path.Join(path.Dir(path.Clean(dir)), module+".py")
	}
	return name
}
