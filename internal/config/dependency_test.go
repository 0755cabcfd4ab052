package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/nearest"
)

func TestSplitDependencies(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"":                         nil,
		"libpq5":                   {"libpq5"},
		"deb:libpq5 rpm:libpq":     {"deb:libpq5", "rpm:libpq"},
		"a,b , c\td":               {"a", "b", "c", "d"},
		", a ,,b,":                 {"a", "b"},
		"libpq5 (>= 13) libxml2":   {"libpq5 (>= 13)", "libxml2"},
		"libpq5(>=13),libxml2":     {"libpq5 (>=13)", "libxml2"},
		"libpq5  ( >= 13 ) x":      {"libpq5 (>= 13)", "x"},
		"a (<< 1:2.0~rc1-3) b":     {"a (<< 1:2.0~rc1-3)", "b"},
		"a | b":                    {"a | b"},
		"a|b c":                    {"a | b", "c"},
		"a (>= 1) | b (= 2), c":    {"a (>= 1) | b (= 2)", "c"},
		"libpq >= 13 libxml2":      {"libpq >= 13", "libxml2"},
		"libpq >= 13, libpq < 17":  {"libpq >= 13", "libpq < 17"},
		"a = 1:2.0-1 b <= 3":       {"a = 1:2.0-1", "b <= 3"},
		"/usr/bin/python3.11":      {"/usr/bin/python3.11"},
		"libpq.so.5()(64bit)":      {"libpq.so.5()(64bit)"},
		"perl(DBI) >= 1.6 x":       {"perl(DBI) >= 1.6", "x"},
		"libc6:i386 (>= 2.36)":     {"libc6:i386 (>= 2.36)"},
		"python3-foo python3.11 g": {"python3-foo", "python3.11", "g"},
	}
	for line, want := range tests {
		got, err := splitDependencies(line)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%q: %v (-want +got):\n%s", line, err, diff)
		}
	}
}

func TestSplitDependenciesRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"libpq5 (>= 13":   `dependency "libpq5 (>= 13": a parenthesis is not closed`,
		"a, libpq5 (>=":   `dependency "a, libpq5 (>=": a parenthesis is not closed`,
		"(>= 13) libpq5":  `dependency "(>= 13) libpq5": "(>= 13)" stands before any name`,
		">= 13":           `dependency ">= 13": ">= 13" stands before any name`,
		"| b":             `dependency "| b": "| b" stands before any name`,
		"libpq >=":        `dependency "libpq >=": nothing follows ">="`,
		"a |":             `dependency "a |": nothing follows "|"`,
		"libpq >= , more": `dependency "libpq >= , more": nothing follows ">="`,
	}
	for line, want := range tests {
		got, err := splitDependencies(line)
		if err == nil || err.Error() != want {
			t.Errorf("%q:\ngot  %q, %v\nwant %s", line, got, err, want)
		}
	}
}

func TestNearestInput(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"tests":             "test",
		"format":            "formats",
		"run_deps":          "run-deps",
		"rundeps":           "run-deps",
		"Version":           "version",
		"test-requirement":  "test-requirements",
		"test_requirments":  "test-requirements",
		"licence":           "license",
		"prefx":             "prefix",
		"output":            "", // three letters more
		"interpreter":       "",
		"x":                 "",
		"":                  "",
		"system-libraries":  "",
		"requirements":      "",
		"buildconstraints":  "build-constraints",
		"build_constraints": "build-constraints",
	}
	for name, want := range tests {
		if got := nearest.Of(name, Names()); got != want {
			t.Errorf("nearest to %q is %q, want %q", name, got, want)
		}
	}
}
