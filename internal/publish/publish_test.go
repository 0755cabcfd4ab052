package publish

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

func TestOpenReportsEveryTarget(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	targets, err := Open([]string{"dir:good", "ftp://example.org", "dir:", "/srv/packages", ""}, work)
	if err == nil {
		t.Fatalf("Open = %v, want an error", targets)
	}
	want := []string{
		`publish to "ftp://example.org": unknown kind of target: want dir:…`,
		`publish to "dir:": no path: want dir:PATH`,
		`publish to "/srv/packages": unknown kind of target: want dir:…`,
		`publish to "": unknown kind of target: want dir:…`,
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestOpenOpensInOrder(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	targets, err := Open([]string{"dir:b", "dir:" + work + "/a"}, work)
	if err != nil || len(targets) != 2 {
		t.Fatalf("Open = %v, %v", targets, err)
	}
	want := map[string]string{}
	for i, name := range []string{"/b", "/a"} {
		if _, err := targets[i].Publish(t.Context(), nil); err != nil {
			t.Error(err)
		}
		want[name] = "dir 0755"
		if diff := cmp.Diff(want, testkit.TreeDump(t, work)); diff != "" {
			t.Errorf("after target %d (-want +got):\n%s", i+1, diff)
		}
	}
	if targets, err := Open(nil, work); len(targets) != 0 || err != nil {
		t.Errorf("Open of nothing = %v, %v", targets, err)
	}
}
