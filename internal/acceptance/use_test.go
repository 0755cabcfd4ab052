//go:build acceptance

package acceptance

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// uses runs each project's commands as a server would, by a user of the root.
var uses = map[string]func(t *testing.T, r root, user string){
	"whois": useWhois,
	"shop":  useShop,
	"lines": useLines,
}

func useWhois(t *testing.T, r root, user string) {
	port := freePort(t)
	service := start(t, r.command(user, "whois-server", "--port", port), os.Kill)
	var answer struct {
		First, Last string
	}
	body := service.get(t, "http://127.0.0.1:"+port+"/whois/10.1.0.0/16")
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.First != "10.1.0.0" || answer.Last != "10.1.255.255" {
		t.Errorf("whois 10.1.0.0/16: %s (%v)", body, err)
	}
	if body := service.get(t, "http://127.0.0.1:"+port+"/healthz"); !strings.Contains(body, `"1.4.0"`) {
		t.Errorf("healthz: %s: want the version 1.4.0", body)
	}
	service.stop(os.Kill)
}

func useShop(t *testing.T, r root, user string) {
	data := "/srv/" + user
	r.run(t, "install", "--directory", "--owner", user, data)
	as := func(name string, args ...string) *exec.Cmd {
		cmd := r.command(user, name, args...)
		cmd.Env = append(cmd.Env, "DATABASE="+data+"/shop.sqlite3")
		return cmd
	}
	if out := run(t, as("shop-manage", "check")); !strings.Contains(out, "no issues") {
		t.Errorf("shop-manage check: %s", out)
	}
	run(t, as("shop-manage", "migrate"))
	run(t, as("shop-manage", "loaddata", "demo"))
	port := freePort(t)
	service := start(t, as("/opt/shop/bin/gunicorn", "shop.wsgi", "--no-control-socket", "--bind", "127.0.0.1:"+port), os.Kill)
	page := service.get(t, "http://127.0.0.1:"+port+"/")
	for _, want := range []string{"<html", "teapot", "/static/"} {
		if !strings.Contains(strings.ToLower(page), want) {
			t.Errorf("the shop's page has no %q:\n%s", want, page)
		}
	}
	service.stop(os.Kill)
	for _, name := range []string{"style.css", "filter.js", "teapot.svg"} {
		if !r.has("/usr/share/shop/static/catalogue/" + name) {
			t.Errorf("static file %s is not installed", name)
		}
	}
}

func useLines(t *testing.T, r root, user string) {
	cmd := r.command(user, "lines", "top", "-n", "1")
	cmd.Stdin = strings.NewReader("ä\nb\nä\n")
	if out := run(t, cmd); out != "2\tä\n" {
		t.Errorf("lines top: %q", out)
	}
	write(t, r.path("/srv/orders.csv"), "country,sum\nAT,1\nDE,2\nAT,3\n")
	if out := run(t, r.command(user, "lines", "unique", "--column", "country", "/srv/orders.csv")); out != "AT\nDE\n" {
		t.Errorf("lines unique: %q", out)
	}
}
