package workflow

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

func token(scp string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"scp":%q}`, scp)) + ".c2ln"
}

func TestParseToken(t *testing.T) {
	for in, want := range map[string]string{
		token("Actions.Results:ce7f54c7:ca395085"):         "",
		token("Actions.Example Actions.Results:21:49 X:1"): "",
		"":                              "no runtime token",
		"opaque":                        "has 1 parts",
		"e30.!.c2ln":                    "read runtime token",
		"e30.W10.c2ln":                  "read runtime token",
		token(""):                       "may not write artifacts",
		token("Actions.X:1"):            "may not write artifacts",
		token("Actions.Results:1"):      "may not write artifacts",
		token("Actions.Results:1:2:3"):  "may not write artifacts",
		token("Actions.Results::2"):     "may not write artifacts",
		token("XActions.Results:21:49"): "may not write artifacts",
	} {
		got, err := parseToken(in)
		switch {
		case want == "" && (err != nil || got.Run == "" || got.Job == ""):
			t.Errorf("%s: %v, %v", in, got, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want %q", in, err, want)
		case err != nil && len(in) > 6 && strings.Contains(err.Error(), in):
			t.Errorf("the token is in %q", err)
		}
	}
}

func TestAvailable(t *testing.T) {
	good := token("Actions.Results:1:2")
	for _, c := range []struct {
		url, token, want string
	}{
		{"https://x", good, ""},
		{"", good, `"run:" step`},
		{"https://x", "", `"run:" step`},
		{"https://x", token("none"), "Actions.Results"},
	} {
		ok, reason := Available(c.url, c.token)
		if ok != (c.want == "") || !strings.Contains(reason, c.want) || !ok && !strings.Contains(reason, "want ") {
			t.Errorf("%q, %q: %t, %q", c.url, c.token, ok, reason)
		}
	}
}

// TestOpenSaysAll holds that all wrong things are told at once.
func TestOpenSaysAll(t *testing.T) {
	_, err := Open(Options{ResultsURL: "results", Token: "x", Name: "a/b", Retention: -1, Compression: 10})
	for _, want := range []string{`results URL "results"`, "runtime token has 1 parts", `"a/b" has '/' in it`, "retention of -1 days", "compression 10"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	good := Options{ResultsURL: "https://results.example/a/b", Token: token("Actions.Results:1:2"), Name: "x"}
	for want, change := range map[string]func(*Options){
		"":             func(*Options) {},
		"is empty":     func(o *Options) { o.Name = "" },
		"Options.Now":  func(o *Options) { o.Retention = 3 },
		"results URL":  func(o *Options) { o.ResultsURL = "ftp://x" },
		"results URL ": func(o *Options) { o.ResultsURL = "" },
	} {
		o := good
		change(&o)
		target, err := Open(o)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if err == nil && target.origin != "https://results.example" {
			t.Errorf("origin %q", target.origin)
		}
	}
}

func TestSafeName(t *testing.T) {
	for _, c := range []struct {
		parts []string
		want  string
	}{
		{[]string{"demo", "1:2.0~rc1", "debian:12", "linux/arm64"}, "demo_1-2.0~rc1_debian-12_linux-arm64"},
		{[]string{"demo", "", " ", "x y"}, "demo_x-y"},
		{[]string{"a\r\n\"<>|*?\\b\x00\u200b\xff"}, "a---------b---"},
		{nil, "packages"},
	} {
		got := SafeName(c.parts...)
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.parts, got, c.want)
		}
		if err := checkName("name", got); err != nil {
			t.Error(err)
		}
	}
}

func FuzzSafeName(f *testing.F) {
	f.Add("demo", "1:2")
	f.Fuzz(func(t *testing.T, a, b string) {
		if err := checkName("name", SafeName(a, b)); err != nil {
			t.Error(err)
		}
	})
}

func TestWait(t *testing.T) {
	if got := wait(0, 0.9); got != 3*time.Second {
		t.Errorf("first wait %s", got)
	}
	for n, least := range []float64{1: 4.5, 2: 6.75, 3: 10.125} {
		low, high := wait(n, 0).Seconds(), wait(n, 0.999).Seconds()
		if n > 0 && (low != least || high < least*1.49 || high >= least*1.5) {
			t.Errorf("wait %d: %g to %g, want %g to %g", n, low, high, least, least*1.5)
		}
	}
}
