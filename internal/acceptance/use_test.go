//go:build acceptance

package acceptance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/testkit"
)

// uses runs each project's commands as a server would, by a user of the root.
var uses = map[string]func(t *testing.T, r root, user string){
	"whois": useWhois,
	"shop":  useShop,
	"lines": useLines,
}

func useWhois(t *testing.T, r root, user string) {
	port := freePort(t)
	service := testkit.Start(t, r.command(user, "whois-server", "--port", port), os.Kill)
	var answer struct {
		First, Last string
	}
	body := get(t, service, "http://127.0.0.1:"+port+"/whois/10.1.0.0/16")
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.First != "10.1.0.0" || answer.Last != "10.1.255.255" {
		t.Errorf("whois 10.1.0.0/16: %s (%v)", body, err)
	}
	if body := get(t, service, "http://127.0.0.1:"+port+"/healthz"); !strings.Contains(body, `"1.4.0"`) {
		t.Errorf("healthz: %s: want the version 1.4.0", body)
	}
	service.Stop(os.Kill)
}

func useShop(t *testing.T, r root, user string) {
	data := "/srv/" + user
	r.run(t, "install", "--directory", "--owner", user, data)
	as := func(name string, args ...string) *exec.Cmd {
		cmd := r.command(user, name, args...)
		cmd.Env = append(cmd.Env, "DATABASE="+data+"/shop.sqlite3")
		return cmd
	}
	if out := testkit.Run(t, as("shop-manage", "check")); !strings.Contains(out, "no issues") {
		t.Errorf("shop-manage check: %s", out)
	}
	testkit.Run(t, as("shop-manage", "migrate"))
	testkit.Run(t, as("shop-manage", "loaddata", "demo"))
	port := freePort(t)
	service := testkit.Start(t, as("/opt/shop/bin/gunicorn", "shop.wsgi", "--no-control-socket", "--bind", "127.0.0.1:"+port), os.Kill)
	page := get(t, service, "http://127.0.0.1:"+port+"/")
	for _, want := range []string{"<html", "teapot", "/static/"} {
		if !strings.Contains(strings.ToLower(page), want) {
			t.Errorf("the shop's page has no %q:\n%s", want, page)
		}
	}
	service.Stop(os.Kill)
	for _, name := range []string{"style.css", "filter.js", "teapot.svg"} {
		if !r.has("/usr/share/shop/static/catalogue/" + name) {
			t.Errorf("static file %s is not installed", name)
		}
	}
}

func useLines(t *testing.T, r root, user string) {
	cmd := r.command(user, "lines", "top", "-n", "1")
	cmd.Stdin = strings.NewReader("ä\nb\nä\n")
	if out := testkit.Run(t, cmd); out != "2\tä\n" {
		t.Errorf("lines top: %q", out)
	}
	write(t, r.path("/srv/orders.csv"), "country,sum\nAT,1\nDE,2\nAT,3\n")
	if out := testkit.Run(t, r.command(user, "lines", "unique", "--column", "country", "/srv/orders.csv")); out != "AT\nDE\n" {
		t.Errorf("lines unique: %q", out)
	}
}

// get returns the body of a page of a server that has just been started.
func get(t testing.TB, p *testkit.Process, url string) string {
	t.Helper()
	var body []byte
	p.Until(t, 30*time.Second, func() error {
		r, err := (&http.Client{Timeout: 10 * time.Second}).Get(url)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if body, err = io.ReadAll(r.Body); err == nil && r.StatusCode != http.StatusOK {
			err = fmt.Errorf("get %q: %s: %s", url, r.Status, body)
		}
		return err
	})
	return string(body)
}

// freePort is one that nobody listens on just now.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}
