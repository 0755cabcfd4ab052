package service

import (
	"slices"
	"strings"
)

// server is a program that pinpack knows how to start.
type server struct {
	program string
	binds   []string // options by which its user binds it himself
	fd      []string // words that make it serve HTTP on the file descriptor %s
	takes   []string // words instead, where it finds systemd's descriptors by itself
	tcp     []string // words that make it listen on $PORT of every address
	always  []string // words that it gets in any case
	notify  bool     // it says when it is ready
	reload  bool     // SIGHUP starts its workers anew
}

var servers = []server{
	{program: "gunicorn", binds: []string{"-b", "--bind"}, fd: []string{"--bind", "fd://%s"}, takes: []string{}, tcp: []string{"--bind", "0.0.0.0:$PORT"}, notify: true, reload: true},
	{program: "uvicorn", binds: []string{"--host", "--port", "--uds", "--fd"}, fd: []string{"--fd", "%s"}, tcp: []string{"--host", "0.0.0.0", "--port", "$PORT"}},
	{program: "uwsgi", binds: []string{"-s", "--socket", "--uwsgi-socket", "--http", "--http-socket", "--protocol"},
		// Its own protocol is for nginx only; HTTP serves health checks and port 80, too.
		fd: []string{"--http-socket", "fd://%s"}, takes: []string{"--protocol=http"}, tcp: []string{"--http-socket", "0.0.0.0:$PORT"}, notify: true, reload: true,
		// SIGTERM makes it reload, and SIGQUIT and --die-on-term drop requests.
		always: []string{"--hook-master-start", "unix_signal:15 gracefully_kill_them_all"}},
	{program: "hypercorn", binds: []string{"-b", "--bind"}, fd: []string{"--bind", "fd://%s"}, tcp: []string{"--bind", "0.0.0.0:$PORT"}},
	{program: "daphne", binds: []string{"-b", "-p", "-u", "-e", "--bind", "--port", "--unix-socket", "--endpoint", "--fd"}, fd: []string{"--fd", "%s"}, tcp: []string{"-b", "0.0.0.0", "-p", "$PORT"}},
}

// server is the row of a command's program; unknown programs have an empty one.
func (c command) server() server {
	i := slices.IndexFunc(servers, func(s server) bool { return s.program == c.program() })
	if i < 0 || c.compound {
		return server{}
	}
	return servers[i]
}

// Lacks tells of servers that processes name and that the virtualenv has not: has
// says whether there is a program.
func (a App) Lacks(has func(program string) bool) []string {
	var list []string
	for _, p := range a.Processes {
		c, _ := parseCommand(p.Command) // Complete has shown that it parses
		if name := c.server().program; name != "" && c.words[c.start()].text == name && !has(name) {
			list = append(list, "services."+p.Name+": "+name+" is not in the virtualenv: lock it, or name that of the system by an absolute path")
		}
	}
	return list
}

// bound is the option by which a command binds its server itself; "" is none.
func (c command) bound() string {
	for _, w := range c.words {
		for _, option := range c.server().binds {
			rest, ok := strings.CutPrefix(w.text, option)
			long := strings.HasPrefix(option, "--")
			if ok && (rest == "" || rest[0] == '=' || !long) {
				return option
			}
		}
	}
	return ""
}

// activated tells whether systemd binds the process's socket. An unknown program
// is taken to expect a unix socket as descriptor 3, but a port in $PORT.
func (p Process) activated() bool {
	c, err := parseCommand(p.Command)
	switch {
	case err != nil || p.Listen == "":
		return false
	case p.Listen == "unix":
		return true
	}
	return c.server().program != "" && c.bound() == ""
}

// words are what a server's command gets besides: those that make it take its
// socket from systemd or, as the descriptor fd, from another supervisor.
func (p Process) words(c command, fd string, systemd bool) []string {
	s := c.server()
	words := slices.Clone(s.always)
	switch {
	case !p.activated() || s.program == "":
		return words
	case systemd && s.takes != nil:
		return append(words, s.takes...)
	}
	for _, w := range s.fd {
		words = append(words, strings.Replace(w, "%s", fd, 1))
	}
	return words
}

// address is where a process listens, as a person or health check reaches it:
// unix:PATH or HOST:PORT; "" when it does not listen.
func (a App) address(p Process) string {
	switch host, port, ok := cutLast(p.Listen, ":"); {
	case p.Listen == "" && a.port(p) != "":
		return "127.0.0.1:" + a.port(p)
	case p.Listen == "":
		return ""
	case p.Listen == "unix":
		return "unix:" + a.socket(p)
	case !ok:
		return "127.0.0.1:" + p.Listen
	case host == "0.0.0.0" || host == "":
		return "127.0.0.1:" + port
	case host == "[::]":
		return "[::1]:" + port
	default:
		return p.Listen
	}
}

// socket is the path of a process's unix socket.
func (a App) socket(p Process) string { return a.socketDir() + "/" + p.Name + ".sock" }

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
