package pep508

import (
	"regexp"
	"strings"
)

var (
	validName  = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$`)
	separators = regexp.MustCompile(`[-_.]+`)
)

// ValidName tells whether name can name a distribution, an extra or a dependency
// group: ASCII letters, digits, '.', '_' and '-', beginning and ending with a letter
// or digit.
// See https://packaging.python.org/en/latest/specifications/name-normalization/.
func ValidName(name string) bool { return len(name) <= longestName && validName.MatchString(name) }

// longestName is far above what any index has, and far below what would fill a log.
const longestName = 200

// NormalizeName returns the form in which two names of one thing are equal (PEP 503):
// "Zope.Interface" is "zope-interface".
func NormalizeName(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "-"))
}
