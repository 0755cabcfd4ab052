//go:build acceptance

package acceptance

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

// served tells which packages have services; data are the directories of those
// that were asked for.
var (
	served = map[string]bool{"whois-server": true, "shop": true}
	data   = map[string][]string{"shop": {"/var/lib/shop"}}
)

// serves holds what a package with services has made of a system without systemd,
// on which nothing is started: its user, its directories, its units, which
// systemd reads without complaint.
func serves(t testing.TB, r root, name, web string) {
	t.Helper()
	dir := "/nonexistent"
	if data[name] != nil {
		dir = data[name][0]
	}
	line := ""
	for l := range strings.Lines(r.run(t, "cat", "/etc/passwd")) {
		if strings.HasPrefix(l, name+":") {
			line = l
		}
	}
	if fields := strings.Split(strings.TrimSpace(line), ":"); len(fields) != 7 || fields[5] != dir || fields[6] != "/usr/sbin/nologin" {
		t.Errorf("user %s: %q: want one with the home %s and no shell", name, line, dir)
	}
	for _, d := range data[name] {
		if out := r.run(t, "stat", "--format=%F %U:%G %a", d); out != "directory "+name+":"+name+" 750\n" {
			t.Errorf("%s: %s", d, out)
		}
	}
	if name == "shop" { // which listens on a unix socket
		if out := r.run(t, "stat", "--format=%U:%G %a", "/run/shop"); out != "root:root 755\n" {
			t.Errorf("/run/shop: %s", out)
		}
		text, err := os.ReadFile(r.path("/usr/lib/systemd/system/shop.socket.d/10-" + map[string]string{"www-data": "deb", "nginx": "rpm"}[web] + ".conf"))
		if err != nil || !strings.Contains(string(text), "\nSocketGroup="+web+"\n") {
			t.Errorf("the socket's group: %q (%v): want %s", text, err, web)
		}
	}
	if units := r.units(t, name, shipped...); !slices.Contains(units, name+".service") {
		t.Errorf("units: %q", units)
	}
}

// shipped are where packages have units; enabled is what makes them start.
var (
	shipped = []string{"/usr/lib/systemd/system/", "/lib/systemd/system/", "/usr/lib/sysusers.d/", "/usr/lib/tmpfiles.d/"}
	enabled = []string{"/etc/systemd/system/*/", "/var/lib/systemd/deb-systemd-helper-enabled/*/"}
)

// units are the files of a package's name in some directories.
func (r root) units(t testing.TB, name string, patterns ...string) []string {
	t.Helper()
	var list []string
	for _, pattern := range patterns {
		found, err := filepath.Glob(r.path(pattern + name + "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			list = append(list, filepath.Base(f))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// stays holds that what was removed leaves its user, who may own files, these
// directories, and nothing else of its services but that they were enabled.
func stays(t testing.TB, r root, name string, dirs ...string) {
	t.Helper()
	if _, err := testkit.Output(r.command("root", "grep", "-q", "^"+name+":", "/etc/passwd")); err != nil {
		t.Errorf("the user %s is gone: %v", name, err)
	}
	var left []string
	for _, dir := range []string{"/var/lib/", "/var/cache/", "/var/log/", "/run/", "/usr/libexec/", "/etc/"} {
		if r.has(dir + name) {
			left = append(left, dir+name)
		}
	}
	if diff := cmp.Diff(dirs, left); diff != "" {
		t.Errorf("directories that stay (-want +got):\n%s", diff)
	}
	if units := r.units(t, name, shipped...); units != nil {
		t.Errorf("units that stay: %q", units)
	}
}

// purged is stays for what leaves its user alone.
func purged(t testing.TB, r root, name string) {
	t.Helper()
	stays(t, r, name)
	if units := r.units(t, name, enabled...); units != nil {
		t.Errorf("enabled after purge: %q", units)
	}
}
