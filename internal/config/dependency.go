package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// debianVersion is how a version begins in Debian's notation. Other parentheses
// are a part of a name, such as RPM's libpq.so.5()(64bit).
var debianVersion = regexp.MustCompile(`\s*\(\s*([<>=])`)

// splitDependencies tells the dependencies in a line apart. They stand between
// commas or white space; a version belongs to the name before it, in Debian's
// notation, `libpq5 (>= 13)`, or RPM's, `libpq >= 13`; and `a | b` is one.
func splitDependencies(line string) ([]string, error) {
	spaced := strings.NewReplacer("|", " | ", ",", " , ", " )", ")").Replace(debianVersion.ReplaceAllString(line, " ($1"))
	tokens := strings.Fields(spaced)
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
					return nil, fmt.Errorf("dependency %q: a parenthesis is not closed", line)
				}
				t += " " + tokens[i]
			}
			err = join(t)
		case t == "|" || isOperator(t):
			i++
			if i == len(tokens) || tokens[i] == "," {
				return nil, fmt.Errorf("dependency %q: nothing follows %q", line, t)
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
