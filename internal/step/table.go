package step

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/joined"
	"github.com/pinpack/pinpack/internal/nearest"
)

// Key declares a key of a named step.
type Key struct {
	Name    string
	Help    string // one sentence or two, plain text
	Example string // the value as TOML
	read    func(*Step, any) error
}

// Keys are the keys of [tool.pinpack.steps.NAME].
var Keys = []Key{
	{"run", "What runs: a line for sh -eu, or an array with a program and its arguments, for which there is no shell.", `"sass scss:static/css"`, readRun},
	{"kind", "When it runs, from the table above. Default: assets.", `"test"`, readKind},
	{"directory", "Folder of the project to run in. The globs below are relative to it, and may begin with ../ within the project. Default: the project.", `"frontend"`,
		one(func(s *Step) *string { return &s.Dir }, local)},
	{"env", "Variables of its own: a table, or an array with names to pass on from the builder.", `{ NODE_ENV = "production" }`, readEnv},
	{"secrets", "Variables of the builder that this step alone gets. They are hidden in what is printed.", `["SENTRY_AUTH_TOKEN"]`,
		many(func(s *Step) *[]string { return &s.Secrets }, variable)},
	{"without", "Variables that it does not get, for then they make no difference to the cache.", `["SOURCE_DATE_EPOCH", "PINPACK_VERSION"]`,
		many(func(s *Step) *[]string { return &s.Without }, variable)},
	{"inputs", "Globs (* within a folder, ** across folders) of what it reads. It then runs on a copy of these files and sees no others.", `["scss/**", "package.json"]`,
		globs(func(s *Step) *[]string { return &s.Inputs })},
	{"outputs", "Globs of what it makes: what matches, and that alone, is the project's afterwards. With inputs and outputs, a step whose files, command, tools and environment are unchanged is taken from the cache, unless it is a test.", `["static/css/**"]`,
		globs(func(s *Step) *[]string { return &s.Outputs })},
	{"tools", "Programs that it uses besides those that its command names: other ones make it run again.", `["node"]`,
		many(func(s *Step) *[]string { return &s.Tools }, word)},
	{"timeout", "How long it may take. Default: the input step-timeout.", `"5m"`, readTimeout},
	{"retries", "How often it is run again when it fails. Default: 0, and for tests the input test-retries.", `2`, readRetries},
	{"node", "Whether the tools of a package-lock.json, pnpm-lock.yaml or yarn.lock in its folder are installed for it. Default: true.", `false`,
		boolean(func(s *Step, b bool) { s.NoNode = !b })},
	{"node-scripts", "Whether those npm packages may run scripts when they are installed. Default: false.", `true`,
		boolean(func(s *Step, b bool) { s.Scripts = b })},
}

var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// FromTable reads [tool.pinpack.steps] of pyproject.toml, as a TOML decoder gives
// it. The steps are in the given order of their names. Every wrong key and value is
// reported.
func FromTable(table map[string]any, order []string) ([]Step, error) {
	const where = "pyproject.toml: tool.pinpack.steps"
	var list []Step
	var errs []error
	for _, n := range slices.Sorted(maps.Keys(table)) {
		if !slices.Contains(order, n) {
			order = append(order, n)
		}
	}
	for _, n := range order {
		keys, ok := table[n].(map[string]any)
		if !ok {
			errs = append(errs, fmt.Errorf("%s.%s: want a table, such as [tool.pinpack.steps.css]", where, n))
			continue
		}
		if !name.MatchString(n) {
			errs = append(errs, fmt.Errorf("%s: name %q: want letters, digits, - and _", where, n))
		}
		s := Step{Kind: Assets, Name: n, Named: true}
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			i := slices.IndexFunc(Keys, func(k Key) bool { return k.Name == key })
			if i < 0 {
				errs = append(errs, fmt.Errorf("%s.%s: unknown key %q: %s", where, n, key, suggest(key)))
			} else if err := Keys[i].read(&s, keys[key]); err != nil {
				errs = append(errs, joined.At(where+"."+n+"."+key, err))
			}
		}
		if s.Command == "" && keys["run"] == nil {
			errs = append(errs, fmt.Errorf("%s.%s: no run: want the command", where, n))
		}
		if err := s.check(); err != nil {
			errs = append(errs, fmt.Errorf("%s.%s: %w", where, n, err))
		}
		list = append(list, s)
	}
	return list, errors.Join(errs...)
}

// check holds what several keys say together.
func (s Step) check() error {
	switch {
	case s.Kind == Test && len(s.Inputs)+len(s.Outputs) > 0:
		return errors.New("inputs and outputs of a test: want none: tests get the project without what is installed, and run each time")
	case len(s.Outputs) > 0 && len(s.Inputs) == 0:
		return errors.New("outputs without inputs: want both, for what it makes depends on what it reads")
	}
	return nil
}

