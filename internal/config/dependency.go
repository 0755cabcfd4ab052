package config

import (
	"fmt"
	"slices"
	"strings"
)

// splitDependencies tells the dependencies in a line apart. They stand between
// commas or white space; a version belongs to the name before it, in Debian's
// notation, `libpq5 (>= 13)`, or RPM's, `libpq >= 13`; and `a | b` is one.
func splitDependencies(line string) ([]string, error) {
	line = strings.NewReplacer("(", " (", ")", ") ", "|", " | ", ",", " , ").Replace(line)
	tokens := strings.Fields(line)
	var deps []string
	join := func(s string) error {
		if len(deps) == 0 {
			return fmt.Errorf("dependency %q: %q stands before any name", line, s)
		}
		deps[len(deps)-1] += " " + s
		return nil
	}
	for i := 0; i < len(tokens); i++ {
		var err error
		switch t := tokens[i]; {
		case t == ",":
		case strings.HasPrefix(t, "("):
			for !strings.HasSuffix(t, ")") {
				i++
				if i == len(tokens) {
					return nil, fmt.Errorf("dependency %q: a parenthesis is not closed", strings.TrimSpace(line))
				}
				t += " " + tokens[i]
			}
			err = join(t)
		case t == "|" || isOperator(t):
			i++
			if i == len(tokens) || tokens[i] == "," {
				return nil, fmt.Errorf("dependency %q: nothing follows %q", strings.TrimSpace(line), t)
			}
			err = join(t + " " + tokens[i])
		default:
			deps = append(deps, t)
		}
		if err != nil {
			return nil, err
		}
	}
	return deps, nil
}

func isOperator(t string) bool {
	return slices.Contains([]string{"<", "<=", "=", ">=", ">", "<<", ">>"}, t)
}
