package syspkg

import (
	"strings"

	"github.com/pinpack/pinpack/internal/command"
)

// manager is one package manager. Names are appended to its commands.
type manager struct {
	add     []string // installs, without what is only recommended
	refresh []string // fetches lists, where that is not done by itself; nil else
	env     []string
	query   []string // prints what is known of one package, or fails
	// version reads the query's output; ok is false when it is not installed.
	version func(name, out string) (version string, ok bool)
}

var (
	dpkg = []string{"dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}\n"}
	rpm  = []string{"rpm", "--query", "--whatprovides", "--queryformat=%{VERSION}-%{RELEASE}\n"}
)

// managers is the table of package managers. The first that the machine has
// counts; microdnf and yum are what there is where dnf is not.
var managers = []manager{
	{
		add:     []string{"apt-get", "--option=DPkg::Lock::Timeout=120", "--yes", "--no-install-recommends", "install"},
		refresh: []string{"apt-get", "update"},
		env:     []string{"DEBIAN_FRONTEND=noninteractive"},
		query:   dpkg, version: dpkgVersion,
	},
	{add: []string{"dnf", "--assumeyes", "--setopt=install_weak_deps=False", "install"}, query: rpm, version: firstLine},
	{add: []string{"microdnf", "--assumeyes", "--setopt=install_weak_deps=0", "install"}, query: rpm, version: firstLine},
	{add: []string{"yum", "--assumeyes", "install"}, query: rpm, version: firstLine},
	{
		add:     []string{"zypper", "--non-interactive", "install", "--no-recommends"},
		refresh: []string{"zypper", "--non-interactive", "refresh"},
		query:   rpm, version: firstLine,
	},
	{
		add:     []string{"apk", "add"},
		refresh: []string{"apk", "update"},
		query:   []string{"apk", "info", "--installed", "--verbose"}, version: apkVersion,
	},
}

func known() string {
	var names []string
	for _, m := range managers {
		names = append(names, m.add[0])
	}
	return strings.Join(names, ", ")
}

func find(run *command.Runner) (manager, error) {
	for _, m := range managers {
		if _, err := run.Find(m.add[0]); err == nil {
			return m, nil
		}
	}
	return manager{}, ErrNoManager
}

// dpkgVersion reads lines such as "installed 13.4"; one per architecture.
func dpkgVersion(_, out string) (string, bool) {
	for line := range strings.Lines(out) {
		status, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		if status == "installed" {
			return version, true
		}
	}
	return "", false
}

func firstLine(_, out string) (string, bool) {
	line, _, _ := strings.Cut(out, "\n")
	return line, line != ""
}

// apkVersion reads "libpq-dev-16.2-r0".
func apkVersion(name, out string) (string, bool) {
	line, _ := firstLine("", out)
	return strings.CutPrefix(line, name+"-")
}
