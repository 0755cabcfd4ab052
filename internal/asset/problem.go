package asset

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"unicode/utf8"
)

// Problem is what is wrong at a place in a file.
type Problem struct {
	File         string // as a user would name it
	Line, Column int    // from 1; characters
	Text         string
	Err          error // nil, or the kind of problem
}

func (p *Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

func (p *Problem) Unwrap() error { return p.Err }

// Problem describes what is wrong at an offset in a file's content.
func (d *Dir) Problem(name string, data []byte, offset int, kind error, format string, args ...any) *Problem {
	offset = min(max(offset, 0), len(data))
	line := 1 + bytes.Count(data[:offset], []byte("\n"))
	start := bytes.LastIndexByte(data[:offset], '\n') + 1
	column := 1 + utf8.RuneCount(data[start:offset])
	return &Problem{File: filepath.Join(d.Path, filepath.FromSlash(name)), Line: line, Column: column, Text: fmt.Sprintf(format, args...), Err: kind}
}

// OptionError is a wrong option: nothing was begun.
type OptionError struct{ Err error }

func (e *OptionError) Error() string { return e.Err.Error() }

func (e *OptionError) Unwrap() error { return e.Err }

// WrongOptions makes an *OptionError of what is wrong, if anything is.
func WrongOptions(errs ...error) error {
	if err := errors.Join(errs...); err != nil {
		return &OptionError{err}
	}
	return nil
}

// most is how many problems are shown.
const most = 50

// Problems sorts problems by place and joins them with the other errors. Of
// very many, some are shown and the rest is counted.
func Problems(errs []error) error {
	var list []*Problem
	var rest []error
	for _, err := range flatten(errs) {
		var p *Problem
		if errors.As(err, &p) {
			list = append(list, p)
		} else if err != nil {
			rest = append(rest, err)
		}
	}
	slices.SortStableFunc(list, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Text, b.Text))
	})
	for i, p := range list {
		if i == most {
			rest = append(rest, fmt.Errorf("and %d more like these", len(list)-most))
			break
		}
		rest = append(rest, p)
	}
	return errors.Join(rest...)
}

// flatten takes apart what errors.Join put together.
func flatten(errs []error) []error {
	var list []error
	for _, err := range errs {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			list = append(list, flatten(joined.Unwrap())...)
		} else if err != nil {
			list = append(list, err)
		}
	}
	return list
}
