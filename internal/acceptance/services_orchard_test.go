//go:build acceptance

package acceptance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/testkit"
)

// edition is a version of orchard, and what is different in it.
type edition struct {
	version string
	change  func(t testing.TB, dir string)
}

// editions are the versions in the repositories, from the oldest to the newest.
var editions = []edition{
	{"1.0.0", func(testing.TB, string) {}},
	{"1.1.0", weight},
	{"1.2.0", func(t testing.TB, dir string) {
		weight(t, dir)
		write(t, dir+"/src/orchard/migrations/0004_wrong.sql", "ALTER TABLE cellar ADD COLUMN bottles INTEGER;\n")
	}},
	{"1.3.0", func(t testing.TB, dir string) {
		weight(t, dir)
		replace(t, dir+"/pyproject.toml", `health-timeout = "10s"`, `health-timeout = "2s"`) // it is tried five times
		replace(t, dir+"/src/orchard/web.py", "healthy = store.current()", "healthy = store.path().with_name('licence').exists()")
	}},
}

func weight(t testing.TB, dir string) {
	write(t, dir+"/src/orchard/migrations/0003_weight.sql", "ALTER TABLE basket ADD COLUMN weight REAL;\n")
}

// replace changes a file in which the old text is.
func replace(t testing.TB, file, old, text string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), old) {
		t.Fatalf("find %q in %q: it is not there (%v)", old, file, err)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(data), old, text)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// newOrchard is a system, still to be booted, with every edition of orchard that
