package command

import "bytes"

// tail keeps the last bytes written to it, from the start of a line.
type tail struct {
	limit int
	kept  []byte
	cut   bool
}

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - t.limit; over > t.limit {
		t.kept, t.cut = append(t.kept[:0], t.kept[over:]...), true
	}
	return len(p), nil
}

func (t *tail) String() string {
	kept, cut := t.kept, t.cut
	if over := len(kept) - t.limit; over > 0 {
		kept, cut = kept[over:], true
	}
	if cut {
		if _, rest, ok := bytes.Cut(kept, []byte("\n")); ok {
			kept = rest
		}
	}
	return string(bytes.TrimRight(kept, "\n"))
}
