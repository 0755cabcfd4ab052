// Package testreport reads what test runners write of a run: JUnit XML, as
// pytest, unittest-xml-reporting and others write it, and coverage in Cobertura's
// format.
//
// There is no standard for JUnit XML; read is what Jenkins reads
// (https://github.com/jenkinsci/xunit-plugin), in any nesting of suites.
package testreport

import (
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Status is how a test ended.
type Status string

// The statuses. A flaky test failed at first and passed when it was run again.
const (
	Passed  Status = "passed"
	Failed  Status = "failed"
	Skipped Status = "skipped"
	Flaky   Status = "flaky"
)

// Case is one test.
type Case struct {
	Name    string  `json:"name"` // with its class: "tests.test_shop.TestCart::test_add"
	Status  Status  `json:"status"`
	Seconds float64 `json:"seconds"`
	Message string  `json:"message,omitempty"` // why it failed or was skipped, in one line
	Text    string  `json:"-"`                 // the whole story, with a traceback
	Class   string  `json:"-"`
	File    string  `json:"file,omitempty"` // as the report has it; see Place
	Line    int     `json:"line,omitempty"` // 1 is the first; 0: unknown
}

// Report is a run of tests.
type Report struct {
	Cases    []Case    `json:"cases"` // in the order of the run
	Coverage *Coverage `json:"coverage,omitempty"`
}

// Coverage is how much of the code was run.
type Coverage struct {
	Covered int     `json:"covered,omitempty"` // lines; 0 where only the rate is known
	Valid   int     `json:"valid,omitempty"`
	Rate    float64 `json:"rate"` // of lines, from 0 to 1
}

// Count counts the tests that ended so.
func (r Report) Count(s Status) int {
	n := 0
	for _, c := range r.Cases {
		if c.Status == s {
			n++
		}
	}
	return n
}

// Seconds is how long all tests took together.
func (r Report) Seconds() float64 {
	sum := 0.0
	for _, c := range r.Cases {
		sum += c.Seconds
	}
	return sum
}

// Slowest lists the n tests that took the longest, the longest first.
func (r Report) Slowest(n int) []Case {
	list := slices.Clone(r.Cases)
	slices.SortStableFunc(list, func(a, b Case) int { return cmp.Compare(b.Seconds, a.Seconds) })
	return list[:min(n, len(list))]
}

// Retried is the report of a run that was repeated after an earlier one had
// failed: what failed then and passes now is flaky.
func (r Report) Retried(earlier Report) Report {
	failed := map[string]Case{}
	for _, c := range earlier.Cases {
		if c.Status == Failed || c.Status == Flaky {
			failed[c.Name] = c
		}
	}
	cases := slices.Clone(r.Cases)
	for i, c := range cases {
		if before, ok := failed[c.Name]; ok && c.Status == Passed {
			before.Status, before.Seconds = Flaky, before.Seconds+c.Seconds
			cases[i] = before
		}
	}
	r.Cases = cases
	return r
}

// xmlCase is a testcase element.
type xmlCase struct {
	Name     string      `xml:"name,attr"`
	Class    string      `xml:"classname,attr"`
	File     string      `xml:"file,attr"`
	Line     string      `xml:"line,attr"`
	Time     string      `xml:"time,attr"`
	Failures []xmlReason `xml:"failure"`
	Errors   []xmlReason `xml:"error"`
	Skipped  []xmlReason `xml:"skipped"`
}

type xmlReason struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// ErrOther is returned for XML that is no report of tests.
var ErrOther = errors.New("no JUnit XML: want an element testsuites or testsuite")

// ReadJUnit reads a report. A test that is in it several times (pytest writes a
// failed teardown as another case) is one, and ended in the worst way.
func ReadJUnit(in io.Reader) (Report, error) {
	var r Report
	index := map[string]int{}
	d := xml.NewDecoder(in)
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	rooted := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && rooted {
			return r, nil
		} else if err != nil {
			return r, fmt.Errorf("read JUnit XML: %w", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !rooted && start.Name.Local != "testsuites" && start.Name.Local != "testsuite" {
			return r, fmt.Errorf("%w, have %q", ErrOther, start.Name.Local)
		}
		rooted = true
		if start.Name.Local != "testcase" {
			continue
		}
		var x xmlCase
		if err := d.DecodeElement(&x, &start); err != nil {
			return r, fmt.Errorf("read JUnit XML: %w", err)
		}
		c := x.convert()
		i, twice := index[c.File+" "+c.Name]
		switch {
		case !twice:
			index[c.File+" "+c.Name] = len(r.Cases)
			r.Cases = append(r.Cases, c)
		case c.Status == Failed && r.Cases[i].Status != Failed:
			c.Seconds += r.Cases[i].Seconds
			r.Cases[i] = c
		default:
			r.Cases[i].Seconds += c.Seconds
		}
	}
}

func (x xmlCase) convert() Case {
	c := Case{Name: x.Name, Class: x.Class, File: x.File, Status: Passed}
	if x.Class != "" {
		c.Name = x.Class + "::" + x.Name
	}
	if n, err := strconv.Atoi(x.Line); err == nil && n >= 0 {
		c.Line = n
	}
	if s, err := strconv.ParseFloat(strings.ReplaceAll(x.Time, ",", ""), 64); err == nil && s >= 0 {
		c.Seconds = s
	}
	var why []xmlReason
	switch {
	case len(x.Failures)+len(x.Errors) > 0:
		c.Status, why = Failed, append(x.Failures, x.Errors...)
	case len(x.Skipped) > 0:
		c.Status, why = Skipped, x.Skipped
	}
	for _, w := range why {
		if c.Message == "" {
			c.Message = firstLine(w.Message, w.Text, w.Type)
		}
		c.Text = strings.TrimSpace(c.Text + "\n" + w.Text)
	}
	return c
}

func firstLine(texts ...string) string {
	for _, t := range texts {
		for line := range strings.Lines(t) {
			if line = strings.TrimSpace(line); line != "" {
				return line
			}
		}
	}
	return ""
}
