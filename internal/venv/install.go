package venv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/plan"
)

// installer puts distributions into a virtualenv that holds no installer
// itself: uv or pip.
type installer struct {
	b    Builder
	net  network
	name string   // for people: "uv 0.13.9"
	argv []string // the program and its first arguments
	env  []string
	args func(c call) []string
	// hashed tells whether constraints may carry hashes: pip then wants them of
	// everything.
	hashed bool
}

// call is one use of an installer.
type call struct {
	python      string   // of the virtualenv
	dir         string   // working directory
	target      string   // a directory to install into, instead of the virtualenv; "" for none
	file        string   // requirements file; "" for none
	constraints string   // constraints file; "" for none
	wheels      []string // paths of wheels
	index       string   // the only index that is known; "" for none
	deps        bool     // dependencies, too
	hashes      bool     // everything must have a hash
	build       bool     // source distributions may be built
}

// more are the arguments that uv and pip have in common.
func (c call) more() []string {
	var args []string
	add := func(when bool, words ...string) {
		if when {
			args = append(args, words...)
		}
	}
	add(!c.deps, "--no-deps")
	add(c.hashes, "--require-hashes")
	add(!c.build, "--only-binary", ":all:")
	add(c.index == "", "--no-index")
	add(c.target != "", "--target", c.target)
	add(c.constraints != "", "-c", c.constraints)
	add(c.file != "", "-r", c.file)
	return append(args, c.wheels...)
}

// installer finds or fetches the plan's installer.
func (b Builder) installer(ctx context.Context, pl plan.Plan) (installer, error) {
	tmp := filepath.Join(b.Scratch, "tmp") // uv leaves lock files in it
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return installer{}, err
	}
	net, err := b.network(pl.Source)
	if err != nil {
		return installer{}, err
	}
	inst := installer{b: b, net: net}
	if pl.Installer == "pip" {
		return inst.pip(ctx, pl, tmp)
	}
	return inst.uv(ctx, tmp)
}

func (i installer) uv(ctx context.Context, tmp string) (installer, error) {
	path, err := i.b.findUV(ctx, i.net)
	if err != nil {
		return i, err
	}
	i.name, i.argv, i.hashed = "uv "+uvTool.version, []string{path}, true
	i.env = []string{"TMPDIR=" + tmp, "UV_NO_CONFIG=1", "UV_PYTHON_DOWNLOADS=never", "UV_NO_PROGRESS=1", "UV_NO_INSTALLER_METADATA=1"}
	i.args = func(c call) []string {
		return append([]string{"pip", "install", "--python", c.python, "--link-mode", "copy", "--no-compile-bytecode"}, c.more()...)
	}
	return i, nil
}

func (i installer) pip(ctx context.Context, pl plan.Plan, tmp string) (installer, error) {
	wheel, err := i.b.fetch(ctx, i.net, pipTool)
	if err != nil {
		return i, err
	}
	// pip runs out of its own wheel (python pip.whl/pip …) and is installed nowhere.
	i.name, i.argv = "pip "+pipTool.version, []string{pl.Python.Path, "-s", filepath.Join(wheel, "pip")}
	i.env = []string{"TMPDIR=" + tmp, "PIP_CONFIG_FILE=/dev/null", "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PIP_PROGRESS_BAR=off"}
	i.args = func(c call) []string {
		return append([]string{"--python", c.python, "install", "--no-compile", "--no-warn-script-location", "--root-user-action", "ignore"}, c.more()...)
	}
	return i, nil
}

// untrusted are the words of uv and pip for a certificate that nobody trusted
// has signed.
var untrusted = []string{"UnknownIssuer", "CERTIFICATE_VERIFY_FAILED", "certificate verify failed"}

func (i installer) run(ctx context.Context, c call) error {
	env := command.Merge(i.net.only(c.index), i.env)
	if !c.build {
		env = command.Merge(i.net.passed, env)
	}
	if c.index == i.net.config.Default && i.net.config.NoIndex {
		c.index = "" // find-links only
	}
	err := i.b.Run.Run(ctx, command.Program{
		Name: i.argv[0], Args: append(append([]string{}, i.argv[1:]...), i.args(c)...),
		Dir: c.dir, Env: env, Output: i.b.Output,
	})
	var failed *command.Error
	if errors.As(err, &failed) {
		for _, words := range untrusted {
			if strings.Contains(failed.Tail, words) {
				return fmt.Errorf("%w: %w", err, index.ErrUntrusted)
			}
		}
	}
	return err
}

// makeVirtualenv fills a directory that is there and the runner's user's.
func (b Builder) makeVirtualenv(ctx context.Context, python, dir string) error {
	err := b.Run.Run(ctx, command.Program{
		Name: python, Output: b.Output,
		Args: []string{"-I", "-m", "venv", "--without-pip", "--symlinks", dir},
	})
	if err != nil {
		return fmt.Errorf("make virtualenv %q: %w", dir, err)
	}
	return nil
}

// Overlay installs what only the tests need into a directory of its own, and
// returns it. The virtualenv stays as it is.
func (b Builder) Overlay(ctx context.Context, pl plan.Plan, env Env) (string, error) {
	inst, err := b.installer(ctx, pl)
	if err != nil {
		return "", err
	}
	b.say(fmt.Sprintf("installing %d distributions for the tests", len(pl.Tests.Requirements)))
	dir := filepath.Join(b.Scratch, "overlay")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	if err := b.Run.Own(dir); err != nil {
		return "", err
	}
	f, err := b.frontend(inst, pl, "build-tests")
	if err == nil {
		err = f.installLock(ctx, env, pl.Tests, dir)
	}
	if err != nil {
		return "", fmt.Errorf("install test requirements: %w", err)
	}
	return dir, nil
}

func (e Env) python() string { return filepath.Join(e.Bin(), "python"+e.Python.Minor) }