// was built in it, in a repository for apt and one for dnf.
func newOrchard(t testing.TB, suite string, list ...edition) *system {
	t.Helper()
	s := newSystem(t, suite)
	started := time.Now()
	s.put(t, program(t), "/usr/local/bin")
	if err := os.Chmod(s.path("/usr/local/bin/pinpack"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, e := range list {
		work := "/work/" + e.version
		checkout(t, "orchard", s.path(work+"/orchard"), func(dir string) {
			e.change(t, dir)
			if i > 0 { // whose tests are not what is tested here
				replace(t, dir+"/pyproject.toml", "\ntest = [", "\ntest = [\"true\"] # [")
				replace(t, dir+"/pyproject.toml", `"1.0.0"`, strconv.Quote(e.version))
				replace(t, dir+"/src/orchard/__init__.py", `"1.0.0"`, strconv.Quote(e.version))
			}
		})
		cmd := s.command("root", "sh", "-ec", `cd "$0" && exec pinpack build orchard --python "$1" 2>&1`, work, s.python)
		cmd.Env = append(cmd.Env, "HOME=/root", "SSL_CERT_FILE="+testkit.CABundle, "PIP_CERT="+testkit.CABundle)
		output(t, cmd)
	}
	if suite == "bookworm" {
		for _, m := range managers {
			cmd := s.command("root", "sh", "-ec", m.install)
			cmd.Env = append(cmd.Env, "HOME=/root", "PIP_CERT="+testkit.CABundle)
			output(t, cmd)
		}
	}
	t.Logf("%s: built %d editions in %.0f s", suite, len(list), time.Since(started).Seconds())
	cmd := s.command("root", "sh", "-ec", `
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/faster
mkdir -p /repo/deb /repo/rpm
cp /work/*/dist/*.deb /repo/deb
cp /work/*/dist/*.rpm /repo/rpm
cd /repo/deb && apt-ftparchive packages . >Packages
rm -f /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/repo/deb ./' >/etc/apt/sources.list
apt-get update --quiet
createrepo_c --quiet /repo/rpm
printf '[orchard]\nname=orchard\nbaseurl=file:///repo/rpm\ngpgcheck=0\n' >/etc/yum.repos.d/orchard.repo
mkdir -p /etc/orchard
echo ORCHARD_GREETING=Moin >/etc/orchard/10-local.env
chmod 0600 /etc/orchard/10-local.env
`)
	if err := os.MkdirAll(s.path("/etc/yum.repos.d"), 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, cmd)
	return s
}

// page is what orchard says at /.
type page struct {
	Version, Greeting     string
	Baskets, Pressed, PID int
}

// ask asks orchard through nginx.
func (s *system) ask(t testing.TB) page {
	t.Helper()
	out := s.sh(t, "curl --silent --show-error --fail --header 'Host: orchard.example.org' http://127.0.0.1/")
	var p page
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatalf("read %q: %v", out, err)
	}
	return p
}

// runs fails the test unless all of a version runs as it should: each unit, its
// page and its workers.
func (s *system) runs(t testing.TB, version string) {
	t.Helper()
	s.active(t, "orchard.target", "orchard-web.socket", "orchard-web.service", "orchard-worker@1.service", "orchard-worker@2.service", "orchard-report.timer")
	p := s.ask(t)
	if p.Version != version || p.Greeting != "Moin" {
		t.Errorf("orchard says %+v: want version %s, and the greeting of /etc/orchard", p, version)
	}
	s.sh(t, "curl --silent --show-error --fail --header 'Host: orchard.example.org' --data apples http://127.0.0.1/baskets")
	s.eventually(t, 30*time.Second, func() error {
		if q := s.ask(t); q.Baskets <= p.Baskets || q.Pressed != q.Baskets {
			return fmt.Errorf("workers: %+v after %+v: want one more basket, and all pressed", q, p)
		}
		return nil
	})
}

// active fails the test unless units are active.
func (s *system) active(t testing.TB, units ...string) {
	t.Helper()
	for _, unit := range units {
		if state := s.state(t, unit); state != "active" {
			t.Errorf("%s is %s: want it active\n%s", unit, state, s.sh(t, "journalctl --no-pager --lines 40 --unit '"+unit+"'"))
		}
	}
}

func (s *system) state(t testing.TB, unit string) string {
	t.Helper()
	return strings.TrimSpace(s.sh(t, "systemctl is-active '"+unit+"' || :"))
}

// load asks nginx for orchard's page all the time, until the function that it
// returns is called: then it says how many requests that were, and fails the test
// if one of them failed.
func (s *system) load(t testing.TB) (end func()) {
	t.Helper()
	return s.loadOf(t, "http://127.0.0.1:80/", "orchard.example.org") // a root as small as this has no /etc/services
}

// loadOf is load for any page.
func (s *system) loadOf(t testing.TB, url, host string) (end func()) {
	t.Helper()
	started, log := time.Now(), filepath.Join(t.TempDir(), "wrk")
	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	cmd := s.inside("sh", "-c", `echo $$ >/run/wrk.pid
exec wrk --threads 1 --connections 8 --duration 10m --timeout 60s --header "Host: $1" "$0"`, url, host)
	cmd.Stdout, cmd.Stderr = file, file
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		s.sh(t, `kill -s INT "$(cat /run/wrk.pid)"`)
		err := cmd.Wait()
		file.Close()
		data, readErr := os.ReadFile(log)
		m := requests.FindStringSubmatch(string(data))
		if err != nil || readErr != nil || m == nil {
			t.Fatalf("wrk: %v: %s", err, data)
		}
		n, _ := strconv.Atoi(m[1])
		t.Logf("%s: %d requests in %.1f s, none failed: %t", s.suite, n, time.Since(started).Seconds(), !failures.Match(data))
		if n < 200 || failures.Match(data) {
			t.Errorf("requests failed, or were too few to tell:\n%s", data)
		}
	}
}

var (
	requests = regexp.MustCompile(`(\d+) requests in `)
	failures = regexp.MustCompile(`Non-2xx|Socket errors`)
)

// front puts nginx in front of orchard, by the package's own example.
func (s *system) front(t testing.TB) {
	t.Helper()
	s.sh(t, "cp /usr/share/doc/orchard/examples/nginx.conf /etc/nginx/conf.d/orchard.conf\nnginx -t\nsystemctl restart nginx")
}
