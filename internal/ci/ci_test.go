package ci

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// alone is a writer for one goroutine at a time, and says when there are more.
type alone struct {
	t    *testing.T
	busy atomic.Bool
	bytes.Buffer
}

func (a *alone) Write(p []byte) (int, error) {
	if !a.busy.CompareAndSwap(false, true) {
		a.t.Error("two goroutines write at once")
		return len(p), nil
	}
	defer a.busy.Store(false)
	for range 10 {
		runtime.Gosched()
	}
	return a.Buffer.Write(p)
}

func TestHostsTakeSeveralGoroutines(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*alone) Host{
		"GitHub":     func(w *alone) Host { return NewGitHub(w, func(string) string { return "" }) },
		"plain log":  func(w *alone) Host { return NewTerminal(w, Verbose, 0) },
		"a terminal": func(w *alone) Host { return NewTerminal(w, Normal, 80) },
	} {
		log := &alone{t: t}
		h := open(log)
		end := h.Group("group")
		program, ended := h.Program(true)
		quiet, quietEnded := h.Program(false)
		var work sync.WaitGroup
		for i := range 20 {
			work.Go(func() { h.Info(fmt.Sprintf("info %d", i)) })
			work.Go(func() { h.Warn(fmt.Sprintf("warn %d", i)) })
			work.Go(func() { h.Detail("detail") })
		}
		for range 20 { // a program writes from one goroutine
			fmt.Fprintln(program, "line")
			fmt.Fprintln(quiet, "line")
		}
		work.Wait()
		ended()
		quietEnded()
		end("", nil)
		whole := regexp.MustCompile(`(?m)(^|\x1b\[K)(info|::warning::warn|pinpack: warning: warn) \d+$`)
		if n := len(whole.FindAllString(log.String(), -1)); n != 40 {
			t.Errorf("%s: %d whole lines of 40:\n%s", name, n, log)
		}
	}
}
