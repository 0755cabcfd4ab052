package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/artifact"
	"github.com/pinpack/pinpack/internal/pep440"
)

func word(field func(*Config) *string) func(*Config, []string) error {
	return func(c *Config, v []string) error { *field(c) = v[0]; return nil }
}

// line takes what has to fit into one line of a package's metadata.
func line(name string, field func(*Config) *string) func(*Config, []string) error {
	return func(c *Config, v []string) error {
		*field(c) = v[0]
		if strings.Contains(v[0], "\n") {
			return fmt.Errorf("%s %q: want one line", name, v[0])
		}
		return nil
	}
}

func lines(field func(*Config) *[]string) func(*Config, []string) error {
	return func(c *Config, v []string) error { *field(c) = v; return nil }
}

// scheme is what a URL begins with.
var scheme = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)

// targets puts URLs together again that have commas in their query.
func targets(words []string) []string {
	var list []string
	for _, w := range words {
		if last := len(list) - 1; last >= 0 && !scheme.MatchString(w) && strings.Contains(list[last], "?") {
			list[last] += "," + w
			continue
		}
		list = append(list, w)
	}
	return list
}

// paths takes files of the project: relative, and not out of it.
func paths(field func(*Config) *[]string) func(*Config, []string) error {
	return func(c *Config, v []string) error {
		var errs []error
		for i, p := range v {
			v[i] = filepath.ToSlash(filepath.Clean(p))
			errs = append(errs, inProject(p))
		}
		*field(c) = v
		return errors.Join(errs...)
	}
}

// debianName is Debian policy 5.6.1, which rpm's rule includes.
var debianName = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)

// CheckName says whether both families of package managers take the name.
func CheckName(name string) error {
	if debianName.MatchString(name) {
		return nil
	}
	return fmt.Errorf("package name %q: want two or more of a-z, 0-9, +, - and ., the first a letter or digit", name)
}

func parseName(c *Config, v []string) error {
	c.Name = v[0]
	return CheckName(v[0])
}

func parseVersion(c *Config, v []string) error {
	version, err := pep440.Parse(v[0])
	if err != nil {
		return err
	}
	c.Version = version.Original
	return nil
}

var iteration = regexp.MustCompile(`^[0-9][A-Za-z0-9+.~]*$`)

func parseIteration(c *Config, v []string) error {
	c.Iteration = v[0]
	if !iteration.MatchString(v[0]) {
		return fmt.Errorf("iteration %q: want a digit, then letters, digits, +, . or ~", v[0])
	}
	return nil
}

// shared lists directories that belong to the system: a virtualenv can live
// below most of them, but never be one of them.
var shared = []string{
	"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp",
	"/usr", "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/local", "/usr/local/bin", "/usr/local/lib", "/usr/sbin", "/usr/share", "/usr/share/doc", "/usr/share/man",
	"/var", "/var/cache", "/var/lib", "/var/log", "/var/opt", "/var/www", "/etc/default", "/etc/sysconfig", "/etc/opt", "/usr/src", "/usr/include", "/usr/games",
}

// Shared tells whether a directory belongs to the system rather than to any
// package.
func Shared(dir string) bool { return slices.Contains(shared, dir) }

// volatile lists where nothing that is installed can live.
var volatile = []string{"/dev", "/proc", "/sys", "/run", "/tmp"}

