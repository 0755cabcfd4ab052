package config

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/license"
)

func parseFiles(c *Config, v []string) (err error) {
	c.Files, err = fileList(v)
	return err
}

func parseConfigFiles(c *Config, v []string) (err error) {
	c.ConfigFiles, err = fileList(v)
	return err
}

// fileList reads lines of SOURCE:DESTINATION.
func fileList(v []string) ([]File, error) {
	var list []File
	var errs []error
	for _, line := range v {
		src, dest, ok := strings.Cut(line, ":")
		dest = strings.TrimSpace(dest)
		src = strings.TrimSpace(src)
		switch {
		case !ok || src == "" || dest == "":
			errs = append(errs, fmt.Errorf("file %q: want SOURCE:DESTINATION, such as build/static:/usr/share/shop/static", line))
		case !filepath.IsLocal(src):
			errs = append(errs, fmt.Errorf("file %q: source %q: want a path inside of the project, relative to it", line, src))
		case !path.IsAbs(dest) || Shared(path.Clean(dest)):
			errs = append(errs, fmt.Errorf("file %q: destination %q: want an absolute path that is no directory of the system", line, dest))
		default:
			list = append(list, File{filepath.Clean(src), path.Clean(dest)})
		}
	}
	return list, errors.Join(errs...)
}

func parseProcfile(c *Config, v []string) error {
	c.Procfile = v[0]
	return inProject(v[0])
}

func parseHooks(c *Config, v []string) error {
	c.Hooks = v[0]
	return inProject(v[0])
}

func inProject(name string) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("path %q: want a path inside of the project, relative to it", name)
	}
	return nil
}

func parseSBOM(c *Config, v []string) error {
	c.SBOM = unique(v)
	if slices.Contains(v, "none") {
		c.SBOM = nil
		if len(v) > 1 {
			return fmt.Errorf("none beside %d others: want none alone, or formats", len(v)-1)
		}
	}
	return nil
}

// licences takes globs of SPDX identifiers.
func licences(field func(*Config) *[]string) func(*Config, []string) error {
	return func(c *Config, v []string) error {
		*field(c) = unique(v)
		return license.CheckGlobs(v)
	}
}
