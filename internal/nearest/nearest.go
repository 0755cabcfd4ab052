// Package nearest guesses what a mistyped name was meant to be.
package nearest

import "strings"

// Of returns the one of names that name was probably meant to be, whatever the case:
// at most a third of its letters (and two at least) wrong. "" when none is so near.
func Of(name string, names []string) string {
	best, found := max(2, len(name)/3)+1, ""
	for _, n := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(n)); d < best {
			best, found = d, n
		}
	}
	return found
}

// distance is Levenshtein's: how many letters must be put in, left out or
// changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
