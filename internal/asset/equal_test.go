package asset

import (
	"bytes"
	"io"
	"testing"
)

// FuzzEqual holds that streams are told apart wherever their parts end.
func FuzzEqual(f *testing.F) {
	f.Add([]byte("abc"), []byte("abc"), 1)
	f.Add([]byte("abc"), []byte("abcd"), 2)
	f.Fuzz(func(t *testing.T, a, b []byte, step int) {
		same, err := Equal(bytes.NewReader(a), pieces{bytes.NewReader(b), max(step, 1)})
		if err != nil || same != bytes.Equal(a, b) {
			t.Errorf("%v, %v", same, err)
		}
	})
}

type pieces struct {
	r    io.Reader
	step int
}

func (p pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(p.step, len(b))]) }
