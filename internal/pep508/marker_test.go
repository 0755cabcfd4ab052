package pep508

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// debian is the environment of Debian 12's Python.
var debian = Environment{
	"python_version": "3.11", "python_full_version": "3.11.2", "os_name": "posix", "sys_platform": "linux",
	"platform_release": "6.1.0-18-amd64", "platform_system": "Linux", "platform_version": "#1 SMP Debian 6.1.76-1",
	"platform_machine": "x86_64", "platform_python_implementation": "CPython",
	"implementation_name": "cpython", "implementation_version": "3.11.2",
}

func TestMarkers(t *testing.T) {
	active := Active{Extras: []string{"post-gres", "extra-3-foo-cpu"}, Groups: []string{"dev"}}
	for text, want := range map[string]bool{
		`python_version >= "3.9"`:                        true,
		`python_version < "3.9"`:                         false, // as texts it would be true
		`python_version == '3.*'`:                        true,
		`python_version ~= "3.9"`:                        true,
		`python_version === "3.11"`:                      true,
		`"3.12" > python_version`:                        true,
		`'3.11' ~= python_version`:                       true,
		`python_version in "3.10 3.11"`:                  true,
		`python_version not in "3.10 3.11"`:              false,
		`python_full_version > "3.11"`:                   true,
		`python_full_version < "3.11.2"`:                 false,
		`implementation_version != "3.11.*"`:             false,
		`platform_release >= "5"`:                        false, // no version
		`platform_release == "6.1.0-18-amd64"`:           true,  // nor here: two texts
		`os_name == "posix" and sys_platform == "win32"`: false,
		`os.name == "posix"`:                             true,
		`python_implementation == "CPython"`:             true,
		`(os_name == "nt" or os_name == "posix") and platform_machine == "x86_64"`: true,
		`os_name == "posix" or os_name == "nt" and os_name == "nt"`:                true,
		`"linux" in sys_platform`:                        true,
		`"win" not in sys_platform`:                      true,
		`sys_platform < "zzz"`:                           false, // texts have no order
		`sys_platform >= "linux"`:                        true,
		`platform_machine=="x86_64"`:                     true,
		`extra == "Post_Gres"`:                           true,
		`extra != "post-gres"`:                           false,
		`extra == "x"`:                                   false,
		`extra != "x"`:                                   true,
		`extra == 'extra-3-foo-cpu'`:                     true,
		`extra == 'extra-3-foo-gpu'`:                     false,
		`'post.gres' in extras`:                          true,
		`'x' not in extras`:                              true,
		`"dev" in dependency_groups`:                     true,
		`"default" in dependency_groups`:                 false,
		` python_version>"3.10"	and extra=="post-gres" `: true,
	} {
		m, err := ParseMarker(text)
		if err != nil {
			t.Error(err)
		} else if m.Eval(debian, active) != want {
			t.Errorf("%s: want %v", text, want)
		}
	}
	if !(Marker{}).Eval(nil, Active{}) || (Marker{}).String() != "" || (Marker{}).Names() != nil {
		t.Error("the zero marker does not always hold")
	}
}

func TestMarkerNames(t *testing.T) {
	m, err := ParseMarker(` (os.name == "nt" or "a" in extras) and "b" in extras and python_implementation == "c" `)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"extras", "os_name", "platform_python_implementation"}
	if diff := cmp.Diff(want, m.Names()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if want := `(os.name == "nt" or "a" in extras) and "b" in extras and python_implementation == "c"`; m.String() != want {
		t.Errorf("%q, want %q", m, want)
	}
}

