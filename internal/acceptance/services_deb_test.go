//go:build acceptance

package acceptance

import (
	"strings"
	"testing"
	"time"
)

// TestServices takes orchard through its life on a server: a web process, two
// workers, a timer and migrations, by apt and by dnf.
func TestServices(t *testing.T) {
	t.Parallel()
	for _, suite := range []string{"bookworm", "trixie"} {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			s := newOrchard(t, suite, editions...)
			s.boot(t)
			t.Run("deb", func(t *testing.T) { lifeOfDeb(t, s) })
			if !t.Failed() {
				t.Run("rpm", func(t *testing.T) { lifeOfRPM(t, s) })
			}
		})
	}
}

// apt installs a version, and returns what was printed.
func (s *system) apt(t testing.TB, version string, options ...string) string {
	t.Helper()
	return s.sh(t, "apt-get install --yes --quiet "+strings.Join(options, " ")+" orchard="+version+"-1")
}

func lifeOfDeb(t *testing.T, s *system) {
	out := s.apt(t, "1.0.0")
	if strings.Contains(out, "not running") {
		t.Errorf("installation says:\n%s", out)
	}
	s.front(t)
	s.runs(t, "1.0.0")
	s.owners(t, "www-data")
	s.workersAreTwo(t)
	s.sh(t, "systemctl start orchard-report.service\ngrep '\"baskets\"' /var/lib/orchard/report.json")
	measure(t, s)

	t.Run("upgrade and roll back under load", func(t *testing.T) {
		end := s.load(t)
		before := s.ask(t)
		s.apt(t, "1.1.0")
		if p := s.ask(t); p.Version != "1.1.0" || p.Baskets != before.Baskets {
			t.Errorf("after the upgrade: %+v, before: %+v", p, before)
		}
		s.apt(t, "1.0.0", "--allow-downgrades")
		s.runs(t, "1.0.0")
		s.apt(t, "1.1.0")
		s.runs(t, "1.1.0")
		end()
	})

	t.Run("migration fails", func(t *testing.T) {
		end := s.load(t)
		out := s.apt(t, "1.2.0")
		says(t, out, "orchard 1.2.0-1: not running as it should: orchard-release.service", "to see why: journalctl --unit='orchard*'", "to roll back: apt install --allow-downgrades orchard=1.1.0-1")
		says(t, s.sh(t, "journalctl --no-pager --unit orchard-release"), "orchard: migration 4: no such table: cellar", "this version is not started")
		if p := s.ask(t); p.Version != "1.1.0" {
			t.Errorf("%s answers: want the old version, which still runs", p.Version)
		}
		s.apt(t, "1.1.0", "--allow-downgrades")
		end()
		s.runs(t, "1.1.0")
	})

	t.Run("health fails", func(t *testing.T) {
		out := s.apt(t, "1.3.0")
		says(t, out, "orchard 1.3.0-1: not running as it should: orchard-web.service", "to roll back: apt install --allow-downgrades orchard=1.1.0-1")
		says(t, s.sh(t, "journalctl --no-pager --unit orchard-web"), "not healthy within 2 seconds: http://localhost/health unix:/run/orchard/web.sock: status 503")
		s.eventually(t, 3*time.Minute, func() error { return s.failed(t, "orchard-web.service") })
		s.apt(t, "1.1.0", "--allow-downgrades")
		s.runs(t, "1.1.0")
	})

	t.Run("remove, reinstall, purge", func(t *testing.T) {
		baskets := s.ask(t).Baskets
		s.sh(t, "apt-get remove --yes --quiet orchard")
		s.sh(t, `test -s /var/lib/orchard/orchard.sqlite
test -s /etc/orchard/10-local.env
getent passwd orchard
test ! -e /run/orchard
test ! -e /opt/orchard`)
		s.nothingRuns(t)
		s.apt(t, "1.1.0")
		s.runs(t, "1.1.0")
		if p := s.ask(t); p.Baskets <= baskets {
			t.Errorf("%d baskets after the reinstallation: there were %d", p.Baskets, baskets)
		}
		s.sh(t, "apt-get purge --yes --quiet orchard")
		s.nothingRuns(t)
		if out := s.sh(t, `ls --directory /var/lib/orchard /run/orchard* /opt/orchard /usr/share/orchard /usr/libexec/orchard \
	/lib/systemd/system/orchard* /etc/systemd/system/*/orchard* /var/lib/systemd/deb-systemd-helper-*/orchard* 2>/dev/null || :`); out != "" {
			t.Errorf("left by purge:\n%s", out)
		}
		s.apt(t, "1.0.0")
		s.runs(t, "1.0.0")
		if p := s.ask(t); p.Baskets != 1 {
			t.Errorf("%d baskets after purge: want none of before", p.Baskets)
		}
		s.sh(t, "apt-get purge --yes --quiet orchard")
	})

	if s.suite == "bookworm" {
		for _, m := range managers {
			t.Run(m.name, func(t *testing.T) { s.managed(t, m) })
		}
	}
}

// says fails the test unless a text has all of this.
func says(t testing.TB, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}

// nothingRuns fails the test if there are units or processes of orchard left.
func (s *system) nothingRuns(t testing.TB) {
	t.Helper()
	if out := s.sh(t, "systemctl list-units --no-legend --plain 'orchard*' && ps --no-headers -o args -u orchard || :"); strings.TrimSpace(out) != "" {
		t.Errorf("still there: %s", out)
	}
}
