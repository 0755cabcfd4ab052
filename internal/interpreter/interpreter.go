// Package interpreter finds the Python that a virtualenv is built with, has it
// say what it is, and makes a copy of it that travels in a package.
package interpreter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/pep508"
)

// Interpreter is a CPython of this machine.
type Interpreter struct {
	Path        string             // versioned: /usr/bin/python3.11
	Version     string             // "3.11.2"
	Minor       string             // "3.11"
	Prefix      string             // where its standard library is: below lib/python3.11
	LibDir      string             // where its extension modules are below the prefix: lib, or lib64
	Glibc       string             // the C library that it runs with: "2.36"
	Packaged    bool               // a package manager brings it
	Environment pep508.Environment // what markers compare with
}

var versioned = regexp.MustCompile(`^python3\.[0-9]+$`)

// Ask has an interpreter say what it is. The path is absolute and names the
// program, by any name, or a prefix that has bin/python3.X. What is no CPython,
// or none that a virtualenv can be built on, is an error.
func Ask(ctx context.Context, run *command.Runner, path string) (Interpreter, error) {
	name, err := program(path)
	if err != nil {
		return Interpreter{}, fmt.Errorf("python %q: %w", path, err)
	}
	out, err := run.Output(ctx, command.Program{Name: name, Args: []string{"-I", "-S", "-B", "-c", question}})
	if err != nil {
		return Interpreter{}, fmt.Errorf("python %q: %w: want CPython 3", path, err)
	}
	var a answer
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		return Interpreter{}, fmt.Errorf("python %q: said %q: want CPython 3", path, clip(strings.TrimSpace(out)))
	}
	if err := a.check(name); err != nil {
		return Interpreter{}, fmt.Errorf("python %q: %w", path, err)
	}
	_, glibc, _ := strings.Cut(a.Libc, " ")
	return Interpreter{
		Path: name, Version: a.Markers["python_full_version"], Minor: a.Markers["python_version"],
		Prefix: a.Prefix, LibDir: a.LibDir, Glibc: glibc, Environment: a.Markers,
	}, nil
}

// program is the file to run: a link such as python3 becomes what it points to,
// as what it is called must hold the minor version; an upgrade of the system
// would change the interpreter else.
func program(path string) (string, error) {
	if !filepath.IsAbs(path) {
		return "", errors.New("want an absolute path")
	}
	info, err := os.Stat(path)
	if err != nil {
		if _, there := os.Lstat(path); there == nil && errors.Is(err, fs.ErrNotExist) {
			return "", errors.New("is a link that leads nowhere")
		}
		return "", cause(err)
	}
	if info.IsDir() {
		if path, err = within(path); err != nil {
			return "", err
		}
	}
	for _, dir := range []string{filepath.Dir(path), filepath.Dir(filepath.Dir(path))} {
		if _, err := os.Stat(filepath.Join(dir, "pyvenv.cfg")); err == nil {
			return "", fmt.Errorf("belongs to the virtualenv %q: want the interpreter that it was made with", dir)
		}
	}
	if !versioned.MatchString(filepath.Base(path)) {
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return "", cause(err)
		}
	}
	return path, native(path)
}

// within finds the one interpreter of a prefix.
func within(prefix string) (string, error) {
	found := versions(filepath.Join(prefix, "bin"))
	switch len(found) {
	case 0:
		return "", errors.New("is a directory without bin/python3.X: want an interpreter, or the prefix of one")
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("is a directory with several interpreters: want one of %s", strings.Join(found, ", "))
}

// native refuses scripts, such as those that pyenv puts on PATH: what they run
// depends on where they are run.
func native(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return cause(err)
	}
	defer f.Close()
	head := make([]byte, 100)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return cause(err)
	}
	line, _, _ := bytes.Cut(head[:n], []byte("\n"))
	switch {
	case bytes.HasPrefix(line, []byte("\x7fELF")):
		return nil
	case bytes.HasPrefix(line, []byte("#!")):
		return fmt.Errorf("is a script that begins with %q: want the interpreter itself, as ~/.pyenv/versions/3.12.1/bin/python3.12 is", line)
	}
	return errors.New("is no program: want an interpreter")
}

// answer is what the interpreter prints.
type answer struct {
	Markers  pep508.Environment
	Prefix   string
	LibDir   string
	Libc     string // "glibc 2.36"
	Threaded bool   // built without the global interpreter lock
	Debug    bool
}

func (a answer) check(name string) error {
	minor := "python" + a.Markers["python_version"]
	switch {
	case a.Markers["implementation_name"] != "cpython":
		return fmt.Errorf("is %s %s: want CPython", a.Markers["platform_python_implementation"], a.Markers["implementation_version"])
	case !strings.HasPrefix(a.Libc, "glibc "):
		return fmt.Errorf("runs with another C library than glibc: want one that does")
	case a.Threaded:
		return fmt.Errorf("is a free-threaded build, which wheels of %s do not work with: want a usual one", a.Markers["python_version"])
	case a.Debug:
		return errors.New("is a debug build: want a usual one")
	case filepath.Base(name) != minor:
		return fmt.Errorf("is version %s: want it under its own name, %s", a.Markers["python_full_version"], minor)
	}
	return nil
}

// question prints an answer. The markers are computed as the specification says:
// https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers
const question = `import json, os, platform, sys, sysconfig
v = sys.implementation.version
full = "%d.%d.%d" % v[:3] + ("" if v.releaselevel == "final" else v.releaselevel[0] + str(v.serial))
try:
    libc = os.confstr("CS_GNU_LIBC_VERSION")
except (AttributeError, OSError, ValueError):
    libc = None
print(json.dumps({
    "Markers": {
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "python_full_version": platform.python_version(),
        "os_name": os.name,
        "sys_platform": sys.platform,
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "implementation_name": sys.implementation.name,
        "implementation_version": full,
    },
    "Prefix": sys.base_prefix,
    "LibDir": getattr(sys, "platlibdir", "lib"),
    "Libc": libc or "",
    "Threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "Debug": hasattr(sys, "gettotalrefcount"),
}))`

// cause is the error without the path, which the message has already.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func clip(text string) string {
	if len(text) > 80 {
		return text[:80] + "…"
	}
	return text
}
