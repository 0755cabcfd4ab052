package verify

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/command"
)

func TestParseTarget(t *testing.T) {
	t.Parallel()
	unknown := func(s string) string {
		return `target "` + s + `": which packages does it take: want deb=` + s + ` or rpm=` + s
	}
	tests := map[string]struct {
		want Target
		err  string
	}{
		"debian:12":                      {want: Target{"deb", "debian:12"}},
		"ubuntu@sha256:12":               {want: Target{"deb", "ubuntu@sha256:12"}},
		"docker.io/library/almalinux:9":  {want: Target{"rpm", "docker.io/library/almalinux:9"}},
		"host:5000/rockylinux":           {want: Target{"rpm", "host:5000/rockylinux"}},
		"rpm=registry.example/base:1":    {want: Target{"rpm", "registry.example/base:1"}},
		"deb=/srv/debian.tar":            {want: Target{"deb", "/srv/debian.tar"}},
		"/srv/debian":                    {err: unknown("/srv/debian")},
		"gentoo:1":                       {err: unknown("gentoo:1")},
		"apk=alpine":                     {err: unknown("apk=alpine")},
		"":                               {err: unknown("")},
		"registry.redhat.io/ubi9:latest": {want: Target{"rpm", "registry.redhat.io/ubi9:latest"}},
	}
	for s, test := range tests {
		got, err := ParseTarget(s)
		if got != test.want || text(err) != test.err {
			t.Errorf("ParseTarget(%q): %v, %v; want %v, %s", s, got, err, test.want, test.err)
		}
	}
}

