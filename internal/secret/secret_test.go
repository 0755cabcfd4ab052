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
		{"DOCS=https://example.org/?token=default", nil}, // it would be looked for in packages
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

func TestFromURL(t *testing.T) {
	for link, want := range map[string][]string{
		"nexus://ci:hunter2@h/apt?format=deb":                                              {"hunter2"},
		"https+put://h/{file}?access_token=abc%2Fdef&v={version}":                          {"abc%2Fdef", "abc/def"},
		"https+put://h/{file}?header=Authorization:Bearer%20abcdef1&header=X-Kind:package": {"Bearer%20abcdef1", "Bearer abcdef1", "abcdef1"},
		"https+put://h/{file}?header=X-Api-Key:${MY_API_KEY}&token={file}":                 nil,
		"aptly://h/r?gpg-key=0123456789ABCDEF":                                             nil,
		"dir:/srv/x?token=abcdefg":                                                         nil,
	} {
		var got []string
		for _, s := range FromURL("x", link) {
			got = append(got, s.Value)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", link, got, want)
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
