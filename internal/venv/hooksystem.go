package venv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"
)

// buildSystem is the table [build-system] of a pyproject.toml:
// https://packaging.python.org/en/latest/specifications/pyproject-toml/.
type buildSystem struct {
	Requires    []string `toml:"requires"`
	Backend     string   `toml:"build-backend"`
	BackendPath []string `toml:"backend-path"`
}

const systemLimit = 16 << 20

// readBuildSystem reads how the project in a directory is built. Without the
// table, or without a backend in it, it is setuptools, as PEP 517 prescribes.
// The directory may be anybody's: no link out of it is followed.
func readBuildSystem(dir string) (buildSystem, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return buildSystem{}, err
	}
	defer root.Close()
	var document struct {
		System *buildSystem `toml:"build-system"`
	}
	info, err := root.Stat("pyproject.toml")
	if err == nil && info.Size() <= systemLimit {
		var text []byte
		if text, err = root.ReadFile("pyproject.toml"); err == nil {
			_, err = toml.Decode(string(text), &document)
		}
	} else if err == nil {
		err = fmt.Errorf("it is larger than %d bytes", systemLimit)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return buildSystem{}, fmt.Errorf("read pyproject.toml: %w", err)
	}
	s := document.System
	if s == nil {
		if _, err := root.Stat("setup.py"); err != nil && info == nil {
			return buildSystem{}, errors.New("no pyproject.toml and no setup.py: want a Python project")
		}
		s = &buildSystem{Requires: []string{"setuptools>=40.8.0"}}
	}
	if s.Backend == "" {
		s.Backend, s.BackendPath = "setuptools.build_meta:__legacy__", nil
	}
	for _, p := range s.BackendPath {
		if !filepath.IsLocal(p) {
			return buildSystem{}, fmt.Errorf("pyproject.toml: backend-path %q: want a folder of the project", p)
		}
	}
	if strings.HasPrefix(s.Backend, "-") || strings.ContainsAny(s.Backend, " \x00") {
		return buildSystem{}, fmt.Errorf("pyproject.toml: build-backend %q: want \"module\" or \"module:object\"", s.Backend)
	}
	return *s, nil
}
