//go:build acceptance

package acceptance

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/testkit"
)

// supervised are the supervisors besides systemd, with what servers says in place
// of its own services, and how the supervisor comes and tells what runs.
var supervised = []struct {
	name, table string
	start       string
	status      string // prints a line for each process that runs
	gunicorn    string // curl's options
}{
	{
		name: "supervisord", table: "[tool.pinpack.services.gunicorn]\ncommand = \"gunicorn servers.page:wsgi --no-control-socket\"\nlisten = \"unix\"\n",
		start:    "systemctl restart supervisor",
		status:   "supervisorctl status | grep RUNNING",
		gunicorn: "--unix-socket /run/servers/gunicorn.sock http://localhost/",
	},
	{
		name: "circus", table: "[tool.pinpack.services.gunicorn]\ncommand = \"gunicorn servers.page:wsgi --no-control-socket\"\nlisten = 80\n",
		start:    "mkdir -p /etc/circus/conf.d\nprintf '[circus]\\ninclude = conf.d/*.ini\\n' >/etc/circus/circusd.ini\nsystemd-run --quiet --unit circusd circusd /etc/circus/circusd.ini",
		status:   "circusctl status | grep active",
		gunicorn: "http://127.0.0.1:80/",
	},
}

// sharedTable is what both have.
const sharedTable = `[tool.pinpack.services]
supervisor = "%s"
directories = ["state"]
release = "date +%%N >>/var/lib/servers/released"
environment = { GREETING = "unless a file says otherwise" }

[tool.pinpack.services.uvicorn]
command = "uvicorn servers.page:asgi"
listen = 81

[tool.pinpack.services.uwsgi]
command = "uwsgi --module servers.page:wsgi --master --processes 2 --need-app"
listen = 82

[tool.pinpack.services.heart]
command = "servers-heart"
instances = 2
stop-timeout = "3s"

`

