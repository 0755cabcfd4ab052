package pep440

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := map[string]string{ // as written: normal form
		"1.0":                                    "1.0",
		" 1.0\n":                                 "1.0",
		"v1.0":                                   "1.0",
		"V1.0":                                   "1.0",
		"24.04":                                  "24.4",
		"2024.01.05":                             "2024.1.5",
		"0!1.0":                                  "1.0",
		"01!1.0":                                 "1!1.0",
		"1.0a":                                   "1.0a0",
		"1.0.ALPHA":                              "1.0a0",
		"1.0-alpha.1":                            "1.0a1",
		"1.0_beta_02":                            "1.0b2",
		"1.0c1":                                  "1.0rc1",
		"1.0pre1":                                "1.0rc1",
		"1.0preview-1":                           "1.0rc1",
		"1.0RC1":                                 "1.0rc1",
		"1.0post":                                "1.0.post0",
		"1.0-r4":                                 "1.0.post4",
		"1.0.rev4":                               "1.0.post4",
		"1.0-1":                                  "1.0.post1",
		"1.0a-1":                                 "1.0a1",
		"1.0a1-1":                                "1.0a1.post1",
		"1.0dev":                                 "1.0.dev0",
		"1.0-DEV3":                               "1.0.dev3",
		"1.0rc1.post2.dev3":                      "1.0rc1.post2.dev3",
		"1.0+Ubuntu-1_02.g0a":                    "1.0+ubuntu.1.2.g0a",
		"3!4.5a6.post7.dev8+9":                   "3!4.5a6.post7.dev8+9",
		"20240101123456789012345678901234567890": "20240101123456789012345678901234567890",
	}
	for in, want := range tests {
		v, err := Parse(in)
		if err != nil {
			t.Errorf("Parse(%q): %v", in, err)
			continue
		}
		if got := v.String(); got != want {
			t.Errorf("Parse(%q).String() = %q, want %q", in, got, want)
		}
		if want := strings.TrimSpace(in); v.Original != want {
			t.Errorf("Parse(%q).Original = %q", in, v.Original)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		"", " ", "latest", "1.", ".1", "1..0", "1.0-", "1.0a1b1", "1.0+", "1.0+a..b", "1.0+é",
		"1.0.dev1.post1", "1.0 rc1", "1.0-1.1", "1!", "!1.0", "-1", "1.0\x00", "1.0-rc1-g1a2b3c",
		"1.0+\u212a", strings.Repeat("x", 1<<20),
	} {
		v, err := Parse(in)
		if err == nil {
			t.Errorf("Parse(%.20q) = %v, want an error", in, v)
			continue
		}
		if !strings.Contains(err.Error(), "want a PEP 440 version such as") || len(err.Error()) > 500 {
			t.Errorf("Parse(%.20q): %v", in, err)
		}
	}
}

func TestIsPrerelease(t *testing.T) {
	tests := map[string]bool{
		"1.0": false, "1.0.post1": false, "1.0+rc1": false,
		"1.0a1": true, "1.0.dev0": true, "1.0.post1.dev2": true, "1.0rc1.post1": true,
	}
	for in, want := range tests {
		if got := mustParse(t, in).IsPrerelease(); got != want {
			t.Errorf("%s: IsPrerelease = %v", in, got)
		}
	}
}

func mustParse(t testing.TB, s string) Version {
	t.Helper()
	v, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
