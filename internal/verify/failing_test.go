//go:build acceptance

package verify

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/testkit"
)

const unitFile = "/usr/lib/systemd/system/demo.service"

// brokenService is a sample's service that fails at once, and is not restarted.
var brokenService = map[string]string{unitFile: strings.Replace(demoService, "/usr/bin/demo serve", "/usr/bin/demo wrong", 1)}

// failing are packages, and what is to be reported of each: the events, and a
// line that the details of the failed ones hold.
var failing = map[string]struct {
	format       string
	file, old    sample // without a version: none
	want, detail string
}{
	"a service that fails": {
		"deb", sample{version: "1.1", files: brokenService}, sample{},
		"prepare\ninstall 1.1\nservices 1.1: demo.service: failed (exit-code)\nremove\nfiles after remove\npurge\nfiles after purge\n",
		"demo.service: Main process exited, code=exited, status=1/FAILURE",
	},
	"a service that is restarted and restarted": {
		"deb", sample{version: "1.1", files: map[string]string{unitFile: strings.Replace(demoService, "/usr/bin/demo serve", "/usr/bin/demo wrong\nRestart=always", 1)}}, sample{},
		"prepare\ninstall 1.1\nservices 1.1: demo.service: restarted 3 times or more\nremove\nfiles after remove\npurge\nfiles after purge\n",
		"status=1/FAILURE",
	},
	"a script that fails": {
		"deb", sample{version: "1.1", deb: map[string]string{"postinst": "echo no luck >&2\nexit 7\n"}}, sample{},
		"prepare\ninstall 1.1: dpkg: error processing package demo (--configure): installed demo package post-installation script subprocess returned error exit status 7\nremove\nfiles after remove\npurge\nfiles after purge\n",
		"no luck",
	},
	"a scriptlet that fails": {
		"rpm", sample{version: "1.1", rpm: map[string]string{"post": "echo no luck >&2\nexit 7\n"}}, sample{},
		"prepare\ninstall 1.1-1: warning: %post(demo-1.1-1.noarch) scriptlet failed, exit status 7\nremove\nfiles after remove\n",
		"no luck",
	},
	"a removal that fails": {
		"deb", sample{version: "1.1", deb: map[string]string{"prerm": "[ \"$1\" != remove ] || exit 8\n"}}, sample{},
		"prepare\ninstall 1.1\nservices 1.1\nreinstall 1.1\nservices 1.1\n" +
			"remove: dpkg: error processing package demo (--remove): installed demo package pre-removal script subprocess returned error exit status 8\npurge: dpkg: error processing package demo (--purge): installed demo package pre-removal script subprocess returned error exit status 8\n",
		"exit status 8",
	},
	"files left behind": {
		"deb", sample{version: "1.1", deb: map[string]string{"postinst": "mkdir -p /opt/demo /run/demo\ntouch /opt/demo/a /opt/demo/b /var/log/demo.log\necho >>/etc/issue\n"}}, sample{},
		"prepare\ninstall 1.1\nservices 1.1\nreinstall 1.1\nservices 1.1\nremove\n" +
			"files after remove: 3 left or changed: /opt/demo (and 2 below)\npurge\nfiles after purge: 4 left or changed: /opt/demo (and 2 below)\n",
		"/var/log/demo.log",
	},
	"a process left behind": {
		"deb", sample{version: "1.1", deb: map[string]string{"postinst": "[ -n \"$2\" ] || setsid setpriv --reuid demo sleep 1000 >/dev/null 2>&1 &\n"}}, sample{},
		"prepare\ninstall 1.1\nservices 1.1\nreinstall 1.1\nservices 1.1\nremove: processes of the user demo are left: sleep\npurge\nfiles after purge\n",
		"",
	},
	"an upgrade that breaks": {
		"deb", sample{version: "1.1", files: brokenService}, sample{version: "1.0"},
		"prepare\ninstall 1.1\nservices 1.1: demo.service: failed (exit-code)\nremove\nfiles after remove\npurge\nfiles after purge\n" +
			"install 1.0\nservices 1.0\nupgrade 1.1\nservices 1.1: demo.service: failed (exit-code)\nroll back 1.0\nservices 1.0\n" +
			"remove\nfiles after remove\npurge\nfiles after purge\n",
		"status=1/FAILURE",
	},
	"a dependency that nobody has": {
		"deb", sample{version: "1.1", needs: "no-such-package"}, sample{},
		"prepare: install what demo 1.1 needs: The following packages have unmet dependencies: satisfy:command-line : Depends: no-such-package but it is not installable\n",
		"no-such-package",
	},
}

func TestFailingPackages(t *testing.T) {
	image := systemRoot(t)
	for name, test := range failing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := order{Engine: "nspawn", On: Target{test.format, image}, Files: []string{test.file.build(t, test.format)}}
			if test.old.version != "" {
				o.Previous = []string{test.old.build(t, test.format)}
			}
			r := o.verify(t)
			if diff := cmp.Diff(test.want, events(r)); diff != "" || r.OK {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if page := Markdown([]Report{r}); !strings.Contains(page, test.detail) {
				t.Errorf("details lack %q:\n%s", test.detail, page)
			}
		})
	}
}

// interruptible is a context that SIGTERM cancels.
func interruptible() context.Context {
	ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	return ctx
}

// TestInterruptLeavesNothing ends the work in the middle of a smoke command that
// would take forever.
func TestInterruptLeavesNothing(t *testing.T) {
	image := systemRoot(t)
	file := sample{version: "1.1"}.build(t, "deb")
	interrupt := func(t *testing.T, o order) {
		o.Files, o.Temp = []string{file}, t.TempDir()
		o.Smoke = []string{"exec sleep 1234567"}
		cmd := o.command(t)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range 600 {
			if processes(t, "sleep 1234567") != nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Error("an interrupted process succeeds")
		}
		if left, err := os.ReadDir(o.Temp); err != nil || len(left) > 0 {
			t.Errorf("left: %v (%v)", left, err)
		}
		if left := append(processes(t, "sleep 1234567"), processes(t, o.Temp)...); left != nil {
			t.Errorf("processes left: %q", left)
		}
	}
	t.Run("nspawn", func(t *testing.T) { interrupt(t, order{Engine: "nspawn", On: Target{"deb", image}}) })
	t.Run("docker", func(t *testing.T) {
		e := testkit.StartEngine(t)
		e.Docker(t, "import", image, "demo:1")
		interrupt(t, order{Engine: "docker", On: Target{"deb", "demo:1"}, Env: []string{"DOCKER_HOST=unix://" + e.Socket}})
		if out := e.Docker(t, "ps", "--all", "--quiet"); out != "" {
			t.Errorf("containers left: %s", out)
		}
	})
}

// processes are the command lines of this machine's processes that hold a text.
func processes(t testing.TB, text string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range files {
		data, _ := os.ReadFile(name) // the process may have ended
		if line := strings.ReplaceAll(string(data), "\x00", " "); strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}
