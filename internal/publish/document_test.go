package publish

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestREADMEHasTheTable holds that the table in README.md is that of the kinds.
func TestREADMEHasTheTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), Markdown()) {
		t.Error("README.md has another table of targets: run go generate ./...")
	}
	for _, k := range kinds {
		if k.form == "" || k.notes == "" {
			t.Errorf("%s: says nothing of itself in the table", k.scheme)
		}
	}
}
