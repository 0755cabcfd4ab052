package service

import (
	"strconv"
	"strings"
	"time"
)

// startTimeout is what systemd gives a service to start, before its health.
const startTimeout = 90 * time.Second

// attempts is how often a process is started that does not stay: then its unit
// has failed, and stays so until somebody does something.
const attempts = 5

func (a App) serviceUnit(p Process) string {
	c, _ := parseCommand(p.Command) // Complete has shown that it parses
	u := a.newSystemdUnit(": " + p.Name + instance(p))
	a.partOf(u)
	u.set("Wants", "network-online.target")
	u.set("After", append([]string{"network-online.target"}, p.After...)...)
	var needs []string
	if a.Release != "" {
		needs = append(needs, a.unit()+"-release.service")
	}
	if p.activated() {
		needs = append(needs, a.base(p)+".socket")
	}
	u.set("Requires", needs...)
	u.set("After", needs...)
	if p.Timer == "" {
		u.set("StartLimitIntervalSec", strconv.Itoa(int(p.patience().Seconds())))
		u.set("StartLimitBurst", strconv.Itoa(attempts))
	}
	u.optional("OnFailure", p.OnFailure)
	u.section("Service")
	a.kind(u, p, c)
	a.context(u, p)
	a.run(u, p, c)
	u.optional("TimeoutStopSec", p.Stop)
	a.confine(u, p)
	if !a.target() && p.Timer == "" {
		u.section("Install")
		u.set("WantedBy", "multi-user.target")
	}
	return u.String()
}

// number is what $PS tells a process, as foreman does: which of its kind it is,
// "worker.2". counter is what a supervisor replaces by the number of an instance.
func (p Process) number(counter string) string {
	if p.Instances == 0 {
		counter = "1"
	}
	return p.Name + "." + counter
}

func instance(p Process) string {
	if p.Instances > 0 {
		return " %i"
	}
	return ""
}

// patience is within which a process that does not stay is started no more often
// than attempts says, however long each takes until it is found unhealthy.
func (p Process) patience() time.Duration {
	return attempts * (p.healthTime() + 12*time.Second)
}

// kind says how systemd knows that the process runs.
func (a App) kind(u *unit, p Process, c command) {
	notify := p.Notify || c.server().notify
	switch {
	case p.Timer != "":
		u.set("Type", "oneshot")
	case notify:
		u.set("Type", "notify")
	default:
		u.set("Type", "exec")
	}
	switch {
	case (notify || p.Watchdog != "") && (c.compound || c.program() == "uwsgi" || p.Watchdog != ""):
		u.set("NotifyAccess", "all")
	case notify:
		u.set("NotifyAccess", "main")
	}
	u.optional("WatchdogSec", p.Watchdog)
}

// context is who runs the process, where, and with which environment.
func (a App) context(u *unit, p Process) {
	u.set("User", a.User)
	u.set("Group", a.Group)
	dir := a.Prefix
	if p.Directory != "" {
		dir = p.Directory
	}
	u.set("WorkingDirectory", escapePercent(dir))
	u.set("Environment", "PS="+p.number("%i"))
	for _, e := range a.environment(p) {
		u.set("Environment", quoteUnit(escapePercent(e)))
	}
	for _, f := range a.environmentFiles() {
		u.set("EnvironmentFile", "-"+f)
	}
}

// run is how the process starts, shows that it is healthy, reloads and stops.
func (a App) run(u *unit, p Process, c command) {
	u.set("ExecStart", c.argv(a, p.words(c, "3", true)...))
	if p.Health != "" {
		u.set("ExecStartPost", a.healthCheck(p))
		u.set("TimeoutStartSec", strconv.Itoa(int((startTimeout + p.healthTime()).Seconds())))
	}
	if c.server().reload && !c.compound {
		u.set("ExecReload", "/bin/kill -HUP $MAINPID")
	}
	if !c.compound {
		u.set("KillMode", "mixed")
	}
	if p.Timer == "" {
		u.set("Restart", "on-failure")
		u.set("RestartSec", "2s")
	}
}

// confine is what the process may use and touch.
func (a App) confine(u *unit, p Process) {
	for _, d := range a.dirs() {
		if d.directive != "" {
			u.set(d.directive, a.Name)
			u.set(d.directive+"Mode", "0750")
		} else {
			u.set("ReadWritePaths", "-"+d.path(a))
		}
	}
	u.set("MemoryAccounting", "yes")
	u.set("CPUAccounting", "yes")
	for _, l := range limits {
		u.optional(l.directive, p.Limits[l.directive])
	}
	for _, s := range a.hardening(p) {
		u.set(s[0], s[1])
	}
}

// capability tells whether the process itself binds a port that only root may.
func (p Process) capability() bool {
	_, port, ok := cutLast(p.Listen, ":")
	if !ok {
		port = p.Listen
	}
	n, err := strconv.Atoi(port)
	return err == nil && n < 1024 && !p.activated()
}

// releaseUnit runs the release command. It is no service that stays: every start
// of a process asks it, and it has nothing to do but after an upgrade.
func (a App) releaseUnit() string {
	p := Process{Name: "release"}
	u := a.newSystemdUnit(": before a new version starts")
	a.partOf(u)
	u.set("Wants", "network-online.target")
	u.set("After", "network-online.target")
	for _, q := range a.Processes {
		u.set("After", q.After...)
	}
	u.section("Service")
	u.set("Type", "oneshot")
	a.context(u, p)
	u.set("ExecStart", a.helper("release"))
	u.set("TimeoutStartSec", "infinity")
	a.confine(u, p)
	return u.String()
}

func (a App) healthCheck(p Process) string {
	words := []string{escapeUnit.Replace(a.Prefix) + "/bin/python", "-ISB", a.helper("healthcheck.py"), strconv.Itoa(int(p.healthTime().Seconds()))}
	for _, w := range a.healthArgs(p) {
		words = append(words, quoteUnit(escapeUnit.Replace(w)))
	}
	if c, err := parseCommand(p.Health); err == nil && !p.healthIsURL() {
		words = append(words, c.argv(a))
	}
	return strings.Join(words, " ")
}
