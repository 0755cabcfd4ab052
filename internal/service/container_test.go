package service

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestContainer(t *testing.T) {
	t.Parallel()
	a, err := App{
		Name: "shop", Version: "1.0-1", Prefix: "/opt/shop", Commands: []string{"gunicorn", "uvicorn", "shop-worker", "python"},
		Release: "shop-worker migrate", Directories: []string{"cache", "runtime"}, Environment: map[string]string{"LANG": "C.UTF-8"},
		Processes: []Process{
			{Name: "web", Command: "gunicorn shop.wsgi", Listen: "unix"},
			{Name: "api", Command: "uvicorn shop:app --workers 2", Listen: "80"},
			{Name: "old", Command: "python -m shop --port $PORT", Listen: "9000"},
			{Name: "worker", Command: "shop-worker 'two words'", Environment: map[string]string{"QUEUE": "x"}},
			{Name: "pipe", Command: "A=1 shop-worker | logger", Directory: "/srv"},
			{Name: "system", Command: "nginx -g daemon", Timer: "daily"},
		},
	}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	path := "PATH=/opt/shop/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	env := func(more ...string) []string {
		return append([]string{"LANG=C.UTF-8", path}, more...)
	}
	const a1, a2 = "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"
	at := "/opt/shop"
	want := &Container{
		User: "shop", Group: "shop", Home: "/var/lib/shop",
		Release:     []string{"/opt/shop/bin/shop-worker", "migrate"},
		Directories: []string{"/var/lib/shop", "/var/cache/shop", "/run/shop/run"},
		HostOnly:    []string{"adduser", "init-system-helpers", "passwd", "/usr/sbin/useradd"},
		Processes: []ContainerProcess{
			{"web", []string{"/bin/sh", "-c", `exec gunicorn shop.wsgi --bind "0.0.0.0:$PORT"`}, []string{"HOST=0.0.0.0", "LANG=C.UTF-8", path, "PORT=8000", a1, a2}, at, "8000", false},
			{"api", []string{"/bin/sh", "-c", `exec uvicorn shop:app --workers 2 --host 0.0.0.0 --port "$PORT"`}, []string{"HOST=0.0.0.0", "LANG=C.UTF-8", path, "PORT=8000", a1, a2}, at, "8000", false},
			{"old", []string{"/bin/sh", "-c", `exec python -m shop --port $PORT`}, []string{"HOST=0.0.0.0", "LANG=C.UTF-8", path, "PORT=9000", a1, a2}, at, "9000", false},
			{"worker", []string{"/opt/shop/bin/shop-worker", "two words"}, env(a1, a2, "QUEUE=x"), at, "", false},
			{"pipe", []string{"/bin/sh", "-c", "A=1 shop-worker | logger"}, env(a1, a2), "/srv", "", false},
			{"system", []string{"nginx", "-g", "daemon"}, env(a1, a2), at, "", true},
		},
	}
	if diff := cmp.Diff(want, a.Container()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := (App{Name: "cli"}).Container(); got != nil {
		t.Errorf("without processes: %+v", got)
	}
}
