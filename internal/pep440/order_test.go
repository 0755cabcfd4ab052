package pep440

import (
	"strings"
	"testing"
)

// ordered returns many versions, oldest first. It is built in PEP 440's order and
// does not ask Compare, so it can judge it.
func ordered() []string {
	var list, locals []string
	add := func(v string) {
		list = append(list, v)
		for _, local := range locals {
			list = append(list, v+"+"+local)
		}
	}
	devs := func(v string) {
		add(v + ".dev0")
		add(v + ".dev10")
	}
	posts := func(v string) {
		for _, post := range []string{".post0", ".post12"} {
			devs(v + post)
			add(v + post)
		}
	}
	for _, release := range []string{"0.9", "1.0", "1.0.0.1", "1.0.1", "1.0.10", "1!24.04"} {
		locals = []string{"zeta.5", "3"}
		if release == "1.0" {
			locals = []string{"acme", "acme.2", "acme.10", "zeta", "0", "3", "3.g", "10"}
		}
		devs(release)
		for _, pre := range []string{"a1", "b2", "rc1", "rc10"} {
			devs(release + pre)
			add(release + pre)
			posts(release + pre)
		}
		add(release)
		posts(release)
	}
	return list
}

// kept tells whether Debian and RPM promise to keep the order of a and b.
func kept(a, b Version) bool {
	if a.compareBase(b) == 0 && len(a.release) != len(b.release) {
		return false
	}
	if a.comparePublic(b) != 0 {
		return true
	}
	for i := range min(len(a.local), len(b.local)) {
		x, y := a.local[i], b.local[i]
		if x == y {
			continue
		}
		words := isWord(x) && isWord(y) && !strings.HasPrefix(x, y) && !strings.HasPrefix(y, x)
		return words || isDigits(x) && isDigits(y)
	}
	return true
}

func isWord(s string) bool {
	_, rest := span(s, isAlpha)
	return rest == ""
}

// TestOrder compares every pair of a long list, in PEP 440's order and in both
// package managers' (their algorithms in Go).
func TestOrder(t *testing.T) {
	t.Parallel()
	list := parseAll(t, ordered())
	pairs, left := 0, 0
	for i, a := range list {
		for _, b := range list[i+1:] {
			pairs++
			if a.Compare(b) != -1 || b.Compare(a) != 1 {
				t.Fatalf("%s is not older than %s", a, b)
			}
			if !kept(a, b) {
				left++
				continue
			}
			checkKept(t, a, b)
		}
	}
	t.Logf("%d versions: %d pairs compared; %d of them are local labels whose order is not promised", len(list), pairs, left)
}

func checkKept(t *testing.T, a, b Version) {
	t.Helper()
	want := a.Compare(b)
	if got := dpkgCompare(a.Debian(), b.Debian()); got != want {
		t.Errorf("%s and %s compare as %d, for dpkg %s and %s as %d", a, b, want, a.Debian(), b.Debian(), got)
	}
	if got := rpmCompare(a.RPM(), b.RPM()); got != want {
		t.Errorf("%s and %s compare as %d, for rpm %s and %s as %d", a, b, want, a.RPM(), b.RPM(), got)
	}
}

func TestCompareEqual(t *testing.T) {
	for _, pair := range [][2]string{
		{"1.0", "1"}, {"1.0", "1.0.0"}, {"24.04", "24.4"}, {"0!1", "1"}, {"1.0-1", "1.0.post1"},
		{"1.0alpha", "1.0a0"}, {"1.0+a_01", "1.0+A.1"}, {"1.0.0rc1", "1.0c1"},
	} {
		a, b := mustParse(t, pair[0]), mustParse(t, pair[1])
		if a.Compare(b) != 0 || b.Compare(a) != 0 {
			t.Errorf("%s and %s are not equal", a, b)
		}
	}
}

func TestPackageVersion(t *testing.T) {
	tests := map[string]string{
		"1.0":                  "1.0",
		"v1.0":                 "1.0",
		"24.04":                "24.04",
		"2024.01.05":           "2024.01.05",
		"1.0.dev3":             "1.0~~dev3",
		"1.0a1":                "1.0~a1",
		"1.0-beta.02":          "1.0~b2",
		"1.0rc1":               "1.0~rc1",
		"1.0rc1.dev2":          "1.0~rc1~dev2",
		"1.0rc1.post2":         "1.0~rc1+post2",
		"1.0rc1+acme":          "1.0~rc1+local.acme",
		"1.0.post1":            "1.0+post1",
		"1.0-1":                "1.0+post1",
		"1.0.post1.dev2":       "1.0+post1~dev2",
		"1.0+acme-2":           "1.0+local.acme.2",
		"1.0.post1+acme.2":     "1.0+post1+acme.2",
		"1.3.dev4+g1a2b3c4":    "1.3~~dev4+g1a2b3c4",
		"1!2.0":                "1:2.0",
		"0!2.0":                "2.0",
		"3!4.5a6.post7.dev8+9": "3:4.5~a6+post7~dev8+9",
	}
	for in, want := range tests {
		v := mustParse(t, in)
		if got := v.Debian().String(); got != want {
			t.Errorf("%s for Debian is %q, want %q", in, got, want)
		}
		if got := v.RPM().String(); got != want {
			t.Errorf("%s for RPM is %q, want %q", in, got, want)
		}
	}
}

func FuzzOrder(f *testing.F) {
	list := ordered()
	for i := 0; i+7 < len(list); i += 97 {
		f.Add(list[i], list[i+7])
	}
	f.Add("1.0", "1.0.0.post1")
	f.Add("V01!2-alpha_3.rev4-DEV5+A.b_06", "1.0-1")
	f.Fuzz(func(t *testing.T, s1, s2 string) {
		a, err := Parse(s1)
		if err != nil {
			return
		}
		again, err := Parse(a.String())
		if err != nil || again.Compare(a) != 0 || again.String() != a.String() {
			t.Fatalf("%q is %s in normal form, which is read as %s: %v", s1, a, again, err)
		}
		deb := a.Debian().Version
		if !isDigit(deb[0]) || strings.Trim(deb, "0123456789abcdefghijklmnopqrstuvwxyz.+~") != "" {
			t.Fatalf("%q is %q for Debian: not a Debian version", s1, deb)
		}
		b, err := Parse(s2)
		if err != nil {
			return
		}
		if a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%s and %s: Compare is not antisymmetric", a, b)
		}
		if kept(a, b) {
			checkKept(t, a, b)
		}
	})
}

func parseAll(t *testing.T, list []string) []Version {
	t.Helper()
	versions := make([]Version, len(list))
	for i, s := range list {
		versions[i] = mustParse(t, s)
	}
	return versions
}