func suggest(key string) string {
	var names []string
	for _, k := range Keys {
		names = append(names, k.Name)
	}
	if near := nearest.Of(key, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "want one of " + strings.Join(names, ", ")
}

func readRun(s *Step, v any) error {
	if list, ok := v.([]any); ok {
		var errs []error
		for _, e := range list {
			arg, ok := e.(string)
			if !ok || strings.ContainsRune(arg, 0) {
				errs = append(errs, fmt.Errorf("argument %v: want strings", quote(e)))
			}
			s.Args = append(s.Args, arg)
		}
		if errs != nil {
			return errors.Join(errs...)
		}
		if len(s.Args) == 0 || s.Args[0] == "" {
			return errors.New("empty: want a program and its arguments")
		}
		s.Command = strings.Join(s.Args, " ")
		return nil
	}
	line, ok := v.(string)
	if !ok || strings.TrimSpace(line) == "" || strings.ContainsRune(line, 0) {
		return fmt.Errorf("value %v: want a line for sh, or an array of a program and its arguments", quote(v))
	}
	s.Command = strings.TrimSpace(line)
	return nil
}

func readKind(s *Step, v any) error {
	var names []string
	for _, k := range Kinds {
		if v == string(k.Kind) {
			s.Kind = k.Kind
			return nil
		}
		names = append(names, string(k.Kind))
	}
	return fmt.Errorf("unknown kind %v: want one of %s", quote(v), strings.Join(names, ", "))
}

func readEnv(s *Step, v any) error {
	if table, ok := v.(map[string]any); ok {
		var errs []error
		for _, n := range slices.Sorted(maps.Keys(table)) {
			text, isText := table[n].(string)
			switch table[n].(type) {
			case int64, bool:
				text, isText = fmt.Sprint(table[n]), true
			}
			if !isText {
				errs = append(errs, fmt.Errorf("variable %q: want a string", n))
			}
			errs = append(errs, variable(n))
			s.Env = append(s.Env, n+"="+text)
		}
		return errors.Join(errs...)
	}
	return many(func(s *Step) *[]string { return &s.Env }, variable)(s, v)
}

func readTimeout(s *Step, v any) error {
	text, _ := v.(string)
	d, err := Span(text)
	s.Timeout = d
	return err
}

// Span reads a time such as "90s", "10m" or "1h30m".
func Span(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second {
		return 0, fmt.Errorf("time %q: want a second or more, such as 90s, 10m or 1h30m", text)
	}
	return d, nil
}

func readRetries(s *Step, v any) error {
	n, ok := v.(int64)
	if !ok || n < 0 || n > 10 {
		return fmt.Errorf("value %v: want a number from 0 to 10", v)
	}
	s.Retries = int(n)
	return nil
}

func boolean(set func(*Step, bool)) func(*Step, any) error {
	return func(s *Step, v any) error {
		b, ok := v.(bool)
		if !ok {
			return fmt.Errorf("value %v: want true or false", quote(v))
		}
		set(s, b)
		return nil
	}
}

func one(field func(*Step) *string, check func(string) error) func(*Step, any) error {
	return func(s *Step, v any) error {
		text, ok := v.(string)
		if !ok {
			return fmt.Errorf("value %v: want a string", v)
		}
		*field(s) = path.Clean(text)
		return check(text)
	}
}

// many reads an array of strings, or one string.
func many(field func(*Step) *[]string, check func(string) error) func(*Step, any) error {
	return func(s *Step, v any) error {
		if text, ok := v.(string); ok {
			v = []any{text}
		}
		list, ok := v.([]any)
		if !ok {
			return fmt.Errorf("value %v: want an array of strings", v)
		}
		var errs []error
		for _, e := range list {
			text, ok := e.(string)
			if !ok {
				errs = append(errs, fmt.Errorf("value %v: want strings", e))
				continue
			}
			errs = append(errs, check(text))
			*field(s) = append(*field(s), text)
		}
		return errors.Join(errs...)
	}
}

func local(p string) error {
	if p == "" || path.IsAbs(p) || strings.HasPrefix(path.Clean(p)+"/", "../") || strings.ContainsFunc(p, func(r rune) bool { return r < ' ' }) {
		return fmt.Errorf("path %q: want one in the project, relative to it", p)
	}
	return nil
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func variable(n string) error {
	if !variableName.MatchString(n) {
		return fmt.Errorf("variable %q: want letters, digits and _, the first no digit", n)
	}
	return nil
}

func word(w string) error {
	if w == "" || strings.ContainsAny(w, " \t\n") {
		return fmt.Errorf("program %q: want a name or a path", w)
	}
	return nil
}

func quote(v any) string {
	if s, ok := v.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(v)
}
