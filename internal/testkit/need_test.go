package testkit

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeApt puts an apt-get on PATH, alone with flock and a shell: it notes how it
// is called and brings rpm once the lists are fresh.
func fakeApt(t *testing.T) (calls func() string) {
	t.Helper()
	dir := t.TempDir()
	script := `#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >>"$0.calls"
case "$1 $5" in
update*) : >"$0.fresh" ;;
"install rpm") test -e "$0.fresh" && cp "$0" "${0%/*}/rpm" ;;
*) echo "no such package"; exit 100 ;;
esac
`
	if err := os.WriteFile(filepath.Join(dir, "apt-get"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sh", "flock", "cp"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skipf("needs %s", name)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	t.Setenv("TMPDIR", dir)
	return func() string {
		calls, _ := os.ReadFile(filepath.Join(dir, "apt-get.calls"))
		return string(calls)
	}
}

func TestNeedInstalls(t *testing.T) {
	calls := fakeApt(t)
	var box toolbox
	for range 2 {
		path, err := box.need("rpm", true)
		if err != nil || filepath.Base(path) != "rpm" {
			t.Fatalf("need rpm: %q, %v", path, err)
		}
	}
	install := "noninteractive install --yes --quiet --no-install-recommends rpm\n"
	if want := install + "noninteractive update --quiet\n" + install; calls() != want {
		t.Errorf("apt-get was called:\n%swant:\n%s", calls(), want)
	}
}

func TestNeedTriesOnce(t *testing.T) {
	calls := fakeApt(t)
	var box toolbox
	for range 2 {
		_, err := box.need("createrepo_c", true)
		if want := "install Debian package \"createrepo-c\": exit status 100\nno such package\n"; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if got := strings.Count(calls(), "\n"); got != 3 {
		t.Errorf("apt-get was called %d times:\n%s", got, calls())
	}
}

func TestNeedSaysWhatToInstall(t *testing.T) {
	calls := fakeApt(t)
	var box toolbox
	for tool, want := range map[string]string{
		"dpkg-deb": "install it, on Debian with `apt-get install --no-install-recommends dpkg` as root",
		"frob":     `install "frob" and put it on PATH`,
	} {
		if _, err := box.need(tool, false); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if calls() != "" {
		t.Errorf("apt-get was called:\n%s", calls())
	}
}

func TestNeedSkipsOrFails(t *testing.T) {
	for ci, verb := range map[string]string{"": "skip", "true": "fatal"} {
		t.Setenv("CI", ci)
		got := ending(t, func(t testing.TB) { Need(t, "frob") })
		if want := verb + `: needs frob: install "frob" and put it on PATH`; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := Need(t, "go"); filepath.Base(got) != "go" {
		t.Errorf("go is %q", got)
	}
}

func TestReach(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	if err := reach(server.URL); err != nil {
		t.Error(err)
	}
	status = http.StatusForbidden
	if err := reach(server.URL); err == nil || err.Error() != fmt.Sprintf("reach %q: 403 Forbidden", server.URL) {
		t.Errorf("got %v for 403", err)
	}
	server.Close()
	if err := reach(server.URL); err == nil {
		t.Error("no error from a closed server")
	}
}
