package s3

import (
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/publish/target"
)

func env(list ...string) func(string) string {
	return func(name string) string {
		for _, v := range list {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	good := []string{"AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret"}
	for link, want := range map[string]string{
		"s3:bucket":                      "want s3://BUCKET/PREFIX",
		"s3:///x":                        "want s3://BUCKET/PREFIX",
		"s3://b/a//b":                    `prefix "a//b/": want a path without //, . and ..`,
		"s3://b/../c":                    `prefix "../c/": want a path without`,
		"s3://b?regoin=x":                `unknown word "regoin" in its query: want endpoint, region, path-style, public`,
		"s3://b?endpoint=s3.example.org": `endpoint "s3.example.org": want https://HOST`,
		"s3://b?endpoint=https://h/path": `endpoint "https://h/path": want https://HOST`,
		"s3://b?path-style=yes":          "path-style=yes in its query: want true or false",
		"s3://b?public=cdn":              "public=cdn in its query: want the URL",
		"s3://UPPER_CASE/x":              `bucket "UPPER_CASE"`,
	} {
		st, err := OpenStore(link, target.Setup{Getenv: env(good...)})
		if err == nil && st != nil && strings.HasPrefix(want, "bucket") {
			continue // the service will say
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", link, err, want)
		}
	}
	_, err := OpenStore("s3://b", target.Setup{})
	if err == nil || !strings.Contains(err.Error(), "no credentials: want them in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_ROLE_ARN") {
		t.Errorf("without credentials: %v", err)
	}
}

func TestURLs(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		"s3://b":                                        "https://b.s3.amazonaws.com/d/x~1+b%20c.deb",
		"s3://b/p/q/?region=eu-central-1":               "https://b.s3.eu-central-1.amazonaws.com/p/q/d/x~1+b%20c.deb",
		"s3://b.example.org/p?region=eu-west-1":         "https://s3.eu-west-1.amazonaws.com/b.example.org/p/d/x~1+b%20c.deb",
		"s3://b?endpoint=http://127.0.0.1:9000":         "http://127.0.0.1:9000/b/d/x~1+b%20c.deb",
		"s3://b?endpoint=https://r2.x&path-style=false": "https://b.r2.x/d/x~1+b%20c.deb",
		"s3://b/p?public=https://apt.example.org/x/":    "https://apt.example.org/x/d/x~1+b%20c.deb",
	} {
		s, err := OpenStore(link, target.Setup{Getenv: env("AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret")})
		if err != nil {
			t.Errorf("%s: %v", link, err)
			continue
		}
		if got := s.URL("d/x~1+b c.deb"); got != want {
			t.Errorf("%s: %s, want %s", link, got, want)
		}
	}
}

func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	masked := map[string]bool{}
	s := target.Setup{Mask: func(v string) { masked[v] = true }, Getenv: env("AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret1", "AWS_SESSION_TOKEN=session1")}
	st, err := OpenStore("s3://id:secret2@b/x", s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore("s3://b/x", s); err != nil {
		t.Fatal(err)
	}
	if !masked["secret1"] || !masked["secret2"] || !masked["session1"] || st.String() != "s3://b/x" {
		t.Errorf("masked %v, %s", masked, st)
	}
}
