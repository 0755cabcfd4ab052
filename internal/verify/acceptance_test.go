//go:build acceptance

package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/testkit"
)

// order is what a process of its own verifies: the runner of programs ends
// orphans, and those of the test's container engine become the test's.
type order struct {
	Env, Files, Previous, Smoke []string
	Engine, Temp                string
	On                          Target
}

const orderName = "PINPACK_VERIFY_ORDER"

func TestMain(m *testing.M) {
	text := os.Getenv(orderName)
	if text == "" {
		os.Exit(m.Run())
	}
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	reports, err := Run(interruptible(), o.Files, Options{
		Run: &command.Runner{Env: append(command.Clean(os.Environ(), command.DefaultPath), o.Env...)},
		Now: time.Now, Say: func(line string) { fmt.Fprintln(os.Stderr, line) },
		Temp: o.Temp, Engine: o.Engine, On: []Target{o.On}, Previous: o.Previous, Smoke: o.Smoke, Timeout: 20 * time.Second,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(reports); err != nil {
		os.Exit(1)
	}
}

// command is the process for an order.
func (o order) command(t testing.TB) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orderName+"="+string(text))
	return cmd
}

// verify has the order carried out, and nothing left of it.
func (o order) verify(t testing.TB) Report {
	t.Helper()
	o.Temp = t.TempDir()
	cmd := o.command(t)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	t.Log(stderr.String())
	var reports []Report
	if err == nil {
		err = json.Unmarshal(stdout.Bytes(), &reports)
	}
	if err != nil || len(reports) != 1 {
		t.Fatalf("%d reports, %v\n%s", len(reports), err, stdout.String())
	}
	if left, err := os.ReadDir(o.Temp); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
	return reports[0]
}

// events are a report in few words.
func events(r Report) string {
	var list []string
	for _, e := range r.Events {
		text := e.title()
		if !e.OK {
			text += ": " + e.Problem
		}
		list = append(list, text)
	}
	return strings.Join(list, "\n") + "\n"
}

const goodDeb = `prepare
install 1.1
services 1.1
smoke: test "$(id -un)" = demo && demo version 1.1
reinstall 1.1
services 1.1
remove
files after remove
purge
files after purge
install 1.0
services 1.0
upgrade 1.1
services 1.1
smoke: test "$(id -un)" = demo && demo version 1.1
roll back 1.0
services 1.0
upgrade 1.1
services 1.1
remove
files after remove
purge
files after purge
`

// good is what is to be reported of a good package.
func good(format string) string {
	if format == "deb" {
		return goodDeb
	}
	return strings.NewReplacer(" 1.1\n", " 1.1-1\n", " 1.0\n", " 1.0-1\n", "purge\n", "", "files after purge\n", "").Replace(goodDeb)
}

// TestGoodPackage takes a good package through all there is, upgrade and
// roll-back too, by every engine and format. The systems have no network.
func TestGoodPackage(t *testing.T) {
	image := systemRoot(t)
	for _, format := range []string{"deb", "rpm"} {
		file, old := sample{version: "1.1"}.build(t, format), sample{version: "1.0"}.build(t, format)
		check := func(t *testing.T, o order) {
			o.Files, o.Previous, o.Smoke = []string{file}, []string{old}, []string{`test "$(id -un)" = demo && demo version`}
			r := o.verify(t)
			if diff := cmp.Diff(good(format), events(r)); diff != "" {
				t.Errorf("events (-want +got):\n%s\n%s", diff, Markdown([]Report{r}))
			}
			if !r.OK || r.User != "demo" || r.Package != "demo" || !strings.HasPrefix(r.Version, "1.1") || !strings.HasPrefix(r.Previous, "1.0") {
				t.Errorf("report: %+v", r)
			}
		}
		t.Run("nspawn "+format, func(t *testing.T) {
			t.Parallel()
			check(t, order{Engine: "nspawn", On: Target{format, image}})
		})
		t.Run("docker "+format, func(t *testing.T) {
			t.Parallel()
			e := testkit.StartEngine(t)
			if format == "deb" {
				e = testkit.StartEngineOnCgroup2(t)
				if version := e.Docker(t, "info", "--format", "{{.CgroupVersion}}"); strings.TrimSpace(version) != "2" {
					t.Errorf("control groups of version %s: want 2", version)
				}
			}
			e.Docker(t, "import", image, "demo:1")
			check(t, order{Engine: "docker", On: Target{format, "demo:1"}, Env: []string{"DOCKER_HOST=unix://" + e.Socket}})
			if out := e.Docker(t, "ps", "--all", "--quiet"); out != "" {
				t.Errorf("containers left: %s", out)
			}
		})
	}
}

// TestPackageWithoutServices takes one without scripts, of which dpkg remembers
// nothing once it is removed. It is verified without systemd, by nobody. What a
// failed command printed is told, and the package goes all the same.
func TestPackageWithoutServices(t *testing.T) {
	plain := sample{version: "1.1", files: map[string]string{unitFile: ""}, bare: true}
	r := order{
		Engine: "nspawn", On: Target{"deb", systemRoot(t)}, Files: []string{plain.build(t, "deb")},
		Smoke: []string{"id -un", "demo version; demo wrong", "true"},
	}.verify(t)
	want := "prepare\ninstall 1.1\nsmoke: id -un 1.1\nsmoke: demo version; demo wrong 1.1: exit status 1\n" +
		"remove\nfiles after remove\npurge\nfiles after purge\n"
	if diff := cmp.Diff(want, events(r)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if r.User != "nobody" || r.OK || !strings.Contains(Markdown([]Report{r}), "    1.1\n") {
		t.Errorf("report: %+v", r)
	}
}
