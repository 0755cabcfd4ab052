package verify

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// manifest is what there is in a file system: for each path, what it is.
type manifest map[string]string

// inside is the directory in a machine where the packages are.
const inside = "/pinpack"

// listFiles prints the file system, as type and mode, owner, size, time, link
// and path, each ended by a zero byte. In /run, which systemd fills at all
// times, only what is at its top is told.
// Files that vanish meanwhile make find exit with 1.
const listFiles = `find / /tmp /var/tmp -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path ` + inside + ` \) -prune \
	-o -printf '%y%#m\0%U:%G\0%s\0%T@\0%l\0%p\0'
[ $? -le 1 ] || exit
find /run -mindepth 1 -maxdepth 1 -printf '%y%#m\0%U:%G\0%s\0%T@\0%l\0%p\0'
[ $? -le 1 ]`

// parseManifest reads it. Time and size of directories say nothing; neither do
// those of what is in /run, where files are written all the time.
func parseManifest(out string) manifest {
	m := manifest{}
	fields := strings.Split(out, "\x00")
	for ; len(fields) >= 6; fields = fields[6:] {
		kind, owner, size, time, link, name := fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]
		what := kind + " " + owner
		switch {
		case strings.HasPrefix(kind, "l"):
			what = "link to " + link
		case strings.HasPrefix(kind, "f") && !within(name, "/run"):
			what += " " + size + " " + time
		}
		m[name] = what
	}
	return m
}

// compare lists what differs, but for what ignore allows. Of a directory that is
// new as a whole only its own path is told, with the number of paths below.
func compare(before, after manifest, ignore func(name string) bool) []string {
	var added, other []string
	for _, name := range slices.Sorted(maps.Keys(after)) {
		was, ok := before[name]
		switch {
		case ignore(name) || was == after[name]:
		case !ok:
			added = append(added, name)
		default:
			other = append(other, fmt.Sprintf("%s (changed: %s, before: %s)", name, after[name], was))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		// dpkg takes /opt away with the last package in it.
		if _, ok := after[name]; !ok && name != "/opt" && !ignore(name) {
			other = append(other, name+" (gone)")
		}
	}
	return append(outermost(added), other...)
}

func outermost(names []string) []string {
	var list []string
	for _, name := range names {
		if !slices.ContainsFunc(list, func(dir string) bool { return within(name, dir) }) {
			list = append(list, name)
		}
	}
	for i, dir := range list {
		below := 0
		for _, name := range names {
			if name != dir && within(name, dir) {
				below++
			}
		}
		if below > 0 {
			list[i] += fmt.Sprintf(" (and %d below)", below)
		}
	}
	return list
}

// within tells whether a path is dir, or below it.
func within(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/")
}

// ours are the paths that package managers and the system itself write, whatever
// is installed and removed: their databases, logs and caches, users, what
// systemd remembers. A "*" at the end stands for any rest of the name.
var ours = []string{
	"/var/lib/dpkg", "/var/lib/apt", "/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/lib/sysimage/libdnf5", "/var/lib/dnf", "/var/backups",
	"/var/log/apt", "/var/log/dpkg.log", "/var/log/alternatives.log", "/var/log/dnf*", "/var/log/hawkey.log", "/var/log/journal",
	"/var/log/wtmp*", "/var/log/btmp", "/var/log/lastlog", "/var/log/faillog", "/var/lib/wtmpdb",
	"/etc/passwd*", "/etc/shadow*", "/etc/group*", "/etc/gshadow*", "/etc/subuid*", "/etc/subgid*", "/etc/.pwd.lock", "/etc/ld.so.cache",
	"/var/lib/systemd", "/tmp/systemd-private-*", "/var/tmp/systemd-private-*", "/var/tmp/dnf-*",
	"/run/systemd", "/run/log", "/run/user", "/run/utmp", "/run/credentials", "/run/dbus", "/run/tmpfiles.d", "/run/motd.dynamic", "/run/dnf*",
}

// leftovers says which paths may stay when a package is removed. Its data are
// those directories below /var and /etc that bear its name, or that its units
// name. Once it is purged, nothing of it may stay. Where there is no purge,
// configuration that was edited stays as .rpmsave.
func leftovers(format string, purged bool, data []string) func(name string) bool {
	return func(name string) bool {
		mine := slices.ContainsFunc(data, func(dir string) bool { return within(name, dir) })
		switch {
		case mine:
			return !purged
		case purged && strings.HasPrefix(name, "/var/lib/systemd/deb-systemd-helper-"):
			return false
		case slices.ContainsFunc(ours, func(p string) bool { return covers(p, name) }), within(name, "/var/cache"):
			return true
		case path.Base(name) == "private" && slices.Contains([]string{"/var/lib", "/var/log"}, path.Dir(name)):
			return true // systemd's, for dynamic users
		case format == "deb" && !purged:
			return within(name, "/etc") // conffiles, and links that enable
		case format == "rpm":
			return path.Ext(name) == ".rpmsave" || path.Ext(name) == ".rpmnew"
		}
		return false
	}
}

func covers(pattern, name string) bool {
	if start, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, start)
	}
	return within(name, pattern)
}

// dataDirs are where data of a package may be, with systemd's detour for those
// of dynamic users.
func dataDirs(name string, units []unit) []string {
	dirs := []string{"/var/lib/" + name, "/var/cache/" + name, "/var/log/" + name, "/etc/" + name}
	for _, u := range units {
		dirs = append(dirs, u.dirs...)
	}
	for _, dir := range slices.Clone(dirs) {
		if base, rest, ok := strings.Cut(strings.TrimPrefix(dir, "/var/"), "/"); ok && strings.HasPrefix(dir, "/var/") {
			dirs = append(dirs, "/var/"+base+"/private/"+rest)
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}
