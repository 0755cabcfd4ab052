package lock

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pinpack/pinpack/internal/project"
)

// TestRequirementsKnowNoChoice refuses extras and groups that the project does not
// have, where the lock cannot tell.
func TestRequirementsKnowNoChoice(t *testing.T) {
	fsys := fstest.MapFS{"requirements.txt": {Data: []byte("six==1 --hash=sha256:" + strings.Repeat("0", 64) + "\n")}}
	s := Selection{Files: []string{"requirements.txt"}, Extras: []string{"postgres"}, Project: project.Project{
		Name: "app", OptionalDependencies: map[string][]string{"postgres": nil},
	}}
	if _, err := Load(fsys, s); err != nil {
		t.Errorf("an extra of the project: %v", err)
	}
	s.Extras, s.Groups = []string{"nope"}, []string{"nada"}
	_, err := Load(fsys, s)
	for _, want := range []string{`extra "nope": the project has none of this name: want postgres`, `group "nada": the project has none of this name: want none`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in: %v", want, err)
		}
	}
}