func TestMarkersRefused(t *testing.T) {
	const known = "python_version, python_full_version, os_name, sys_platform, platform_release, platform_system, platform_version, " +
		"platform_machine, platform_python_implementation, implementation_name, implementation_version, extra, extras, dependency_groups"
	deep := strings.Repeat("(", 100000)
	for text, want := range map[string]string{
		"":                           `nothing there: want a condition such as python_version >= "3.9"`,
		" \t":                        `nothing there: want a condition such as python_version >= "3.9"`,
		`python_version`:             `the end: want a comparison: ==, !=, <=, >=, <, >, ~=, ===, in or not in`,
		`python_version >=`:          `the end: want a variable or a text in quotes`,
		`python_version >= 3.9`:      `"3.9": want a variable or a text in quotes`,
		`python_version => "3"`:      `"=> \"3\"": want a comparison: ==, !=, <=, >=, <, >, ~=, ===, in or not in`,
		`python_version not "3"`:     `"not \"3\"": want a comparison: ==, !=, <=, >=, <, >, ~=, ===, in or not in`,
		`x == "1"`:                   `unknown variable "x": want one of ` + known,
		`and == "1"`:                 `unknown variable "and": want one of ` + known,
		`"a" == "b"`:                 `want a variable on one side of a comparison and a quoted text on the other`,
		`os_name == sys_platform`:    `want a variable on one side of a comparison and a quoted text on the other`,
		`os_name == "a`:              `"\"a": want a variable or a text in quotes`,
		`os_name == "a\"b"`:          `"\"a\\\"b\"": want a variable or a text in quotes`,
		`(os_name == "a"`:            `the end: want ")"`,
		`os_name == "a")`:            `")": want "and", "or" or the end`,
		`os_name == "a" os_name`:     `"os_name": want "and", "or" or the end`,
		`os_name == "a" and`:         `the end: want a variable or a text in quotes`,
		`()`:                         `")": want a variable or a text in quotes`,
		`extras == "a"`:              `extras is a set: want "name" in extras`,
		`extras in "a"`:              `extras is a set: want "name" in extras`,
		`"a" == dependency_groups`:   `dependency_groups is a set: want "name" in dependency_groups`,
		`os_name ~= "1.0"`:           `~= compares versions, and os_name is none: want ==`,
		`os_name === "a"`:            `=== compares versions, and os_name is none: want ==`,
		`python_version ~= "3"`:      `parse version specifier "~=3": ~= needs two numbers or more, such as ~=1.4`,
		`python_version ~= "3.1,<4"`: `want one version`,
		deep:                         `parentheses in parentheses: want at most 100`,
		deep + `os_name == "a"` + strings.Repeat(")", 100000): `parentheses in parentheses: want at most 100`,
	} {
		_, err := ParseMarker(text)
		if err == nil {
			t.Errorf("%.80q: no error", text)
		} else if message := err.Error(); !strings.HasPrefix(message, "parse marker") || !strings.HasSuffix(message, ": "+want) {
			t.Errorf("%.80q: error %q, want %q", text, message, want)
		} else if len(message) > 500 {
			t.Errorf("an error of %d bytes", len(message))
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"Zope.Interface":             "zope-interface ; ",
		" a [B_c, a] >= 1, <2":       "a[a,b-c]>=1,<2 ; ",
		"a[]==1":                     "a==1 ; ",
		"a (>=1,<2)":                 "a>=1,<2 ; ",
		`a==1;python_version>"3"`:    `a==1 ; python_version>"3"`,
		`a ; extra == 'x'`:           `a ; extra == 'x'`,
		"a @ https://x/y;z#sha256=0": "a @ https://x/y;z#sha256=0 ; ",
		`a[b]@git+https://x/y@main ; os_name == "a"`: `a[b] @ git+https://x/y@main ; os_name == "a"`,
	} {
		r, err := Parse(text)
		if got := r.String() + " ; " + r.Marker.String(); err != nil || got != want {
			t.Errorf("%q is %q, error %v, want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":             `"": want a requirement such as "name==1.2.3"`,
		"a_":           `"a_": want a requirement such as "name==1.2.3"`,
		"a 1":          `"a": parse version specifier "1": no operator: want one of === == != <= >= ~= < > before the version`,
		"a[é]":         `"a[é]": extra "é": want names parted by commas`,
		"a[b,]":        `"a[b,]": extra "": want names parted by commas`,
		"a (>=1":       `"a": ">=1": want ")" at the end`,
		"a;":           `"a": parse marker: nothing there: want a condition such as python_version >= "3.9"`,
		"a @":          `"a": nothing after "@": want a URL`,
		"a @ b c":      `"a": "c" after the URL: want a marker after " ;"`,
		"a @ b ; x":    `"a": parse marker "x": unknown variable "x": want one of`,
		"a==1 ; \"a\"": `"a": parse marker "\"a\"": the end: want a comparison: ==, !=, <=, >=, <, >, ~=, ===, in or not in`,
	} {
		if r, err := Parse(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q is %q, error %v, want %s", text, r, err, want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"flask": "flask", "Zope.Interface": "zope-interface", "a-_.B": "a-b", "x": "x", "3": "3",
	} {
		if !ValidName(name) || NormalizeName(name) != want {
			t.Errorf("%q: valid %v, normalised %q, want %q", name, ValidName(name), NormalizeName(name), want)
		}
	}
	for _, name := range []string{"", "-a", "a-", "a b", "é", "a/b", "a\n"} {
		if ValidName(name) {
			t.Errorf("%q is valid", name)
		}
	}
}

// What can be read can be read again, and means the same.
func FuzzMarker(f *testing.F) {
	f.Add(`python_version >= "3.9" and (os.name == 'posix' or "x" in extras)`)
	f.Add(`extra not in 'a' or '1' ~= python_full_version and platform_release === "x"`)
	f.Add(`((("a" not  in dependency_groups)))`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMarker(text)
		if err != nil {
			return
		}
		again, err := ParseMarker(m.String())
		if err != nil {
			t.Fatal(err)
		}
		active := Active{Extras: []string{"a"}, Groups: []string{"b"}}
		if m.Eval(debian, active) != again.Eval(debian, active) || !slices.Equal(m.Names(), again.Names()) {
			t.Errorf("%q is not read as the same again", text)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(`a[b,c] (>=1,!=2.*) ; os_name == "posix"`)
	f.Add(`a @ https://x/y#z ; extra == "a"`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		again := r.String()
		if !r.Marker.Eval(nil, Active{}) || r.Marker.String() != "" {
			again += " ; " + r.Marker.String()
		}
		s, err := Parse(again)
		if err != nil || s.String() != r.String() || s.Marker.String() != r.Marker.String() {
			t.Errorf("%q is read as %q, and again as %q, error %v", text, again, s, err)
		}
	})
}
