package elfdeps

import (
	"cmp"
	"strings"
)

// compareDebian orders two versions of Debian packages as dpkg does.
//
// See deb-version(7).
func compareDebian(a, b string) int {
	epochA, a := cutEpoch(a)
	epochB, b := cutEpoch(b)
	if c := compareNumbers(epochA, epochB); c != 0 {
		return c
	}
	upstreamA, revisionA := cutRevision(a)
	upstreamB, revisionB := cutRevision(b)
	return cmp.Or(compareParts(upstreamA, upstreamB), compareParts(revisionA, revisionB))
}

func cutEpoch(version string) (epoch, rest string) {
	if before, after, ok := strings.Cut(version, ":"); ok {
		return before, after
	}
	return "0", version
}

func cutRevision(version string) (upstream, revision string) {
	if i := strings.LastIndexByte(version, '-'); i >= 0 {
		return version[:i], version[i+1:]
	}
	return version, ""
}

// compareParts compares text and numbers in turn.
func compareParts(a, b string) int {
	for a != "" || b != "" {
		for notDigit(a) || notDigit(b) {
			if c := cmp.Compare(weight(a), weight(b)); c != 0 {
				return c
			}
			a, b = a[1:], b[1:]
		}
		i, j := digits(a), digits(b)
		if c := compareNumbers(a[:i], b[:j]); c != 0 {
			return c
		}
		a, b = a[i:], b[j:]
	}
	return 0
}

func notDigit(s string) bool { return s != "" && digits(s) == 0 }

// digits is how many digits s begins with.
func digits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}

// weight orders what a string begins with: a tilde, the end or a digit, letters,
// all else.
func weight(s string) int {
	switch {
	case s == "" || digits(s) > 0:
		return 0
	case s[0] == '~':
		return -1
	case 'A' <= s[0] && s[0] <= 'Z' || 'a' <= s[0] && s[0] <= 'z':
		return int(s[0])
	}
	return int(s[0]) + 256
}

func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
