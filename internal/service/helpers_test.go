package service

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/pinpack/pinpack/internal/testkit"
)

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	mode := os.FileMode(0o644)
	if strings.HasPrefix(text, "#!") {
		mode = 0o755
	}
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func TestHealthCheckWaitsUntilHealthy(t *testing.T) {
	t.Parallel()
	python := testkit.Need(t, "python3")
	dir, err := os.MkdirTemp("", "health") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	asked := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path == "/late" && asked < 3 || r.URL.Path == "/bad" || r.Host != "shop.example.org" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	socket := filepath.Join(dir, "s")
	if server.Listener, err = net.Listen("unix", socket); err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(server.Close)
	tcp := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(tcp.Close)
	late := filepath.Join(dir, "late")
	for name, test := range map[string]struct {
		args []string
		want string // "" is healthy
	}{
		"unix":              {[]string{"5", "url", "http://shop.example.org/ok?x=1", "unix:" + socket}, ""},
		"unix, later":       {[]string{"20", "url", "http://shop.example.org/late", "unix:" + socket}, ""},
		"another Host":      {[]string{"0", "url", "http://localhost/ok", "unix:" + socket}, "not healthy within 0 seconds: http://localhost/ok unix:" + socket + ": status 503 Service Unavailable"},
		"unhealthy":         {[]string{"1", "url", "http://shop.example.org/bad", "unix:" + socket}, "status 503 Service Unavailable"},
		"no socket":         {[]string{"0", "url", "http://x/", "unix:" + socket + "x"}, "No such file or directory"},
		"port, 404":         {[]string{"0", "url", "http://localhost/ok", tcp.Listener.Addr().String()}, "status 404 Not Found"},
		"URL, 404":          {[]string{"0", "url", tcp.URL + "/"}, "status 404 Not Found"},
		"command":           {[]string{"5", "run", "true"}, ""},
		"command, later":    {[]string{"20", "run", "sh", "-c", `test -e "$1" || { : >"$1"; exit 7; }`, "sh", late}, ""},
		"failing command":   {[]string{"0", "run", "sh", "-c", "exit 7"}, "status 7"},
		"endless command":   {[]string{"1", "run", "sleep", "60"}, "timed out"},
		"command not found": {[]string{"0", "run", dir + "/nowhere"}, "No such file or directory"},
	} {
		out, err := exec.Command(python, append([]string{"-ISB", "helpers/healthcheck.py"}, test.args...)...).CombinedOutput()
		if (err == nil) != (test.want == "") || !strings.Contains(string(out), test.want) || strings.Contains(string(out), "Traceback") {
			t.Errorf("%s: %v: %s; want %q", name, err, out, test.want)
		}
	}
}

func TestReleaseCommandRunsOncePerUpgrade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	write(t, filepath.Join(dir, "var/lib/shop/x"), "")
	run := func(version string, status int) (string, bool) {
		a := load(t, "shop", &txtar.Archive{Files: []txtar.File{{Name: "services.toml", Data: fmt.Appendf(nil,
			"release = \"echo %s >>%s; exit %d\"\n[web]\ncommand = \"x\"\n", version, log, status)}}})
		a.Version = version
		text, err := a.fill("helpers/release.sh")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "release")
		write(t, file, strings.ReplaceAll(text, "/var/lib/", dir+"/var/lib/"))
		out, err := exec.Command(file).CombinedOutput()
		return string(out), err == nil
	}
	for _, step := range []struct {
		version string
		status  int
		ok      bool
		says    string
		ran     string // what the log gains
	}{
		{"1.0~rc1-1", 1, false, "to try again: systemctl start shop.service", "1.0~rc1-1\n"},
		{"1.0~rc1-1", 0, true, "", "1.0~rc1-1\n"},
		{"1.0~rc1-1", 0, true, "", ""},
		{"1.0-1", 0, true, "", "1.0-1\n"},
		{"1.10-1", 1, false, "shop 0:1.10-1: the release command failed: this version is not started", "1.10-1\n"},
		{"1.10-1", 1, false, "to roll back: ", "1.10-1\n"},
		{"1.0-1", 1, true, "", ""},
		{"1.10-1", 0, true, "", "1.10-1\n"},
		{"1.9-1", 1, true, "rolled back from 0:1.10-1 to 0:1.9-1: the release command is not run", ""},
		{"1.9-1", 1, true, "", ""},
		{"1.10-1", 0, true, "", "1.10-1\n"},
		{"1:0.5-1", 0, true, "", "1:0.5-1\n"},
	} {
		if err := os.RemoveAll(log); err != nil {
			t.Fatal(err)
		}
		out, ok := run(step.version, step.status)
		ran, _ := os.ReadFile(log)
		if ok != step.ok || string(ran) != step.ran || !strings.Contains(out, step.says) || step.says == "" && out != "" {
			t.Errorf("%s: ok %v, ran %q, said %q; want %v, %q, %q", step.version, ok, ran, out, step.ok, step.ran, step.says)
		}
	}
}

func TestRunReadsTheEnvironmentFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := model(t, "super")
	a.Environment = map[string]string{"SHARED": "it's $HOME", "OVER": "package"}
	text, err := a.fill("helpers/run.sh")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "run"), strings.ReplaceAll(text, "/etc/", dir+"/etc/"))
	write(t, filepath.Join(dir, "etc/default/super"), "A=default\nB=default\nOVER=file\n")
	write(t, filepath.Join(dir, "etc/super/20-b.env"), "B='twenty'\n")
	write(t, filepath.Join(dir, "etc/super/10-a.env"), "A=ten\nB=ten\n")
	cmd := exec.Command(filepath.Join(dir, "run"), "sh", "-c", `echo "$A $B $OVER $SHARED $OWN $(umask)"; echo "$PATH"`)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "OWN=process"}
	out, err := cmd.CombinedOutput()
	if want := "ten twenty file it's $HOME process 0077\n/opt/super/bin:"; err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("%v: %s; want %s", err, out, want)
	}
}
