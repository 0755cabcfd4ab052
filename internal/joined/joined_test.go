package joined

import (
	"errors"
	"testing"
)

func TestAt(t *testing.T) {
	t.Parallel()
	a, b, c := errors.New("a"), errors.New("b"), errors.New("c")
	err := At("x", errors.Join(a, errors.Join(b, c)))
	if err == nil || err.Error() != "x: a\nx: b\nx: c" || !errors.Is(err, c) {
		t.Errorf("got %v", err)
	}
	if err := At("x", a); err == nil || err.Error() != "x: a" {
		t.Errorf("got %v", err)
	}
	if err := At("x", nil); err != nil {
		t.Errorf("got %v", err)
	}
}
