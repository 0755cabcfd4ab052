//go:build acceptance

package acceptance

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// failed is an error unless systemd has given a unit up.
func (s *system) failed(t testing.TB, unit string) error {
	t.Helper()
	if state := s.state(t, unit); state != "failed" {
		return fmt.Errorf("%s is %s: want it failed", unit, state)
	}
	return nil
}

// owners holds users, owners and modes against what is designed.
func (s *system) owners(t testing.TB, web string) {
	t.Helper()
	want := "/opt/orchard root:root 755\n/run/orchard root:root 755\n/run/orchard/web.sock orchard:" + web + " 660\n" +
		"/var/lib/orchard orchard:orchard 750\n/var/lib/orchard/orchard.sqlite orchard:orchard 600\n"
	got := s.sh(t, "stat --format '%n %U:%G %a' /opt/orchard /run/orchard /run/orchard/web.sock /var/lib/orchard /var/lib/orchard/orchard.sqlite")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("owners and modes (-want +got):\n%s", diff)
	}
	if out := s.sh(t, `find /opt/orchard /usr/libexec/orchard /usr/share/orchard ! -user root -o ! -group root -o ! -type l -perm /022`); out != "" {
		t.Errorf("not root's alone:\n%s", out)
	}
	if out := s.sh(t, "getent passwd orchard | cut -d: -f1,6,7"); out != "orchard:/var/lib/orchard:/usr/sbin/nologin\n" {
		t.Errorf("user: %s", out)
	}
	if out := s.sh(t, "pgrep --full '^/opt/orchard' | xargs ps --no-headers -o user= -p | sort -u"); strings.TrimSpace(out) != "orchard" {
		t.Errorf("processes run as %s", out)
	}
	if out := s.fails(t, "nsenter --target $(systemctl show --property MainPID --value orchard-web.service) --mount --setuid $(id -u orchard) touch /opt/orchard/x /usr/x /home/x"); strings.Count(out, "Read-only file system") < 2 {
		t.Errorf("the process may write: %s", out)
	}
}

// workersAreTwo has both take baskets, each under its own name.
func (s *system) workersAreTwo(t testing.TB) {
	t.Helper()
	s.eventually(t, time.Minute, func() error {
		s.sh(t, "for i in 1 2 3 4 5 6 7 8; do curl --silent --fail --header 'Host: orchard.example.org' --data pears http://127.0.0.1/baskets; done")
		out := s.sh(t, `runuser -u orchard -- /opt/orchard/bin/python -c "import sqlite3; print(sqlite3.connect('/var/lib/orchard/orchard.sqlite').execute('SELECT DISTINCT pressed_by FROM basket WHERE pressed_by > 0 ORDER BY 1').fetchall())"`)
		if want := "[('worker.1',), ('worker.2',)]\n"; out != want {
			return errors.New("baskets were pressed by " + out + ": want both workers")
		}
		return nil
	})
}
