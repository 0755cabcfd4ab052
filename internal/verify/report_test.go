package verify

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/command"
)

var reports = []Report{
	{File: "dist/x.deb", Format: "deb", Package: "x", System: "debian:12", Events: []Event{
		{Name: "prepare", OK: true, Seconds: 2.25},
		{Name: "upgrade", Version: "1.1", Seconds: 3, Problem: "x.service: `failed` | (exit-code)", Journal: "one\n```\n</details>", Paths: []string{"/opt/x"}},
	}},
	{File: "dist/x.rpm", Format: "rpm", System: "almalinux:9", Events: []Event{{Name: "prepare", Problem: "no such image"}}},
}

func TestReports(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	if err := Table(&table, reports); err != nil {
		t.Fatal(err)
	}
	want := `system       package  event        result  seconds
debian:12    x (deb)  prepare      ok      2.2
debian:12    x (deb)  upgrade 1.1  failed  3.0
almalinux:9  rpm      prepare      failed  0.0
`
	if diff := cmp.Diff(want, table.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	want = "| system | package | event | result | seconds |\n| --- | --- | --- | --- | ---: |\n" +
		"| `debian:12` | `x (deb)` | `prepare` | ok | 2.2 |\n" +
		"| `debian:12` | `x (deb)` | `upgrade 1.1` | **failed**: `x.service: 'failed' \\| (exit-code)` | 3.0 |\n" +
		"| `almalinux:9` | `rpm` | `prepare` | **failed**: `no such image` | 0.0 |\n" +
		"\n<details><summary>x (deb) on debian:12: upgrade 1.1</summary>\n\n    /opt/x\n    one\n    ```\n    </details>\n\n</details>\n"
	if diff := cmp.Diff(want, Markdown(reports)); diff != "" {
		t.Errorf("Markdown (-want +got):\n%s", diff)
	}
	want = "\"dist/x.deb\" on debian:12: upgrade 1.1: x.service: `failed` | (exit-code)\n\"dist/x.rpm\" on almalinux:9: prepare: no such image"
	if got := text(Judge(reports)); got != want {
		t.Errorf("error %s\nwant %s", got, want)
	}
	if err := Judge([]Report{{Events: reports[0].Events[:1]}}); err != nil {
		t.Errorf("error %v of what is good", err)
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("line\n", 100) + "end\n"
	for name, test := range map[string]struct {
		err           error
		problem, last string
	}{
		"a fault":   {&fault{problem: "left\nmore", output: long}, "left", "end"},
		"a program": {fmt.Errorf("make system: %w", &command.Error{Program: "docker", Status: 125, Tail: long}), `make system: run "docker": exit status 125`, "end"},
		"else":      {errors.New("no"), "no", ""},
	} {
		var e Event
		e.fill(test.err)
		lines := strings.Split(e.Output, "\n")
		if e.Problem != test.problem || lines[len(lines)-1] != test.last || len(lines) > 60 {
			t.Errorf("%s: %q, %d lines that end with %q", name, e.Problem, len(lines), lines[len(lines)-1])
		}
	}
}

func TestPrevious(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/old/x_1.0.deb" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, "package")
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	rpm := filepath.Join(dir, "x-1.0.rpm")
	if err := os.WriteFile(rpm, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	find := func(list ...string) (map[string]string, error) {
		return Options{Previous: list}.previous(t.Context(), dir)
	}
	found, err := find(server.URL+"/old/x_1.0.deb?token=1", rpm)
	data, readErr := os.ReadFile(found["deb"])
	if err != nil || readErr != nil || string(data) != "package" || found["rpm"] != rpm || filepath.Dir(found["deb"]) != dir {
		t.Errorf("found %v, %v; the deb holds %q", found, err, data)
	}
	secret := strings.Replace(server.URL, "http://", "http://me:hidden@", 1) + "/gone.deb"
	_, err = find(rpm, rpm, "x.tar", dir+"/none.deb", secret)
	want := []string{
		"previous version \"" + rpm + "\": a second .rpm: want one",
		"previous version \"x.tar\": want the name of a package",
		"previous version: stat " + dir + "/none.deb: no such file or directory",
		"a second .deb: want one",
	}
	for _, w := range want {
		if !strings.Contains(text(err), w) {
			t.Errorf("error %v lacks %q", err, w)
		}
	}
	if _, err = find(secret); !strings.HasSuffix(text(err), "/gone.deb: status 404 Not Found") || strings.Contains(text(err), "hidden") {
		t.Errorf("error %v", err)
	}
}