func parsePrefix(c *Config, v []string) error {
	c.Prefix = v[0]
	p := path.Clean(v[0])
	below := func(dir string) bool { return strings.HasPrefix(p, dir+"/") }
	switch {
	case !path.IsAbs(v[0]):
		return fmt.Errorf("prefix %q: relative: want an absolute path such as /opt/%s", v[0], path.Base(p))
	case Shared(p):
		return fmt.Errorf("prefix %q: belongs to the system: want a directory of its own, such as /opt/NAME", v[0])
	case slices.ContainsFunc(volatile, below):
		return fmt.Errorf("prefix %q: nothing that is installed stays there: want a path such as /opt/NAME", v[0])
	case strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"'\$#:;*?[]{}()<>|&!`+"`", r) }):
		return fmt.Errorf("prefix %q: want letters, digits and / . _ - + ~ only: it stands in the first line of scripts", v[0])
	case len(p) > 80:
		return fmt.Errorf("prefix %q: %d characters: want 80 at most: the kernel reads 127 of a script's first line", v[0], len(p))
	}
	c.Prefix = p
	return nil
}

var pythonVersion = regexp.MustCompile(`^3\.[0-9]+(\.[0-9]+)?$`)

func parsePython(c *Config, v []string) error {
	c.Python = "system"
	if v[0] == "system" || pythonVersion.MatchString(v[0]) || path.IsAbs(v[0]) {
		c.Python = v[0]
		return nil
	}
	return fmt.Errorf("python %q: want system, a version such as 3.11, or an absolute path such as /usr/bin/python3.11", v[0])
}

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func parseEnv(c *Config, v []string) error {
	var errs []error
	for _, e := range v {
		if name, _, _ := strings.Cut(e, "="); !envName.MatchString(name) {
			errs = append(errs, fmt.Errorf("variable %q: want NAME or NAME=VALUE", name))
		}
	}
	c.Env = v
	return errors.Join(errs...)
}

func parseScripts(c *Config, v []string) error {
	c.Scripts = v
	if slices.Contains(v, "none") {
		if len(v) > 1 {
			return fmt.Errorf("none beside %d others: want none alone, or the scripts' names", len(v)-1)
		}
		c.Scripts = []string{}
	}
	for _, s := range c.Scripts {
		if strings.ContainsAny(s, "/") {
			return fmt.Errorf("script %q: want a name without /", s)
		}
	}
	return nil
}

func parseHomepage(c *Config, v []string) error {
	c.Homepage = v[0]
	u, err := url.Parse(v[0])
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("homepage %q: want a URL such as https://example.org/", v[0])
	}
	return nil
}

func parseMaintainer(c *Config, v []string) error {
	c.Maintainer = v[0]
	if a, err := mail.ParseAddress(v[0]); err != nil || a.Name == "" {
		return fmt.Errorf("maintainer %q: want Name <address@example.org>", v[0])
	}
	return nil
}

var section = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9/+.-]*$`)

func parseSection(c *Config, v []string) error {
	c.Section = v[0]
	if !section.MatchString(v[0]) {
		return fmt.Errorf("section %q: want a word such as web or contrib/net", v[0])
	}
	return nil
}

// levels is what each compression takes as :LEVEL; max 0 means none.
var levels = map[string]struct{ min, max int }{"zstd": {1, 22}, "gzip": {1, 9}, "xz": {}, "none": {}, "auto": {}}

func parseCompression(c *Config, v []string) error {
	c.Compression = v[0]
	name, level, leveled := strings.Cut(v[0], ":")
	l, ok := levels[name]
	if !ok {
		return fmt.Errorf("unknown compression %q: want zstd, gzip, xz or none, or auto", v[0])
	}
	if n, err := strconv.Atoi(level); leveled && (err != nil || n < l.min || n > l.max || l.max == 0) {
		if l.max == 0 {
			return fmt.Errorf("compression %q: %s takes no level", v[0], name)
		}
		return fmt.Errorf("compression %q: want a level from %d to %d", v[0], l.min, l.max)
	}
	return nil
}

func parseGlobs(c *Config, v []string) error {
	c.AuditAllow = v
	var errs []error
	for _, g := range v {
		if _, err := path.Match(strings.ReplaceAll(g, "**", "*"), ""); err != nil || !path.IsAbs(g) {
			errs = append(errs, fmt.Errorf("pattern %q: want a glob of absolute paths, such as /opt/NAME/lib/**", g))
		}
	}
	return errors.Join(errs...)
}

func parseRunDeps(c *Config, v []string) error {
	var errs []error
	for _, line := range v {
		deps, err := splitDependencies(line)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, d := range deps {
			dep := Dependency{Spec: d}
			if format, rest, ok := strings.Cut(d, ":"); ok && slices.Contains(artifact.FormatNames(), format) {
				dep = Dependency{Format: format, Spec: rest}
			}
			if !strings.ContainsFunc(dep.Spec[:min(1, len(dep.Spec))], func(r rune) bool {
				return r == '/' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
			}) {
				errs = append(errs, fmt.Errorf("dependency %q: want a package's name, such as libpq5, deb:libpq5 or rpm:libpq", d))
				continue
			}
			debian := strings.Contains(dep.Spec, " (") || strings.Contains(dep.Spec, "|")
			rpm := !debian && strings.ContainsAny(dep.Spec, "(<>=")
			if debian && dep.Format != "deb" || rpm && dep.Format != "rpm" {
				errs = append(errs, fmt.Errorf("dependency %q: each format writes versions its own way: want deb:libpq5 (>= 13) or rpm:libpq >= 13", d))
				continue
			}
			c.RunDeps = append(c.RunDeps, dep)
		}
	}
	return errors.Join(errs...)
}

func unique(v []string) []string {
	var u []string
	for _, s := range v {
		if !slices.Contains(u, s) {
			u = append(u, s)
		}
	}
	return u
}
