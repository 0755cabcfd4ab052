package ci

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadEvent(t *testing.T) {
	common := map[string]string{
		"GITHUB_REPOSITORY": "me/app", "GITHUB_SHA": "abc", "GITHUB_SERVER_URL": "https://ghe.example.org/", "GITHUB_API_URL": "https://ghe.example.org/api/v3",
		"GITHUB_RUN_ID": "7", "GITHUB_RETENTION_DAYS": "90",
	}
	base := Event{Repository: "me/app", Commit: "abc", Server: "https://ghe.example.org", API: "https://ghe.example.org/api/v3", Run: "https://ghe.example.org/me/app/actions/runs/7", Retention: 90}
	with := func(change func(*Event)) Event { e := base; change(&e); return e }
	tests := []struct {
		name  string
		env   map[string]string
		event string
		want  Event
	}{
		{"no step", map[string]string{}, "", Event{}},
		{"branch", map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "main"}, "", with(func(e *Event) { e.Name = "push" })},
		{"tag", map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1.0"}, "", with(func(e *Event) { e.Name, e.Tag = "push", "v1.0" })},
		{"pull request", map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": "event.json"}, `{"number": 12, "pull_request": {"head": {"sha": "def"}}}`, with(func(e *Event) { e.Name, e.Pull, e.Commit = "pull_request", 12, "def" })},
	}
	for _, test := range tests {
		getenv := func(name string) string {
			if v, ok := test.env[name]; ok || test.env["GITHUB_EVENT_NAME"] == "" {
				return v
			}
			return common[name]
		}
		got, err := ReadEvent(getenv, func(string) ([]byte, error) { return []byte(test.event), nil })
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	pull := func(name string) string {
		return map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": "event.json"}[name]
	}
	if _, err := ReadEvent(pull, func(string) ([]byte, error) { return []byte("{"), nil }); err == nil || err.Error() != `read event "event.json": unexpected end of JSON input` {
		t.Errorf("truncated event: %v", err)
	}
	if _, err := ReadEvent(pull, func(string) ([]byte, error) { return nil, errors.New("gone") }); err == nil || err.Error() != "read event: gone" {
		t.Errorf("no event: %v", err)
	}
}
