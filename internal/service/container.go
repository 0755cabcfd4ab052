package service

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// Container is how the processes run where a container's engine keeps them running:
// one in each container, as process 1, without systemd and its sockets.
type Container struct {
	User        string             `json:"user"`
	Group       string             `json:"group"`
	Home        string             `json:"home"`
	Release     []string           `json:"release,omitempty"` // the release command, for whoever deploys
	Directories []string           `json:"directories,omitempty"`
	Processes   []ContainerProcess `json:"processes"`
	// HostOnly are packages on which only units and maintainer scripts depend.
	HostOnly []string `json:"host_only,omitempty"`
}

// ContainerProcess is one kind of process.
type ContainerProcess struct {
	Name        string   `json:"name"`
	Command     []string `json:"command"`
	Environment []string `json:"environment"` // NAME=VALUE, sorted
	Directory   string   `json:"directory"`
	Port        string   `json:"port,omitempty"` // that it listens on; $PORT says otherwise
	Periodic    bool     `json:"periodic,omitempty"`
}

// containerPort is where a server listens that has a unix socket on a server, or
// a port that is root's.
const containerPort = "8000"

// Container says how the processes run in a container; nil: there are none.
func (a App) Container() *Container {
	if len(a.Processes) == 0 {
		return nil
	}
	c := &Container{User: a.User, Group: a.Group, Home: a.home(), HostOnly: []string{"adduser", "init-system-helpers"}}
	for _, format := range families {
		for _, d := range a.Depends(format.format) {
			if !slices.Contains(c.HostOnly, d) {
				c.HostOnly = append(c.HostOnly, d)
			}
		}
	}
	for _, d := range a.dirs() {
		c.Directories = append(c.Directories, d.path(a))
	}
	if r, err := parseCommand(a.Release); err == nil && a.Release != "" {
		c.Release = r.contained(a)
	}
	for _, p := range a.Processes {
		c.Processes = append(c.Processes, a.contained(p))
	}
	return c
}

func (a App) contained(p Process) ContainerProcess {
	c, _ := parseCommand(p.Command) // Complete has shown that it parses
	port := a.containerPort(p)
	if p.activated() {
		p.Listen = port
	}
	list := a.environment(p)
	if port != "" {
		list = slices.DeleteFunc(list, func(e string) bool { return strings.HasPrefix(e, "PORT=") })
		list = append(list, "PORT="+port)
		if !slices.ContainsFunc(list, func(e string) bool { return strings.HasPrefix(e, "HOST=") }) {
			list = append(list, "HOST=0.0.0.0") // for who asks: nobody reaches a container's loopback
		}
		slices.Sort(list)
	}
	return ContainerProcess{
		Name: p.Name, Command: c.contained(a, a.binds(p, c)...), Environment: list,
		Directory: a.directory(p), Port: port, Periodic: p.Timer != "",
	}
}

// containerPort is the port that a process listens on, or is told; "" is none.
func (a App) containerPort(p Process) string {
	if p.Listen == "unix" {
		return containerPort
	}
	port := a.port(p)
	if n, err := strconv.Atoi(port); err == nil && n < 1024 && p.activated() {
		return containerPort
	}
	return port
}

// binds are the words that make a server listen on $PORT which systemd gives its
// socket elsewhere.
func (a App) binds(p Process, c command) []string {
	words := slices.Clone(c.server().always)
	if p.activated() || p.Listen != "" && c.server().program != "" && c.bound() == "" {
		words = append(words, c.server().tcp...)
	}
	return words
}

// contained is a command as an argument list. A shell is there only where it takes
// one: distroless images have none.
func (c command) contained(a App, more ...string) []string {
	if c.start() > 0 || c.shell || slices.ContainsFunc(c.words, word.expands) || slices.ContainsFunc(more, func(s string) bool { return strings.Contains(s, "$") }) {
		text := c.text
		for _, m := range more {
			text += " " + doubleQuoted(m)
		}
		if !c.compound && c.start() == 0 {
			text = "exec " + text
		}
		return []string{"/bin/sh", "-c", text}
	}
	var list []string
	for i, w := range c.words {
		if i == 0 && !strings.Contains(w.text, "/") && (a.Commands == nil || slices.Contains(a.Commands, w.text)) {
			list = append(list, path.Join(a.Prefix, "bin", w.text))
			continue
		}
		list = append(list, w.text)
	}
	return append(list, more...)
}

// expands tells whether a word has a variable in it.
func (w word) expands() bool { return w.unit != escapeUnit.Replace(w.text) }

// doubleQuoted quotes a word for sh(1) whose variables are to be filled in.
func doubleQuoted(s string) string {
	if strings.ContainsAny(s, "$ *") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`").Replace(s) + `"`
	}
	return s
}
