package ci

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
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

// TestMasked holds that a secret is in nothing that a host writes.
func TestMasked(t *testing.T) {
	const hidden = "s3cret-value"
	files := t.TempDir()
	env := map[string]string{"GITHUB_OUTPUT": filepath.Join(files, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(files, "summary")}
	var terminal, live, log bytes.Buffer
	hosts := map[string]struct {
		host Host
		out  *bytes.Buffer
	}{
		"terminal": {NewTerminal(&terminal, Verbose, 0), &terminal},
		"live":     {NewTerminal(&live, Normal, 80), &live},
		"github":   {NewGitHub(&log, func(name string) string { return env[name] }), &log},
	}
	for name, h := range hosts {
		h.host.Mask(hidden)
		masked := h.out.Len() // the runner is told the secret, in so many words
		w, end := h.host.Program(name != "live")
		fmt.Fprintf(w, "index https://u:%s@example.org\n", hidden)
		end()
		for _, say := range []func(string){h.host.Info, h.host.Warn, h.host.Fail, h.host.Detail} {
			say("told " + hidden)
		}
		if err := errors.Join(h.host.Output("page", hidden), h.host.Summary("# "+hidden)); err != nil {
			t.Fatal(err)
		}
		said := h.out.String()[masked:]
		if name != "github" && strings.Contains(said, hidden) || !strings.Contains(said, "told") {
			t.Errorf("%s wrote the secret: %s", name, said)
		}
	}
	for _, name := range env {
		text, err := os.ReadFile(name)
		if err != nil || bytes.Contains(text, []byte(hidden)) || !bytes.Contains(text, []byte("***")) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}
