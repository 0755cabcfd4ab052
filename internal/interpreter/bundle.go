package interpreter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// Bundled is a copy of an interpreter that travels in a package.
type Bundled struct {
	Path      string    // the interpreter on the servers: /opt/x/python/bin/python3.12
	Home      string    // its directory there, for pyvenv.cfg
	Dir       string    // where the copy is now
	Version   string    // "3.12.1"
	Before    int64     // bytes of what was copied from, untrimmed
	After     int64     // bytes of the copy
	Stripped  bool      // of what a debugger reads; false when strip is not there
	Libraries []Library // shared libraries of this machine that it takes along
	Removed   []string  // extension modules that cannot work, and why
}

// Bundle copies an interpreter to a directory that is not there yet and that
// will be at another place on the servers, final. The copy is trimmed, takes
// along the shared libraries that it needs, and runs from wherever it is; no
// file of it names the prefix that it is made from. The same interpreter gives
// the same bytes.
func Bundle(ctx context.Context, run *command.Runner, from Interpreter, to, final string) (Bundled, error) {
	fail := func(err error) (Bundled, error) {
		return Bundled{}, fmt.Errorf("bundle python %q: %w", from.Path, err)
	}
	if from.Prefix == "/usr" {
		return fail(fmt.Errorf("%w: want a version such as 3.12, or the path of another one", ErrSystemBundle))
	}
	c := bundling{run: run, from: from, to: to, final: final, exe: "bin/python" + from.Minor, sources: map[string]string{}}
	for _, step := range []func(context.Context) error{
		c.copy, c.takeAlong, c.strip, c.relocate, c.patchCertificates, c.link, c.try,
	} {
		if err := step(ctx); err != nil {
			return fail(err)
		}
	}
	after, err := sizeOf(to)
	if err != nil {
		return fail(err)
	}
	return Bundled{
		Path: filepath.Join(final, c.exe), Home: filepath.Join(final, "bin"), Dir: to, Version: from.Version,
		Before: c.before, After: after, Stripped: c.stripped, Libraries: c.libraries, Removed: c.removed,
	}, nil
}

// bundling is one bundle in the making.
type bundling struct {
	run       *command.Runner
	from      Interpreter
	to, final string
	exe       string            // the program, below to
	sources   map[string]string // native files below to, and what they are copies of
	before    int64
	stripped  bool
	libraries []Library
	removed   []string
}

// library is where the standard library is below a prefix.
func (c *bundling) library(lib string) string {
	return filepath.Join(lib, "python"+c.from.Minor)
}

func (c *bundling) copy(context.Context) error {
	if err := os.Mkdir(c.to, 0o755); err != nil {
		return err
	}
	exe, err := filepath.EvalSymlinks(c.from.Path)
	if err != nil {
		return err
	}
	if err := copyFile(exe, filepath.Join(c.to, c.exe)); err != nil {
		return err
	}
	if c.before, err = fileSize(exe); err != nil {
		return err
	}
	libs := []string{"lib"}
	if c.from.LibDir != "lib" {
		libs = append(libs, c.from.LibDir)
	}
	for _, lib := range libs {
		size, err := copyLibrary(filepath.Join(c.from.Prefix, c.library(lib)), filepath.Join(c.to, c.library(lib)))
		if err != nil {
			return err
		}
		c.before += size
	}
	c.sources[c.exe] = exe
	return c.eachFile(func(name string, data []byte) error {
		if isELF(data) && name != c.exe {
			c.sources[name] = filepath.Join(c.from.Prefix, name)
		}
		return nil
	})
}

func fileSize(name string) (int64, error) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// strip takes away what only a debugger reads: it is most of what a Python that
// was built here weighs, and names the directory of the build.
func (c *bundling) strip(ctx context.Context) error {
	exe, err := c.run.Find("strip")
	if err != nil {
		return nil
	}
	args := []string{"--strip-debug", "--"}
	for name := range c.sources {
		args = append(args, filepath.Join(c.to, name))
	}
	if err := c.run.Own(c.to); err != nil {
		return err
	}
	c.stripped = true
	return c.run.Run(ctx, command.Program{Name: exe, Args: args})
}

// link makes the names by which the interpreter goes, too.
func (c *bundling) link(context.Context) error {
	return errors.Join(
		os.Symlink(filepath.Base(c.exe), filepath.Join(c.to, "bin/python3")),
		os.Symlink(filepath.Base(c.exe), filepath.Join(c.to, "bin/python")),
	)
}

// try runs the copy where it is, and has it import every extension module.
func (c *bundling) try(ctx context.Context) error {
	exe := filepath.Join(c.to, c.exe)
	py, err := Ask(ctx, c.run, exe)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(c.to)
	if err != nil {
		return err
	}
	if py.Prefix != c.to && py.Prefix != real {
		return fmt.Errorf("the copy takes %q for its prefix: want one that finds its library from where it is", py.Prefix)
	}
	out, err := c.run.Output(ctx, command.Program{Name: exe, Args: []string{"-I", "-S", "-B", "-c", importAll}})
	if err != nil {
		return err
	}
	if out = strings.TrimSpace(out); out != "" {
		return fmt.Errorf("the copy cannot import all of its modules:\n%s", out)
	}
	return nil
}

const importAll = `import importlib, os, sys, sysconfig
for dir in sys.path:
    if os.path.basename(dir) == "lib-dynload":
        for file in sorted(os.listdir(dir)):
            try:
                importlib.import_module(file.split(".")[0])
            except Exception as e:
                print(file + ": " + str(e))
`
