package service

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

func table(t testing.TB, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := toml.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEveryKeyHasAnExampleThatSaysSomething(t *testing.T) {
	t.Parallel()
	for _, k := range AppKeys {
		got, err := FromTable(table(t, k.Name+" = "+k.Example))
		if diff := cmp.Diff(App{}, got); err != nil || diff == "" || k.Help == "" {
			t.Errorf("%s = %s: %v, nothing set or no help", k.Name, k.Example, err)
		}
	}
	for _, k := range ProcessKeys {
		got, err := FromTable(table(t, "[p]\n"+k.Name+" = "+k.Example))
		if diff := cmp.Diff(App{Processes: []Process{{Name: "p"}}}, got); err != nil || diff == "" || k.Help == "" {
			t.Errorf("p.%s = %s: %v, nothing set or no help", k.Name, k.Example, err)
		}
	}
}

func TestEverythingWrongInATableIsReported(t *testing.T) {
	t.Parallel()
	_, err := FromTable(table(t, `
usr = "x"
user = 5
supervisor = "runit"
start = ""
release = ["a"]
directories = ["state", "spool", 3]
environment = { "A-B" = "x", C = [1], D = "a\nb" }
harden = { ProtectHomes = "yes", NoSuchThing = "x", PrivateTmp = [] }
metrics = "yes"
xyzzy = 1
[web]
comand = "x"
instances = 0
listen = "80/tcp"
timer = "every$day"
on-failure = "alert"
after = "redis"
directory = "var/x"
watchdog = "soon"
memory-max = "512MB"
cpu-quota = 150
tasks-max = "many"
open-files = "64K"
notify = 1
[worker]
listen = 65536
stop-timeout = ""
`))
	const at = "pyproject.toml: tool.pinpack.services"
	want := strings.Join([]string{
		at + `.directories: unknown directory "spool": want one of state, cache, logs, runtime`,
		at + `.directories: want a string, have an integer`,
		at + `.environment: variable "A-B": want letters, digits and _, the first no digit`,
		at + `.environment: variable "C": want a string, have an array`,
		at + `.environment: variable "D": value "a\nb": holds a control character: want one line`,
		at + `.harden: unknown setting "NoSuchThing": ` + suggest("NoSuchThing", settingNames()),
		at + `.harden: setting "PrivateTmp": want a string, have an array`,
		at + `.harden: unknown setting "ProtectHomes": did you mean "ProtectHome"?`,
		at + `.metrics: want true or false, have a string`,
		at + `.release: want a string, have an array`,
		at + `.start: empty: want a value, or leave the key out`,
		at + `.supervisor: unknown supervisor "runit": want one of systemd, supervisord, circus`,
		at + `.user: want a string, have an integer`,
		at + `: unknown key "usr": did you mean "user"?`,
		at + `: unknown key "xyzzy": want one of ` + strings.Join(keyNames(AppKeys), ", "),
		at + `.web.after: unit "redis": want one such as redis-server.service`,
		at + `.web: unknown key "comand": did you mean "command"?`,
		at + `.web.cpu-quota: value "150": want a value of CPUQuota=, such as "150%"`,
		at + `.web.directory: path "var/x": want an absolute path such as /var/lib/shop`,
		at + `.web.instances: value 0: want a number from 1 to 999`,
		at + `.web.listen: value "80/tcp": want "unix", a port from 1 to 65535, or "HOST:PORT"`,
		at + `.web.memory-max: value "512MB": want a value of MemoryMax=, such as "512M"`,
		at + `.web.notify: want true or false, have an integer`,
		at + `.web.on-failure: unit "alert": want one such as alert@%n.service`,
		at + `.web.open-files: value "64K": want a value of LimitNOFILE=, such as "65536"`,
		at + `.web.tasks-max: value "many": want a value of TasksMax=, such as "200"`,
		at + `.web.timer: calendar event "every$day": want one as systemd.time(7) has it, such as daily, *:0/15 or Mon..Fri *-*-* 04:00`,
		at + `.web.watchdog: time span "soon": want a number with ms, s, min, h or d, such as 30s`,
		at + `.worker.listen: value "65536": want "unix", a port from 1 to 65535, or "HOST:PORT"`,
		at + `.worker.stop-timeout: empty: want a value, or leave the key out`,
	}, "\n")
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestCompleteReportsWhatCannotWork(t *testing.T) {
	t.Parallel()
	a, err := FromTable(table(t, `
user = "root"
group = "Web Group"
release = "./migrate"
supervisor = "supervisord"
[both]
command = "gunicorn a -b:80"
listen = "unix"
[Both]
command = "bin/serve"
[deaf]
command = "waitress-serve a"
listen = 8080
[health]
command = "celery"
healthcheck = "/health"
[many]
command = "gunicorn a"
listen = 80
instances = 2
[nothing]
instances = 2
[open]
command = "x 'y"
[tick]
command = "x"
timer = "daily"
instances = 2
memory-max = "1G"
`))
	if err != nil {
		t.Fatal(err)
	}
	a.Name, a.Prefix = "shop", "/opt/shop"
	a.Processes = append(a.Processes, Process{Name: "release", Command: "x"})
	_, err = a.Complete()
	want := strings.Join([]string{
		`services.group: name "Web Group": want a-z, 0-9, - and _, 31 at most, the first no digit`,
		`services.user: root may write to the application's own code: want a user of its own`,
		`services.release: the program ./migrate is relative to the source tree, which is not in the package: want a console script of the project, or an absolute path`,
		`services.both: there is another process of this name`,
		`services.Both: command "bin/serve": the program bin/serve is relative to the source tree, which is not in the package: want a console script of the project, or an absolute path`,
		`services.both: listen = "unix": the command binds its server itself with -b: want one of both`,
		`services.deaf: listen = "8080": how does waitress-serve know? want $PORT in its command, or a server that takes a socket: gunicorn, uvicorn, uwsgi, hypercorn, daphne`,
		`services.health: healthcheck = "/health": of whom? want listen, or a whole URL`,
		`services.health: healthcheck: supervisord cannot do it: want supervisor = "systemd", or leave it out`,
		`services.many: listen: one socket belongs to one process: want no instances, but workers of the server itself`,
		`services.nothing: command: missing: want it here or in the Procfile`,
		`services.open: command: command "x 'y": a quote is not closed`,
		`services.tick: instances: a process with a timer runs and ends: want only one of instances and timer`,
		`services.tick: memory-max: supervisord cannot do it: want supervisor = "systemd", or leave it out`,
		`services.tick: timer: supervisord cannot do it: want supervisor = "systemd", or leave it out`,
		`services.release: "release" is the command that runs before a new version starts: want services.release = "COMMAND"`,
	}, "\n")
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestProcfile(t *testing.T) {
	t.Parallel()
	got, err := ParseProcfile("\ufeff# comment\r\nweb: gunicorn shop.wsgi  \r\n\r\nnot a process\nworker_1-a:celery -A shop worker\n bad name: x\n")
	want := []Process{{Name: "web", Command: "gunicorn shop.wsgi"}, {Name: "worker_1-a", Command: "celery -A shop worker"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v; processes (-want +got):\n%s", err, diff)
	}
	_, err = ParseProcfile("web: a\nweb: b\nworker: c 'd\n")
	if want := "Procfile:2: web: stands in line 1, too: want each process once\nProcfile:3: worker: command \"c 'd\": a quote is not closed"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestAnApplicationWithoutProcessesHasNothing(t *testing.T) {
	t.Parallel()
	a, err := App{Name: "tool", Prefix: "/opt/tool"}.WithProcfile(nil).Complete()
	if err != nil {
		t.Fatal(err)
	}
	files, err := a.Files()
	scripts, err2 := a.Scripts("deb")
	if files != nil || scripts != nil || a.Depends("rpm") != nil || a.Configuration() != nil || err != nil || err2 != nil {
		t.Errorf("%v, %v, %v, %v", files, scripts, err, err2)
	}
	_, err = App{Name: "tool", Release: "tool-migrate"}.Complete()
	if want := "services: release: there is no process: want a Procfile or a table [tool.pinpack.services.NAME]"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := (App{}).Scripts("apk"); err == nil || err.Error() != `services for format "apk": want one of deb, rpm` {
		t.Errorf("unknown format: %v", err)
	}
}

func TestListenTakesPortsAsNumbersAndAsText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value any
		ok    bool
	}{
		{"unix", true}, {int64(80), true}, {"80", true}, {"127.0.0.1:8043", true}, {":443", true}, {"[::1]:81", true}, {"localhost:65535", true},
		{int64(0), false}, {int64(-1), false}, {"0", false}, {"65536", false}, {"localhost:65536", false}, {"localhost:0", false}, {"Unix", false}, {"", false}, {"a b:80", false}, {true, false},
	} {
		var p Process
		if err := readListen(&p, test.value); (err == nil) != test.ok {
			t.Errorf("listen = %#v: %v", test.value, err)
		}
	}
}

func TestSystemdListensAtNumbers(t *testing.T) {
	t.Parallel()
	for listen, ok := range map[string]bool{"80": true, "127.0.0.1:80": true, "[::1]:80": true, "localhost:80": false, "1.2.3:80": false, "[12]:80": false} {
		_, err := App{Name: "shop", Prefix: "/opt/shop", Processes: []Process{{Name: "web", Command: "gunicorn a", Listen: listen}}}.Complete()
		if (err == nil) != ok {
			t.Errorf("listen = %q: %v", listen, err)
		}
	}
	a := App{Name: "shop", Prefix: "/opt/shop", Supervisor: "supervisord", Processes: []Process{{Name: "web", Command: "gunicorn a", Listen: "localhost:80"}}}
	if _, err := a.Complete(); err != nil {
		t.Errorf("supervisord: %v", err)
	}
}
