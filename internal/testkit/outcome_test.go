package testkit

import (
	"fmt"
	"runtime"
	"testing"
)

// outcome is a test that says how it ended instead of ending this one.
type outcome struct {
	testing.TB
	result string
}

func (o *outcome) Helper() {}

func (o *outcome) Fatal(args ...any) { o.end("fatal: " + fmt.Sprint(args...)) }

func (o *outcome) Fatalf(format string, args ...any) { o.end("fatal: " + fmt.Sprintf(format, args...)) }

func (o *outcome) Skipf(format string, args ...any) { o.end("skip: " + fmt.Sprintf(format, args...)) }

func (o *outcome) end(result string) {
	o.result = result
	runtime.Goexit()
}

// ending runs f as a test would be run and returns "", "fatal: …" or "skip: …".
func ending(t testing.TB, f func(testing.TB)) string {
	o := &outcome{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(o)
	}()
	<-done
	return o.result
}
