// Package pep440 reads Python versions, orders them, matches them against
// specifiers, and writes them as Debian and RPM versions that sort the same way.
//
// It follows the version specifiers specification (PEP 440):
// https://packaging.python.org/en/latest/specifications/version-specifiers/
package pep440

import (
	"fmt"
	"regexp"
	"strings"
)

// Version is one Python version. The zero Version is not a version; Parse makes
// them. Numbers have no upper limit: a local label may be a git hash that happens
// to be all digits.
type Version struct {
	// Original is the version as it was given, without blanks around it.
	Original string

	epoch   number
	release []string // as written: 24.04 keeps its zero
	pre     string   // "a", "b", "rc", or "" when this is no pre-release
	preN    number
	post    number   // "" when this is no post-release
	dev     number   // "" when this is no developmental release
	local   []string // lower case, numbers without leading zeros
}

// number is a natural number in decimal without leading zeros. Absent is "",
// which sorts before "0".
type number string

// pattern is the specification's own regular expression, appendix B, for input
// in lower case. It allows every form that can be normalised.
var pattern = regexp.MustCompile(`^v?` +
	`(?:([0-9]+)!)?` + // 1: epoch
	`([0-9]+(?:\.[0-9]+)*)` + // 2: release
	`(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]+)?)?` + // 3, 4: pre-release
	`(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]+)?)?` + // 5: implicit post; 6, 7: post
	`(?:[-_.]?(dev)[-_.]?([0-9]+)?)?` + // 8, 9: dev
	`(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`) // 10: local

var preNames = map[string]string{
	"a": "a", "alpha": "a",
	"b": "b", "beta": "b",
	"c": "rc", "rc": "rc", "pre": "rc", "preview": "rc",
}

// longest is the length of the longest version that is taken, in bytes.
const longest = 1000

// Parse reads a version in any form PEP 440 can normalise: "1.0-ALPHA.1",
// "v1.0", "1.0-1", "1!2.0+Local_1". Blanks around it are ignored.
func Parse(s string) (Version, error) {
	v := Version{Original: strings.TrimSpace(s)}
	var m []string
	if len(v.Original) <= longest {
		m = pattern.FindStringSubmatch(lower(v.Original))
	}
	if m == nil {
		return Version{}, fmt.Errorf("parse version %s: want a PEP 440 version such as 1.2.3, 1.2.3rc1 or 1.2.post1", quote(s))
	}
	v.epoch = parseNumber(m[1])
	v.release = strings.Split(m[2], ".")
	if m[3] != "" {
		v.pre, v.preN = preNames[m[3]], parseNumber(m[4])
	}
	if m[5] != "" || m[6] != "" {
		v.post = parseNumber(m[5] + m[7]) // one of the two is empty
	}
	if m[8] != "" {
		v.dev = parseNumber(m[9])
	}
	if m[10] != "" {
		v.local = strings.FieldsFunc(m[10], func(r rune) bool { return strings.ContainsRune("-_.", r) })
		for i, segment := range v.local {
			if isDigits(segment) {
				v.local[i] = string(parseNumber(segment))
			}
		}
	}
	return v, nil
}

// IsPrerelease tells whether v comes before a final release: an alpha, a beta, a
// release candidate or a developmental release, also one of a post-release.
func (v Version) IsPrerelease() bool { return v.pre != "" || v.dev != "" }

// String returns the version in PEP 440's normal form, in which 24.04 is 24.4.
// For what people should see, use Original.
func (v Version) String() string {
	var b strings.Builder
	if v.epoch != "" && v.epoch != "0" {
		b.WriteString(string(v.epoch) + "!")
	}
	for i, segment := range v.release {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(string(parseNumber(segment)))
	}
	if v.pre != "" {
		b.WriteString(v.pre + string(v.preN))
	}
	if v.post != "" {
		b.WriteString(".post" + string(v.post))
	}
	if v.dev != "" {
		b.WriteString(".dev" + string(v.dev))
	}
	if len(v.local) > 0 {
		b.WriteString("+" + strings.Join(v.local, "."))
	}
	return b.String()
}

// parseNumber returns the number that digits spell; no digits spell 0, as in
// "1.0a" and "1.0.post".
func parseNumber(digits string) number {
	if n := strings.TrimLeft(digits, "0"); n != "" {
		return number(n)
	}
	return "0"
}

// lower is strings.ToLower for ASCII only: the Kelvin sign is not a k.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// quote is %q for an error message, shortened when somebody passed a whole file.
func quote(s string) string {
	const limit = 80
	if len(s) <= limit {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q…", s[:limit])
}
