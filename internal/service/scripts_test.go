package service

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pinpack/pinpack/internal/testkit"
)

// event is one call of a maintainer script.
type event struct{ format, script, args string }

// happenings are what package managers do, as the calls that dpkg and rpm make
// (deb-policy 6.6; rpm's order was measured).
var happenings = []struct {
	name  string
	calls []event
}{
	{"deb install", []event{{"deb", "preinst", "install"}, {"deb", "postinst", "configure"}}},
	{"deb upgrade", []event{{"deb", "prerm", "upgrade 1.5-1"}, {"deb", "preinst", "upgrade 1.3-1"}, {"deb", "postrm", "upgrade 1.5-1"}, {"deb", "postinst", "configure 1.3-1"}}},
	{"deb downgrade", []event{{"deb", "prerm", "upgrade 1.3-1"}, {"deb", "preinst", "upgrade 1.5-1"}, {"deb", "postrm", "upgrade 1.3-1"}, {"deb", "postinst", "configure 1.5-1"}}},
	{"deb reinstall after remove", []event{{"deb", "preinst", "install 1.4.0-1"}, {"deb", "postinst", "configure 1.4.0-1"}}},
	{"deb unpack fails", []event{{"deb", "postrm", "abort-upgrade 1.3-1"}, {"deb", "postinst", "abort-upgrade 1.5-1"}}},
	{"deb install fails", []event{{"deb", "postrm", "abort-install"}}},
	{"deb old prerm fails", []event{{"deb", "prerm", "failed-upgrade 1.3-1"}, {"deb", "postrm", "failed-upgrade 1.3-1"}}},
	{"deb deconfigure", []event{{"deb", "prerm", "deconfigure in-favour x 1"}, {"deb", "postinst", "abort-deconfigure in-favour x 1"}}},
	{"deb remove fails", []event{{"deb", "prerm", "remove"}, {"deb", "postinst", "abort-remove"}}},
	{"deb remove", []event{{"deb", "prerm", "remove"}, {"deb", "postrm", "remove"}}},
	{"deb purge", []event{{"deb", "postrm", "purge"}}},
	{"deb disappears", []event{{"deb", "postrm", "disappear x 1"}}},
	{"deb trigger", []event{{"deb", "postinst", "triggered x"}}},
	{"rpm install", []event{{"rpm", "pre", "1"}, {"rpm", "post", "1"}, {"rpm", "posttrans", "1"}}},
	{"rpm upgrade, downgrade, reinstall", []event{{"rpm", "pre", "2"}, {"rpm", "post", "2"}, {"rpm", "preun", "1"}, {"rpm", "postun", "1"}, {"rpm", "posttrans", "2"}}},
	{"rpm erase", []event{{"rpm", "preun", "0"}, {"rpm", "postun", "0"}}},
}

// TestScriptsOfEveryEvent holds what each event does, of an application that
// runs: the same in every shell, and again when it is run again.
func TestScriptsOfEveryEvent(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"shop", "plain", "super", "ring"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := model(t, name)
			m, bash := booted(t, "dash"), booted(t, "bash")
			got := &txtar.Archive{}
			for _, h := range happenings {
				var b strings.Builder
				for _, e := range h.calls {
					did, said, err := m.run(t, a, e)
					if err != nil {
						t.Errorf("%s: %v: %v: %s", h.name, e, err, said)
					}
					if again, _, err := bash.run(t, a, e); again != did || err != nil {
						t.Errorf("%s: %v: in bash: %v: (-dash +bash)\n%s", h.name, e, err, cmp.Diff(did, again))
					}
					fmt.Fprintf(&b, "%s %s\n", e.script, e.args)
					for _, text := range []string{did, said} {
						for line := range strings.Lines(text) {
							b.WriteString("\t" + line)
						}
					}
				}
				got.Files = append(got.Files, txtar.File{Name: h.name, Data: []byte(b.String())})
			}
			golden(t, name+".events", txtar.Format(got))
		})
	}
}

// TestScriptsDoWithoutEverything holds that no script needs systemd or its tools,
// and that none fails where they fail.
func TestScriptsDoWithoutEverything(t *testing.T) {
	t.Parallel()
	for _, name := range models(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := model(t, name)
			bare, failing := newMachine(t, "dash"), booted(t, "dash")
			write(t, bare.at("users"), "")
			write(t, failing.at("fails"), "systemctl\\|deb-systemd\\|supervisorctl\\|circusctl\\|runuser")
			for _, h := range happenings {
				for _, e := range h.calls {
					for range 2 {
						did, said, err := bare.run(t, a, e)
						if err != nil || said != "" || strings.Contains(did, "systemctl") {
							t.Errorf("%s: %v without anything: %v: did %q, said %q", h.name, e, err, did, said)
						}
					}
					if _, said, err := failing.run(t, a, e); err != nil {
						t.Errorf("%s: %v where everything fails: %v: %s", h.name, e, err, said)
					}
				}
			}
		})
	}
}

