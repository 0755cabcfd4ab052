package pep440

import (
	"testing"
	"time"
)

var snapshotTime = time.Date(2026, 11, 23, 11, 16, 0, 0, time.UTC)

func TestSnapshot(t *testing.T) {
	const commit = "1a2b3c4d5e6f"
	tests := []struct {
		version, last string
		pull          int
		want          string
	}{
		{"1.4.0", "1.3.0", 12, "1.4.0~pr12.g1a2b3c4"},
		{"1.4.0", "", 12, "1.4.0~pr12.g1a2b3c4"},
		{"1.4.0", "1.3.0", 0, "1.4.0~git20261123111600.g1a2b3c4"},
		{"1.4.0", "1.4.0", 12, "1.4.0+git20261123111600.pr12.g1a2b3c4"},
		{"1.4.0", "1.4.0.post1", 0, "1.4.0+post1+git20261123111600.g1a2b3c4"},
		{"1.4.0", "1.4.0rc1", 12, "1.4.0~rc1+git20261123111600.pr12.g1a2b3c4"},
		{"1.4.0rc2", "1.4.0rc1", 12, "1.4.0~rc2~pr12.g1a2b3c4"},
		{"1.4.0", "1.5.0", 0, "1.5.0+git20261123111600.g1a2b3c4"}, // somebody forgot to raise the version
		{"1.4.0.dev3+g1a2b3c4", "1.3.0", 12, "1.4.0~~dev3+g1a2b3c4"},
		{"1.4.0.dev3", "1.3.0", 12, "1.4.0~~dev3+pr12.g1a2b3c4"},
		{"24.04", "23.10", 12, "24.04~pr12.g1a2b3c4"},
		{"1!2.0", "1.9", 12, "1:2.0~pr12.g1a2b3c4"},
	}
	for _, test := range tests {
		var last Version
		if test.last != "" {
			last = mustParse(t, test.last)
		}
		got := mustParse(t, test.version).Snapshot(last, Build{Pull: test.pull, Commit: commit, Time: snapshotTime})
		if got.String() != test.want {
			t.Errorf("snapshot of %s after %q for pull request %d: %s, want %s", test.version, test.last, test.pull, got, test.want)
		}
	}
}

// TestSnapshotOrder holds the promise for every release that a project can be at
// and every version that it can name meanwhile, in both tools' order.
func TestSnapshotOrder(t *testing.T) {
	history := parseAll(t, []string{
		"0.9", "1.0a1", "1.0a2", "1.0b1", "1.0rc1", "1.0rc2", "1.0", "1.0.post1", "1.0.post2", "1.0.1", "1.0.1.1", "1.0.2rc1", "1.0.2", "1.0.10", "1.1", "2.0rc1", "2.0", "24.04", "24.10", "1!0.1",
	})
	checked := 0
	for i, last := range history {
		for j, version := range history {
			for _, pull := range []int{0, 7} {
				s := version.Snapshot(last, Build{Pull: pull, Commit: "abcdef0123", Time: snapshotTime})
				next := history[i+1:] // whatever comes next
				if j > i {
					next = history[j:] // the project says what does
				}
				if dpkgCompare(last.Debian(), s) >= 0 || rpmCompare(last.RPM(), s) >= 0 {
					t.Errorf("%s is not after the last release %s", s, last)
				}
				for _, n := range next {
					checked++
					if dpkgCompare(s, n.Debian()) >= 0 || rpmCompare(s, n.RPM()) >= 0 {
						t.Errorf("%s, on the way from %s to %s, is not before the next release %s", s, last, version, n)
					}
				}
			}
		}
	}
	if checked < 1000 {
		t.Errorf("checked %d pairs: want all of them", checked)
	}
}
