package testkit

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Registry is Debian's docker-registry (the distribution project's), which serves
// on this machine alone, without TLS, until the test ends.
type Registry struct {
	Host string // HOST:PORT
	Dir  string // where it keeps what it has
}

// StartRegistry starts a registry. With a user it takes nobody else.
func StartRegistry(t testing.TB, user, password string) *Registry {
	t.Helper()
	program := Need(t, "docker-registry")
	dir := t.TempDir()
	r := &Registry{Host: freeAddress(t), Dir: filepath.Join(dir, "data")}
	config := fmt.Sprintf("version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %q}\n", r.Dir, r.Host)
	if user != "" {
		users := filepath.Join(dir, "htpasswd")
		line := Run(t, exec.Command(Need(t, "htpasswd"), "-Bbn", user, password))
		if err := os.WriteFile(users, []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		config += fmt.Sprintf("auth: {htpasswd: {realm: test, path: %s}}\n", users)
	}
	file := filepath.Join(dir, "config.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	server := Start(t, exec.Command(program, "serve", file), syscall.SIGTERM)
	server.Until(t, time.Minute, func() error {
		resp, err := http.Get("http://" + r.Host + "/v2/")
		if err == nil {
			resp.Body.Close()
		}
		return err
	})
	return r
}

// freeAddress is an address on which nobody listens just now.
func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// GoProgram returns the path of a program that is built from a module at a
// version, once on a machine: PACKAGE@VERSION.
func GoProgram(t testing.TB, pkg string) string {
	t.Helper()
	path, err := goProgram(pkg)
	if err != nil {
		skip(t, "needs %s: %v", pkg, err)
	}
	return path
}
