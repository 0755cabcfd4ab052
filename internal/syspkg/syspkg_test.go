package syspkg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/testkit"
)

// machine returns a Runner on a PATH with nothing but small programs in the place
// of a package manager's, and the file in which they note what they were given.
// They take "new" for installed once something was added.
func machine(t *testing.T, programs map[string]string) (*command.Runner, string) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	for name, body := range programs {
		text := fmt.Sprintf("#!/bin/sh\necho \"${0##*/} $*\" >> %s\n%s\n", log, body)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return &command.Runner{Env: []string{"PATH=" + dir}}, log
}

// queryRPM knows "old", and "new" once log says that something was installed.
const queryRPM = `for last; do :; done
case $last in old) echo 1-1;; *) read line < added && echo 2-1 || { echo "no package provides $last"; exit 1; };; esac`

func TestEachManagerIsAskedForWhatIsMissing(t *testing.T) {
	tests := map[string]struct {
		programs map[string]string
		want     []string
	}{
		"apt-get": {map[string]string{
			"dpkg-query": `for last; do :; done; case $last in old) echo "installed 1-1";; *) read line < added && echo "installed 2-1" || { echo "deinstall 1"; };; esac`,
			"apt-get":    `case "$*" in *install*) [ -e fresh ] || exit 100; echo x > added;; *update*) echo x > fresh;; esac`,
		}, []string{
			"apt-get --option=DPkg::Lock::Timeout=120 --yes --no-install-recommends install new",
			"apt-get update",
			"apt-get --option=DPkg::Lock::Timeout=120 --yes --no-install-recommends install new",
		}},
		"dnf":      {map[string]string{"rpm": queryRPM, "dnf": "echo x > added", "yum": "exit 1"}, []string{"dnf --assumeyes --setopt=install_weak_deps=False install new"}},
		"microdnf": {map[string]string{"rpm": queryRPM, "microdnf": "echo x > added"}, []string{"microdnf --assumeyes --setopt=install_weak_deps=0 install new"}},
		"yum":      {map[string]string{"rpm": queryRPM, "yum": "echo x > added"}, []string{"yum --assumeyes install new"}},
		"zypper":   {map[string]string{"rpm": queryRPM, "zypper": "echo x > added"}, []string{"zypper --non-interactive install --no-recommends new"}},
		"apk": {map[string]string{
			"apk": `case "$*" in *add*) echo x > added;; *old) echo old-1-1;; *) read line < added && echo new-2-1 || exit 1;; esac`,
		}, []string{"apk add new"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			run, log := machine(t, test.programs)
			list, err := install(t.Context(), run, nil, []string{"old", "new"}, true)
			if diff := cmp.Diff([]Package{{"old", "1-1"}, {"new", "2-1"}}, list); diff != "" || err != nil {
				t.Errorf("error %v, packages (-want +got):\n%s", err, diff)
			}
			text, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			var calls []string
			for line := range strings.Lines(string(text)) {
				if line = strings.TrimSpace(line); strings.HasPrefix(line, name+" ") && !strings.Contains(line, "--installed") {
					calls = append(calls, line)
				}
			}
			if diff := cmp.Diff(test.want, calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			_, err = install(t.Context(), run, nil, []string{"new", "old"}, false)
			if err != nil {
				t.Errorf("nothing is missing, and yet: %v", err)
			}
		})
	}
}

func TestNamesAreNoOptions(t *testing.T) {
	names := []string{"-o=APT::x", "--help", "", "a b", "dpkg-", "a;b", "a/b", "a*", "$(x)", "a\n", "@group"}
	run, log := machine(t, map[string]string{"apt-get": "", "dpkg-query": ""})
	_, err := install(t.Context(), run, nil, names, true)
	if err == nil || strings.Count(err.Error(), "want a package's name") != len(names) {
		t.Errorf("error %v: want each of %q refused", err, names)
	}
	if _, err := os.Stat(log); err == nil {
		t.Error("a program was run")
	}
	for _, name := range []string{"g++", "libpq-dev", "libstdc++6", "python3.11-dev", "libc6:arm64", "perl-Foo_Bar"} {
		if !valid.MatchString(name) {
			t.Errorf("%q is refused", name)
		}
	}
}

func TestWhoMayNotInstallIsTold(t *testing.T) {
	run, _ := machine(t, map[string]string{"apt-get": "", "dpkg-query": "exit 1"})
	_, err := install(t.Context(), run, nil, []string{"libpq-dev", "g++"}, false)
	var denied *NotRootError
	if !errors.As(err, &denied) || denied.Command != "apt-get --option=DPkg::Lock::Timeout=120 --yes --no-install-recommends install libpq-dev g++" {
		t.Errorf("error %v", err)
	}
	run, _ = machine(t, nil)
	if _, err := Install(t.Context(), run, nil, []string{"x"}); !errors.Is(err, ErrNoManager) {
		t.Errorf("no manager: error %v", err)
	}
}

// apt-get and dpkg are the real ones.
func TestDebian(t *testing.T) {
	testkit.Need(t, "dpkg-deb")
	run := &command.Runner{Env: []string{"PATH=" + command.DefaultPath, "LC_ALL=C.UTF-8"}}
	list, err := install(t.Context(), run, nil, []string{"dpkg"}, false)
	if err != nil || len(list) != 1 || list[0].Version == "" {
		t.Errorf("dpkg: %v, error %v", list, err)
	}
	_, err = install(t.Context(), run, nil, []string{"dpkg", "no-such-package"}, false)
	var denied *NotRootError
	if !errors.As(err, &denied) || strings.Contains(denied.Command, "dpkg") {
		t.Errorf("error %v", err)
	}
	if os.Geteuid() != 0 {
		t.Skip("root installs one")
	}
	testkit.NeedNetwork(t)
	purge := command.Program{Name: "apt-get", Args: []string{"--yes", "purge", "hello-traditional"}}
	t.Cleanup(func() { _ = run.Run(context.Background(), purge) })
	list, err = Install(t.Context(), run, t.Output(), []string{"hello-traditional"})
	if err != nil || len(list) != 1 || list[0].Version == "" {
		t.Errorf("hello-traditional: %v, error %v", list, err)
	}
}
