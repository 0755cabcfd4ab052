package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep508"
)

// readRequirements reads pip's requirements files, with what they include:
// https://pip.pypa.io/en/stable/reference/requirements-file-format/
func readRequirements(fsys fs.FS, s Selection) (Lock, error) {
	r := &reader{fsys: fsys, selection: s, lock: Lock{Format: "requirements.txt"}, seen: map[inclusion]bool{}}
	for _, name := range s.Files {
		if err := r.file(name, false); err != nil {
			r.errs = append(r.errs, err)
		}
	}
	var errs []error
	r.lock.Requirements, errs = unite(r.lock.Requirements)
	errs = append(errs, constrain(r.lock.Requirements, r.lock.Constraints)...)
	return r.lock, errors.Join(append(r.errs, errs...)...)
}

// reader reads requirements files into a lock and goes on after errors.
type reader struct {
	fsys      fs.FS
	selection Selection
	lock      Lock
	chain     []string // the files being read, each included by the one before
	seen      map[inclusion]bool
	errs      []error
}

// inclusion is a file read with -r, or with -c.
type inclusion struct {
	name       string
	constraint bool
}

// file reads a file; its error is about the file as a whole, for the caller to say
// who wanted it. A file included twice is read once.
func (r *reader) file(name string, constraint bool) error {
	name = path.Clean(name)
	if slices.Contains(r.chain, name) {
		return fmt.Errorf("read lock %q: it includes itself, by %s: want no circle", name, strings.Join(append(r.chain, name), " -> "))
	}
	if r.seen[inclusion{name, constraint}] {
		return nil
	}
	r.seen[inclusion{name, constraint}] = true
	if !fs.ValidPath(name) {
		return fmt.Errorf("read lock %q: it is outside the project: want a path in it", name)
	}
	text, err := readText(r.fsys, name)
	if err != nil {
		return err
	}
	if !slices.Contains(r.lock.Files, name) {
		r.lock.Files = append(r.lock.Files, name)
	}
	r.chain = append(r.chain, name)
	for _, l := range logicalLines(text) {
		for _, err := range r.line(name, l, constraint) {
			r.errs = append(r.errs, fmt.Errorf("%s:%d: %w", name, l.number, err))
		}
	}
	r.chain = r.chain[:len(r.chain)-1]
	return nil
}

// editableWithMarker matches what uv writes for an editable folder with a marker, which
// is no option's value to pip.
var editableWithMarker = regexp.MustCompile(`^(?:-e|--editable)[ \t=]*(\.[^;]*;.*)$`)

// line reads options, or a requirement and the hashes after it.
func (r *reader) line(file string, l line, constraint bool) []error {
	if len(l.text) > lineLimit {
		return []error{fmt.Errorf("the line is %d bytes long: want at most %d", len(l.text), lineLimit)}
	}
	if m := editableWithMarker.FindStringSubmatch(l.text); m != nil {
		return r.local(m[1], file, l.number, constraint)
	}
	if strings.HasPrefix(l.text, "-") {
		settings, err := parseOptions(l.text)
		if err != nil {
			return []error{err}
		}
		var errs []error
		for _, s := range settings {
			if err := r.option(s, file, l.number, constraint); err != nil {
				errs = append(errs, err)
			}
		}
		return errs
	}
	text, rest := l.text, ""
	dash := func(i int) bool { return i > 0 && text[i] == '-' && isBlank(text[i-1]) }
	if at := indexUnquoted(l.text, dash); at >= 0 {
		text, rest = strings.TrimSpace(text[:at]), text[at:]
	}
	if strings.HasSuffix(text, `\`) {
		return []error{errors.New(strayBackslash)}
	}
	if _, _, _, ok := cutPath(text); ok {
		return r.local(text, file, l.number, constraint)
	}
	requirement, err := parseRequirement(text)
	if err != nil {
		return []error{err}
	}
	requirement.File, requirement.Line = file, l.number
	errs := requirement.addHashes(rest)
	if constraint {
		r.lock.Constraints = append(r.lock.Constraints, requirement)
	} else {
		r.lock.Requirements = append(r.lock.Requirements, requirement)
	}
	return errs
}

// local takes a folder of the repository, which is built and shipped whether or not
// it is marked as editable.
func (r *reader) local(text, file string, number int, constraint bool) []error {
	name, location, markerText, _ := cutPath(text)
	if constraint {
		return []error{fmt.Errorf("%s: a path is no constraint: want \"name==version\"", clip(text))}
	}
	if strings.TrimSpace(markerText) != "" {
		marker, err := pep508.ParseMarker(strings.TrimSpace(markerText))
		if err != nil {
			return []error{fmt.Errorf("%s: %w", clip(location), err)}
		}
		if r.selection.Env != nil && !marker.Eval(r.selection.Env, r.selection.active()) {
			return nil
		}
	}
	err := r.lock.addLocal(r.fsys, r.selection, Local{name, location, file, number}, path.Dir(file))
	if err != nil {
		return []error{err}
	}
	return nil
}

// option takes one option that stands on a line of its own.
func (r *reader) option(s setting, file string, number int, constraint bool) error {
	switch s.name {
	case "requirement", "constraint":
		if strings.Contains(s.value, "://") || path.IsAbs(s.value) {
			return fmt.Errorf("%s is outside the project: want a path relative to %q", clip(s.value), file)
		}
		return r.file(path.Join(path.Dir(file), s.value), constraint || s.name == "constraint")
	case "editable":
		if _, _, _, ok := cutPath(s.value); !ok {
			return fmt.Errorf("\"-e\" %s: an editable distribution stays where it is and cannot be shipped: want it pinned with ==, or a folder of the repository", clip(s.value))
		}
		return errors.Join(r.local(s.value, file, number, constraint)...)
	case "hash":
		return fmt.Errorf("\"--hash\" belongs to no requirement: want it after one, with a \"\\\" at the end of the line before")
	case "find-links":
		if !strings.Contains(s.value, ":") && !strings.HasPrefix(s.value, "$") && !path.IsAbs(s.value) {
			s.value = path.Join(path.Dir(file), s.value)
		}
	}
	r.lock.Options = append(r.lock.Options, Option{s.name, s.value, file, number})
	return nil
}
