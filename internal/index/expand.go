package index

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// reference is a variable in a requirements file, as pip reads it.
var reference = regexp.MustCompile(`\$\{[A-Z0-9_]+\}`)

// Expand puts the values of variables (${NAME}) into an option of a requirements
// file. Only those count that configure installers, PIP_* and UV_*: the file may be
// anybody's, and would send any other secret to the address that it names.
func Expand(text string, env []string) (string, error) {
	var errs []error
	env = command.Installer(env)
	expanded := reference.ReplaceAllStringFunc(text, func(name string) string {
		name = strings.Trim(name, "${}")
		value, ok := command.Lookup(env, name)
		if !ok {
			errs = append(errs, fmt.Errorf("variable %q: want it set, and named PIP_… or UV_…: a lock gets no others", name))
		}
		return value
	})
	return expanded, errors.Join(errs...)
}
