package testkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Aptly is Debian's aptly with its API, on this machine alone.
type Aptly struct {
	Host   string // HOST:PORT
	Public string // directory of what is published
	Key    string // file of the public key that it signs with
	dir    string
	config string
}

// StartAptly serves until the test ends, with an empty local repository of each
// name and a key to sign with.
func StartAptly(t testing.TB, repos ...string) *Aptly {
	t.Helper()
	program, gpg := Need(t, "aptly"), Need(t, "gpg")
	// gpg's agent listens on a socket, whose path must be short.
	dir, err := os.MkdirTemp("/tmp", "aptly-")
	if err != nil {
		t.Fatal(err)
	}
	a := &Aptly{Host: freeAddress(t), dir: dir, Public: filepath.Join(dir, "public"), Key: filepath.Join(dir, "key.asc"), config: filepath.Join(dir, "aptly.conf")}
	config, err := json.Marshal(map[string]any{"rootDir": dir, "gpgProvider": "gpg", "architectures": []string{"amd64", "all"}})
	if err == nil {
		err = os.WriteFile(a.config, config, 0o600)
	}
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, "gnupg"), 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = a.command("gpgconf", "--kill", "all").Run()
		os.RemoveAll(dir)
	})
	Run(t, a.command(gpg, "--batch", "--passphrase", "", "--quick-generate-key", "Test <test@example.org>", "ed25519", "sign", "1d"))
	Run(t, a.command(gpg, "--batch", "--armor", "--output", a.Key, "--export"))
	for _, name := range repos {
		Run(t, a.command(program, "-config="+a.config, "repo", "create", name))
	}
	server := Start(t, a.command(program, "-config="+a.config, "api", "serve", "-listen="+a.Host), syscall.SIGTERM)
	server.Until(t, time.Minute, func() error {
		resp, err := http.Get("http://" + a.Host + "/api/version")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				err = fmt.Errorf("status %d", resp.StatusCode)
			}
		}
		return err
	})
	return a
}

func (a *Aptly) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "GNUPGHOME="+filepath.Join(a.dir, "gnupg"), "HOME="+a.dir)
	return cmd
}
