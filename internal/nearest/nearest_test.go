package nearest

import "testing"

func TestDistanceIsSymmetric(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"kitten", "sitting", 3}, {"prefix", "prefix", 0}, {"ab", "ba", 2}, {"flaw", "lawn", 2}}
	for _, test := range tests {
		if got, back := distance(test.a, test.b), distance(test.b, test.a); got != test.want || back != test.want {
			t.Errorf("distance of %q and %q: %d, back %d; want %d", test.a, test.b, got, back, test.want)
		}
	}
}
