package testkit

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Wheel is a wheel to be written: what a test needs a package to be, no more.
type Wheel struct {
	Name           string // required
	Version        string // required
	Requires       []string
	RequiresPython string
	Metadata       []string          // more lines of METADATA, as "License: MIT"
	Files          map[string]string // path in the wheel → content
	Scripts        map[string]string // console script → "module:function"
	Data           map[string]string // path below .data, as "scripts/foo" → content
	Tag            string            // "py3-none-any" when empty; may be compressed
}

// Write writes the wheel into dir and returns its path. It is a valid wheel,
// and the same bytes on every machine and day. A wheel that cannot be written,
// or states a path twice, ends the test.
//
// See https://packaging.python.org/en/latest/specifications/binary-distribution-format/
func (w Wheel) Write(t testing.TB, dir string) string {
	t.Helper()
	body, err := w.bytes()
	if err != nil {
		t.Fatalf("write wheel %q: %v", w.Name, err)
	}
	name := filepath.Join(dir, w.stem()+"-"+w.tag()+".whl")
	if err := os.WriteFile(name, body, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func (w Wheel) tag() string {
	return cmp.Or(w.Tag, "py3-none-any")
}

// stem is the name and version as they stand in file names.
func (w Wheel) stem() string {
	return strings.ReplaceAll(normalName(w.Name), "-", "_") + "-" + strings.ReplaceAll(w.Version, "-", "_")
}

func (w Wheel) bytes() ([]byte, error) {
	info, data := w.stem()+".dist-info/", w.stem()+".data/"
	files := maps.Clone(w.Files)
	if files == nil {
		files = map[string]string{}
	}
	own := map[string]string{
		info + "METADATA": w.metadata(),
		info + "WHEEL":    w.wheel(),
	}
	if len(w.Scripts) > 0 {
		own[info+"entry_points.txt"] = w.entryPoints()
	}
	for name, content := range w.Data {
		own[data+name] = content
	}
	for name, content := range own {
		if _, ok := files[name]; ok {
			return nil, fmt.Errorf("%q is there twice", name)
		}
		files[name] = content
	}
	files[info+"RECORD"] = record(files, info+"RECORD")
	return zipFiles(files, data+"scripts/")
}

func (w Wheel) metadata() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Metadata-Version: 2.1\nName: %s\nVersion: %s\n", w.Name, w.Version)
	if w.RequiresPython != "" {
		fmt.Fprintf(&b, "Requires-Python: %s\n", w.RequiresPython)
	}
	for _, requirement := range w.Requires {
		fmt.Fprintf(&b, "Requires-Dist: %s\n", requirement)
	}
	for _, line := range w.Metadata {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// wheel spells out a compressed tag, as the specification asks: py2.py3-none-any
// is py2-none-any and py3-none-any.
func (w Wheel) wheel() string {
	var b strings.Builder
	pure := strings.HasSuffix(w.tag(), "-none-any")
	fmt.Fprintf(&b, "Wheel-Version: 1.0\nGenerator: testkit\nRoot-Is-Purelib: %t\n", pure)
	tags := []string{""}
	for i, part := range strings.Split(w.tag(), "-") {
		var longer []string
		for _, tag := range tags {
			for _, choice := range strings.Split(part, ".") {
				if i > 0 {
					choice = tag + "-" + choice
				}
				longer = append(longer, choice)
			}
		}
		tags = longer
	}
	for _, tag := range tags {
		fmt.Fprintf(&b, "Tag: %s\n", tag)
	}
	return b.String()
}

func (w Wheel) entryPoints() string {
	text := "[console_scripts]\n"
	for _, name := range slices.Sorted(maps.Keys(w.Scripts)) {
		text += name + " = " + w.Scripts[name] + "\n"
	}
	return text
}

// record lists files with their digests, and itself, which has none.
func record(files map[string]string, self string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256([]byte(files[name]))
		field := name
		if strings.ContainsAny(name, "\",\n") {
			field = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
		fmt.Fprintf(&b, "%s,sha256=%s,%d\n", field, base64.RawURLEncoding.EncodeToString(sum[:]), len(files[name]))
	}
	return b.String() + self + ",,\n"
}

// zipFiles stores the files sorted, with the earliest time a zip knows and without
// compression, so that the bytes depend on nothing else; .dist-info goes last, as the specification
// recommends. Files below executable may be run.
func zipFiles(files map[string]string, executable string) ([]byte, error) {
	names := slices.SortedFunc(maps.Keys(files), func(a, b string) int {
		last := func(name string) int { return strings.Count(path.Dir(name), ".dist-info") }
		return cmp.Or(cmp.Compare(last(a), last(b)), cmp.Compare(a, b))
	})
	var body bytes.Buffer
	z := zip.NewWriter(&body)
	for _, name := range names {
		header := &zip.FileHeader{Name: name, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		header.SetMode(0o644)
		if strings.HasPrefix(name, executable) {
			header.SetMode(0o755)
		}
		w, err := z.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return body.Bytes(), err
}

var separators = regexp.MustCompile(`[-_.]+`)

// normalName writes a project's name as indexes compare it (PEP 503).
func normalName(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "-"))
}
