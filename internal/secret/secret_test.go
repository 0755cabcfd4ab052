package secret

import (
	"slices"
	"testing"
)

func TestFromEnviron(t *testing.T) {
	tests := []struct {
		variable string
		want     []string
	}{
		{"GITHUB_TOKEN=ghs_0123456789", []string{"ghs_0123456789"}},
		{"aws_secret_access_key=abcdefgh", []string{"abcdefgh"}},
		{"UV_INDEX_CORP_PASSWORD=hunter2", []string{"hunter2"}},
		{"PIP_INDEX_URL=https://me:s3cr%2Ft@pypi.example.org/simple", []string{"s3cr%2Ft", "s3cr/t"}},
		{"PIP_EXTRA_INDEX_URL=https://a.example/ https://tok-123456@b.example/", []string{"tok-123456"}},
		{"DEPLOY_KEY=-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----", []string{"b3BlbnNzaC1rZXk"}},
		{"MY_TOKEN=abc", nil}, // too short to look for
		{"TOKEN_FILE=/run/secrets/token", nil},
		{"ACTIONS_ID_TOKEN_REQUEST_URL=https://token.example.org/x", nil},
		{"PATH=/usr/bin:/bin", nil},
		{"HOMEPAGE=https://example.org/@user:x", nil},
		{"EMPTY_PASSWORD=", nil},
	}
	for _, test := range tests {
		var got []string
		for _, s := range FromEnviron([]string{test.variable}) {
			got = append(got, s.Value)
		}
		if test.want != nil && got != nil && len(test.want) == 1 && len(got) == 2 { // a key as a whole, and its lines
			got = got[1:]
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.variable, got, test.want)
		}
	}
}

func TestMask(t *testing.T) {
	var m Mask
	if got := m.Hide("nothing to hide"); got != "nothing to hide" {
		t.Errorf("without secrets: %q", got)
	}
	m.Add("secret")
	m.Add("secret-and-more")
	m.Add("no") // too short
	if got, want := m.Hide("a secret, no secret-and-more"), "a ***, no ***"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
