package pep440

import (
	"cmp"
	"strings"
)

// The two tools' algorithms in Go, so that all pairs and the fuzzer can be checked
// without a process for each. TestToolsAgree checks these against the tools.

// dpkgCompare is verrevcmp of lib/dpkg/version.c, with the epoch before it.
func dpkgCompare(a, b PackageVersion) int {
	if c := compareNumber(parseNumber(a.Epoch), parseNumber(b.Epoch)); c != 0 {
		return c
	}
	return verrevcmp(a.Version, b.Version)
}

func verrevcmp(a, b string) int {
	for a != "" || b != "" {
		for a != "" && !isDigit(a[0]) || b != "" && !isDigit(b[0]) {
			if c := cmp.Compare(dpkgOrder(a), dpkgOrder(b)); c != 0 {
				return c
			}
			a, b = tail(a), tail(b)
		}
		var an, bn string
		an, a = span(a, isDigit)
		bn, b = span(b, isDigit)
		if c := compareNumber(parseNumber(an), parseNumber(bn)); c != 0 {
			return c
		}
	}
	return 0
}

func dpkgOrder(s string) int {
	switch {
	case s == "" || isDigit(s[0]):
		return 0
	case isAlpha(s[0]):
		return int(s[0])
	case s[0] == '~':
		return -1
	default:
		return int(s[0]) + 256
	}
}

// rpmCompare is rpmvercmp of rpmio/rpmvercmp.c, with the epoch before it.
func rpmCompare(a, b PackageVersion) int {
	if c := compareNumber(parseNumber(a.Epoch), parseNumber(b.Epoch)); c != 0 {
		return c
	}
	return rpmvercmp(a.Version, b.Version)
}

func rpmvercmp(a, b string) int {
	isSeparator := func(c byte) bool { return !isDigit(c) && !isAlpha(c) && c != '~' && c != '^' }
	for a != "" || b != "" {
		_, a = span(a, isSeparator)
		_, b = span(b, isSeparator)
		if at, bt := strings.HasPrefix(a, "~"), strings.HasPrefix(b, "~"); at || bt {
			if !at {
				return 1
			}
			if !bt {
				return -1
			}
			a, b = a[1:], b[1:]
			continue
		}
		if ac, bc := strings.HasPrefix(a, "^"), strings.HasPrefix(b, "^"); ac || bc {
			switch {
			case a == "":
				return -1
			case b == "":
				return 1
			case !ac:
				return 1
			case !bc:
				return -1
			}
			a, b = a[1:], b[1:]
			continue
		}
		if a == "" || b == "" {
			break
		}
		kind := isAlpha
		if isDigit(a[0]) {
			kind = isDigit
		}
		var as, bs string
		as, a = span(a, kind)
		bs, b = span(b, kind)
		switch {
		case bs == "" && isDigit(as[0]): // a number is newer than a word
			return 1
		case bs == "":
			return -1
		case isDigit(as[0]):
			if c := compareNumber(parseNumber(as), parseNumber(bs)); c != 0 {
				return c
			}
		default:
			if c := strings.Compare(as, bs); c != 0 {
				return c
			}
		}
	}
	return cmp.Compare(len(a), len(b)) // one of them is empty
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func tail(s string) string {
	if s == "" {
		return ""
	}
	return s[1:]
}

// span splits s after its longest prefix of bytes for which in holds.
func span(s string, in func(byte) bool) (prefix, rest string) {
	for i := range len(s) {
		if !in(s[i]) {
			return s[:i], s[i:]
		}
	}
	return s, ""
}
