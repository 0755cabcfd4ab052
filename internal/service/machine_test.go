package service

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// machine is a scratch root with stubs for what scripts call, which log their
// arguments and answer by what the test has put into files.
type machine struct {
	dir   string
	shell string
}

// stub answers queries, and fails where the file fails says so.
const stub = `#!/bin/sh
call="${0##*/} $*"
case "$call" in
"systemctl show --property=Wants"*) cat "$M/wants" 2>/dev/null; exit 0 ;;
"systemctl show"*) cat "$M/listen" 2>/dev/null; exit 0 ;;
"systemctl is-enabled"*) cat "$M/enabled" 2>/dev/null; exit 0 ;;
"systemctl --quiet is-active"*) test -e "$M/active"; exit ;;
"systemctl is-active"*) cat "$M/state" 2>/dev/null || echo inactive; exit 3 ;;
"getent "*) test -e "$M/users"; exit ;;
"supervisorctl pid"* | "circusctl --timeout 10"*) test -e "$M/active"; exit ;;
"install "*) for last; do :; done; mkdir -p "$last" ;;
"systemd-tmpfiles "*) exit 0 ;;
esac
echo "$call" >>"$M/log"
if [ -e "$M/fails" ] && grep -q -e "$(cat "$M/fails")" <<END
$call
END
then exit 1; fi
`

func newMachine(t testing.TB, shell string, tools ...string) machine {
	t.Helper()
	m := machine{t.TempDir(), testkit.Need(t, shell)}
	for _, tool := range []string{"sh", "sed", "tr", "rm", "cat", "mkdir", "grep"} {
		path := testkit.Need(t, tool)
		if err := os.MkdirAll(m.at("bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, m.at("bin/"+tool)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tool := range append(tools, "getent", "groupadd", "useradd", "install") {
		write(t, m.at("bin/"+tool), stub)
	}
	for _, dir := range []string{"run", "var/lib", "var/cache", "var/log"} {
		if err := os.MkdirAll(m.at(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

var debTools = []string{"systemctl", "deb-systemd-helper", "deb-systemd-invoke", "systemd-tmpfiles"}

// booted is a machine on which systemd and an application run.
func booted(t testing.TB, shell string) machine {
	t.Helper()
	m := newMachine(t, shell, append(debTools, "supervisorctl", "circusctl", "runuser")...)
	for name, text := range map[string]string{"run/systemd/system/x": "", "active": "", "state": "active", "users": "", "wants": "shop-web.service shop-worker@1.service", "listen": "80"} {
		write(t, m.at(name), text+"\n")
	}
	return m
}

func (m machine) at(name string) string { return filepath.Join(m.dir, name) }

// run calls a script with its paths in the scratch root, and returns what it did
// and said.
func (m machine) run(t testing.TB, a App, e event, env ...string) (did, said string, err error) {
	t.Helper()
	scripts, err := a.Scripts(e.format)
	if err != nil {
		t.Fatal(err)
	}
	text := scripts[e.script]
	for _, dir := range []string{"/run/", "/var/"} {
		text = strings.ReplaceAll(text, " "+dir, " "+m.dir+dir)
		text = strings.ReplaceAll(text, ">"+dir, ">"+m.dir+dir)
		text = strings.ReplaceAll(text, "<"+dir, "<"+m.dir+dir)
		text = strings.ReplaceAll(text, `"$DPKG_ROOT"`+dir, `"$DPKG_ROOT"`+m.dir+dir)
	}
	if err := os.RemoveAll(m.at("log")); err != nil {
		t.Fatal(err)
	}
	write(t, m.at("script"), text)
	cmd := exec.Command(m.shell, append([]string{m.at("script")}, strings.Fields(e.args)...)...)
	cmd.Env = append([]string{"PATH=" + m.at("bin"), "M=" + m.dir}, env...)
	out, err := cmd.CombinedOutput()
	log, _ := os.ReadFile(m.at("log"))
	return strings.ReplaceAll(string(log), m.dir, ""), strings.ReplaceAll(string(out), m.dir, ""), err
}
