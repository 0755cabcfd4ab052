package license

import "testing"

func TestPolicy(t *testing.T) {
	t.Parallel()
	free := Policy{Allow: []string{"MIT", "BSD-*", "apache-2.0"}}
	noGPL := Policy{Deny: []string{"GPL-*", "AGPL-*"}}
	for _, test := range []struct {
		policy Policy
		l      License
		want   string
	}{
		{Policy{}, License{Expression: "GPL-3.0-only"}, ""},
		{free, License{Expression: "MIT"}, ""},
		{free, License{Expression: "BSD-3-Clause AND Apache-2.0"}, ""},
		{free, License{Expression: "MIT OR GPL-3.0-only"}, ""},
		{free, License{Expression: "MIT AND GPL-3.0-only"}, "MIT AND GPL-3.0-only: GPL-3.0-only is not allowed"},
		{free, License{Expression: "MIT", Also: []string{"ISC"}}, "MIT AND ISC: ISC is not allowed"},
		{free, License{Said: "Beerware, mostly"}, `"Beerware, mostly": no licence of the SPDX list, and its texts do not tell which`},
		{free, License{}, `"": no licence of the SPDX list, and its texts do not tell which`},
		{noGPL, License{Said: "Beerware, mostly"}, ""},
		{noGPL, License{Expression: "LGPL-3.0-only"}, ""},
		{noGPL, License{Expression: "GPL-2.0-only WITH Classpath-exception-2.0"}, "GPL-2.0-only WITH Classpath-exception-2.0: GPL-2.0-only WITH Classpath-exception-2.0 is not allowed"},
		{noGPL, License{Expression: "GPL-2.0-or-later OR MIT"}, ""},
		{Policy{Allow: []string{"GPL-*"}, Deny: []string{"GPL-3.0-*"}}, License{Expression: "GPL-3.0-only"}, "GPL-3.0-only: GPL-3.0-only is not allowed"},
		{Policy{Allow: []string{"LicenseRef-*"}}, License{Expression: "LicenseRef-Corp"}, ""},
	} {
		got := ""
		if err := test.policy.Check(test.l); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%+v of %+v: got %q, want %q", test.l, test.policy, got, test.want)
		}
	}
}

func TestCheckGlobs(t *testing.T) {
	t.Parallel()
	if err := CheckGlobs([]string{"MIT", "bsd-*", "LicenseRef-x"}); err != nil {
		t.Error(err)
	}
	want := "licence \"BSD\": not in the SPDX list: want an identifier of it, or a glob such as BSD-*\nlicence \"[\": want an identifier of the SPDX list, or a glob such as BSD-*"
	if err := CheckGlobs([]string{"BSD", "["}); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
