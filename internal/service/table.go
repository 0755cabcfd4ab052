package service

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/joined"
	"github.com/pinpack/pinpack/internal/nearest"
)

// FromTable reads [tool.pinpack.services] of pyproject.toml, as a TOML decoder
// gives it. A table in it is a process, unless a key has that name. Every wrong
// key and value is reported. Processes are in the order of their names, for a
// decoded table has none.
func FromTable(table map[string]any) (App, error) {
	const where = "pyproject.toml: tool.pinpack.services"
	var a App
	own := map[string]any{}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(table)) {
		process, isTable := table[name].(map[string]any)
		if !isTable || slices.Contains(keyNames(AppKeys), name) {
			own[name] = table[name]
			continue
		}
		p := Process{Name: name}
		errs = append(errs, read(&p, ProcessKeys, process, where+"."+name)...)
		a.Processes = append(a.Processes, p)
	}
	errs = append(read(&a, AppKeys, own, where), errs...)
	return a, errors.Join(errs...)
}

// read sets what a table says by the keys that are declared for it.
func read[T any](to *T, keys []Key[T], table map[string]any, where string) []error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(table)) {
		i := slices.IndexFunc(keys, func(k Key[T]) bool { return k.Name == name })
		if i < 0 {
			errs = append(errs, fmt.Errorf("%s: unknown key %q: %s", where, name, suggest(name, keyNames(keys))))
		} else if err := keys[i].read(to, table[name]); err != nil {
			errs = append(errs, joined.At(where+"."+name, err))
		}
	}
	return errs
}

func keyNames[T any](keys []Key[T]) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return names
}

// suggest says what a wrong name was probably meant to be, or all right ones.
func suggest(name string, names []string) string {
	if found := nearest.Of(name, names); found != "" {
		return fmt.Sprintf("did you mean %q?", found)
	}
	return "want one of " + strings.Join(names, ", ")
}

// text reads a string that is one line and passes the check.
func text[T any](field func(*T) *string, check func(string) error) func(*T, any) error {
	return func(to *T, v any) error {
		s, err := oneLine(v)
		if err == nil && check != nil {
			err = check(s)
		}
		*field(to) = s
		return err
	}
}

func oneLine(v any) (string, error) {
	s, ok := v.(string)
	switch {
	case !ok:
		return "", fmt.Errorf("want a string, have %s", typeName(v))
	case strings.TrimSpace(s) == "":
		return "", errors.New("empty: want a value, or leave the key out")
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return "", fmt.Errorf("value %q: holds a control character: want one line", s)
	}
	return s, nil
}

func boolean[T any](field func(*T) *bool) func(*T, any) error {
	return func(to *T, v any) error {
		b, ok := v.(bool)
		if !ok {
			return fmt.Errorf("want true or false, have %s", typeName(v))
		}
		*field(to) = b
		return nil
	}
}

// list reads an array of strings, or one string.
func list[T any](field func(*T) *[]string, check func(string) error) func(*T, any) error {
	return func(to *T, v any) error {
		items, ok := v.([]any)
		if _, single := v.(string); single {
			items, ok = []any{v}, true
		}
		if !ok {
			return fmt.Errorf("want an array of strings, have %s", typeName(v))
		}
		var errs []error
		for _, item := range items {
			s, err := oneLine(item)
			if err == nil {
				err = check(s)
			}
			errs = append(errs, err)
			*field(to) = append(*field(to), s)
		}
		return errors.Join(errs...)
	}
}

// pairs reads a table of strings, numbers and booleans by name.
func pairs[T any](field func(*T) *map[string]string, check func(name string, v any) (string, error)) func(*T, any) error {
	return func(to *T, v any) error {
		table, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("want a table, have %s", typeName(v))
		}
		all := map[string]string{}
		var errs []error
		for _, name := range slices.Sorted(maps.Keys(table)) {
			s, err := check(name, table[name])
			errs = append(errs, err)
			all[name] = s
		}
		*field(to) = all
		return errors.Join(errs...)
	}
}

func checkVariable(name string, v any) (string, error) {
	if !envName.MatchString(name) {
		return "", fmt.Errorf("variable %q: want letters, digits and _, the first no digit", name)
	}
	s, err := scalar(v)
	if err != nil {
		return "", fmt.Errorf("variable %q: %w", name, err)
	}
	return s, nil
}

// checkSetting reads a setting of Hardening; false leaves it out.
func checkSetting(name string, v any) (string, error) {
	if !slices.Contains(settingNames(), name) {
		return "", fmt.Errorf("unknown setting %q: %s", name, suggest(name, settingNames()))
	}
	switch v {
	case false:
		return "", nil
	case true:
		return "yes", nil
	}
	s, err := oneLine(v)
	if err != nil {
		return "", fmt.Errorf("setting %q: %w", name, err)
	}
	return s, nil
}

// scalar reads a string, number or boolean as text.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case string:
		if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return "", fmt.Errorf("value %q: holds a control character: want one line", v)
		}
		return v, nil
	case int64, bool:
		return fmt.Sprint(v), nil
	}
	return "", fmt.Errorf("want a string, have %s", typeName(v))
}

func oneOf(what string, names []string) func(string) error {
	return func(s string) error {
		if slices.Contains(names, s) {
			return nil
		}
		return fmt.Errorf("unknown %s %q: want one of %s", what, s, strings.Join(names, ", "))
	}
}

func matches(pattern *regexp.Regexp, what, example string) func(string) error {
	return func(s string) error {
		if pattern.MatchString(s) {
			return nil
		}
		return fmt.Errorf("%s %q: want one such as %s", what, s, example)
	}
}

func checkSpan(s string) error {
	_, err := span(s)
	return err
}

func readDirectories(a *App, v any) error {
	return list(func(a *App) *[]string { return &a.Directories }, oneOf("directory", directoryNames()))(a, v)
}

func readInstances(p *Process, v any) error {
	n, ok := v.(int64)
	if !ok || n < 1 || n > 999 {
		return fmt.Errorf("value %v: want a number from 1 to 999", v)
	}
	p.Instances = int(n)
	return nil
}

func readListen(p *Process, v any) error {
	p.Listen = strings.TrimPrefix(fmt.Sprint(v), ":") // of every address
	port := p.Listen
	if m := listenAt.FindStringSubmatch(p.Listen); m != nil {
		port = m[2]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err == nil && n > 0 || v == "unix" {
		return nil
	}
	return fmt.Errorf("value %q: want \"unix\", a port from 1 to 65535, or \"HOST:PORT\"", p.Listen)
}

// typeName names a decoded value's type in TOML's words.
func typeName(v any) string {
	switch v.(type) {
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
	}
	return "a date or time"
}
