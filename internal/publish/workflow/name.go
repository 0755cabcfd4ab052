package workflow

import (
	"fmt"
	"strings"
	"unicode"
)

// illegal are the characters that the service takes in no artifact's name
// (toolkit, path-and-artifact-name-validation.ts).
const illegal = "\":<>|*?\r\n\\/"

// checkName says what is wrong with a name that the service would refuse.
func checkName(what, name string) error {
	if name == "" {
		return fmt.Errorf("%s is empty: want a name that no other job of the run uses", what)
	}
	if i := strings.IndexAny(name, illegal); i >= 0 {
		return fmt.Errorf("%s %q has %q in it: want none of %q", what, name, name[i], illegal)
	}
	return nil
}

// SafeName makes an artifact's name of parts that tell the jobs of a matrix
// apart, such as package, version, distribution and architecture:
// "demo", "1:2.0", "debian:12", "arm64" give "demo_1-2.0_debian-12_arm64".
// Empty parts are left out. The name is always valid.
func SafeName(parts ...string) string {
	var safe []string
	for _, p := range parts {
		p = strings.Map(func(r rune) rune {
			if strings.ContainsRune(illegal, r) || unicode.IsSpace(r) || !unicode.IsPrint(r) {
				return '-'
			}
			return r
		}, strings.ToValidUTF8(strings.TrimSpace(p), "-"))
		if p != "" {
			safe = append(safe, p)
		}
	}
	if len(safe) == 0 {
		return "packages"
	}
	return strings.Join(safe, "_")
}
