package target

import "testing"

func TestName(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"dir:/srv/a@b":                        "dir:/srv/a@b",
		"gitea://git.example.org/me":          "gitea://git.example.org/me",
		"gitea://token@git.example.org/me":    "gitea://git.example.org/me",
		"gitea://me:p@ss@git.example.org?a=b": "gitea://git.example.org?a=b",
		"s3://bucket/a@b":                     "s3://bucket/a@b",
		"nexus://u:p@host":                    "nexus://host",
		"":                                    "",

		"https+put://h/{file}?token=abcdef1&v={version}":            "https+put://h/{file}?token=***&v={version}",
		"https+put://h/x?header=Authorization:Bearer%20abcdef1&a=b": "https+put://h/x?header=Authorization:***&a=b",
	} {
		if got := Name(url); got != want {
			t.Errorf("Name(%q) = %q, want %q", url, got, want)
		}
	}
}
