package verify

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// manager is the package manager of a format. Files, names and needs are
// appended to its commands.
type manager struct {
	format string

	name, needs, files []string // print what a package file says: "NAME VERSION", one need a line, one path a line
	own                []string // prints, one a line, what a package file provides for itself; nil: nothing

	refresh   []string // fetches lists, before a second attempt
	systemd   []string // installs systemd
	satisfy   []string // installs what the needs name
	installed []string // fails when there is no package of the name

	install, upgrade, rollBack, reinstall []string // take a file
	remove                                []string
	purge                                 []string // nil: there is no such thing
}

var (
	apt = []string{"apt-get", "--quiet", "--yes", "--no-install-recommends", "--option=DPkg::Lock::Timeout=120", "--option=Dpkg::Use-Pty=0"}
	dnf = []string{"dnf", "--assumeyes", "--setopt=install_weak_deps=False", "--setopt=localpkg_gpgcheck=False"}
)

func with(words []string, more ...string) []string { return slices.Concat(words, more) }

// managers is the table. Needs in apt's notation are one word with commas.
var managers = []manager{
	{
		format:    "deb",
		name:      []string{"dpkg-deb", "--showformat=${Package} ${Version}", "--show"},
		needs:     []string{"dpkg-deb", "--showformat=${Pre-Depends},\n${Depends}", "--show"},
		files:     []string{"sh", "-c", `dpkg-deb --fsys-tarfile "$0" | tar --list --file -`},
		refresh:   with(apt, "update"),
		systemd:   with(apt, "install", "systemd", "dbus"),
		satisfy:   with(apt, "satisfy"),
		installed: []string{"sh", "-c", `case "$(dpkg-query --show --showformat='${db:Status-Status}' "$0")" in not-installed | config-files | "") exit 1 ;; esac`},
		install:   with(apt, "install"),
		upgrade:   with(apt, "install"),
		rollBack:  with(apt, "install", "--allow-downgrades"),
		reinstall: with(apt, "install", "--reinstall"),
		remove:    with(apt, "remove"),
		purge:     []string{"dpkg", "--purge"}, // apt knows nothing of one that left nothing
	},
	{
		format:    "rpm",
		name:      []string{"rpm", "--query", "--nosignature", "--queryformat=%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}", "--package"},
		needs:     []string{"rpm", "--query", "--nosignature", "--requires", "--package"},
		files:     []string{"rpm", "--query", "--nosignature", "--list", "--package"},
		own:       []string{"rpm", "--query", "--nosignature", "--provides", "--package"},
		refresh:   []string{"dnf", "--quiet", "makecache"},
		systemd:   with(dnf, "install", "systemd", "findutils", "util-linux"),
		satisfy:   with(dnf, "install"),
		installed: []string{"rpm", "--query"},
		install:   with(dnf, "install"),
		upgrade:   with(dnf, "upgrade"),
		rollBack:  with(dnf, "downgrade"),
		reinstall: with(dnf, "reinstall"),
		remove:    with(dnf, "remove"),
	},
}

func managerFor(format string) manager {
	for _, m := range managers {
		if m.format == format {
			return m
		}
	}
	return manager{}
}

// pkg is a package file in a machine.
type pkg struct {
	file          string
	name, version string
	needs         []string // of other packages
	units         []string // systemd units that it brings, sorted
}

// inspect reads what a package file says of itself, with the system's own tools.
func (m manager) inspect(ctx context.Context, s system, file string) (pkg, error) {
	p := pkg{file: file}
	var errs []error
	read := func(argv []string) string {
		if argv == nil {
			return ""
		}
		out, err := s.read(ctx, with(argv, file)...)
		errs = append(errs, explained(err))
		return out
	}
	p.name, p.version, _ = strings.Cut(strings.TrimSpace(read(m.name)), " ")
	files := pathsIn(read(m.files))
	p.units = unitsIn(files)
	p.needs = needsOf(read(m.needs), append(files, strings.Split(read(m.own), "\n")...))
	if err := errors.Join(errs...); err != nil {
		return pkg{}, fmt.Errorf("read package: %w", err)
	}
	return p, nil
}

// pathsIn are the paths that tar or rpm listed, one a line.
func pathsIn(list string) []string {
	var paths []string
	for line := range strings.Lines(list) {
		paths = append(paths, path.Clean("/"+strings.TrimSpace(line)))
	}
	return paths
}

var unitPath = regexp.MustCompile(`^(?:/usr)?/lib/systemd/system/[^/]+\.(?:service|socket|timer|target|path)$`)

func unitsIn(paths []string) []string {
	var units []string
	for _, p := range paths {
		if unitPath.MatchString(p) {
			units = append(units, path.Base(p))
		}
	}
	slices.Sort(units)
	return slices.Compact(units)
}

// needsOf reads needs, in either manager's notation, and leaves out what a
// package has of its own and what only rpm itself provides.
func needsOf(text string, own []string) []string {
	var needs []string
	for line := range strings.Lines(text) {
		need := strings.Trim(line, ", \t\n")
		if need == "" || slices.Contains(own, need) || strings.HasPrefix(need, "rpmlib(") || strings.HasPrefix(need, "config(") || strings.HasPrefix(need, "(") {
			continue
		}
		needs = append(needs, need)
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// scriptFailed finds what rpm and dnf tell of a scriptlet that failed: for most
// scriptlets they succeed all the same.
var scriptFailed = regexp.MustCompile(`(?mi)^.*(?:scriptlet failed|error in \S+ scriptlet).*$`)

// change runs a command of the manager, and fails as well when a package's
// script does. With refresh it is tried again with fresh lists.
func (m manager) change(ctx context.Context, s system, argv ...string) error {
	out, err := s.do(ctx, argv...)
	line := strings.TrimSpace(scriptFailed.FindString(out))
	switch {
	case err != nil:
		return &fault{problem: reason(out, err), output: out}
	case line != "":
		return &fault{problem: line, output: out}
	}
	return nil
}

// obtain installs what the network has, if need be with fresh lists.
func (m manager) obtain(ctx context.Context, s system, argv ...string) error {
	if m.change(ctx, s, argv...) == nil {
		return nil
	}
	if err := m.change(ctx, s, m.refresh...); err != nil {
		return err
	}
	return m.change(ctx, s, argv...)
}

// marks begin the lines in which apt, dpkg, dnf and rpm say what went wrong. The
// most telling ones come first.
var marks = []string{"dpkg: error processing", "The following packages have unmet dependencies:", "E: ", "Error: ", "error: "}

// reason is what a program said went wrong, with what is set below it.
func reason(out string, err error) string {
	lines := strings.Split(out, "\n")
	for _, mark := range marks {
		for i, line := range lines {
			if !strings.HasPrefix(line, mark) {
				continue
			}
			if i+1 < len(lines) && strings.HasPrefix(lines[i+1], " ") {
				line += " " + strings.TrimSpace(lines[i+1])
			}
			return line
		}
	}
	return err.Error()
}
