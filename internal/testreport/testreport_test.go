package testreport

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What pytest 9 writes (xunit2), shortened.
const pytest = `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="5" time="0.1">
<testcase classname="tests.test_a.TestCart" name="test_ok" time="0.200" />
<testcase classname="tests.test_a" name="test_bad[1]" time="1.5"><failure message="assert 1 == 2&#10; + where">def test_bad(n):
&gt;       check(n)

tests/test_a.py:7: 
_ _ _
tests/helpers.py:3: AssertionError</failure></testcase>
<testcase classname="tests.test_a" name="test_skip" time="0.0"><skipped type="pytest.skip" message="not here">x</skipped></testcase>
<testcase classname="" name="tests.test_broken" time="0.0"><error message="collection failure">ImportError while importing test module '/x/tests/test_broken.py'.
tests/test_broken.py:1: in &lt;module&gt;
    import nothing
E   ModuleNotFoundError: No module named 'nothing'</error></testcase>
<testcase classname="tests.test_a" name="test_twice" time="0.1" />
<testcase classname="tests.test_a" name="test_twice" time="0.1"><error message="failed on teardown">x</error></testcase>
</testsuite></testsuites>`

// What unittest-xml-reporting writes, shortened.
const unittest = `<testsuite name="Tests"><testcase classname="shop.tests.Cart" name="test_total" time="1,000.5" file="shop/tests.py" line="11">
<failure type="AssertionError" message="1 != 2">Traceback (most recent call last):
  File "/usr/lib/python3.11/unittest/case.py", line 57, in testPartExecutor
  File "/work/shop/tests.py", line 14, in test_total
    self.assertEqual(1, 2)
AssertionError: 1 != 2
</failure></testcase></testsuite>`

