package service

import (
	"errors"
	"fmt"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	userName    = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,30}$`)
	processName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	envName     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	unitName    = regexp.MustCompile(`^[A-Za-z0-9:_.\\@%-]+\.(service|socket|target|timer|path|mount|slice)$`)
	listenAt    = regexp.MustCompile(`^([A-Za-z0-9.-]*|\[[0-9a-fA-F:.]+\]):([0-9]+)$`)
	spanPart    = regexp.MustCompile(`^([0-9]+)\s*(ms|sec|s|min|m|hr|h|days|day|d)?\s*`)
)

var spanUnits = map[string]time.Duration{
	"": time.Second, "ms": time.Millisecond, "s": time.Second, "sec": time.Second, "m": time.Minute, "min": time.Minute,
	"h": time.Hour, "hr": time.Hour, "d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
}

// span reads a time span as systemd.time(7) writes it: "90", "30s", "1min 30s".
func span(s string) (time.Duration, error) {
	var d time.Duration
	rest := strings.TrimSpace(s)
	if rest == "" {
		return 0, errors.New("want a time span such as 30s or 2min")
	}
	for rest != "" {
		m := spanPart.FindStringSubmatch(rest)
		if m == nil {
			return 0, fmt.Errorf("time span %q: want a number with ms, s, min, h or d, such as 30s", s)
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n > 1e6 {
			return 0, fmt.Errorf("time span %q: too long", s)
		}
		d += time.Duration(n) * spanUnits[m[2]]
		rest = rest[len(m[0]):]
	}
	return d, nil
}

// Complete fills the defaults of what was not said, and reports everything that
// is wrong or that the supervisor cannot do. Names are written as in the table
// [tool.pinpack.services].
func (a App) Complete() (App, error) {
	if len(a.Processes) == 0 {
		if a.Release != "" {
			return a, errors.New("services: release: there is no process: want a Procfile or a table [tool.pinpack.services.NAME]")
		}
		return a, nil
	}
	if a.User == "" {
		a.User = systemUser(a.Name)
	}
	if a.Group == "" {
		a.Group = a.User
	}
	if a.Supervisor == "" {
		a.Supervisor = supervisors[0].name
	}
	a.Processes = slices.Clone(a.Processes)
	a.Directories = slices.Clone(a.Directories)
	if a.Release != "" && !a.has("state") {
		a.Directories = append(a.Directories, "state") // which holds what has been released
	}
	errs := a.checkApp()
	for _, p := range a.Processes {
		for _, err := range a.checkProcess(p) {
			errs = append(errs, fmt.Errorf("services.%s: %w", p.Name, err))
		}
	}
	return a, errors.Join(errs...)
}

// systemUser makes a user's name of a package's.
func systemUser(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '+' || r == '.' {
			return '-'
		}
		return r
	}, name)
	if name != "" && name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return name[:min(len(name), 31)]
}

func (a App) checkApp() []error {
	var errs []error
	for _, name := range []struct{ key, value string }{{"user", a.User}, {"group", a.Group}, {"socket-group", a.SocketGroup}} {
		if name.key == "group" && name.value == a.User {
			continue // it is the user's, who is told of
		}
		if name.value != "" && !userName.MatchString(name.value) {
			errs = append(errs, fmt.Errorf("services.%s: name %q: want a-z, 0-9, - and _, 31 at most, the first no digit", name.key, name.value))
		}
	}
	if a.User == "root" {
		errs = append(errs, errors.New("services.user: root may write to the application's own code: want a user of its own"))
	}
	if c, err := parseCommand(a.Release); a.Release != "" {
		if err == nil {
			err = c.sourceTree()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("services.release: %w", err))
		}
	}
	names := map[string]bool{}
	for _, p := range a.Processes {
		// Names of units, which systems with one case only may not tell apart.
		if names[strings.ToLower(p.Name)] {
			errs = append(errs, fmt.Errorf("services.%s: there is another process of this name", p.Name))
		}
		names[strings.ToLower(p.Name)] = true
	}
	return errs
}

func (a App) checkProcess(p Process) []error {
	var errs []error
	fail := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	switch {
	case !processName.MatchString(p.Name):
		fail(fmt.Errorf("name %q: want letters, digits, - and _", p.Name))
	case p.Name == "release":
		fail(errors.New(`"release" is the command that runs before a new version starts: want services.release = "COMMAND"`))
	}
	if p.Command == "" {
		fail(errors.New("command: missing: want it here or in the Procfile"))
		return errs
	}
	c, err := parseCommand(p.Command)
	if err != nil {
		return append(errs, fmt.Errorf("command: %w", err))
	}
	if err := c.sourceTree(); err != nil {
		fail(fmt.Errorf("command %q: %w", p.Command, err))
	}
	fail(p.checkListen(c, a.Supervisor == "systemd"))
	fail(a.checkHealth(p))
	if p.Timer != "" {
		for key, set := range map[string]bool{"listen": p.Listen != "", "instances": p.Instances > 0, "healthcheck": p.Health != "", "watchdog": p.Watchdog != ""} {
			if set {
				fail(fmt.Errorf("%s: a process with a timer runs and ends: want only one of %s and timer", key, key))
			}
		}
	}
	for _, key := range supervisorOf(a.Supervisor).lacks {
		if p.uses(key) {
			fail(fmt.Errorf("%s: %s cannot do it: want supervisor = \"systemd\", or leave it out", key, a.Supervisor))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errs
}

func (p Process) checkListen(c command, systemd bool) error {
	switch {
	case p.Listen == "":
		return nil
	case p.Instances > 0:
		return errors.New("listen: one socket belongs to one process: want no instances, but workers of the server itself")
	case p.Listen == "unix" && c.bound() != "":
		return fmt.Errorf("listen = \"unix\": the command binds its server itself with %s: want one of both", c.bound())
	case p.Listen == "unix":
		return nil
	case p.activated() && systemd && !numeric(p.Listen):
		return fmt.Errorf("listen = %q: systemd looks up no names: want an IP address, such as 127.0.0.1:8000 or [::1]:8000", p.Listen)
	case p.activated() || usesPort.MatchString(p.Command) || c.bound() != "" || c.shell:
		return nil
	}
	return fmt.Errorf("listen = %q: how does %s know? want $PORT in its command, or a server that takes a socket: %s", p.Listen, c.program(), serverNames())
}

// numeric tells whether a port, or HOST:PORT, names its host by number or not at all.
func numeric(listen string) bool {
	host, _, ok := cutLast(listen, ":")
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return !ok || err == nil
}

func serverNames() string {
	var names []string
	for _, s := range servers {
		names = append(names, s.program)
	}
	return strings.Join(names, ", ")
}

func (a App) checkHealth(p Process) error {
	switch {
	case p.Health == "":
		return nil
	case p.healthIsPath() && a.address(p) == "":
		return fmt.Errorf("healthcheck = %q: of whom? want listen, or a whole URL", p.Health)
	case p.healthIsURL():
		if strings.ContainsAny(p.Health, " \t\"'\\") {
			return fmt.Errorf("healthcheck = %q: want a URL, a path or a command", p.Health)
		}
		return nil
	}
	_, err := parseCommand(p.Health)
	if err != nil {
		return fmt.Errorf("healthcheck: %w", err)
	}
	return nil
}

// uses tells whether a process has something that is said with a key.
func (p Process) uses(key string) bool {
	switch key {
	case "healthcheck":
		return p.Health != ""
	case "timer":
		return p.Timer != ""
	case "notify":
		return p.Notify
	case "watchdog":
		return p.Watchdog != ""
	case "on-failure":
		return p.OnFailure != ""
	case "after":
		return p.After != nil
	case "harden":
		return p.Harden != nil
	case "unix":
		return p.Listen == "unix"
	}
	return p.Limits[limitOf(key).directive] != ""
}

// absolute is a clean path from the root.
func absolute(s string) error {
	if !path.IsAbs(s) || path.Clean(s) != s || strings.ContainsAny(s, " \t\"'\\$%") {
		return fmt.Errorf("path %q: want an absolute path such as /var/lib/shop", s)
	}
	return nil
}
