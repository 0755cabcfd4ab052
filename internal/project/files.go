package project

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// read returns the text of a file that a key names, with any bytes that are not
// UTF-8 replaced.
func (s *source) read(key, name string) string {
	name = path.Clean(name)
	if !fs.ValidPath(name) {
		s.wrong(key, "%q is outside the project: want a path in it", name)
		return ""
	}
	text, err := fs.ReadFile(s.fsys, name)
	if err != nil {
		s.wrong(key, "read %q: %w", name, cause(err))
	}
	return strings.ToValidUTF8(string(text), "\ufffd")
}

// cause returns the reason of a file error, without the operation and the path.
func cause(err error) error {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// typeByName guesses a readme's content type.
func typeByName(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".markdown":
		return "text/markdown"
	case ".rst":
		return "text/x-rst"
	default:
		return "text/plain"
	}
}

// defaultLicenseFiles returns what build backends take for license files when the
// project names none.
func (s *source) defaultLicenseFiles() []string {
	var files []string
	for _, pattern := range []string{"LICEN[CS]E*", "COPYING*", "NOTICE*", "AUTHORS*"} {
		files = append(files, s.match(pattern)...)
	}
	return sorted(files)
}

// glob returns the files that match the patterns of a key, sorted. As PEP 639 has
// it, "**" crosses directories, and a pattern that matches nothing is an error.
func (s *source) glob(key string, patterns []string) []string {
	var files []string
	for _, pattern := range patterns {
		if _, err := path.Match(pattern, ""); err != nil || !fs.ValidPath(pattern) {
			s.wrong(key, "%q is no pattern of files in the project: want one such as \"LICEN[CS]E*\"", pattern)
			continue
		}
		found := s.match(pattern)
		if len(found) == 0 {
			s.wrong(key, "%q matches no file: want the licence's text", pattern)
		}
		files = append(files, found...)
	}
	return sorted(files)
}

func (s *source) match(pattern string) []string {
	if !strings.Contains(pattern, "**") {
		found, _ := fs.Glob(s.fsys, pattern) // errs on a bad pattern only, which glob refuses
		return slices.DeleteFunc(found, func(name string) bool {
			info, err := fs.Stat(s.fsys, name)
			return err != nil || info.IsDir()
		})
	}
	var found []string
	want := strings.Split(pattern, "/")
	// A directory that cannot be read has no licence we could ship.
	_ = fs.WalkDir(s.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && matchParts(want, strings.Split(name, "/")) {
			found = append(found, name)
		}
		return nil
	})
	return found
}

func matchParts(pattern, name []string) bool {
	switch {
	case len(pattern) == 0:
		return len(name) == 0
	case pattern[0] == "**":
		return matchParts(pattern[1:], name) || len(name) > 0 && matchParts(pattern, name[1:])
	case len(name) == 0:
		return false
	}
	ok, _ := path.Match(pattern[0], name[0])
	return ok && matchParts(pattern[1:], name[1:])
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
