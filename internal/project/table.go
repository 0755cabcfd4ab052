package project

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// source is a file being read and what was found wrong in it.
type source struct {
	fsys fs.FS
	file string
	errs []error
	keys [][]string // of a TOML file, in the order in which they are written
}

// wrong records an error about a key of the file.
func (s *source) wrong(key, format string, args ...any) {
	s.errs = append(s.errs, fmt.Errorf("%s: %s: "+format, append([]any{s.file, key}, args...)...))
}

// reported tells whether something is wrong with a key already, so that a name of
// the wrong type is not called missing as well.
func (s *source) reported(key string) bool {
	return slices.ContainsFunc(s.errs, func(err error) bool {
		return strings.HasPrefix(err.Error(), s.file+": "+key+": ")
	})
}

// table is a TOML table whose getters record wrong types in its source instead of
// returning them, so that all of them can be reported. An absent table has nil
// values, and an absent key gives the zero value.
type table struct {
	src    *source
	path   string // the table's own key, "project.urls"; "" for the document
	values map[string]any
}

// readTOML reads a file of fsys; one that does not exist is an empty table.
func readTOML(fsys fs.FS, name string) (table, error) {
	doc := table{src: &source{fsys: fsys, file: name}}
	text, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return doc, nil
	}
	if err != nil {
		return doc, fmt.Errorf("read %q: %w", name, err)
	}
	// A byte-order mark is no TOML, but Windows editors write it.
	meta, err := toml.Decode(strings.TrimPrefix(string(text), "\ufeff"), &doc.values)
	if syntax := (toml.ParseError{}); errors.As(err, &syntax) {
		return doc, fmt.Errorf("%s:%d:%d: %s: want TOML", name, syntax.Position.Line, syntax.Position.Col, syntax.Message)
	} else if err != nil {
		return doc, fmt.Errorf("%s: %w: want TOML", name, err)
	}
	for _, key := range meta.Keys() {
		doc.src.keys = append(doc.src.keys, key)
	}
	return doc, nil
}

// under lists the keys right below a table, in the order in which they are written.
func (s *source) under(path ...string) []string {
	var names []string
	for _, key := range s.keys {
		if n := len(path); len(key) > n && slices.Equal(key[:n], path) && !slices.Contains(names, key[n]) {
			names = append(names, key[n])
		}
	}
	return names
}

func (t table) has(key string) bool {
	_, ok := t.values[key]
	return ok
}

func (t table) key(key string) string {
	if t.path == "" {
		return key
	}
	return t.path + "." + key
}

func (t table) wrong(key, format string, args ...any) { t.src.wrong(t.key(key), format, args...) }

func (t table) str(key string) string { return get[string](t, key) }

func (t table) boolean(key string) bool { return get[bool](t, key) }

func (t table) table(key string) table {
	return table{t.src, t.key(key), get[map[string]any](t, key)}
}

func (t table) strs(key string) []string {
	var list []string
	for i, item := range t.array(key) {
		if s, ok := convert[string](t, fmt.Sprintf("%s[%d]", key, i), item); ok {
			list = append(list, s)
		}
	}
	return list
}

func (t table) tables(key string) []table {
	var list []table
	for i, item := range t.array(key) {
		at := fmt.Sprintf("%s[%d]", key, i)
		if values, ok := convert[map[string]any](t, at, item); ok {
			list = append(list, table{t.src, t.key(at), values})
		}
	}
	return list
}

// strMap reads a table all of whose values are strings; nil when it has none.
func (t table) strMap(key string) map[string]string {
	inner := t.table(key)
	var m map[string]string
	for _, k := range slices.Sorted(maps.Keys(inner.values)) {
		if m == nil {
			m = map[string]string{}
		}
		m[k] = inner.str(k)
	}
	return m
}

// array returns an array, also one written as [[key]].
func (t table) array(key string) []any {
	if tables, ok := t.values[key].([]map[string]any); ok {
		list := make([]any, len(tables))
		for i, values := range tables {
			list[i] = values
		}
		return list
	}
	return get[[]any](t, key)
}

func get[T any](t table, key string) T {
	var zero T
	value, ok := t.values[key]
	if !ok {
		return zero
	}
	converted, _ := convert[T](t, key, value)
	return converted
}

func convert[T any](t table, key string, value any) (T, bool) {
	converted, ok := value.(T)
	if !ok {
		t.wrong(key, "want %s, have %s", typeName(converted), typeName(value))
	}
	return converted, ok
}

// typeName names a decoded value's type in TOML's words.
func typeName(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case int64:
		return "an integer"
	case float64:
		return "a float"
	case bool:
		return "a boolean"
	case []any, []map[string]any:
		return "an array"
	case map[string]any:
		return "a table"
	default:
		return "a date or time"
	}
}