// TestSupervisors runs what is generated for supervisord as Debian has it, and for
// circus from the package index: installed, upgraded, rolled back and removed.
func TestSupervisors(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "bookworm")
	cmd := s.command("root", "sh", "-ec", `python3 -m venv /usr/local/lib/circus
/usr/local/lib/circus/bin/pip --quiet --disable-pip-version-check install circus==0.19.0
ln -s ../lib/circus/bin/circusd ../lib/circus/bin/circusctl /usr/local/bin
cp /lib/systemd/system/supervisor.service /etc/systemd/system`)
	cmd.Env = append(cmd.Env, "HOME=/root", "PIP_CERT="+testkit.CABundle)
	output(t, cmd)
	debs := map[string][]string{}
	for _, v := range supervised {
		for _, version := range []string{"1.0.0", "1.1.0"} {
			r := builtAs(t, "servers", edition{version, func(t testing.TB, dir string) {
				text, err := os.ReadFile(dir + "/pyproject.toml")
				if err != nil {
					t.Fatal(err)
				}
				before, _, _ := strings.Cut(string(text), "[tool.pinpack.services]")
				write(t, dir+"/pyproject.toml", before+fmt.Sprintf(sharedTable, v.name)+v.table)
			}})
			debs[v.name] = append(debs[v.name], s.put(t, r.file(t, "deb"), "/packages/"+v.name))
		}
	}
	write(t, s.path("/etc/default/servers"), "ORIGIN=default\n")
	write(t, s.path("/etc/servers/1.env"), "GREETING=Moin\n")
	s.boot(t)
	s.sh(t, "systemctl stop nginx")
	for _, v := range supervised {
		t.Run(v.name, func(t *testing.T) {
			s.sh(t, v.start)
			s.eventually(t, 30*time.Second, func() error {
				_, err := testkit.Output(s.inside("sh", "-c", map[string]string{"supervisord": "supervisorctl pid", "circus": "circusctl --timeout 3 numwatchers"}[v.name]))
				return err
			})
			old, now := debs[v.name][0], debs[v.name][1]
			asked := map[string]string{"gunicorn": v.gunicorn, "uvicorn": "http://127.0.0.1:81/", "uwsgi": "http://127.0.0.1:82/"}
			for i, step := range []struct{ deb, version string }{{old, "1.0.0"}, {now, "1.1.0"}, {old, "1.0.0"}} {
				t.Logf("%s: %s", v.name, s.sh(t, "apt-get install --yes --quiet --allow-downgrades "+step.deb+" 2>&1 | tail -n 20"))
				for server, options := range asked {
					s.eventually(t, 30*time.Second, func() error { return s.answers(t, server, step.version, options) })
				}
				// The release command is not run again for the older version.
				if n := len(strings.Fields(s.sh(t, "cat /var/lib/servers/released"))); n != min(i+1, 2) {
					t.Errorf("%s: the release command has run %d times after %d installations", step.version, n, i+1)
				}
				s.hearts(t)
				s.eventually(t, 30*time.Second, func() error { // a moment passes until one counts as running
					out, err := testkit.Output(s.inside("sh", "-c", v.status))
					if err == nil && strings.Count(out, "\n") < 4 {
						err = fmt.Errorf("%s runs\n%s: want the processes of servers", v.name, out)
					}
					return err
				})
			}
			if v.name == "supervisord" {
				if out := s.sh(t, "stat --format='%U:%G %a' /run/servers/gunicorn.sock"); out != "servers:www-data 660\n" {
					t.Errorf("socket: %s", out)
				}
			}
			s.sh(t, "pkill --signal KILL --newest --full '^/opt/servers/bin/python.* /opt/servers/bin/servers-heart'")
			s.eventually(t, 30*time.Second, func() error { return s.beats(t) }) // it was started again
			s.sh(t, "apt-get remove --yes --quiet servers")
			if out := s.sh(t, "ps --no-headers -o args -u servers || :"); out != "" {
				t.Errorf("still there after removal: %s", out)
			}
			s.sh(t, "test -s /var/lib/servers/released\napt-get purge --yes --quiet servers\ntest ! -e /var/lib/servers\ntest ! -e /run/servers")
			s.sh(t, map[string]string{"supervisord": "systemctl stop supervisor", "circus": "systemctl stop circusd"}[v.name])
		})
	}
}

// answers is an error unless a server says what it should, as the application's
// user and with what the environment files say.
func (s *system) answers(t testing.TB, server, version, options string) error {
	t.Helper()
	out, err := testkit.Output(s.inside("sh", "-c", "curl --silent --show-error --fail --max-time 5 "+options))
	if err != nil {
		return err
	}
	var p struct {
		Server, Version, Greeting, Origin string
		User                              json.Number
	}
	user := strings.TrimSpace(s.sh(t, "id --user servers"))
	if err := json.Unmarshal([]byte(out), &p); err != nil || p.Server != server || p.Version != version || p.Greeting != "Moin" || p.Origin != "default" || p.User.String() != user {
		return fmt.Errorf("%s says %s (%v): want version %s, by user %s, Moin and default", server, out, err, version, user)
	}
	return nil
}

// hearts fails the test unless both instances beat, each under its own number.
func (s *system) hearts(t testing.TB) {
	t.Helper()
	s.eventually(t, 30*time.Second, func() error { return s.beats(t) })
	numbers := strings.Fields(s.sh(t, "for pid in $(pgrep -u servers --full '/opt/servers/bin/servers-heart$'); do tr '\\0' '\\n' </proc/$pid/environ | grep ^PS= || :; done | sort -u"))
	if !slices.Equal(numbers, []string{"PS=heart.1", "PS=heart.2"}) {
		t.Errorf("instances are numbered %q", numbers)
	}
}

func (s *system) beats(t testing.TB) error {
	t.Helper()
	out := s.sh(t, "pgrep -u servers --full '^/opt/servers/bin/python.*/opt/servers/bin/servers-heart$' || :")
	if n := len(strings.Fields(out)); n != 2 {
		return fmt.Errorf("%d hearts beat: want 2", n)
	}
	return nil
}
