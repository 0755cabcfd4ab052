package config

// nearest returns the input's name that name was probably meant to be: at most
// a third of its letters (and two at least) wrong. "" when none is so near.
func nearest(name string) string {
	best, found := max(2, len(name)/3)+1, ""
	for _, in := range Inputs {
		if d := distance(name, in.Name); d < best {
			best, found = d, in.Name
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
