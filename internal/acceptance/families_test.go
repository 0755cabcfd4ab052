//go:build acceptance

package acceptance

import (
	"encoding/json"
	"errors"
	"os/exec"
	"regexp"
	"testing"

	"github.com/pinpack/pinpack/internal/inspect"
)

// ofFamily are the files in which each family has another group for web servers, who
// may connect to sockets.
var ofFamily = regexp.MustCompile(`^/usr/lib/(sysusers\.d/.*-(deb|rpm)|systemd/system/.*\.socket\.d/10-(deb|rpm))\.conf$`)

// sameInBoth fails the test if the .deb and the .rpm of a build differ in more than
// the web server's group.
func sameInBoth(t testing.TB, r result) {
	t.Helper()
	out, err := exec.Command(program(t), "diff", "--json", r.file(t, "deb"), r.file(t, "rpm")).Output()
	var differs *exec.ExitError
	if errors.As(err, &differs) && differs.ExitCode() == 1 {
		err = nil // as diff(1) does
	}
	var d inspect.Difference
	if err = errors.Join(err, json.Unmarshal(out, &d)); err != nil {
		t.Fatal(err)
	}
	if d.From.Format != "deb" || d.To.Format != "rpm" {
		t.Errorf("compared %+v with %+v", d.From, d.To)
	}
	for _, f := range d.Files {
		if !ofFamily.MatchString(f.Path) {
			t.Errorf("%s differs between the .deb and the .rpm", f.Path)
		}
	}
	for _, x := range d.Texts {
		if !ofFamily.MatchString(x.Name) {
			t.Errorf("%s differs between the .deb and the .rpm:\n%s", x.Name, x.Diff)
		}
	}
	if d.Files, d.Texts = nil, nil; !d.Same() {
		t.Errorf("the .deb and the .rpm:\n%s", out)
	}
}
