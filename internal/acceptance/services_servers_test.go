//go:build acceptance

package acceptance

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// listeners are the processes of servers: where each is asked, by which of
// curl's options, and who answers.
var listeners = []struct{ process, options, server string }{
	{"gunicorn", "--unix-socket /run/servers/gunicorn.sock http://localhost/", "gunicorn"},
	{"gunicorn-port", "http://127.0.0.1:80/", "gunicorn"},
	{"uvicorn", "--unix-socket /run/servers/uvicorn.sock http://localhost/", "uvicorn"},
	{"uvicorn-port", "http://127.0.0.1:81/", "uvicorn"},
	{"uwsgi", "--unix-socket /run/servers/uwsgi.sock http://localhost/", "uwsgi"},
	{"uwsgi-port", "http://127.0.0.1:82/", "uwsgi"},
}

// TestServers runs gunicorn, uvicorn and uWSGI on Unix sockets and on ports that
// are root's, a process that binds such a port itself, and one that systemd
// watches.
func TestServers(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "bookworm")
	deb := s.put(t, built(t, "servers").file(t, "deb"), "/packages")
	write(t, s.path("/etc/default/servers"), "GREETING=Moin\nORIGIN=default\n")
	write(t, s.path("/etc/sysconfig/servers"), "ORIGIN=sysconfig\n")
	write(t, s.path("/etc/systemd/system/servers-alarm@.service"), "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo %i >>/run/alarm'\n")
	s.boot(t)
	s.sh(t, "systemctl stop nginx") // which has port 80
	if out := s.sh(t, "apt-get install --yes --quiet "+deb); strings.Contains(out, "not running") {
		t.Errorf("installation says:\n%s", out)
	}
	user := strings.TrimSpace(s.sh(t, "id --user servers"))
	for _, l := range listeners {
		s.active(t, "servers-"+l.process+".service", "servers-"+l.process+".socket")
		var p struct {
			Server, Greeting, Origin string
			User                     json.Number
		}
		out := s.sh(t, "curl --silent --show-error --fail "+l.options)
		if err := json.Unmarshal([]byte(out), &p); err != nil || p.Server != l.server || p.User.String() != user || p.Greeting != "Moin" || p.Origin != "sysconfig" {
			t.Errorf("%s: %s (%v): want %s as user %s, and what the environment files say", l.process, out, err, l.server, user)
		}
	}
	if out := s.sh(t, "stat --format='%U:%G %a' /run/servers/*.sock | sort -u"); out != "servers:www-data 660\n" {
		t.Errorf("sockets: %s", out)
	}
	s.fails(t, "runuser -u nobody -- curl --silent --fail "+listeners[0].options)
	s.sh(t, "runuser -u www-data -- curl --silent --fail "+listeners[0].options)

	t.Run("a low port of its own", func(t *testing.T) {
		s.active(t, "servers-bare.service")
		says(t, s.sh(t, "curl --silent --show-error --fail http://127.0.0.1:83/build-info.json"), `"name": "servers"`)
		if out := s.sh(t, "grep CapEff /proc/$(systemctl show --property MainPID --value servers-bare.service)/status"); strings.Fields(out)[1] != "0000000000000400" {
			t.Errorf("capabilities: %s: want CAP_NET_BIND_SERVICE alone", out)
		}
	})
	t.Run("restarts under load", func(t *testing.T) {
		for _, server := range []string{"gunicorn", "uvicorn", "uwsgi"} {
			s.behindNginx(t, server)
			end := s.loadOf(t, "http://127.0.0.1:8080/", server+".example.org")
			for range 5 {
				s.sh(t, "systemctl reset-failed servers-"+server+".service\nsystemctl restart servers-"+server+".service\nsleep 0.5")
			}
			end()
		}
	})
	t.Run("watchdog and on-failure", func(t *testing.T) { s.watched(t) })
	t.Run("metrics", func(t *testing.T) {
		says(t, s.sh(t, "curl --silent --show-error --fail http://127.0.0.1:9100/metrics"), `servers_build_info{commit="`, `version="1.0.0-1"} 1`)
	})
	s.sh(t, "apt-get purge --yes --quiet servers")
	if out := s.sh(t, "systemctl list-units --no-legend --plain 'servers-*.s*' | grep -v alarm || :\nls "+filepath.Join("/var/lib/prometheus/node-exporter", "servers.prom")+" /run/servers 2>/dev/null || :"); out != "" {
		t.Errorf("left: %s", out)
	}
}

// watched has the heart stop, which systemd notices, and then end again and again,
// until systemd gives it up and starts what on-failure names.
func (s *system) watched(t *testing.T) {
	const unit = "servers-heart.service"
	s.active(t, unit)
	property := func(name string) string {
		return strings.TrimSpace(s.sh(t, "systemctl show --property "+name+" --value "+unit))
	}
	if out := property("WatchdogUSec"); out != "2s" {
		t.Errorf("watchdog: %s", out)
	}
	before := property("MainPID")
	s.sh(t, "kill -s USR1 "+before)
	s.eventually(t, 30*time.Second, func() error {
		if pid := property("MainPID"); pid == before || pid == "0" || s.state(t, unit) != "active" {
			return fmt.Errorf("process %s, %s: want another one", pid, s.state(t, unit))
		}
		return nil
	})
	says(t, s.sh(t, "journalctl --no-pager --unit "+unit), "Watchdog timeout")
	if s.sh(t, "cat /run/alarm 2>/dev/null || :") != "" {
		t.Error("the alarm went off though the process was restarted")
	}
	s.eventually(t, time.Minute, func() error {
		s.sh(t, "systemctl kill --signal=KILL "+unit+" 2>/dev/null || :")
		if out := s.sh(t, "cat /run/alarm 2>/dev/null || :"); out != unit+"\n" {
			return errors.New("the alarm has said " + out)
		}
		return nil
	})
	if state := s.state(t, unit); state != "failed" {
		t.Errorf("%s is %s: want it given up", unit, state)
	}
}

// behindNginx puts nginx in front of a server's Unix socket, as the package's
// example has it for the first process.
func (s *system) behindNginx(t testing.TB, server string) {
	t.Helper()
	s.sh(t, `rm -f /etc/nginx/sites-enabled/default
sed -e 's,127\.0\.0\.1:83,unix:/run/servers/`+server+`.sock,' -e 's/listen 80;/listen 8080;/' -e 's/servers\.example/`+server+`.example/' \
	-e 's/^upstream servers/upstream `+server+`/' -e 's,http://servers;,http://`+server+`;,' \
	/usr/share/doc/servers/examples/nginx.conf >/etc/nginx/conf.d/`+server+`.conf
nginx -t
systemctl restart nginx`)
}
