package rpmfile

import (
	"cmp"
	"strings"
)

// CompareEVR compares two versions with epoch and release as rpm does: an epoch
// that is not there is 0.
func CompareEVR(epoch1, version1, release1, epoch2, version2, release2 string) int {
	zero := func(s string) string { return cmp.Or(s, "0") }
	return cmp.Or(CompareVersions(zero(epoch1), zero(epoch2)), CompareVersions(version1, version2), CompareVersions(release1, release2))
}

// SplitEVR takes epoch:version-release apart. What is not there is "".
func SplitEVR(evr string) (epoch, version, release string) {
	if before, after, ok := strings.Cut(evr, ":"); ok {
		epoch, evr = before, after
	}
	version = evr
	if i := strings.LastIndexByte(evr, '-'); i >= 0 {
		version, release = evr[:i], evr[i+1:]
	}
	return epoch, version, release
}

// CompareVersions is rpmvercmp: segments of digits and of letters are compared
// one after the other; ~ comes before the end of a version, ^ right after it.
func CompareVersions(a, b string) int {
	if a == b {
		return 0
	}
	for a != "" || b != "" {
		a, b = strings.TrimLeftFunc(a, separator), strings.TrimLeftFunc(b, separator)
		if tilde1, tilde2 := strings.HasPrefix(a, "~"), strings.HasPrefix(b, "~"); tilde1 || tilde2 {
			if tilde1 != tilde2 {
				return sign(tilde2)
			}
			a, b = a[1:], b[1:]
			continue
		}
		if caret1, caret2 := strings.HasPrefix(a, "^"), strings.HasPrefix(b, "^"); caret1 || caret2 {
			switch {
			case caret1 && caret2:
				a, b = a[1:], b[1:]
				continue
			case caret1:
				return sign(b == "")
			}
			return sign(a != "")
		}
		if a == "" || b == "" {
			break
		}
		kind := letter
		if digit(rune(a[0])) {
			kind = digit
		}
		one, two := leading(a, kind), leading(b, kind)
		if two == "" { // digits are newer than letters
			return sign(digit(rune(a[0])))
		}
		a, b = a[len(one):], b[len(two):]
		if digit(rune(one[0])) {
			one, two = strings.TrimLeft(one, "0"), strings.TrimLeft(two, "0")
			if c := cmp.Compare(len(one), len(two)); c != 0 {
				return c
			}
		}
		if c := strings.Compare(one, two); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func sign(newer bool) int {
	if newer {
		return 1
	}
	return -1
}

func digit(r rune) bool  { return '0' <= r && r <= '9' }
func letter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }
func separator(r rune) bool {
	return !digit(r) && !letter(r) && r != '~' && r != '^'
}

func leading(s string, kind func(rune) bool) string {
	return s[:len(s)-len(strings.TrimLeftFunc(s, kind))]
}
