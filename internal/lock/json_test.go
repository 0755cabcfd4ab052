package lock

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestJSONHoldsNoCredentials(t *testing.T) {
	l := Lock{
		Options:      []Option{{Name: "index-url", Value: "https://me:hunter2@example.org/simple"}, {Name: "pre"}},
		Requirements: []Requirement{{Name: "a", URL: "https://hunter2@example.org/a.whl?x=1"}},
	}
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter2") {
		t.Errorf("a password is in %s", text)
	}
	for _, want := range []string{`"https://example.org/simple"`, `"https://example.org/a.whl?x=1"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	if !strings.Contains(l.Render(), "me:hunter2@") {
		t.Error("the installer does not get the credentials")
	}
}
