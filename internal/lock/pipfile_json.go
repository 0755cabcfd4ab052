package lock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// readPipfileLock reads the file in its order, to know the lines.
func readPipfileLock(fsys fs.FS, name string) (pipfileLock, error) {
	text, err := readText(fsys, name)
	if err != nil {
		return pipfileLock{}, err
	}
	if strings.TrimSpace(text) == "" {
		return pipfileLock{}, fmt.Errorf("read lock %q: it is empty", name)
	}
	r := &pipfileReader{text: text, decoder: json.NewDecoder(strings.NewReader(text))}
	doc, err := r.document()
	if err != nil {
		return pipfileLock{}, fmt.Errorf("%s:%d: %w: want a lock file as Pipenv wrote it", name, r.line(), describe(err))
	}
	if doc.meta.Spec != 6 {
		return pipfileLock{}, fmt.Errorf("read lock %q: pipfile-spec %d in _meta: want 6, which \"pipenv lock\" writes", name, doc.meta.Spec)
	}
	return doc, nil
}

type pipfileReader struct {
	text    string
	decoder *json.Decoder
	offset  int64 // up to which lines are counted
	lines   int
}

// line returns the present line, from 1.
func (r *pipfileReader) line() int {
	now := r.decoder.InputOffset()
	r.lines += strings.Count(r.text[r.offset:now], "\n")
	r.offset = now
	return r.lines + 1
}

func (r *pipfileReader) document() (pipfileLock, error) {
	var doc pipfileLock
	err := r.object(func(key string) error {
		if key == "_meta" {
			return r.decoder.Decode(&doc.meta)
		}
		category := pipfileCategory{name: key}
		err := r.object(func(name string) error {
			e, err := r.entry(name)
			category.entries = append(category.entries, e)
			return err
		})
		doc.categories = append(doc.categories, category)
		return err
	})
	if err != nil {
		return doc, err
	}
	if _, err := r.decoder.Token(); err != io.EOF {
		return doc, errors.New("something follows the end")
	}
	return doc, nil
}

// object reads an object by a function for each of its values.
func (r *pipfileReader) object(value func(key string) error) error {
	start, err := r.decoder.Token()
	if err != nil {
		return err
	}
	if start != json.Delim('{') {
		return fmt.Errorf("%s where an object belongs", clip(fmt.Sprint(start)))
	}
	for r.decoder.More() {
		key, err := r.decoder.Token()
		if err != nil {
			return err
		}
		if err := value(key.(string)); err != nil { // keys of objects are nothing else
			return fmt.Errorf("%s: %w", clip(key.(string)), err)
		}
	}
	_, err = r.decoder.Token()
	return err
}

// entry reads a table, or the version alone, as old Pipenv wrote it.
func (r *pipfileReader) entry(name string) (pipfileEntry, error) {
	e := pipfileEntry{name: name, line: r.line()}
	var raw json.RawMessage
	if err := r.decoder.Decode(&raw); err != nil {
		return e, err
	}
	if raw[0] == '"' {
		return e, json.Unmarshal(raw, &e.Version)
	}
	return e, json.Unmarshal(raw, &e)
}

// describe says what is wrong with JSON in other words than Go's.
func describe(err error) error {
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the file ends too early")
	case errors.As(err, &wrongType):
		return fmt.Errorf("%s of the wrong type, %s", strings.TrimPrefix(wrongType.Field+" is", " "), wrongType.Value)
	}
	return err
}
