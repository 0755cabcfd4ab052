package command

import (
	"fmt"
	"strings"
	"testing"
)

func TestTailIsCutAtALine(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		writes []string
		want   string
	}{
		"nothing":               {nil, ""},
		"short":                 {[]string{"one\ntwo\n"}, "one\ntwo"},
		"exactly the limit":     {[]string{"123456789\n", "abcdefghij"}, "123456789\nabcdefghij"},
		"one over":              {[]string{"1234567890\n", "abcdefghij\n"}, "abcdefghij"},
		"in many pieces":        {strings.SplitAfter("first line\nsecond line\nthird line\nlast\n", ""), "third line\nlast"},
		"in one":                {[]string{"first line\nsecond line\nthird line\nlast\n"}, "third line\nlast"},
		"one line without end":  {[]string{strings.Repeat("x", 30), strings.Repeat("y", 20)}, strings.Repeat("y", 20)},
		"a line longer than it": {[]string{"short\n" + strings.Repeat("x", 60) + "\nlast"}, "last"},
	}
	for name, test := range tests {
		keep := &tail{limit: 20}
		for _, w := range test.writes {
			if n, err := keep.Write([]byte(w)); n != len(w) || err != nil {
				t.Fatalf("%s: Write = %d, %v", name, n, err)
			}
		}
		if got := keep.String(); got != test.want {
			t.Errorf("%s: tail %q, want %q", name, got, test.want)
		}
		if len(keep.kept) > 40+60 {
			t.Errorf("%s: %d bytes kept", name, len(keep.kept))
		}
	}
}

func TestTailStaysSmall(t *testing.T) {
	t.Parallel()
	keep := &tail{limit: 1 << 10}
	for i := range 10000 {
		fmt.Fprintf(keep, "line %d\n", i)
	}
	if got := keep.String(); len(got) > 1<<10 || !strings.HasPrefix(got, "line 98") || !strings.HasSuffix(got, "\nline 9999") {
		t.Errorf("tail of %d bytes, from %.20q to %q", len(got), got, got[len(got)-10:])
	}
	if cap(keep.kept) > 8<<10 {
		t.Errorf("the tail of 1024 bytes takes %d", cap(keep.kept))
	}
}

func TestRunKeepsTheEndOfTheOutput(t *testing.T) {
	t.Parallel()
	err := runner.Run(t.Context(), shell("i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; echo last >&2; exit 1"))
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("Run = %v, want an *Error", err)
	}
	if n := len(e.Tail); n < 15<<10 || n > 16<<10 || !strings.HasPrefix(e.Tail, "line ") || !strings.HasSuffix(e.Tail, "line 2999\nlast") {
		t.Errorf("tail of %d bytes, from %.20q to %q", n, e.Tail, e.Tail[n-20:])
	}
}
