package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Pulp is Pulp 3 with its plugins for both families, on this machine alone.
type Pulp struct {
	Host     string // HOST:PORT of the API
	Content  string // URL below which distributions are
	User     string
	Password string
	t        testing.TB
}

// pulpRequirements are what is installed from the package index.
var pulpRequirements = []string{"pulpcore==3.123.1", "pulp-deb==3.11.1", "pulp-rpm==3.39.4"}

const pulpSettings = `SECRET_KEY = "x" * 50
CONTENT_ORIGIN = "http://%[2]s"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": "%[1]s/socket", "NAME": "postgres", "USER": "postgres"}}
DB_ENCRYPTION_KEY = "%[1]s/key"
DEPLOY_ROOT = MEDIA_ROOT = STATIC_ROOT = "%[1]s/media"
WORKING_DIRECTORY = FILE_UPLOAD_TEMP_DIR = "%[1]s/work"
CACHE_ENABLED = ANALYTICS = False
`

// StartPulp serves until the test ends: a database, the API, a worker, and what
// is published.
func StartPulp(t testing.TB) *Pulp {
	t.Helper()
	NeedRoot(t)
	NeedNetwork(t)
	Need(t, "pg_ctlcluster")
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		t.Fatalf("find the programs of PostgreSQL: %v", err)
	}
	// PostgreSQL listens on a socket, whose path must be short, and runs as a user.
	dir, err := os.MkdirTemp("/tmp", "pulp-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &Pulp{Host: freeAddress(t), User: "admin", Password: "secret-of-the-test", t: t}
	content := freeAddress(t)
	p.Content = "http://" + content + "/pulp/content/"
	for name, text := range map[string]string{
		"key": "bm90IGEgc2VjcmV0IGF0IGFsbCwganVzdCBhIHRlc3Q=\n", "settings.py": fmt.Sprintf(pulpSettings, dir, content),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"socket", "media", "work"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	Run(t, exec.Command("chown", "postgres:", filepath.Join(dir, "socket")))
	database := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command("setpriv", append([]string{"--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL", filepath.Join(found[len(found)-1], program), "-D", dir + "/socket/data"}, args...)...)
		cmd.Dir, cmd.Env = "/", []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
		return cmd
	}
	Run(t, database("initdb", "--auth=trust", "--encoding=UTF8", "--no-sync"))
	postgres := Start(t, database("postgres", "-k", dir+"/socket", "-c", "listen_addresses=", "-c", "fsync=off"), syscall.SIGINT)
	postgres.Until(t, time.Minute, func() error {
		_, err := os.Stat(dir + "/socket/.s.PGSQL.5432")
		return err
	})

	venv := filepath.Join(dir, "venv")
	Run(t, exec.Command(Need(t, "python3"), "-m", "venv", venv))
	Run(t, exec.Command(venv+"/bin/pip", append([]string{"install", "--quiet", "--no-compile"}, pulpRequirements...)...))
	pulp := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(venv+"/bin/"+program, args...)
		cmd.Env = append(os.Environ(), "PATH="+venv+"/bin:"+os.Getenv("PATH"), "PULP_SETTINGS="+dir+"/settings.py", "DJANGO_SETTINGS_MODULE=pulpcore.app.settings")
		cmd.Dir = dir
		return cmd
	}
	Run(t, pulp("pulpcore-manager", "migrate", "--noinput"))
	Run(t, pulp("pulpcore-manager", "reset-admin-password", "--password", p.Password))
	Start(t, pulp("pulpcore-worker"), syscall.SIGTERM)
	Start(t, pulp("pulpcore-content", "--bind", content, "--workers", "1"), syscall.SIGTERM)
	api := Start(t, pulp("pulpcore-api", "--bind", p.Host, "--workers", "1"), syscall.SIGTERM)
	api.Until(t, 2*time.Minute, func() error {
		var status struct {
			Workers []any `json:"online_workers"`
			Apps    []any `json:"online_content_apps"`
		}
		err := p.call(http.MethodGet, "status/", nil, &status)
		if err == nil && (len(status.Workers) == 0 || len(status.Apps) == 0) {
			err = fmt.Errorf("it is not complete yet: %+v", status)
		}
		return err
	})
	return p
}

// Repository makes an empty repository of a kind (deb/apt, rpm/rpm), and serves
// what is published of it at the URL that it returns.
func (p *Pulp) Repository(kind, name string) string {
	p.t.Helper()
	var made struct {
		Href string `json:"pulp_href"`
	}
	err := p.call(http.MethodPost, "repositories/"+kind+"/", map[string]string{"name": name}, &made)
	if err == nil {
		err = p.call(http.MethodPost, "distributions/"+kind+"/", map[string]string{"name": name, "base_path": name, "repository": made.Href}, nil)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return p.Content + name + "/"
}

// Served waits until Pulp, which makes distributions in a task, serves a file.
func (p *Pulp) Served(url string) error {
	var status string
	for range 100 {
		resp, err := http.Get(url)
		if err != nil {
			return err
		}
		resp.Body.Close()
		if status = resp.Status; resp.StatusCode == http.StatusOK {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return fmt.Errorf("get %s: %s", url, status)
}

func (p *Pulp) call(method, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(method, "http://"+p.Host+"/pulp/api/v3/"+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	r.SetBasicAuth(p.User, p.Password)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, strings.TrimSpace(string(answer)))
	}
	if err == nil && into != nil {
		err = json.Unmarshal(answer, into)
	}
	return err
}
