package plan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/pep440"
)

// Python is the interpreter that the virtualenv is built with and depends on.
type Python struct {
	Path    string `json:"path"`    // versioned: /usr/bin/python3.11
	Version string `json:"version"` // "3.11.2"
	Minor   string `json:"minor"`   // "3.11"
}

// Dependency is the package that brings the interpreter. A virtualenv works
// with one minor version only: its modules are in lib/python3.11.
func (p Python) Dependency(format string) string {
	if format == "rpm" {
		return p.Path // RPM resolves files; the package's name differs from system to system
	}
	return "python" + p.Minor
}

// ErrNoPython is in the chain when no interpreter was found at all.
var ErrNoPython = errors.New("no interpreter")

var versioned = regexp.MustCompile(`^python3\.[0-9]+$`)

// findPython resolves the python input to a versioned interpreter of the
// system that the project's requires-python allows.
func findPython(ctx context.Context, m Machine, wanted, requires string) (Python, error) {
	allowed, err := pep440.ParseSpecifiers(requires)
	if err != nil {
		return Python{}, fmt.Errorf("requires-python %q: %w", requires, err)
	}
	var candidates []string
	switch {
	case wanted == "system":
		candidates = systemPythons(m.Bin)
		if candidates == nil {
			return Python{}, fmt.Errorf("find python: %w in %s: want python3, as the package python3 brings it", ErrNoPython, m.Bin)
		}
	case filepath.IsAbs(wanted):
		candidates = []string{wanted}
	default:
		candidates = []string{filepath.Join(m.Bin, "python"+wanted)}
	}
	var refused []string
	for _, path := range candidates {
		py, err := askPython(ctx, m, path)
		if err != nil {
			return Python{}, err
		}
		v, err := pep440.Parse(py.Version)
		if err != nil {
			return Python{}, fmt.Errorf("python %q: %w", path, err)
		}
		if allowed.Match(v) {
			return py, nil
		}
		refused = append(refused, fmt.Sprintf("%s is %s", py.Path, py.Version))
	}
	return Python{}, fmt.Errorf("python %q: %s: the project requires %s", wanted, strings.Join(refused, ", "), requires)
}

// systemPythons lists the system's versioned interpreters: the one that python3
// is first, then the others, newest first.
func systemPythons(bin string) []string {
	var list []string
	if names, err := filepath.Glob(filepath.Join(bin, "python3.*")); err == nil {
		for _, n := range names {
			if versioned.MatchString(filepath.Base(n)) {
				list = append(list, n)
			}
		}
	}
	minor := func(name string) int {
		n, _ := strconv.Atoi(filepath.Base(name)[len("python3."):])
		return n
	}
	usual, _ := filepath.EvalSymlinks(filepath.Join(bin, "python3"))
	slices.SortFunc(list, func(a, b string) int {
		if (a == usual) != (b == usual) {
			if a == usual {
				return -1
			}
			return 1
		}
		return minor(b) - minor(a)
	})
	return list
}

// askPython has the interpreter say what it is, and refuses one that no
// package manager would bring.
func askPython(ctx context.Context, m Machine, path string) (Python, error) {
	found := systemPythons(m.Bin)
	have := "none there"
	if found != nil {
		have = strings.Join(found, ", ") + " there"
	}
	if _, err := os.Stat(path); err != nil {
		return Python{}, fmt.Errorf("python %q: %w: have %s: want one of them, or this one installed", path, cause(err), have)
	}
	// A link such as python3 becomes what it points to; what it is called must
	// hold the minor version, or an upgrade of the system changes the interpreter.
	if !versioned.MatchString(filepath.Base(path)) {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return Python{}, fmt.Errorf("python %q: %w", path, cause(err))
		}
		path = real
	}
	if filepath.Dir(path) != m.Bin || !versioned.MatchString(filepath.Base(path)) {
		return Python{}, fmt.Errorf("python %q: no package brings it to the servers: want an interpreter such as %s/python3.11 (%s)", path, m.Bin, have)
	}
	out, err := m.Run.Output(ctx, command.Program{Name: path, Args: []string{"-I", "-S", "-c",
		`import json, platform, sys; print(json.dumps([platform.python_implementation(), platform.python_version(), "%d.%d" % sys.version_info[:2]]))`}})
	if err != nil {
		return Python{}, fmt.Errorf("python %q: %w", path, err)
	}
	var said []string
	if err := json.Unmarshal([]byte(out), &said); err != nil || len(said) != 3 {
		return Python{}, fmt.Errorf("python %q: said %q: want its version", path, strings.TrimSpace(out))
	}
	if said[0] != "CPython" || filepath.Base(path) != "python"+said[2] {
		return Python{}, fmt.Errorf("python %q: is %s %s: want CPython under its own name", path, said[0], said[1])
	}
	return Python{Path: path, Version: said[1], Minor: said[2]}, nil
}
