package venv

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/project"
)

// Distribution is something installed in the virtualenv.
type Distribution struct {
	Name    string `json:"name"` // as it calls itself
	Version string `json:"version"`
	Size    int64  `json:"size,omitempty"` // bytes on the server, where that was added up
	Info    string `json:"-"`              // its .dist-info directory on this machine

	requires []string // Requires-Dist, as written
}

// Distributions lists what is installed, sorted by normalised name. See
// https://packaging.python.org/en/latest/specifications/recording-installed-packages/.
func (e Env) Distributions() ([]Distribution, error) {
	infos, err := filepath.Glob(filepath.Join(e.Site(), "*.dist-info"))
	if err != nil {
		return nil, err
	}
	var list []Distribution
	for _, info := range infos {
		text, err := os.ReadFile(filepath.Join(info, "METADATA"))
		if err != nil {
			return nil, fmt.Errorf("read distribution: %w", err)
		}
		d := Distribution{Info: info}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if line == "" {
				break
			}
			key, value, _ := strings.Cut(line, ":")
			switch strings.ToLower(key) {
			case "name":
				d.Name = strings.TrimSpace(value)
			case "version":
				d.Version = strings.TrimSpace(value)
			case "requires-dist":
				d.requires = append(d.requires, strings.TrimSpace(value))
			}
		}
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b Distribution) int {
		return cmp.Compare(project.NormalizeName(a.Name), project.NormalizeName(b.Name))
	})
	return list, nil
}

// Files lists what the distribution's RECORD lists: paths relative to the
// directory that the distribution is in.
func (d Distribution) Files() ([]string, error) {
	rows, err := readRecord(filepath.Join(d.Info, "RECORD"))
	var names []string
	for _, row := range rows {
		names = append(names, row[0])
	}
	return names, err
}

func readRecord(file string) ([][]string, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := csv.NewReader(in)
	r.FieldsPerRecord = -1
	return r.ReadAll()
}

// Own is the project's own distribution.
func (e Env) Own() (Distribution, error) {
	list, err := e.Distributions()
	if err != nil {
		return Distribution{}, err
	}
	for _, d := range list {
		if project.NormalizeName(d.Name) == project.NormalizeName(e.Wheel.Name) {
			return d, nil
		}
	}
	return Distribution{}, fmt.Errorf("find distribution %q: not installed", e.Wheel.Name)
}

// writeRecords writes each distribution's RECORD anew: what is gone has no
// row, what was changed its new hash, sorted. Compiled modules are not listed;
// the specification leaves that open, and tools derive them from the sources.
func (e Env) writeRecords() error {
	records, err := filepath.Glob(filepath.Join(e.Site(), "*.dist-info", "RECORD"))
	if err != nil {
		return err
	}
	for _, file := range records {
		if err := e.writeRecord(file); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(filepath.Dir(file)), err)
		}
	}
	return nil
}

func (e Env) writeRecord(file string) error {
	rows, err := readRecord(file)
	if err != nil {
		return err
	}
	self, err := filepath.Rel(e.Site(), file)
	if err != nil {
		return err
	}
	var kept [][]string
	for _, row := range rows {
		name := filepath.FromSlash(row[0])
		if name == self || strings.HasSuffix(name, ".pyc") {
			continue
		}
		full := name
		if !filepath.IsAbs(name) {
			full = filepath.Join(e.Site(), name)
		}
		if !under(e.Dir, full) {
			return fmt.Errorf("row %q: outside of the virtualenv", row[0])
		}
		data, err := os.ReadFile(full)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		rel, err := filepath.Rel(e.Site(), full)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		kept = append(kept, []string{filepath.ToSlash(rel), "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]), strconv.Itoa(len(data))})
	}
	kept = append(kept, []string{filepath.ToSlash(self), "", ""})
	slices.SortFunc(kept, func(a, b []string) int { return cmp.Compare(a[0], b[0]) })
	kept = slices.CompactFunc(kept, func(a, b []string) bool { return a[0] == b[0] })
	var text strings.Builder
	w := csv.NewWriter(&text)
	if err := w.WriteAll(kept); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text.String()), 0o644)
}
