package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/service"
	"github.com/pinpack/pinpack/internal/step"
)

// FromEnviron reads the inputs of a GitHub action, which the runner hands over
// as INPUT_NAME, hyphens kept. An empty one counts as not given, for the
// runner sets every declared input.
func FromEnviron(environ []string) Source {
	s := Source{Where: "input %s", Values: map[string][]string{}}
	for _, v := range environ {
		name, value, _ := strings.Cut(v, "=")
		name, ok := strings.CutPrefix(name, "INPUT_")
		// The runner takes args and entrypoint from every user of a container action.
		if !ok || strings.TrimSpace(value) == "" || name == "ARGS" || name == "ENTRYPOINT" {
			continue
		}
		name = strings.ToLower(name)
		s.Values[name] = []string{value}
	}
	return s
}

// FromTable reads [tool.pinpack] of pyproject.toml, as a TOML decoder gives it:
// a string, an array of strings, a number or a boolean.
//
// The steps are in the given order of their names, for a decoded table has none.
func FromTable(table map[string]any, order ...string) Source {
	s := Source{Where: "pyproject.toml: tool.pinpack.%s", Values: map[string][]string{}}
	for name, v := range table {
		if name == services {
			s.readServices(v)
			continue
		}
		if name == steps {
			s.readSteps(v, order)
			continue
		}
		if in, ok := Find(name); ok && in.Outside {
			s.Fixed = append(s.Fixed, fmt.Errorf(s.Where+": want it as a flag or an action's input: it says where this file is", name))
			continue
		}
		values, err := texts(v)
		if err != nil {
			s.Fixed = append(s.Fixed, fmt.Errorf(s.Where+": %w", name, err))
			values = nil
		}
		s.Values[name] = values
	}
	slices.SortFunc(s.Fixed, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return s
}

// services is the table of services, which is no input.
const services = "services"

func (s *Source) readServices(v any) {
	table, ok := v.(map[string]any)
	if !ok {
		s.Fixed = append(s.Fixed, fmt.Errorf(s.Where+": want a table, such as [tool.pinpack.services.web]", services))
		return
	}
	app, err := service.FromTable(table)
	if err != nil {
		s.Fixed = append(s.Fixed, err)
	}
	s.Services = &app
}

// steps is the table of steps, which is no input.
const steps = "steps"

func (s *Source) readSteps(v any, order []string) {
	table, ok := v.(map[string]any)
	if !ok {
		s.Fixed = append(s.Fixed, fmt.Errorf(s.Where+": want a table, such as [tool.pinpack.steps.css]", steps))
		return
	}
	list, err := step.FromTable(table, order)
	if err != nil {
		s.Fixed = append(s.Fixed, err)
	}
	s.Steps = list
}

func texts(v any) ([]string, error) {
	switch v := v.(type) {
	case string:
		return []string{v}, nil
	case int64, bool:
		return []string{fmt.Sprint(v)}, nil
	case []any:
		var all []string
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, fmt.Errorf("array of %T: want strings", e)
			}
			all = append(all, s)
		}
		return all, nil
	case float64:
		return nil, fmt.Errorf("%v: want it in quotes: a number loses its zeros", v)
	}
	return nil, fmt.Errorf("a %T: want a string or an array of strings", v)
}
