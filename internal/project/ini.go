package project

import (
	"errors"
	"fmt"
	"strings"
)

// ini holds sections of keys and values, each value's lines joined by "\n".
type ini map[string]map[string]string

// parseINI reads the dialect of Python's configparser that setup.cfg and
// entry_points.txt are written in: "[section]", "key = value", indented lines that
// continue a value, whole-line comments. Delimiters are the characters that may
// stand between key and value. The error names every wrong line.
// See https://docs.python.org/3/library/configparser.html#supported-ini-file-structure.
func parseINI(text, delimiters string) (ini, error) {
	file := ini{}
	var errs []error
	wrong := func(i int, format string, args ...any) {
		errs = append(errs, fmt.Errorf("line %d: "+format, append([]any{i + 1}, args...)...))
	}
	var section map[string]string
	key := ""
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "", strings.HasPrefix(trimmed, "#"), strings.HasPrefix(trimmed, ";"):
		case key != "" && strings.ContainsAny(line[:1], " \t"):
			section[key] = strings.TrimPrefix(section[key]+"\n"+trimmed, "\n")
		case strings.HasPrefix(trimmed, "["):
			name, _, closed := strings.Cut(trimmed[1:], "]")
			if !closed {
				wrong(i, "%.80q: want a section in brackets, closed by ]", trimmed)
			}
			if file[name] == nil {
				file[name] = map[string]string{}
			}
			section, key = file[name], ""
		default:
			at := strings.IndexAny(trimmed, delimiters)
			if at < 1 || section == nil {
				key = ""
				wrong(i, "%.80q: want \"key = value\" in a [section]", trimmed)
				continue
			}
			key = strings.TrimSpace(trimmed[:at])
			if _, ok := section[key]; ok {
				wrong(i, "%.80q is there already: want it once", key)
			}
			section[key] = strings.TrimSpace(trimmed[at+1:])
		}
	}
	return file, errors.Join(errs...)
}

// pairs reads a value whose lines are "key = value" themselves.
func pairs(value string) map[string]string {
	var m map[string]string
	for line := range strings.SplitSeq(value, "\n") {
		if key, v, ok := strings.Cut(line, "="); ok {
			m = with(m, strings.TrimSpace(key), strings.TrimSpace(v))
		}
	}
	return m
}

// items reads a value that is a list, by lines or by commas.
func items(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == '\n' || r == ',' || r == ' ' })
}
