package oci

import (
	"cmp"
	"regexp"
	"strings"
)

// release is a version that is neither a pre-release, nor a snapshot, nor a local
// one, as pep440 writes it for packages: 1.4.0, 1.4.0+post1.
var release = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*(\+post[0-9]+)?$`)

// upstream cuts a package's version [EPOCH:]VERSION-RELEASE to VERSION.
func upstream(version string) string {
	_, rest, ok := strings.Cut(version, ":")
	if !ok {
		rest = version
	}
	if i := strings.LastIndexByte(rest, '-'); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// TagOf is a version as a tag, in which neither '~' nor '+' nor an epoch may be.
// Two versions can get the same tag; the version itself is in an annotation.
func TagOf(version string) string {
	if _, rest, ok := strings.Cut(version, ":"); ok {
		version = rest
	}
	tag := strings.Map(func(r rune) rune {
		switch {
		case r == '~':
			return '-'
		case r == '+':
			return '_'
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, version)
	tag = tag[:min(len(tag), 100)] // an architecture may come after it
	return strings.TrimLeft(tag, ".-")
}

// channelsOf lists the tags that a version moves forward: for a release those of
// its series, for everything else "edge" alone.
func channelsOf(version string) []string {
	v := upstream(version)
	if !release.MatchString(v) {
		return []string{"edge"}
	}
	base, _, _ := strings.Cut(v, "+")
	parts := strings.Split(base, ".")
	var list []string
	for i := range parts {
		list = append(list, strings.Join(parts[:i+1], "."))
	}
	if base != v {
		list = append(list, TagOf(v))
	}
	return append(list, "latest", "edge")
}

// CompareVersions orders packages' versions as dpkg does (deb-version(7)).
func CompareVersions(a, b string) int {
	ea, va, ra := splitVersion(a)
	eb, vb, rb := splitVersion(b)
	return cmp.Or(compareDigits(ea, eb), compareParts(va, vb), compareParts(ra, rb))
}

func splitVersion(s string) (epoch, version, revision string) {
	version = s
	if e, rest, ok := strings.Cut(s, ":"); ok {
		epoch, version = e, rest
	}
	if i := strings.LastIndexByte(version, '-'); i >= 0 {
		version, revision = version[:i], version[i+1:]
	}
	return epoch, version, revision
}

func compareParts(a, b string) int {
	for a != "" || b != "" {
		var wa, wb, da, db string
		wa, a = cut(a, false)
		wb, b = cut(b, false)
		da, a = cut(a, true)
		db, b = cut(b, true)
		if c := cmp.Or(compareWords(wa, wb), compareDigits(da, db)); c != 0 {
			return c
		}
	}
	return 0
}

// cut takes the digits, or what are none, off the beginning.
func cut(s string, digits bool) (head, rest string) {
	i := strings.IndexFunc(s, func(r rune) bool { return (r >= '0' && r <= '9') != digits })
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i:]
}

func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func compareWords(a, b string) int {
	for i := 0; i < len(a) || i < len(b); i++ {
		if c := cmp.Compare(weight(a, i), weight(b, i)); c != 0 {
			return c
		}
	}
	return 0
}

// weight orders characters: '~' before the end, the end before letters, letters
// before everything else.
func weight(s string, i int) int {
	switch {
	case i >= len(s):
		return 0
	case s[i] == '~':
		return -1
	case s[i] >= 'a' && s[i] <= 'z', s[i] >= 'A' && s[i] <= 'Z':
		return int(s[i])
	}
	return int(s[i]) + 256
}
