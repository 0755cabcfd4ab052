package steps

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
)

// OutputError is the cause when a step printed too much.
type OutputError struct{ Limit int64 }

func (e OutputError) Error() string {
	size, unit := e.Limit/1e6, "MB"
	if e.Limit < 1e6 {
		size, unit = e.Limit/1e3, "kB"
	}
	return fmt.Sprintf("printed more than %d %s: ended, with all that it had started", size, unit)
}

// output is where a step's output goes: to the host, and without secrets to a file.
// Of test runners' own words, it remembers how many tests they ran.
type output struct {
	to    io.Writer
	log   *os.File // nil: it is not kept
	hide  func(string) string
	limit int64       // bytes; more of them end the step
	stop  func(error) // ends it

	written int64
	rest    []byte // the beginning of a line
	ran     []int  // tests, of each runner that said so
	none    bool   // a runner found no tests
}

// longest is how much of a line is kept back for its end.
const longest = 64 << 10

func (o *output) Write(p []byte) (int, error) {
	if o.written > o.limit {
		return len(p), nil // it is being ended
	}
	o.written += int64(len(p))
	if o.written > o.limit {
		o.stop(OutputError{o.limit})
	}
	o.rest = append(o.rest, p...)
	end := bytes.LastIndexByte(o.rest, '\n') + 1
	if len(o.rest)-end > longest {
		end = len(o.rest)
	}
	o.keep(o.rest[:end])
	o.rest = append(o.rest[:0], o.rest[end:]...)
	_, err := o.to.Write(p)
	return len(p), err
}

// end takes a last line that has no end.
func (o *output) end() { o.keep(o.rest); o.rest = nil }

// keep writes whole lines to the file. A disk that is full ends the file, not the
// step.
func (o *output) keep(lines []byte) {
	if len(lines) == 0 {
		return
	}
	o.read(lines)
	if o.log != nil {
		if _, err := io.WriteString(o.log, o.hide(string(lines))); err != nil {
			o.log = nil
		}
	}
}

// ran is what unittest says at the end of a run, and Django's runner with it.
var (
	ran  = regexp.MustCompile(`(?m)^Ran ([0-9]+) tests? in [0-9.]+s\r?$`)
	none = regexp.MustCompile(`(?m)^(=+ )?(no tests ran in [0-9.]+s|collected 0 items( / .*)?|NO TESTS RAN)( =+)?\r?$`)
)

func (o *output) read(lines []byte) {
	for _, m := range ran.FindAllSubmatch(lines, -1) {
		if n, err := strconv.Atoi(string(m[1])); err == nil {
			o.ran = append(o.ran, n)
		}
	}
	o.none = o.none || none.Match(lines)
}

// nothing tells whether runners ran, and found no tests.
func (o *output) nothing() bool {
	for _, n := range o.ran {
		if n > 0 {
			return false
		}
	}
	return len(o.ran) > 0
}
