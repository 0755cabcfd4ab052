package plan

import (
	"testing"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/interpreter"
)

// machine is this one, with its interpreters.
func machine(t *testing.T) Machine {
	t.Helper()
	run := &command.Runner{Env: []string{"PATH=" + command.DefaultPath}}
	return Machine{Run: run, Python: interpreter.Finder{Run: run, Bin: "/usr/bin"}}
}

func TestDependency(t *testing.T) {
	py := Python{Path: "/usr/bin/python3.11", Target: "/usr/bin/python3.11", Minor: "3.11"}
	if got := py.Dependency("deb"); got != "python3.11" {
		t.Errorf("deb depends on %q", got)
	}
	if got := py.Dependency("rpm"); got != "/usr/bin/python3.11" {
		t.Errorf("rpm requires %q", got)
	}
	py.Path, py.Bundle = "/root/.pyenv/versions/3.12.1/bin/python3.12", true
	py.Minor = "3.12"
	if got := py.in("/opt/app").Target; got != "/opt/app/python/bin/python3.12" {
		t.Errorf("the bundled interpreter is at %q", got)
	}
	for _, format := range []string{"deb", "rpm"} {
		if got := py.Dependency(format); got != "" {
			t.Errorf("with the interpreter in it, a %s depends on %q", format, got)
		}
	}
}
