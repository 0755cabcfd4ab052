package verify

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/command"
)

// machine is a clean system: commands run in it at once, and its services after
// boot. It has the network until then; whether it does later is the engine's.
type machine interface {
	// open makes the system. Whatever comes of it, close must be called.
	open(ctx context.Context) error
	// program is how to run a command in it as one of its users.
	program(user string, argv []string) command.Program
	// put copies a file into it, before boot, to a path in a directory that is there.
	put(ctx context.Context, file, to string) error
	// boot starts systemd. It need not be up yet when boot returns.
	boot(ctx context.Context) error
	// close ends the system and leaves nothing of it.
	close() error
}

// engine is a way to have machines.
type engine struct {
	name string
	// check tells why the engine cannot be had here, or not with this image.
	check func(ctx context.Context, run *command.Runner, image string) error
	open  func(run *command.Runner, image, temp string) machine
}

// engines is the table, in the order in which they are tried.
var engines = []engine{
	{"docker", checkDocker, newDocker},
	{"nspawn", checkNspawn, newNspawn},
}

// EngineNames lists the words for Options.Engine.
func EngineNames() []string {
	names := []string{"auto"}
	for _, e := range engines {
		names = append(names, e.name)
	}
	return names
}

// ErrNoEngine is in the chain when no engine can be had.
var ErrNoEngine = errors.New("no container engine")

// findEngine finds the engine of this name, or, for "auto", the first that can
// be had for the target.
func findEngine(ctx context.Context, name string, t Target, run *command.Runner) (engine, error) {
	known := false
	var reasons []string
	for _, e := range engines {
		if name != "auto" && name != e.name {
			continue
		}
		known = true
		err := e.check(ctx, run, t.Image)
		if err == nil {
			return e, nil
		}
		reasons = append(reasons, fmt.Sprintf("%s: %v", e.name, err))
	}
	if !known {
		return engine{}, fmt.Errorf("engine %q: want %s", name, strings.Join(EngineNames(), ", "))
	}
	return engine{}, fmt.Errorf("verify on %q: %w: %s", t.Image, ErrNoEngine, strings.Join(reasons, "; "))
}

// unique is a name that no other container has.
func unique() string { return "pinpack-verify-" + strings.ToLower(rand.Text()[:12]) }

// system is a machine that is at work.
type system struct {
	machine
	run *command.Runner
	env []string // of the commands in it
}

// environment is that of the commands in a machine: of ours, only where a proxy
// is.
func environment(env []string) []string {
	list := []string{"PATH=" + command.DefaultPath, "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	for _, name := range []string{"http_proxy", "https_proxy", "no_proxy"} {
		if value, ok := command.Lookup(env, name); ok {
			list = append(list, name+"="+value)
		}
	}
	return list
}

// do runs a command as root and returns all that it printed, standard error
// among it.
func (s system) do(ctx context.Context, argv ...string) (string, error) {
	var out bytes.Buffer
	p := s.as("root", argv)
	p.Output = &out
	err := s.run.Run(ctx, p)
	return out.String(), err
}

// read runs a command as root and returns its standard output.
func (s system) read(ctx context.Context, argv ...string) (string, error) {
	return s.run.Output(ctx, s.as("root", argv))
}

func (s system) as(user string, argv []string) command.Program {
	return s.program(user, append(append([]string{"env", "-i"}, s.env...), argv...))
}

// up waits until systemd has started what there is. That some of it failed is
// not the package's doing.
func (s system) up(ctx context.Context) error {
	const limit = time.Minute
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("systemd is not up after %s", limit))
	defer cancel()
	for {
		out, err := s.read(ctx, "systemctl", "is-system-running")
		if state := strings.TrimSpace(out); state == "running" || state == "degraded" {
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		pause(ctx, 200*time.Millisecond)
	}
}

// pause waits, unless the context is cancelled.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
