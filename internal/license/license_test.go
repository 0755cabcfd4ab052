package license

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const mit = `Copyright (c) 2020 Jo

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`

func TestExpression(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"MIT": "MIT", "mit": "MIT", " Apache 2.0 ": "Apache-2.0", "apache-2.0": "Apache-2.0",
		"MIT or apache-2.0": "MIT OR Apache-2.0", "MIT AND (BSD-3-Clause OR ISC)": "MIT AND (BSD-3-Clause OR ISC)",
		"GPL-3.0-or-later with Classpath-exception-2.0": "GPL-3.0-or-later WITH Classpath-exception-2.0",
		"LicenseRef-Corp": "LicenseRef-Corp",
		"BSD":             "", "": "", "MIT, BSD": "", "see LICENSE": "", "DocumentRef-x:LicenseRef-y": "", "MIT\nMIT": "", "OR": "", "((": "",
	} {
		if got := Expression(words); got != want {
			t.Errorf("%q: got %q, want %q", words, got, want)
		}
	}
}

// TestNames holds that the table says only what the SPDX list has.
func TestNames(t *testing.T) {
	t.Parallel()
	for name, id := range names {
		if got := Expression(id); got != id {
			t.Errorf("%q: %q is read as %q", name, id, got)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		m    Metadata
		want License
	}{
		"the expression first":   {Metadata{Expression: "ISC", License: "MIT"}, License{Expression: "ISC"}},
		"words":                  {Metadata{License: "MIT License", Classifiers: []string{"License :: OSI Approved :: ISC License (ISCL)"}}, License{Expression: "MIT"}},
		"a classifier":           {Metadata{Classifiers: []string{"License :: OSI Approved", "License :: OSI Approved :: MIT License", "Topic :: X"}}, License{Expression: "MIT"}},
		"two classifiers":        {Metadata{License: "Dual License", Classifiers: []string{"License :: OSI Approved :: MIT License", "License :: OSI Approved :: Apache Software License"}}, License{Expression: "Apache-2.0 AND MIT"}},
		"vague, and a text":      {Metadata{License: "BSD", Classifiers: []string{"License :: OSI Approved :: BSD License"}, Texts: []string{"nothing", mit}}, License{Expression: "MIT", Said: "BSD", Concluded: true}},
		"vague alone":            {Metadata{Classifiers: []string{"License :: OSI Approved :: BSD License"}}, License{Said: "BSD License"}},
		"one is vague":           {Metadata{License: "Artistic License", Classifiers: []string{"License :: OSI Approved :: Artistic License", "License :: OSI Approved :: ISC License (ISCL)"}}, License{Said: "Artistic License", Also: []string{"ISC"}}},
		"a text alone":           {Metadata{Texts: []string{mit}}, License{Expression: "MIT", Concluded: true}},
		"a text in License":      {Metadata{License: mit, Texts: []string{mit}}, License{Expression: "MIT", Concluded: true}},
		"nothing":                {Metadata{}, License{}},
		"a text of nobody knows": {Metadata{Texts: []string{"Be kind."}}, License{}},
	} {
		if diff := cmp.Diff(test.want, Find(test.m)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/apache.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := Shorten("Before.\n\n" + string(text) + "\n\nAfter.\n")
	if len(got) > 2500 || !strings.HasPrefix(got, "Before.\n") || !strings.HasSuffix(got, "After.\n") || !strings.Contains(got, "/usr/share/common-licenses/Apache-2.0.\n") {
		t.Errorf("Apache-2.0 in full becomes\n%s", got)
	}
	for _, same := range []string{mit, "", strings.Repeat("Be kind. ", 1000)} {
		if Shorten(same) != same {
			t.Errorf("%.40q is changed", same)
		}
	}
}

func TestDebian(t *testing.T) {
	t.Parallel()
	for id, want := range map[string][2]string{
		"MIT": {"Expat", ""}, "GPL-2.0-or-later": {"GPL-2+", "/usr/share/common-licenses/GPL-2"}, "GPL-3.0-only": {"GPL-3", "/usr/share/common-licenses/GPL-3"},
		"LGPL-2.1-only": {"LGPL-2.1", "/usr/share/common-licenses/LGPL-2.1"}, "GPL-2.0+": {"GPL-2+", "/usr/share/common-licenses/GPL-2"}, "BSD-3-Clause": {"BSD-3-Clause", ""},
		"Apache-2.0": {"Apache-2.0", "/usr/share/common-licenses/Apache-2.0"}, "AGPL-3.0-only": {"AGPL-3", ""},
		"GPL-2.0-only WITH Classpath-exception-2.0": {"GPL-2-with-Classpath-exception-2.0", ""},
	} {
		if got := [2]string{Debian(id), Common(Debian(id))}; got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}

// FuzzExpression holds that whatever a distribution says, what comes out is valid.
func FuzzExpression(f *testing.F) {
	for _, s := range []string{"MIT", "MIT OR (", "a WITH b", "GPL-2.0+ AND (MIT)", "((((", "LicenseRef-é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, words string) {
		if e := Expression(words); e != "" && len(IDs(e)) == 0 {
			t.Errorf("%q: the expression %q names no licence", words, e)
		}
	})
}
