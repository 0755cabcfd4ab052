package debfile

import (
	"cmp"
	"strings"
)

// CompareVersions compares two versions as dpkg does (deb-version(7)): an epoch
// or a revision that is not there is 0.
func CompareVersions(a, b string) int {
	epoch1, upstream1, revision1 := splitVersion(a)
	epoch2, upstream2, revision2 := splitVersion(b)
	return cmp.Or(compareNumbers(epoch1, epoch2), comparePart(upstream1, upstream2), comparePart(revision1, revision2))
}

func splitVersion(v string) (epoch, upstream, revision string) {
	if before, after, ok := strings.Cut(v, ":"); ok {
		epoch, v = before, after
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		return epoch, v[:i], v[i+1:]
	}
	return epoch, v, ""
}

// comparePart compares runs of other characters and of digits, in turn.
func comparePart(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a = cutRun(a, false)
		y, b = cutRun(b, false)
		for i := range max(len(x), len(y)) {
			if c := cmp.Compare(weight(x, i), weight(y, i)); c != 0 {
				return c
			}
		}
		x, a = cutRun(a, true)
		y, b = cutRun(b, true)
		if c := compareNumbers(x, y); c != 0 {
			return c
		}
	}
	return 0
}

func cutRun(s string, digits bool) (run, rest string) {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9') == digits {
		i++
	}
	return s[:i], s[i:]
}

// weight orders characters: a tilde before the end, letters before all others.
func weight(s string, i int) int {
	switch {
	case i >= len(s):
		return 0
	case s[i] == '~':
		return -1
	case s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z':
		return int(s[i])
	}
	return int(s[i]) + 256
}

func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
