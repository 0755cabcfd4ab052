package pep440

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	tests := []struct{ specs, yes, no string }{
		{"", "1.0 1.0a1 1.0+x", ""},
		{">=3.9,<4", "3.9 3.11.4 3.9.post1", "3.8 3.9rc1 4 4.0 4.0a1"},
		{">=3.9, <4, !=3.9.1", "3.9 3.9.2", "3.9.1 3.9.1.0"},
		{"==3.11.*", "3.11 3.11.0 3.11.9 3.11rc1 3.11.post1 3.11+x", "3.1 3.12 3.110 1!3.11"},
		{"==3.0.*", "3 3.0.1", "3.1"},
		{"!=3.11.*", "3.10 3.12", "3.11 3.11.4"},
		{"==1.0", "1.0 1 1.0.0 1.0+x v1.0", "1.0.post1 1.0rc1 1.0.1"},
		{"==1.0+x", "1.0+x 1.0.0+X", "1.0 1.0+y"},
		{"!=1.0", "1.1 1.0.post1", "1.0 1.0+x"},
		{"~=3.8", "3.8 3.9 3.8.post1", "4.0 3.7 3.8rc1"},
		{"~=1.4.5", "1.4.5 1.4.10", "1.5 1.4.4"},
		{"~=2.2.post3", "2.2.post3 2.3", "2.2 3.0"},
		{"<=1.0", "1.0 1.0+x 0.9 1.0rc1", "1.0.post1 1.1"},
		{">=1.0", "1.0 1.0.post1 1.0+x", "1.0rc1"},
		{"<1.0", "0.9", "1.0rc1 1.0.dev1 1.0"},
		{"<1.0rc2", "1.0rc1 1.0.dev1 0.9", "1.0rc2 1.0"},
		{">1.0", "1.0.1 1.1.dev1", "1.0 1.0.post1 1.0+x"},
		{">1.0.post1", "1.0.post2 1.1", "1.0 1.0.post1 1.0.post1+x"},
		{">1.0rc1", "1.0 1.0+x 1.0.post1", "1.0rc1+x 1.0rc1.post1"},
		{"<1.0.post1", "1.0 1.0rc1 1.0.dev1", "1.0.post1.dev2"},
		{"===1.0", "1.0", "1.0.0 v1.0"},
	}
	for _, test := range tests {
		specs, err := ParseSpecifiers(test.specs)
		if err != nil {
			t.Errorf("ParseSpecifiers(%q): %v", test.specs, err)
			continue
		}
		for version := range strings.FieldsSeq(test.yes) {
			if !specs.Match(mustParse(t, version)) {
				t.Errorf("%s does not match %q", version, test.specs)
			}
		}
		for version := range strings.FieldsSeq(test.no) {
			if specs.Match(mustParse(t, version)) {
				t.Errorf("%s matches %q", version, test.specs)
			}
		}
	}
}

func TestParseSpecifiersRefuses(t *testing.T) {
	tests := map[string]string{
		"3.9":            "no operator",
		"=3.9":           "no operator",
		"^3.9":           "no operator",
		">=":             "want a PEP 440 version",
		">= 3.9 < 4":     "want a PEP 440 version",
		">=3.*":          `takes no ".*"`,
		"==1.0rc1.*":     "may follow a release",
		"==1.0+x.*":      "may follow a release",
		">=1.0+x":        "takes no local label",
		"~=1":            "two numbers",
		"===":            "single word",
		"=== a b":        "single word",
		">=nonsense,<xx": `"<xx"`, // the second error is there, too
	}
	for in, want := range tests {
		specs, err := ParseSpecifiers(in)
		if err == nil {
			t.Errorf("ParseSpecifiers(%q) = %v, want an error", in, specs)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("ParseSpecifiers(%q): %v, want it to say %s", in, err, want)
		}
	}
}

func TestSpecifiers(t *testing.T) {
	tests := []struct {
		in, out string
		pin     bool
	}{
		{" >= 3.9 ,, <4", ">=3.9,<4", false},
		{"== 1.0", "==1.0", true},
		{"===any_thing", "===any_thing", true},
		{"==1.*", "==1.*", false},
		{"==1.0,>0.9", "==1.0,>0.9", false},
		{"", "", false},
	}
	for _, test := range tests {
		specs, err := ParseSpecifiers(test.in)
		if err != nil {
			t.Errorf("ParseSpecifiers(%q): %v", test.in, err)
			continue
		}
		if got := specs.String(); got != test.out {
			t.Errorf("ParseSpecifiers(%q).String() = %q, want %q", test.in, got, test.out)
		}
		if got := specs.IsPin(); got != test.pin {
			t.Errorf("ParseSpecifiers(%q).IsPin() = %v", test.in, got)
		}
	}
}
