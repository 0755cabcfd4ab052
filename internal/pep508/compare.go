package pep508

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/pep440"
)

// comparison is of a variable and a text.
type comparison struct {
	variable string
	operator string // "==", "in", "not in", …
	literal  string
	reversed bool // the text stands on the left
	version  bool // the variable is one that is compared as a version
}

// check refuses a comparison without a meaning.
func (c comparison) check() error {
	switch {
	case c.variable == "extras", c.variable == "dependency_groups":
		if !c.reversed || !strings.HasSuffix(c.operator, "in") {
			return fmt.Errorf("%s is a set: want \"name\" in %s", c.variable, c.variable)
		}
	case c.operator != "~=" && c.operator != "===":
	case !c.version:
		return fmt.Errorf("%s compares versions, and %s is none: want ==", c.operator, c.variable)
	case !c.reversed:
		if _, err := specifier(c.operator, c.literal); err != nil {
			return err
		}
	}
	return nil
}

func (c comparison) holds(env Environment, a Active) bool {
	switch c.variable {
	case "extras":
		return slices.Contains(a.Extras, NormalizeName(c.literal)) == (c.operator == "in")
	case "dependency_groups":
		return slices.Contains(a.Groups, NormalizeName(c.literal)) == (c.operator == "in")
	case "extra":
		return c.holdsForExtras(a.Extras)
	case "python_full_version":
		value := env[c.variable]
		if strings.HasSuffix(value, "+") { // a build between two releases: "3.14.0a1+"
			value += "local"
		}
		return c.holdsFor(value)
	}
	return c.holdsFor(env[c.variable])
}

// holdsForExtras compares each active extra, or the empty text where none is. It takes
// the denying operators for what denies the others, so that several extras at once do
// not make `extra != "x"` hold because of the second.
func (c comparison) holdsForExtras(active []string) bool {
	c.literal = NormalizeName(c.literal)
	denies := false
	switch c.operator {
	case "!=":
		c.operator, denies = "==", true
	case "not in":
		c.operator, denies = "in", true
	}
	if len(active) == 0 {
		active = []string{""}
	}
	return slices.ContainsFunc(active, c.holdsFor) != denies
}

// holdsFor compares a variable's value.
func (c comparison) holdsFor(value string) bool {
	left, right := value, c.literal
	if c.reversed {
		left, right = right, left
	}
	if c.version {
		if spec, err := specifier(c.operator, right); err == nil {
			version, err := pep440.Parse(left)
			if err != nil {
				return c.operator == "===" && strings.EqualFold(left, right)
			}
			return spec.Match(version)
		}
	}
	switch c.operator {
	case "==", "<=", ">=":
		return left == right
	case "!=":
		return left != right
	case "in":
		return strings.Contains(right, left)
	case "not in":
		return !strings.Contains(right, left)
	default: // texts have no order
		return false
	}
}

// specifier reads an operator and what is right of it as a version specifier.
func specifier(operator, right string) (pep440.Specifiers, error) {
	specifiers, err := pep440.ParseSpecifiers(operator + right)
	if err == nil && len(specifiers) != 1 || strings.Contains(right, ",") {
		err = errors.New("want one version")
	}
	return specifiers, err
}
