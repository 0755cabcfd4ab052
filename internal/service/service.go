// Package service turns the processes of an application into what runs them on
// a server: units, users, directories, maintainer scripts and examples, for
// Debian's and RPM's family from one model. It is pure: values in, files out.
package service

import (
	"maps"
	"slices"
	"strings"
)

// App is an application's processes and what they share. Complete must have
// filled its defaults before it is rendered.
type App struct {
	Name     string   `json:"-"` // of the package
	Version  string   `json:"-"` // of the package in Debian's notation: [epoch:]version-revision
	Commit   string   `json:"-"` // of the source; "" when unknown
	Summary  string   `json:"-"` // one line
	Homepage string   `json:"-"` // URL; ""
	Prefix   string   `json:"-"` // of the virtualenv, absolute
	Commands []string `json:"-"` // the programs in the prefix's bin; nil: every program is taken to be there

	User        string            `json:"user,omitempty"`         // who the processes run as
	Group       string            `json:"group,omitempty"`        // its group
	SocketGroup string            `json:"socket_group,omitempty"` // who may connect to unix sockets; "" is the web server of each family
	Supervisor  string            `json:"supervisor,omitempty"`   // of supervisorNames
	Start       string            `json:"start,omitempty"`        // of starts
	Release     string            `json:"release,omitempty"`      // command to run once before a new version starts; ""
	Directories []string          `json:"directories,omitempty"`  // of directoryNames, those that were asked for
	Environment map[string]string `json:"environment,omitempty"`  // of every process
	Harden      map[string]string `json:"harden,omitempty"`       // settings of Hardening to change; "" leaves one out
	Metrics     bool              `json:"metrics,omitempty"`      // tell node_exporter which version is installed
	Processes   []Process         `json:"processes,omitempty"`    // in the order in which they were declared
	Static      []Static          `json:"static,omitempty"`       // what the package ships for the web server to serve itself
}

// Static is a shipped folder of static files.
type Static struct {
	Dir       string   `json:"dir"`                 // absolute path on the target machine
	URL       string   `json:"url"`                 // path under which the web server has it, with / at both ends
	Encodings []string `json:"encodings,omitempty"` // content codings of which files have variants beside them: "gzip", "br", "zstd"
	Hashed    bool     `json:"hashed,omitempty"`    // names bear a hash of the content, so that what has one never changes
}

// Process is one kind of process.
type Process struct {
	Name        string            `json:"name"`                     // "web"
	Command     string            `json:"command"`                  // as in a Procfile: words for sh
	Instances   int               `json:"instances,omitempty"`      // how many of it run; 0 is one, by itself
	Listen      string            `json:"listen,omitempty"`         // "", "unix", a port, or host:port
	Health      string            `json:"healthcheck,omitempty"`    // "", a path of the process itself, a URL, or a command
	HealthTime  string            `json:"health_timeout,omitempty"` // how long it may take until it is healthy: a time span
	Notify      bool              `json:"notify,omitempty"`         // it says itself when it is ready (sd_notify)
	Timer       string            `json:"timer,omitempty"`          // OnCalendar= of a periodic process; ""
	Watchdog    string            `json:"watchdog,omitempty"`       // time span within which it must show life (sd_notify); ""
	OnFailure   string            `json:"on_failure,omitempty"`     // unit to start when it has failed; ""
	After       []string          `json:"after,omitempty"`          // units that start before it, where they are there
	Directory   string            `json:"directory,omitempty"`      // working directory; "" is the prefix
	Stop        string            `json:"stop_timeout,omitempty"`   // how long it may take to stop: a time span
	Limits      map[string]string `json:"limits,omitempty"`         // of limits, by the directive's name
	Environment map[string]string `json:"environment,omitempty"`    // beyond the application's
	Harden      map[string]string `json:"harden,omitempty"`         // beyond the application's
}

// starts are what happens on the first installation: "" is what the family does,
// which is "now" for a .deb and "preset" for an .rpm.
var starts = []string{"now", "boot", "preset"}

// directory is one of an application's directories.
type directory struct {
	name      string // as users say it
	parent    string //
	directive string // of systemd, which makes it and lets the process write to it
	keep      bool   // it outlives a restart of the machine: purge removes it
}

