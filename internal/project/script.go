package project

import (
	"fmt"
	"regexp"
	"strings"
)

// object is an object reference: "package.module:object.attribute".
// https://packaging.python.org/en/latest/specifications/entry-points/
var object = regexp.MustCompile(`^[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*:[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*$`)

// checkScript refuses a console script that could not be written into bin, or that
// would be written elsewhere.
func checkScript(name, reference string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsFunc(name, notInFileName) {
		return fmt.Errorf("script %q: want a file name, without blanks and slashes", name)
	}
	if !object.MatchString(reference) {
		return fmt.Errorf("script %q: %q is no object reference: want \"package.module:function\"", name, reference)
	}
	return nil
}

func notInFileName(r rune) bool { return r <= ' ' || r == '/' || r == '\\' || r == 0x7f }

// trimReferences drops blanks and the extras that scripts are tied to, in place:
// "pkg.mod : main [cli]" is "pkg.mod:main".
func trimReferences(scripts map[string]string) map[string]string {
	for name, reference := range scripts {
		reference, _, _ = strings.Cut(reference, "[")
		scripts[name] = strings.Join(strings.Fields(reference), "")
	}
	return scripts
}
