package pep440

import (
	"cmp"
	"slices"
	"strings"
)

// Compare returns -1 when v is older than w, +1 when it is newer, and 0 when PEP
// 440 holds them equal, as it does 1.0 and 1.0.0. Its method expression,
// Version.Compare, sorts with slices.SortFunc.
func (v Version) Compare(w Version) int {
	return cmp.Or(
		v.comparePublic(w),
		slices.CompareFunc(v.local, w.local, compareLocal),
	)
}

// comparePublic is Compare without the local labels.
func (v Version) comparePublic(w Version) int {
	return cmp.Or(
		v.compareBase(w),
		cmp.Compare(v.phase(), w.phase()),
		strings.Compare(v.pre, w.pre), // a < b < rc
		compareNumber(v.preN, w.preN),
		compareNumber(v.post, w.post),
		compareDev(v.dev, w.dev),
	)
}

// compareBase compares epoch and release alone.
func (v Version) compareBase(w Version) int {
	if c := compareNumber(v.epoch, w.epoch); c != 0 {
		return c
	}
	for i := range max(len(v.release), len(w.release)) {
		if c := compareNumber(v.segment(i), w.segment(i)); c != 0 {
			return c
		}
	}
	return 0
}

// segment returns the release's i-th number, 0 beyond its end.
func (v Version) segment(i int) number {
	if i >= len(v.release) {
		return "0"
	}
	return parseNumber(v.release[i])
}

// phase places v among the versions of one release: 0 is 1.0.dev1, which comes
// before every pre-release, 1 is a pre-release, 2 is the release and its posts.
func (v Version) phase() int {
	switch {
	case v.pre != "":
		return 1
	case v.dev != "" && v.post == "":
		return 0
	default:
		return 2
	}
}

func compareNumber(a, b number) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// compareDev: what is under development comes before what is finished.
func compareDev(a, b number) int {
	if a == "" || b == "" {
		return cmp.Compare(len(b), len(a))
	}
	return compareNumber(a, b)
}

// compareLocal compares two segments of local labels: numbers as numbers, words
// as text, and every number after every word.
func compareLocal(a, b string) int {
	switch an, bn := isDigits(a), isDigits(b); {
	case an && bn:
		return compareNumber(number(a), number(b))
	case an:
		return 1
	case bn:
		return -1
	default:
		return strings.Compare(a, b)
	}
}
