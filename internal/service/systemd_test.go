package service

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// units writes a model's units as one family has them, and lists those that can
// be looked at: an instance of a template.
func units(t testing.TB, a App) []string {
	t.Helper()
	dir := t.TempDir()
	var list []string
	for _, e := range entries(t, a) {
		name, ok := strings.CutPrefix(e.Path, unitDir)
		if !ok || e.Data == nil || e.Only == "rpm" {
			continue
		}
		name = strings.Replace(name, "@.", "@1.", 1)
		write(t, filepath.Join(dir, name), string(e.Data))
		if !strings.Contains(name, "/") {
			list = append(list, filepath.Join(dir, name))
		}
	}
	return list
}

// missing is what verify says of programs that are in the package only.
var missing = regexp.MustCompile(`: Command /(opt|usr/libexec)/\S+ is not executable: No such file or directory$`)

func TestUnitsAreAsSystemdWantsThem(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "kill") // which units name
	analyze := testkit.Need(t, "systemd-analyze")
	for _, name := range models(t) {
		files := units(t, model(t, name))
		if len(files) == 0 {
			continue
		}
		out, err := exec.Command(analyze, append([]string{"verify", "--recursive-errors=no", "--man=no"}, files...)...).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if !missing.MatchString(strings.TrimSpace(line)) {
				t.Errorf("%s: %v: %s", name, err, line)
			}
		}
	}
}

// TestUnitsAreClosedIn holds the exposure that systemd-analyze sees: 10 is open.
func TestUnitsAreClosedIn(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "kill") // which units name
	analyze := testkit.Need(t, "systemd-analyze")
	level := regexp.MustCompile(`exposure level for (\S+): ([0-9.]+)`)
	for _, name := range []string{"shop", "plain", "port"} {
		for _, file := range units(t, model(t, name)) {
			if !strings.HasSuffix(file, ".service") {
				continue
			}
			out, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", file).CombinedOutput()
			m := level.FindStringSubmatch(string(out))
			if m == nil {
				t.Fatalf("%v: %s", err, out)
			}
			if n, err := strconv.ParseFloat(m[2], 64); err != nil || n > 1.6 {
				t.Errorf("%s: exposure %s: want 1.6 at most:\n%s", m[1], m[2], out)
			}
		}
	}
}

func TestUsersAndDirectoriesAreAsSystemdWantsThem(t *testing.T) {
	t.Parallel()
	testkit.NeedRoot(t)
	sysusers, tmpfiles := testkit.Need(t, "systemd-sysusers"), testkit.Need(t, "systemd-tmpfiles")
	for _, name := range models(t) {
		a, dir := model(t, name), t.TempDir()
		write(t, filepath.Join(dir, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n")
		write(t, filepath.Join(dir, "etc/group"), "root:x:0:\n")
		for _, e := range entries(t, a) {
			if strings.HasPrefix(e.Path, "/usr/lib/sysusers.d/") || strings.HasPrefix(e.Path, "/usr/lib/tmpfiles.d/") {
				write(t, filepath.Join(dir, e.Path), string(e.Data))
			}
		}
		conf := name + ".conf"
		if out, err := exec.Command(sysusers, "--root="+dir, conf).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		if len(a.scriptDirs()) == 0 {
			continue
		}
		if out, err := exec.Command(tmpfiles, "--root="+dir, "--create", conf).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		got := testkit.TreeDump(t, dir)
		for _, d := range a.scriptDirs() {
			if want := "dir " + d.Mode; got[d.Path] != want {
				t.Errorf("%s: %s is %q: want %q", name, d.Path, got[d.Path], want)
			}
		}
	}
}