func TestDefaultTarget(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ format, system, want string }{
		{"deb", "debian:13", "debian:13"}, {"deb", "ubuntu:24.04", "ubuntu:24.04"}, {"rpm", "debian:13", "almalinux:9"},
		{"rpm", "fedora:42", "fedora:42"}, {"deb", "fedora:42", "debian:12"}, {"rpm", "rocky:9.4", "almalinux:9"}, {"deb", "", "debian:12"},
	} {
		if got := DefaultTarget(test.format, test.system); got != (Target{test.format, test.want}) {
			t.Errorf("a .%s of %q: %v, want %s", test.format, test.system, got, test.want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestRunReportsEveryWrongOption gives it an environment in which there is no
// program, so that no engine can be had.
func TestRunReportsEveryWrongOption(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	deb := filepath.Join(dir, "a.deb")
	if err := os.WriteFile(deb, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	none := &command.Runner{Env: []string{"PATH=/nowhere"}}
	tests := map[string]struct {
		files []string
		o     Options
		want  []string
	}{
		"no package": {files: []string{os.Args[0]}, want: []string{"no package: want files of deb or rpm"}},
		"missing":    {files: []string{dir + "/b.deb", dir}, want: []string{dir + `/b.deb": stat`, `verify "` + dir + `": not a file: want a package`}},
		"engine": {files: []string{deb}, o: Options{Engine: "podman"},
			want: []string{`engine "podman": want auto, docker, nspawn`}},
		"no engine, no rpm": {files: []string{deb}, o: Options{Engine: "docker", On: []Target{{"rpm", "fedora:42"}}},
			want: []string{`verify on "fedora:42": no container engine: docker: `, `verify on "fedora:42": there is no .rpm to verify`}},
		"a path for docker": {files: []string{deb}, o: Options{Engine: "docker", On: []Target{{"deb", "/srv/root"}}},
			want: []string{"docker: want the name of an image"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.o.Run, test.o.Now, test.o.Say, test.o.Timeout = none, time.Now, func(string) {}, time.Second
			reports, err := Run(t.Context(), test.files, test.o)
			if reports != nil || err == nil {
				t.Fatalf("reports %v, error %v", reports, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
			if strings.HasPrefix(name, "no engine") && !errors.Is(err, ErrNoEngine) {
				t.Errorf("%v is no ErrNoEngine", err)
			}
		})
	}
}

// TestReady tells the same before there are packages.
func TestReady(t *testing.T) {
	t.Parallel()
	o := Options{
		Run: &command.Runner{Env: []string{"PATH=/nowhere"}}, Engine: "docker", On: []Target{{"deb", "debian:12"}},
		Previous: []string{"/nowhere/a.deb", "x.tar", "https://example.org/a.rpm"},
	}
	err := o.Ready(t.Context())
	for _, want := range []string{`verify on "debian:12": no container engine: docker: `, "previous version: stat /nowhere/a.deb", `previous version "x.tar": want the name of a package`} {
		if !strings.Contains(text(err), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
	if !errors.Is(err, ErrNoEngine) || strings.Contains(text(err), "a.rpm") {
		t.Errorf("%v", err)
	}
}

func TestSuites(t *testing.T) {
	t.Parallel()
	if s, err := suiteFor("debian:13-slim"); err != nil || s.name != "trixie" {
		t.Errorf("%v, %v", s, err)
	}
	want := `no root for "fedora:42": want debian:11, debian:12, debian:13, ubuntu:22.04, ubuntu:24.04, or the path of a root directory or tarball`
	if _, err := suiteFor("fedora:42"); text(err) != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

func TestReadingPackages(t *testing.T) {
	t.Parallel()
	units := unitsIn(pathsIn("./\n./usr/lib/systemd/system/web@.service\n./lib/systemd/system/web.socket\n/usr/lib/systemd/system/web.socket.d/x.service\n/opt/usr/lib/systemd/system/no.service\n/usr/lib/systemd/system/web.md\n"))
	if diff := cmp.Diff([]string{"web.socket", "web@.service"}, units); diff != "" {
		t.Errorf("units (-want +got):\n%s", diff)
	}
	needs := needsOf("dpkg (>= 1.20),\nlibc6 (>= 2.36), python3.11 | python3.12\n", nil)
	if diff := cmp.Diff([]string{"dpkg (>= 1.20)", "libc6 (>= 2.36), python3.11 | python3.12"}, needs); diff != "" {
		t.Errorf("needs of a deb (-want +got):\n%s", diff)
	}
	needs = needsOf("/bin/sh\n/bin/sh\n/opt/x/bin/python\nconfig(x) = 1-1\nlibc.so.6(GLIBC_2.34)(64bit)\nrpmlib(CompressedFileNames) <= 3.0.4-1\n(a or b)\nx-own = 1\n", []string{"/opt/x/bin/python", "x-own = 1"})
	if diff := cmp.Diff([]string{"/bin/sh", "libc.so.6(GLIBC_2.34)(64bit)"}, needs); diff != "" {
		t.Errorf("needs of an rpm (-want +got):\n%s", diff)
	}
}

func TestWhatManagersSay(t *testing.T) {
	t.Parallel()
	failed := errors.New("exit status 100")
	for out, want := range map[string]string{
		"Reading...\nE: Sub-process failed\ndpkg: error processing package x (--configure):\n script failed\nE: more": "dpkg: error processing package x (--configure): script failed",
		"Error: \n Problem: nothing provides y\n": "Error:  Problem: nothing provides y",
		"E: Unable to locate package x":           "E: Unable to locate package x",
		"":                                        "exit status 100",
	} {
		if got := reason(out, failed); got != want {
			t.Errorf("reason of %q: %q; want %q", out, got, want)
		}
	}
	for out, want := range map[string]string{
		"x\nwarning: %post(x-1-1.noarch) scriptlet failed, exit status 1\ny": "warning: %post(x-1-1.noarch) scriptlet failed, exit status 1",
		"Error in POSTIN scriptlet in rpm package x\n":                       "Error in POSTIN scriptlet in rpm package x",
		"Running scriptlet: x-1-1.noarch 1/1":                                "",
	} {
		if got := scriptFailed.FindString(out); got != want {
			t.Errorf("%q: failed scriptlet %q; want %q", out, got, want)
		}
	}
}