var directories = []directory{
	{"state", "/var/lib", "StateDirectory", true},
	{"cache", "/var/cache", "CacheDirectory", true},
	{"logs", "/var/log", "LogsDirectory", true},
	// RuntimeDirectory= is removed whenever a service stops, with the sockets in it.
	{"runtime", "/run", "", false},
}

// directoryNames lists the directories that can be asked for.
func directoryNames() []string {
	names := make([]string, len(directories))
	for i, d := range directories {
		names[i] = d.name
	}
	return names
}

// WithProcfile adds what a Procfile says to what the table said. A process of
// the table without a command takes that of the Procfile; the process "release"
// becomes the release command.
func (a App) WithProcfile(list []Process) App {
	a.Processes = slices.Clone(a.Processes)
	for _, p := range list {
		if p.Name == "release" {
			if a.Release == "" {
				a.Release = p.Command
			}
			continue
		}
		i := slices.IndexFunc(a.Processes, func(q Process) bool { return q.Name == p.Name })
		if i < 0 {
			a.Processes = append(a.Processes, p)
		} else if a.Processes[i].Command == "" {
			a.Processes[i].Command = p.Command
		}
	}
	return a
}

// Notes tell of what will hardly work, without being surely wrong.
func (a App) Notes() []string {
	var list []string
	for _, p := range append(slices.Clone(a.Processes), Process{Name: "release", Command: a.Release}) {
		c, _ := parseCommand(p.Command) // Complete has shown that it parses
		at := "services." + p.Name + ": "
		if s := c.script(); s != "" && p.Directory == "" {
			list = append(list, at+s+" is looked for in "+a.Prefix+", where nothing of the source tree is: want a console script of the project, or python -m with a module of it")
		}
		if p.Instances > 1 && usesPort.MatchString(p.Command) && a.Environment["PORT"]+p.Environment["PORT"] == "" && !strings.Contains(p.Command, "reuse") {
			list = append(list, at+"each of its instances gets the same $PORT, "+a.port(p)+", on which one alone can listen: want no instances, but workers of the server itself")
		}
	}
	return list
}

// has tells whether the application has a directory of this name.
func (a App) has(name string) bool { return slices.Contains(a.Directories, name) }

// dirs are the application's directories.
func (a App) dirs() []directory {
	return slices.DeleteFunc(slices.Clone(directories), func(d directory) bool { return !a.has(d.name) })
}

// path of a directory. Beside sockets, that in /run is one further down: systemd
// makes sockets as root, which is safe only where the user may not write.
func (d directory) path(a App) string {
	if d.name == "runtime" && a.webSocket() {
		return a.socketDir() + "/run"
	}
	return d.parent + "/" + a.Name
}

// socketDir is where the unix sockets are: root's, and open for the web server.
func (a App) socketDir() string { return "/run/" + a.Name }

// home is the user's home directory.
func (a App) home() string {
	if a.has("state") {
		return "/var/lib/" + a.Name
	}
	return "/nonexistent"
}

func (a App) helper(name string) string { return "/usr/libexec/" + a.Name + "/" + name }

// environmentFiles are read in this order, a later one over the earlier.
func (a App) environmentFiles() []string {
	return []string{"/etc/default/" + a.Name, "/etc/sysconfig/" + a.Name, "/etc/" + a.Name + "/*.env"}
}

// environment is what a process gets before the environment files, as sorted
// NAME=VALUE.
func (a App) environment(p Process) []string {
	all := map[string]string{
		"PATH":                    a.Prefix + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"PYTHONUNBUFFERED":        "1",
		"PYTHONDONTWRITEBYTECODE": "1",
	}
	if port := a.port(p); port != "" {
		all["PORT"] = port
	}
	maps.Copy(all, a.Environment)
	maps.Copy(all, p.Environment)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// port is what $PORT is in a process's command: the port that it listens on, or
// that which `foreman export` gives it.
func (a App) port(p Process) string {
	if p.Listen != "" && p.Listen != "unix" {
		return p.Listen[strings.LastIndex(p.Listen, ":")+1:]
	}
	if !usesPort.MatchString(p.Command) {
		return ""
	}
	i := slices.IndexFunc(a.Processes, func(q Process) bool { return q.Name == p.Name })
	return foremanPort(i)
}
