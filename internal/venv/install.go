package venv

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/plan"
)

// installer puts distributions into a virtualenv that holds no installer
// itself: uv or pip.
type installer struct {
	b      Builder
	name   string   // for people: "uv 0.13.9"
	argv   []string // the program and its first arguments
	env    []string
	lock   func(python, requirements string) []string          // arguments to install a locked set
	target func(python, dir, requirements string) []string     // the same into a directory
	wheel  func(python, wheel string) []string                 // arguments to install one wheel
	build  func(python, src, out, constraints string) []string // arguments to build a wheel
}

// installer finds or fetches the plan's installer.
func (b Builder) installer(ctx context.Context, pl plan.Plan) (installer, error) {
	// Debug information names the directory in which a compiler ran, which is
	// another one each time.
	tmp := filepath.Join(b.Scratch, "tmp") // uv leaves lock files in it
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return installer{}, err
	}
	env := command.Merge(b.oneIndex(), []string{
		"TMPDIR=" + tmp,
		fmt.Sprintf("SOURCE_DATE_EPOCH=%d", pl.Time.Unix()),
		"CFLAGS=-g0 " + command.Quote("-ffile-prefix-map="+b.Scratch+"=."),
		"CXXFLAGS=-g0 " + command.Quote("-ffile-prefix-map="+b.Scratch+"=."),
	})
	if pl.Installer == "pip" {
		return b.pip(ctx, pl, env)
	}
	return b.uv(ctx, pl, env)
}

// oneIndex lets both installers use the package index that is configured for
// either: uv does not read pip's variables, and would ask another index.
func (b Builder) oneIndex() []string {
	if index := b.index(); index != publicIndex {
		return command.Merge([]string{"UV_DEFAULT_INDEX=" + index, "PIP_INDEX_URL=" + index}, b.Config)
	}
	return b.Config
}

func (b Builder) uv(ctx context.Context, pl plan.Plan, env []string) (installer, error) {
	path, err := b.findUV(ctx)
	if err != nil {
		return installer{}, err
	}
	install := func(python string, more ...string) []string {
		return append([]string{"pip", "install", "--python", python, "--no-deps", "--link-mode", "copy", "--no-compile-bytecode"}, more...)
	}
	return installer{
		b: b, name: "uv " + uvTool.version, argv: []string{path},
		env: command.Merge(append(systemCerts(), env...), []string{
			"UV_PYTHON_DOWNLOADS=never", "UV_NO_PROGRESS=1", "UV_NO_INSTALLER_METADATA=1",
		}),
		lock: func(python, requirements string) []string {
			return install(python, "--require-hashes", "-r", requirements)
		},
		target: func(python, dir, requirements string) []string {
			return install(python, "--require-hashes", "--target", dir, "-r", requirements)
		},
		wheel: func(python, wheel string) []string { return install(python, "--no-index", wheel) },
		build: func(python, src, out, constraints string) []string {
			args := []string{"build", "--wheel", "--no-create-gitignore", "--python", python, "--out-dir", out}
			if constraints != "" {
				args = append(args, "--build-constraints", constraints)
			}
			return append(args, src)
		},
	}, nil
}

// systemCerts has uv trust whom the system trusts, as pip and we ourselves do;
// its built-in roots know nothing of a company's. Where there are no system
// certificates, the built-in ones are better than none.
func systemCerts() []string {
	for _, bundle := range []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"} {
		if _, err := os.Stat(bundle); err == nil {
			return []string{"UV_SYSTEM_CERTS=true"}
		}
	}
	return nil
}

func (b Builder) pip(ctx context.Context, pl plan.Plan, env []string) (installer, error) {
	wheel, err := b.fetch(ctx, pipTool)
	if err != nil {
		return installer{}, err
	}
	// pip runs out of its own wheel (python pip.whl/pip …) and is installed nowhere.
	install := func(python string, more ...string) []string {
		return append([]string{"--python", python, "install", "--no-deps", "--no-compile", "--no-warn-script-location", "--root-user-action", "ignore"}, more...)
	}
	return installer{
		b: b, name: "pip " + pipTool.version, argv: []string{pl.Python.Path, "-s", filepath.Join(wheel, "pip")},
		env: command.Merge(env, []string{"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PIP_PROGRESS_BAR=off"}),
		lock: func(python, requirements string) []string {
			return install(python, "--require-hashes", "-r", requirements)
		},
		target: func(python, dir, requirements string) []string {
			return install(python, "--require-hashes", "--target", dir, "-r", requirements)
		},
		wheel: func(python, wheel string) []string { return install(python, "--no-index", wheel) },
		build: func(python, src, out, constraints string) []string {
			args := []string{"--python", python, "wheel", "--no-deps", "--wheel-dir", out}
			if constraints != "" {
				args = append(args, "--build-constraint", constraints)
			}
			return append(args, src)
		},
	}, nil
}

func (i installer) run(ctx context.Context, dir string, args []string) error {
	return i.b.Run.Run(ctx, command.Program{
		Name: i.argv[0], Args: append(append([]string{}, i.argv[1:]...), args...),
		Dir: dir, Env: i.env, Output: i.b.Output,
	})
}

// installLock installs a locked set, nothing more: --no-deps keeps the
// installer from adding to it, --require-hashes from taking another file.
func (b Builder) installLock(ctx context.Context, inst installer, env Env, l lock.Lock, dir string) error {
	if len(l.Requirements) == 0 {
		return nil
	}
	file, err := b.write("requirements.txt", render(l, dir))
	if err != nil {
		return err
	}
	b.say(fmt.Sprintf("installing %d locked distributions with %s", len(l.Requirements), inst.name))
	return inst.run(ctx, dir, inst.lock(env.python(), file))
}

// render writes a lock for an installer that reads it elsewhere than in the
// project, to which find-links are relative.
func render(l lock.Lock, project string) string {
	l.Options = slices.Clone(l.Options)
	for i, o := range l.Options {
		if o.Name == "find-links" && filepath.IsLocal(o.Value) && !strings.Contains(o.Value, ":") && !strings.HasPrefix(o.Value, "$") {
			l.Options[i].Value = filepath.Join(project, o.Value)
		}
	}
	return l.Render()
}

// Overlay installs what only the tests need into a directory of its own, and
// returns it. The virtualenv stays as it is.
func (b Builder) Overlay(ctx context.Context, pl plan.Plan, env Env) (string, error) {
	inst, err := b.installer(ctx, pl)
	if err != nil {
		return "", err
	}
	file, err := b.write("requirements-test.txt", render(pl.Tests, pl.Source))
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
	if err := inst.run(ctx, pl.Source, inst.target(env.python(), dir, file)); err != nil {
		return "", fmt.Errorf("install test requirements: %w", err)
	}
	return dir, nil
}

func (i installer) installWheel(ctx context.Context, env Env, wheel string) error {
	return i.run(ctx, i.b.Scratch, i.wheel(env.python(), wheel))
}

func (i installer) buildWheel(ctx context.Context, env Env, src, out string, constraints []string) error {
	file := ""
	if constraints != nil {
		text := ""
		for _, c := range constraints {
			text += "-c " + c + "\n"
		}
		var err error
		if file, err = i.b.write("build-constraints.txt", text); err != nil {
			return err
		}
	}
	return i.run(ctx, src, i.build(env.Python.Path, src, out, file))
}

func (e Env) python() string { return filepath.Join(e.Bin(), "python"+e.Python.Minor) }
