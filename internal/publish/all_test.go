package publish

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/publish/target"
)

// place is a target that holds what it is given until a name that it fails at.
type place struct {
	bad   string
	only  string          // format that it takes; "": all
	begun *sync.WaitGroup // the others have begun, too
}

func (p place) Publish(_ context.Context, list []artifact.Artifact) ([]artifact.Receipt, error) {
	if p.begun != nil {
		p.begun.Done()
		p.begun.Wait()
	}
	var done []artifact.Receipt
	for _, a := range list {
		if a.Name == p.bad {
			return done, errors.New("cannot take " + a.Name)
		}
		if p.only == "" || a.Format == p.only {
			done = append(done, artifact.Receipt{Artifact: a.Name})
		}
	}
	return done, nil
}

type choosy struct{ place }

func (c choosy) Takes(a artifact.Artifact) bool { return a.Format == c.only }

func TestAllGivesToEveryTarget(t *testing.T) {
	t.Parallel()
	list := []artifact.Artifact{{Name: "x.deb", Format: "deb"}, {Name: "y.deb", Format: "deb"}, {Name: "x.rpm", Format: "rpm"}}
	var begun sync.WaitGroup
	begun.Add(4) // none goes on before all have begun: they are served at the same time
	outcomes, err := All(t.Context(), []Named{
		{"bad:1", place{bad: "y.deb", begun: &begun}}, {"good:2", place{begun: &begun}},
		{"debs:3", choosy{place{bad: "y.deb", only: "deb", begun: &begun}}}, {"worse:4", place{bad: "x.deb", begun: &begun}},
	}, list)
	want := strings.Join([]string{
		"bad:1: cannot take y.deb",
		"debs:3: cannot take y.deb",
		"worse:4: cannot take x.deb",
		"bad:1 has x.deb, lacks y.deb, x.rpm",
		"good:2 has everything",
		"debs:3 has x.deb, lacks y.deb",
		"worse:4 lacks x.deb, y.deb, x.rpm",
	}, "\n")
	var incomplete *Incomplete
	if !errors.As(err, &incomplete) {
		t.Fatalf("error %v, want an *Incomplete", err)
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	if len(outcomes) != 4 || len(outcomes[1].Receipts) != 3 || outcomes[1].Missing != nil {
		t.Errorf("outcomes %+v", outcomes)
	}
	if _, err := All(t.Context(), []Named{{"good:1", place{}}}, list); err != nil {
		t.Error(err)
	}
	if got := (Outcome{Target: "image://x", Err: errors.New("no .deb")}).String(); got != "image://x has nothing of these" {
		t.Errorf("of nothing that it takes: %q", got)
	}
	_, err = All(t.Context(), []Named{{"bad:1", place{bad: "x.rpm"}}}, list)
	if want := "cannot take x.rpm\nbad:1 has x.deb, y.deb, lacks x.rpm"; err == nil || err.Error() != want {
		t.Errorf("of one target: %v, want %s", err, want)
	}
}

func TestOpenKeepsSecrets(t *testing.T) {
	t.Parallel()
	var masked, lines []string
	s := target.Setup{WorkDir: t.TempDir(), Mask: func(v string) { masked = append(masked, v) }, Say: func(l string) { lines = append(lines, l) }}
	_, err := Open([]string{"nothing://me:hunter22@example.org/x"}, s)
	if err == nil || strings.Contains(err.Error(), "hunter22") || !strings.Contains(err.Error(), `"nothing://example.org/x"`) {
		t.Errorf("error %v", err)
	}
	named("gitea://example.org", s).Say("3 files")
	if diff := cmp.Diff([]string{"gitea://example.org: 3 files"}, lines); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"hunter22"}, masked); diff != "" {
		t.Error(diff)
	}
}
