package publish

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/target"
	"github.com/pinpack/pinpack/internal/testkit"
)

func TestOpenReportsEveryTarget(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	targets, err := Open([]string{"dir:good", "ftp://example.org", "dir:", "/srv/packages", ""}, target.Setup{WorkDir: work})
	if err == nil {
		t.Fatalf("Open = %v, want an error", targets)
	}
	var known []string
	for _, k := range kinds {
		known = append(known, k.scheme+":…")
	}
	unknown := "unknown kind of target: want " + strings.Join(known, ", ")
	want := []string{
		`publish to "ftp://example.org": ` + unknown,
		`publish to "dir:": no path: want dir:PATH`,
		`publish to "/srv/packages": ` + unknown,
		`publish to "": ` + unknown,
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestOpenOpensInOrder(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	targets, err := Open([]string{"dir:b", "dir:" + work + "/a"}, target.Setup{WorkDir: work})
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
	if targets, err := Open(nil, target.Setup{WorkDir: work}); len(targets) != 0 || err != nil {
		t.Errorf("Open of nothing = %v, %v", targets, err)
	}
}

type checked struct{ err error }

func (c checked) Publish(context.Context, []artifact.Artifact) ([]artifact.Receipt, error) {
	return nil, nil
}
func (c checked) Check(context.Context) error { return c.err }

func TestCheckAsksEveryTarget(t *testing.T) {
	t.Parallel()
	quiet, err := Open([]string{"dir:good"}, target.Setup{WorkDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	one, two := errors.New("no such bucket"), errors.New("wrong password")
	err = Check(t.Context(), append(quiet, Named{"a:", checked{one}}, Named{"b:", checked{}}, Named{"c:", checked{two}}))
	if !errors.Is(err, one) || !errors.Is(err, two) {
		t.Errorf("Check = %v, want both errors", err)
	}
	if err := Check(t.Context(), append(quiet, Named{"b:", checked{}})); err != nil {
		t.Error(err)
	}
}