func TestReadJUnit(t *testing.T) {
	t.Parallel()
	r, err := ReadJUnit(strings.NewReader(pytest))
	if err != nil {
		t.Fatal(err)
	}
	want := []Case{
		{Name: "tests.test_a.TestCart::test_ok", Class: "tests.test_a.TestCart", Status: Passed, Seconds: 0.2},
		{Name: "tests.test_a::test_bad[1]", Class: "tests.test_a", Status: Failed, Seconds: 1.5, Message: "assert 1 == 2"},
		{Name: "tests.test_a::test_skip", Class: "tests.test_a", Status: Skipped, Message: "not here"},
		{Name: "tests.test_broken", Status: Failed, Message: "collection failure"},
		{Name: "tests.test_a::test_twice", Class: "tests.test_a", Status: Failed, Seconds: 0.2, Message: "failed on teardown"},
	}
	if diff := cmp.Diff(want, r.Cases, cmpopts.IgnoreFields(Case{}, "Text")); diff != "" {
		t.Errorf("cases (-want +got):\n%s", diff)
	}
	if r.Count(Failed) != 3 || r.Count(Passed) != 1 || r.Count(Skipped) != 1 || r.Slowest(1)[0].Name != "tests.test_a::test_bad[1]" {
		t.Errorf("counted wrong: %+v", r)
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	there := map[string]bool{"tests/test_a.py": true, "tests/helpers.py": true, "tests/test_broken.py": true, "shop/tests.py": true, "web/cart.test.ts": true, "web/util.js": true}
	resolve := func(name string) (string, bool) {
		name = strings.TrimPrefix(name, "/work/")
		return name, there[name]
	}
	type place struct {
		File string
		Line int
	}
	for text, want := range map[string][]place{
		pytest: {
			{"tests/test_a.py", 0}, {"tests/test_a.py", 7}, {"tests/test_a.py", 0}, {"tests/test_broken.py", 1}, {"tests/test_a.py", 0},
		},
		unittest: {{"shop/tests.py", 14}},
		`<testsuite><testcase classname="no.such" name="x"><failure>tests/helpers.py:3: Oops</failure></testcase></testsuite>`:       {{"tests/helpers.py", 3}},
		`<testsuite><testcase classname="x" file="tests/test_a.py" line="4" name="x"><failure>none</failure></testcase></testsuite>`: {{"tests/test_a.py", 5}},
		`<testsuite><testcase classname="web/cart.test.ts" name="adds"><failure>Error: 1
 ❯ Proxy.add node_modules/vitest/dist/x.js:9:9
 ❯ add web/util.js:2:7
 ❯ web/cart.test.ts:5:15</failure></testcase></testsuite>`: {{"web/cart.test.ts", 5}}, // vitest
		`<testsuite><testcase classname="cart adds" name="adds"><failure>Error: expect(received)
    at Object.toBe (/work/web/cart.test.ts:3:15)
    at Object.run [as x] (/work/node_modules/jest-circus/build/utils.js:231:10)</failure></testcase></testsuite>`: {{"web/cart.test.ts", 3}}, // jest
		`<testsuite><testcase name="adds" classname="test" file="/work/web/cart.test.ts"><failure>Error
    at TestContext.&lt;anonymous&gt; (file:///work/web/util.js:8:1)</failure></testcase></testsuite>`: {{"web/util.js", 8}}, // node --test
		`<testsuite><testcase classname="x" name="y"><failure>none</failure></testcase></testsuite>`: {{"", 0}},
	} {
		r, err := ReadJUnit(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		var got []place
		for _, c := range r.Cases {
			file, line := c.Place(resolve)
			got = append(got, place{file, line})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.60s: places (-want +got):\n%s", text, diff)
		}
	}
}

func TestTestsOfOneNameInSeveralFilesAreSeveral(t *testing.T) {
	t.Parallel()
	r, err := ReadJUnit(strings.NewReader(`<testsuites><testcase name="adds" classname="test" file="a.test.js"/><testcase name="adds" classname="test" file="b.test.js"><failure/></testcase></testsuites>`))
	if err != nil || r.Count(Passed) != 1 || r.Count(Failed) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestReadJUnitRefuses(t *testing.T) {
	t.Parallel()
	if _, err := ReadJUnit(strings.NewReader(`<coverage/>`)); !errors.Is(err, ErrOther) {
		t.Errorf("another root: %v", err)
	}
	for _, text := range []string{"", "text", "<testsuite><testcase", "<testsuite></testsuites>"} {
		if r, err := ReadJUnit(strings.NewReader(text)); err == nil {
			t.Errorf("%q: read %+v", text, r)
		}
	}
}

func TestRetried(t *testing.T) {
	t.Parallel()
	first := Report{Cases: []Case{{Name: "a", Status: Passed}, {Name: "b", Status: Failed, Message: "why", Seconds: 1}, {Name: "c", Status: Failed}}}
	second := Report{Cases: []Case{{Name: "a", Status: Passed}, {Name: "b", Status: Passed, Seconds: 2}, {Name: "c", Status: Failed}}}
	want := []Case{{Name: "a", Status: Passed}, {Name: "b", Status: Flaky, Message: "why", Seconds: 3}, {Name: "c", Status: Failed}}
	if diff := cmp.Diff(want, second.Retried(first).Cases); diff != "" {
		t.Errorf("cases (-want +got):\n%s", diff)
	}
}

func TestReadCobertura(t *testing.T) {
	t.Parallel()
	got, err := ReadCobertura(strings.NewReader(`<?xml version="1.0" ?><!DOCTYPE coverage SYSTEM "x"><coverage version="7.6" lines-valid="40" lines-covered="30" line-rate="0.75"><sources/>`))
	if want := (Coverage{30, 40, 0.75}); got != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, text := range []string{"", "<coverage>", `<coverage line-rate="2"/>`, `<coverage line-rate="NaN"/>`, "<testsuite/>"} {
		if got, err := ReadCobertura(strings.NewReader(text)); err == nil {
			t.Errorf("%q: read %+v", text, got)
		}
	}
}

func TestReadCoverageJSON(t *testing.T) {
	t.Parallel()
	got, err := ReadCoverageJSON(strings.NewReader(`{"meta": {"format": 3}, "files": {}, "totals": {"covered_lines": 30, "num_statements": 40, "percent_covered": 70.1}}`))
	if want := (Coverage{30, 40, 0.75}); got != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := ReadCoverageJSON(strings.NewReader(`{"/src/a.js": {}}`)); !errors.Is(err, ErrOther) {
		t.Errorf("another tool's: %v", err)
	}
	for _, text := range []string{"", "[]", `{"totals": {"covered_lines": 2, "num_statements": 1}}`, `{"totals": 1}`} {
		if got, err := ReadCoverageJSON(strings.NewReader(text)); err == nil {
			t.Errorf("%q: read %+v", text, got)
		}
	}
}

func FuzzReadJUnit(f *testing.F) {
	f.Add(pytest)
	f.Add(unittest)
	f.Fuzz(func(t *testing.T, text string) {
		r, _ := ReadJUnit(strings.NewReader(text))
		for _, c := range r.Cases {
			if c.Seconds < 0 || c.Line < 0 {
				t.Errorf("case %+v", c)
			}
			c.Place(func(name string) (string, bool) { return name, true })
		}
	})
}
