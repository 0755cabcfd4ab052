package payload

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/audit"
	"github.com/pinpack/pinpack/internal/secret"
)

// TestGatherFindsSecrets holds that the audit knows the secrets, and that only what
// is locked by hash is taken as what everyone gets.
func TestGatherFindsSecrets(t *testing.T) {
	t.Parallel()
	for _, hashed := range []bool{true, false} {
		pl, env := shop(t)
		pl.Scripts = []string{}
		if hashed {
			pl.Lock.Requirements[0].Hashes = []string{"sha256:00"}
		}
		put(t, env.Dir, map[string]string{
			site + "attrs.py":                 "# https://user:pass@example.org/\n",
			site + "attrs-2.dist-info/RECORD": "attrs.py,,\n",
			site + "own.py":                   "TOKEN = 'abcdefgh'\n",
		})
		_, _, err := Gather(pl, env, Private{Secrets: []secret.Secret{{Name: "DEPLOY_TOKEN", Value: "abcdefgh"}}})
		var found *audit.Error
		if !errors.As(err, &found) {
			t.Fatalf("error %v", err)
		}
		var paths []string
		for _, f := range found.Findings {
			paths = append(paths, f.Path[strings.LastIndex(f.Path, "/")+1:])
		}
		want := []string{"attrs.py", "own.py"}
		if hashed {
			want = want[1:]
		}
		if !slices.Equal(paths, want) {
			t.Errorf("hashed %t: found %v, want %v", hashed, found.Findings, want)
		}
	}
}

func TestMergeDependencies(t *testing.T) {
	tests := []struct{ said, found, want string }{
		{"python3.11", "libc6 (>= 2.34)|libpq5 (>= 9.1~)", "python3.11|libc6 (>= 2.34)|libpq5 (>= 9.1~)"},
		{"python3.11|libpq5", "libpq5 (>= 9.1~)", "python3.11|libpq5 (>= 9.1~)"},
		{"libpq5 (>= 13)", "libpq5 (>= 9.1~)", "libpq5 (>= 13)|libpq5 (>= 9.1~)"},
		{"libpq", "libpq5", "libpq|libpq5"},
		{"zlib1g", "zlib1g", "zlib1g"},
		{"", "", ""},
	}
	split := func(s string) []string {
		return slices.DeleteFunc(strings.Split(s, "|"), func(s string) bool { return s == "" })
	}
	for _, test := range tests {
		if got := merge(split(test.said), split(test.found)); !slices.Equal(got, split(test.want)) {
			t.Errorf("%q and %q: %q, want %q", test.said, test.found, got, test.want)
		}
	}
}
