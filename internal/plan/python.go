package plan

import (
	"path"

	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/pep508"
)

// Python is the interpreter that the virtualenv is built with and runs on.
type Python struct {
	Path    string `json:"path"`             // on this machine, versioned: /usr/bin/python3.11
	Target  string `json:"target"`           // on the servers: the same, or that of the bundle
	Version string `json:"version"`          // "3.11.2"
	Minor   string `json:"minor"`            // "3.11"
	Bundle  bool   `json:"bundle,omitempty"` // it travels in the package

	Markers pep508.Environment      `json:"-"` // what markers compare with
	From    interpreter.Interpreter `json:"-"` // what it is on this machine
}

func python(from interpreter.Interpreter, bundle bool) Python {
	return Python{
		Path: from.Path, Target: from.Path, Version: from.Version, Minor: from.Minor, Bundle: bundle,
		Markers: from.Environment, From: from,
	}
}

// in is the interpreter for a virtualenv at a prefix.
func (p Python) in(prefix string) Python {
	if p.Bundle && prefix != "" {
		p.Target = path.Join(prefix, BundleDir, "bin", "python"+p.Minor)
	}
	return p
}

// BundleDir is where a bundled interpreter is in the virtualenv.
const BundleDir = "python"

// Dependency is the package that brings the interpreter; "" for a bundled one. A
// virtualenv works with one minor version only: its modules are in lib/python3.11.
func (p Python) Dependency(format string) string {
	switch {
	case p.Bundle:
		return ""
	case format == "rpm":
		return p.Target // RPM resolves files; the package's name differs from system to system
	}
	return "python" + p.Minor
}
