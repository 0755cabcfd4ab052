package venv

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/plan"
)

// bundle puts the interpreter into the virtualenv, if it is to travel. What is
// built is built with the one that it was made from: the bundle has no headers.
func (b Builder) bundle(ctx context.Context, pl plan.Plan, env *Env) error {
	if !pl.Python.Bundle {
		return nil
	}
	made, err := interpreter.Bundle(ctx, b.Run, pl.Python.From, filepath.Join(env.Dir, plan.BundleDir), path.Join(pl.Prefix, plan.BundleDir))
	if err != nil {
		return err
	}
	env.Bundle = &made
	env.Python.Path = filepath.Join(made.Dir, "bin", "python"+pl.Python.Minor)
	b.say(fmt.Sprintf("bundled python %s: %d MB of %d MB, with %d libraries", made.Version, made.After/1e6, made.Before/1e6, len(made.Libraries)))
	if !made.Stripped {
		b.say("the interpreter keeps its debugging symbols: install binutils for a smaller package")
	}
	for _, module := range made.Removed {
		b.say("left out of the bundle: " + module)
	}
	return nil
}

// detach takes out of what was built here where its interpreter is on this
// machine, and makes the virtualenv's link to the bundle independent of where it is.
func (e Env) detach() error {
	if e.Bundle == nil {
		return nil
	}
	name := "python" + e.Python.Minor
	link := filepath.Join(e.Bin(), name)
	if err := os.Remove(link); err != nil {
		return err
	}
	if err := os.Symlink(path.Join("..", plan.BundleDir, "bin", name), link); err != nil {
		return err
	}
	return filepath.WalkDir(filepath.Join(e.Dir, "lib"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.Contains(d.Name(), ".so") {
			return err
		}
		return interpreter.Detach(name, e.Python.From.Prefix, path.Join(e.Prefix, plan.BundleDir))
	})
}
