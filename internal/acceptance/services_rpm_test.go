//go:build acceptance

package acceptance

import (
	"strconv"
	"strings"
	"testing"
)

// stubSystem makes and installs a package without files that offers all that
// orchard's need: what Debian has, its rpm does not know of.
const stubSystem = `
rpm --query --package --requires /repo/rpm/orchard-*.rpm | grep -v '^rpmlib(' | sort -u >/root/needs
{
	printf 'Name: system\nVersion: 1\nRelease: 1\nSummary: The system\nLicense: MIT\nBuildArch: noarch\n'
	sed 's/^/Provides: /; s/ >= / = /' /root/needs
	printf '%%description\nIt is there.\n%%files\n'
} >/root/system.spec
rpmbuild -bb --quiet /root/system.spec
rpm --install /root/rpmbuild/RPMS/noarch/system-1-1.noarch.rpm
mkdir -p /etc/systemd/system-preset
echo 'disable *' >/etc/systemd/system-preset/99-default.preset # as Fedora and RHEL have it
`

// dnf does something to orchard, and returns what was printed.
func (s *system) dnf(t testing.TB, args string) string {
	t.Helper()
	return s.sh(t, "dnf --assumeyes --releasever=12 "+args)
}

// starts is how often a service was started.
func (s *system) starts(t testing.TB, unit string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(s.sh(t, "journalctl --no-pager --output=cat _PID=1 UNIT="+unit+" | grep -c '^Started ' || :")))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func lifeOfRPM(t *testing.T, s *system) {
	s.sh(t, stubSystem)
	s.dnf(t, "install orchard-1.0.0-1")
	if out := s.sh(t, "systemctl is-enabled orchard.target || :\nsystemctl is-active orchard-web.service orchard-web.socket || :"); out != "disabled\ninactive\ninactive\n" {
		t.Errorf("after the installation: %s: want it neither enabled nor started, as the preset has it", out)
	}
	s.sh(t, "systemctl enable --now orchard.target\nusermod --append --groups nginx www-data")
	s.front(t)
	s.runs(t, "1.0.0")
	s.owners(t, "nginx")

	t.Run("upgrade and roll back under load", func(t *testing.T) {
		end := s.load(t)
		for _, step := range []struct{ args, version string }{
			{"upgrade orchard-1.1.0-1", "1.1.0"}, {"downgrade orchard", "1.0.0"}, {"upgrade orchard-1.1.0-1", "1.1.0"},
		} {
			units := []string{"orchard-web.service", "orchard-worker@1.service", "orchard-worker@2.service"}
			before := map[string]int{}
			for _, unit := range units {
				before[unit] = s.starts(t, unit)
			}
			s.dnf(t, step.args)
			for _, unit := range units {
				if n := s.starts(t, unit) - before[unit]; n != 1 {
					t.Errorf("dnf %s: %s was started %d times: want once, after the transaction", step.args, unit, n)
				}
			}
			s.runs(t, step.version)
		}
		end()
	})

	t.Run("migration fails", func(t *testing.T) {
		end := s.load(t)
		out := s.dnf(t, "upgrade orchard-1.2.0-1")
		says(t, out, "orchard 1.2.0-1: not running as it should: orchard-release.service", "to roll back: dnf downgrade orchard")
		if p := s.ask(t); p.Version != "1.1.0" {
			t.Errorf("%s answers: want the old version, which still runs", p.Version)
		}
		s.dnf(t, "downgrade orchard")
		end()
		s.runs(t, "1.1.0")
	})

	t.Run("health fails", func(t *testing.T) {
		says(t, s.dnf(t, "upgrade orchard-1.3.0-1"), "orchard 1.3.0-1: not running as it should: orchard-web.service", "to roll back: dnf downgrade orchard")
		s.dnf(t, "downgrade orchard-1.1.0-1")
		s.runs(t, "1.1.0")
	})

	t.Run("rpm", func(t *testing.T) {
		end := s.load(t)
		s.sh(t, "rpm --upgrade --oldpackage /repo/rpm/orchard-1.0.0-1.*.rpm")
		s.runs(t, "1.0.0")
		s.sh(t, "rpm --upgrade /repo/rpm/orchard-1.1.0-1.*.rpm")
		s.runs(t, "1.1.0")
		end()
		s.sh(t, "rpm --verify orchard")
		s.sh(t, "rpm --erase orchard")
		s.nothingRuns(t)
		s.sh(t, `test -s /var/lib/orchard/orchard.sqlite
getent passwd orchard
test ! -e /run/orchard
test ! -e /opt/orchard
test ! -e /etc/systemd/system/multi-user.target.wants/orchard.target`)
		s.sh(t, "rpm --install /repo/rpm/orchard-1.1.0-1.*.rpm\nsystemctl enable --now orchard.target")
		s.runs(t, "1.1.0")
		s.dnf(t, "remove orchard")
		s.nothingRuns(t)
	})
}