func TestNothingStartsBeforeTheOldFilesAreGone(t *testing.T) {
	t.Parallel()
	for _, name := range models(t) {
		m := booted(t, "dash")
		did, _, _ := m.run(t, model(t, name), event{"rpm", "post", "2"})
		if strings.Contains(did, "start") {
			t.Errorf("%s: %%post on upgrade: %s", name, did)
		}
	}
}

func TestAFailingReleaseCommandKeepsTheOldVersionRunning(t *testing.T) {
	t.Parallel()
	a := model(t, "shop")
	for _, e := range []event{{"deb", "postinst", "configure 1.3-1"}, {"rpm", "posttrans", "2"}} {
		m := booted(t, "dash")
		write(t, m.at("fails"), "start shop-release.service")
		write(t, m.at("state"), "failed\n")
		did, said, err := m.run(t, a, e)
		if strings.Contains(did, "restart") || strings.Contains(did, "start shop.target") {
			t.Errorf("%v: %s", e, did)
		}
		want := map[string]string{"deb": "shop: to roll back: apt install --allow-downgrades shop=1.3-1\n", "rpm": "shop: to roll back: dnf downgrade shop\n"}[e.format]
		if err != nil || !strings.Contains(said, "not running as it should: shop-web.socket") || !strings.HasSuffix(said, want) {
			t.Errorf("%v: %v: said %q; want %q", e, err, said, want)
		}
	}
}

func TestUnitsThatAreNotWantedAnyMoreAreStopped(t *testing.T) {
	t.Parallel()
	a := model(t, "shop")
	for _, calls := range [][2]event{{{"deb", "preinst", "upgrade 1"}, {"deb", "postinst", "configure 1"}}, {{"rpm", "pre", "2"}, {"rpm", "posttrans", "2"}}} {
		m := booted(t, "dash")
		write(t, m.at("wants"), "shop-web.service shop-worker@4.service shop-old.service\n")
		if _, said, err := m.run(t, a, calls[0]); err != nil {
			t.Fatal(err, said)
		}
		write(t, m.at("wants"), "shop-web.service shop-worker@1.service\n")
		write(t, m.at("listen"), "81\n") // the socket is another one, too
		did, _, _ := m.run(t, a, calls[1])
		for _, want := range []string{"stop shop-worker@4.service\n", "stop shop-old.service\n", "stop shop.service\n", "try-restart shop-web.socket\n"} {
			if !strings.Contains(did, want) {
				t.Errorf("%v: did not %s\n%s", calls[1], want, did)
			}
		}
		if strings.Contains(did, "stop shop-web.service") {
			t.Errorf("%v: stopped what is wanted\n%s", calls[1], did)
		}
	}
}

func TestAPolicyForbidsTheReleaseCommand(t *testing.T) {
	t.Parallel()
	m := booted(t, "dash")
	write(t, m.at("bin/policy-rc.d"), "#!/bin/sh\nexit 101\n")
	did, said, err := m.run(t, model(t, "shop"), event{"deb", "postinst", "configure 1"})
	if err != nil || strings.Contains(did, "systemctl start") {
		t.Errorf("%v: %s\n%s", err, did, said)
	}
}

func TestChrootlessInstallationTouchesTheTargetOnly(t *testing.T) {
	t.Parallel()
	m := booted(t, "dash")
	write(t, m.at("bin/systemd-sysusers"), stub)
	for _, e := range []event{{"deb", "preinst", "upgrade 1"}, {"deb", "postinst", "configure"}, {"deb", "prerm", "remove"}, {"deb", "postrm", "purge"}} {
		did, said, err := m.run(t, model(t, "shop"), e, "DPKG_ROOT=/target")
		for line := range strings.Lines(did) {
			if !strings.HasPrefix(line, "deb-systemd-helper ") && !strings.Contains(line, "--root=/target ") {
				t.Errorf("%v: did %q", e, line)
			}
		}
		if err != nil || said != "" {
			t.Errorf("%v: %v: %s", e, err, said)
		}
	}
}

func TestScriptsAndHelpersAreCleanShell(t *testing.T) {
	t.Parallel()
	shellcheck := testkit.Need(t, "shellcheck")
	dir := t.TempDir()
	var files []string
	add := func(name, text string) {
		files = append(files, filepath.Join(dir, name))
		write(t, files[len(files)-1], text)
	}
	for _, name := range models(t) {
		a := model(t, name)
		for format := range events {
			scripts, err := a.Scripts(format)
			if err != nil {
				t.Fatal(err)
			}
			for event, text := range scripts {
				add(name+"-"+format+"-"+event, text)
			}
		}
		for _, e := range entries(t, a) {
			if strings.HasPrefix(string(e.Data), "#!/bin/sh") {
				add(name+"-"+filepath.Base(e.Path), string(e.Data))
			}
		}
	}
	slices.Sort(files)
	if out, err := exec.Command(shellcheck, append([]string{"--severity=style", "--exclude=SC1091"}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("shellcheck: %v\n%s", err, out)
	}
}
