package service

import (
	"fmt"
	"regexp"
	"slices"
)

// Key declares a key of [tool.pinpack.services], or of a process's table in it.
type Key[T any] struct {
	Name    string
	Help    string // one sentence or two, plain text
	Example string // the value as TOML
	read    func(*T, any) error
}

// limit is what a process may use at most.
type limit struct {
	key, directive, help, example string
	values                        *regexp.Regexp // systemd passes over any other
}

var limits = []limit{
	{"memory-max", "MemoryMax", "Memory that it may use at most; more of it ends it.", `"512M"`,
		regexp.MustCompile(`^([0-9]+(\.[0-9]+)?([BKMGTPE]|%)?|infinity)$`)},
	{"cpu-quota", "CPUQuota", "Processor time that it may use at most, of one processor.", `"150%"`,
		regexp.MustCompile(`^[0-9]+(\.[0-9]{1,2})?%$`)},
	{"tasks-max", "TasksMax", "Processes and threads that it may have at most.", `"200"`,
		regexp.MustCompile(`^([0-9]+%?|infinity)$`)},
	{"open-files", "LimitNOFILE", "Files and sockets that it may have open at most.", `"65536"`,
		regexp.MustCompile(`^([0-9]+|infinity)(:([0-9]+|infinity))?$`)},
}

func limitOf(key string) limit {
	i := slices.IndexFunc(limits, func(l limit) bool { return l.key == key })
	return limits[max(i, 0)]
}

// AppKeys are the keys of [tool.pinpack.services] itself.
var AppKeys = []Key[App]{
	{"user", "System user who the processes run as. It is made where it is not there, and never removed. Default: the package's name.", `"shop"`,
		text(func(a *App) *string { return &a.User }, nil)},
	{"group", "Its group. Default: of the same name.", `"shop"`,
		text(func(a *App) *string { return &a.Group }, nil)},
	{"socket-group", "Group that may connect to unix sockets. Default: the web server's, www-data on Debian's family and nginx on RPM's.", `"apache"`,
		text(func(a *App) *string { return &a.SocketGroup }, nil)},
	{"supervisor", "What keeps the processes running: systemd, supervisord or circus.", `"systemd"`,
		text(func(a *App) *string { return &a.Supervisor }, oneOf("supervisor", supervisorNames()))},
	{"start", "What the first installation does: now starts, boot starts at the next boot, preset leaves it to the system's presets. Default: now for a .deb, preset for an .rpm, as is usual there. An upgrade restarts what runs.", `"now"`,
		text(func(a *App) *string { return &a.Start }, oneOf("start", starts))},
	{"release", "Command to run once for each new version before it starts, such as migrations. If it fails, the new version is not started. Default: release of the Procfile.", `"shop-manage migrate"`,
		text(func(a *App) *string { return &a.Release }, nil)},
	{"directories", "Directories of its own, mode 0750: state in /var/lib, cache in /var/cache, logs in /var/log, runtime in /run, each of the package's name (runtime is /run/NAME/run beside unix sockets).", `["state", "cache"]`,
		readDirectories},
	{"environment", "Environment of every process. What differs between servers belongs in /etc/NAME/*.env there.", `{ DJANGO_SETTINGS_MODULE = "shop.settings" }`,
		pairs(func(a *App) *map[string]string { return &a.Environment }, checkVariable)},
	{"harden", "Settings of the table below to change for every process; false leaves one out.", `{ MemoryDenyWriteExecute = "yes" }`,
		pairs(func(a *App) *map[string]string { return &a.Harden }, checkSetting)},
	{"metrics", "Tell node_exporter's textfile collector which version is installed, as NAME_build_info.", `true`,
		boolean(func(a *App) *bool { return &a.Metrics })},
}

// ProcessKeys are the keys of a process's table, [tool.pinpack.services.NAME].
var ProcessKeys = slices.Concat([]Key[Process]{
	{"command", "What runs: words for sh, the program from the virtualenv. Default: that of the Procfile.", `"gunicorn shop.wsgi"`,
		text(func(p *Process) *string { return &p.Command }, nil)},
	{"instances", "How many of it run, as NAME-PROCESS@1 and so on. $PS tells each which it is, such as worker.1.", `3`, readInstances},
	{"listen", "Where it listens: unix is a socket in /run/NAME for the web server; or a port, also below 1024, or HOST:PORT. systemd binds it and hands it over to gunicorn, uvicorn, uwsgi, hypercorn and daphne; another program gets a unix socket as descriptor 3, and a port in $PORT.", `"unix"`, readListen},
	{"healthcheck", "Must pass after each start: a path that the process itself is asked for (//HOST/PATH says which Host), a URL, or a command.", `"/health"`,
		text(func(p *Process) *string { return &p.Health }, nil)},
	{"health-timeout", "How long it may take until it is healthy. Default: 30s.", `"60s"`,
		text(func(p *Process) *string { return &p.HealthTime }, checkSpan)},
	{"notify", "The process says itself when it is ready, by sd_notify(3). gunicorn and uwsgi are known to.", `true`,
		boolean(func(p *Process) *bool { return &p.Notify })},
	{"timer", "Run it at these times instead of always, as systemd.time(7) writes them.", `"daily"`,
		text(func(p *Process) *string { return &p.Timer }, checkCalendar)},
	{"watchdog", "Restart it when it has not shown life (sd_notify(3) with WATCHDOG=1) for so long.", `"30s"`,
		text(func(p *Process) *string { return &p.Watchdog }, checkSpan)},
	{"on-failure", "Unit to start when it has failed for good; %n is the name of the failed one.", `"alert@%n.service"`,
		text(func(p *Process) *string { return &p.OnFailure }, matches(unitName, "unit", "alert@%n.service"))},
	{"after", "Units that start before it where they are installed.", `["redis-server.service"]`,
		list(func(p *Process) *[]string { return &p.After }, matches(unitName, "unit", "redis-server.service"))},
	{"directory", "Working directory. Default: the virtualenv's, which is read-only.", `"/var/lib/shop"`,
		text(func(p *Process) *string { return &p.Directory }, absolute)},
	{"stop-timeout", "How long it may take to stop. Default: systemd's, 90s.", `"5min"`,
		text(func(p *Process) *string { return &p.Stop }, checkSpan)},
	{"environment", "Its own environment, beyond that of every process.", `{ WEB_CONCURRENCY = "4" }`,
		pairs(func(p *Process) *map[string]string { return &p.Environment }, checkVariable)},
	{"harden", "As for every process, for this one.", `{ PrivateDevices = false }`,
		pairs(func(p *Process) *map[string]string { return &p.Harden }, checkSetting)},
}, limitKeys())

func limitKeys() []Key[Process] {
	var keys []Key[Process]
	for _, l := range limits {
		keys = append(keys, Key[Process]{l.key, l.help, l.example, func(p *Process, v any) error {
			s, err := scalar(v)
			if err == nil && !l.values.MatchString(s) {
				err = fmt.Errorf("value %q: want a value of %s=, such as %s", s, l.directive, l.example)
			}
			if p.Limits == nil {
				p.Limits = map[string]string{}
			}
			p.Limits[l.directive] = s
			return err
		}})
	}
	return keys
}
