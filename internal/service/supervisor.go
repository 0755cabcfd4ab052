package service

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pinpack/pinpack/internal/tree"
)

// supervisor is a program that keeps processes running. Its part of the
// maintainer scripts is in the templates of its name.
type supervisor struct {
	name  string
	files func(App) []tree.Entry
	lacks []string // keys of processes that it cannot do; "unix" is listen = "unix"

	depends []string // packages, of the same name in both families
}

// bare is what supervisors other than systemd cannot do.
var bare = []string{"healthcheck", "timer", "notify", "watchdog", "on-failure", "after", "harden", "memory-max", "cpu-quota", "tasks-max", "open-files"}

var supervisors = []supervisor{
	{name: "systemd", files: systemdFiles},
	{name: "supervisord", files: supervisordFiles, lacks: bare, depends: []string{"supervisor"}},
	// No distribution of today has circus as a package. It gives sockets no group.
	{name: "circus", files: circusFiles, lacks: append([]string{"unix"}, bare...)},
}

// supervisorNames lists the names of the known supervisors, the default first.
func supervisorNames() []string {
	names := make([]string, len(supervisors))
	for i, s := range supervisors {
		names[i] = s.name
	}
	return names
}

func supervisorOf(name string) supervisor {
	i := slices.IndexFunc(supervisors, func(s supervisor) bool { return s.name == name })
	return supervisors[max(i, 0)]
}

// supervised is a process's command for a supervisor that knows neither
// environment files nor sockets of systemd's kind.
func (a App) supervised(p Process, fd string) string {
	c, _ := parseCommand(p.Command) // Complete has shown that it parses
	text := c.text
	for _, w := range p.words(c, fd, false) {
		text += " " + shellWord(w)
	}
	if !c.compound && c.start() == 0 {
		text = "exec " + text
	}
	own := ""
	shared := a.environment(Process{})
	for _, e := range a.environment(p) {
		if !slices.Contains(shared, e) {
			own += " " + quoteShell(e)
		}
	}
	if own != "" {
		own = "/usr/bin/env" + own + " "
	}
	// Both take what follows white space and ; or # for a comment, even in quotes. All
	// of it stands in single quotes, which may end and begin between any characters.
	return commentMark.ReplaceAllString(own+a.helper("run")+" sh -c "+quoteShell(text), "$1''$2")
}

var commentMark = regexp.MustCompile(`([ \t])([;#])`)

// supervisordFiles is the configuration for supervisord(1) of each family.
func supervisordFiles(a App) []tree.Entry {
	var list []tree.Entry
	for _, f := range families {
		e := tree.Text(fmt.Sprintf(f.supervisor, a.Name), a.supervisord(f))
		e.Only = f.format
		list = append(list, e)
	}
	return list
}

// supervisord has no group of programs: in one, supervisord makes no sockets.
func (a App) supervisord(f family) string {
	u := newUnit(a, " = ", ";")
	for _, p := range a.Processes {
		name := a.Name + "-" + p.Name
		kind, fd := "program", ""
		if p.activated() {
			kind, fd = "fcgi-program", "0" // which it hands over as standard input
		}
		u.section(kind + ":" + name)
		u.set("command", escapePercent(a.supervised(p, fd)))
		if p.Listen == "unix" {
			u.set("socket", "unix://"+a.socket(p))
			u.set("socket_owner", a.User+":"+a.webGroup(f))
			u.set("socket_mode", "0660")
		} else if p.activated() {
			u.set("socket", "tcp://"+tcpAddress(p.Listen))
		}
		if p.Instances > 0 {
			u.set("process_name", "%(program_name)s-%(process_num)d")
			u.set("numprocs", strconv.Itoa(p.Instances))
			u.set("numprocs_start", "1")
		}
		u.set("directory", escapePercent(a.directory(p)))
		u.set("environment", `PS="`+p.number("%(process_num)d")+`"`)
		u.set("user", a.User)
		u.set("autorestart", "unexpected")
		u.set("stopasgroup", "true")
		u.set("killasgroup", "true")
		if d, err := span(p.Stop); err == nil {
			u.set("stopwaitsecs", strconv.Itoa(int(d.Seconds())))
		}
	}
	return u.String()
}

// circusFiles is one configuration for circusd(1).
func circusFiles(a App) []tree.Entry {
	u := newUnit(a, " = ", "#")
	for _, p := range a.Processes {
		name := a.Name + "-" + p.Name
		u.section("watcher:" + name)
		u.set("cmd", "/usr/bin/env PS="+p.number("$(circus.wid)")+" "+a.supervised(p, "$(circus.sockets."+name+")"))
		u.set("working_dir", a.directory(p))
		u.set("uid", a.User)
		u.set("gid", a.Group)
		u.set("numprocesses", strconv.Itoa(max(p.Instances, 1)))
		u.set("stop_children", "True")
		if d, err := span(p.Stop); err == nil {
			u.set("graceful_timeout", strconv.Itoa(int(d.Seconds())))
		}
		if p.activated() {
			u.set("use_sockets", "True")
			host, port, _ := cutLast(tcpAddress(p.Listen), ":")
			u.section("socket:" + name)
			u.set("host", host)
			u.set("port", port)
		}
	}
	return []tree.Entry{tree.Text("/etc/circus/conf.d/"+a.Name+".ini", u.String())}
}

func (a App) directory(p Process) string {
	if p.Directory != "" {
		return p.Directory
	}
	return a.Prefix
}

func tcpAddress(listen string) string {
	if strings.Contains(listen, ":") {
		return listen
	}
	return "0.0.0.0:" + listen
}

// shellWord quotes a word for sh(1) where it has to be.
func shellWord(s string) string {
	if strings.ContainsAny(s, " '*") {
		return quoteShell(s)
	}
	return s
}

// quoteShell quotes a word for sh(1).
func quoteShell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
