package whole

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/signature"
	"github.com/pinpack/pinpack/internal/testkit"
)

// inAction are the variables of a step for a pull request.
func (s *secretSite) inAction(t *testing.T) []string {
	t.Helper()
	run := filepath.Base(t.Name())
	runtime := s.results.Token(run, "j1")
	s.needles[runtime] = "the runner's token"
	s.github.AddToken(s.token, testkit.GitHubWrite)
	const passphrase = "correct horse"
	key, err := os.ReadFile("../../internal/signature/testdata/keys/locked.asc")
	if err != nil {
		t.Fatal(err)
	}
	s.needles[passphrase] = "the key's passphrase"
	for _, piece := range signature.Hidden(string(key)) {
		s.needles[piece] = "a piece of the signing key"
	}
	write(t, s.dir, "event.json", `{"number": 3, "pull_request": {"head": {"sha": "def"}}}`)
	return append(append([]string{}, s.workshop.env...), "INPUT_TOKEN="+s.token, "INPUT_SIGNING-KEY="+string(key), "INPUT_SIGNING-PASSPHRASE="+passphrase, "ACTIONS_RUNTIME_TOKEN="+runtime,
		"GITHUB_EVENT_NAME=pull_request", "GITHUB_REF_TYPE=branch", "GITHUB_EVENT_PATH="+filepath.Join(s.dir, "event.json"))
}

// run runs pinpack, and looks for secrets in what it prints and in the command
// lines of all processes meanwhile.
func (s *secretSite) run(t *testing.T, env []string, args ...string) (string, int) {
	t.Helper()
	before := s.workshop.env
	defer func() { s.workshop.env = before }()
	s.workshop.env = append(append([]string{}, env...), s.env...)
	stop := watchCommandLines()
	out, status := s.pinpack(t, args...)
	lines := stop()
	if !bytes.Contains(lines, []byte(s.dir)) {
		t.Errorf("%s: not even pinpack was seen among the processes", args)
	}
	s.look(t, "the process list of "+strings.Join(args, " "), lines)
	s.look(t, "the output of "+strings.Join(args, " "), maskCommand.ReplaceAll([]byte(out), nil))
	return out, status
}

// maskCommand tells the runner what to hide.
var maskCommand = regexp.MustCompile(`(?m)^::add-mask::.*$`)

// quiet runs what is to succeed.
func (s *secretSite) quiet(t *testing.T, env []string, args ...string) string {
	t.Helper()
	out, status := s.run(t, env, args...)
	if status != 0 {
		t.Fatalf("%s: exit status %d\n%s", args, status, out)
	}
	return out
}

// build builds, and looks through the results.
func (s *secretSite) build(t *testing.T, env []string, args ...string) {
	t.Helper()
	dist, commands := filepath.Join(s.dir, "dist"), filepath.Join(s.dir, "commands")
	if err := os.RemoveAll(dist); err != nil {
		t.Fatal(err)
	}
	out := s.quiet(t, env, args...)
	if !strings.Contains(out, "printed: ***\n") {
		t.Errorf("%s: the test step's output is not there, or not masked:\n%s", args, out)
	}
	packages := 0
	for _, dir := range []string{dist, commands} {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s.look(t, file, data)
			if read := packageReader(file); read != nil {
				packages++
				p, err := read(file)
				if err != nil {
					t.Fatal(err)
				}
				s.lookInto(t, p)
			}
		}
	}
	if packages != 2 {
		t.Errorf("%s: %d packages, want a .deb and an .rpm", args, packages)
	}
}

func packageReader(file string) func(string) (testkit.Package, error) {
	switch filepath.Ext(file) {
	case ".deb":
		return testkit.ReadDeb
	case ".rpm":
		return testkit.ReadRPM
	}
	return nil
}

// lookInto looks through a package: its fields, its files, and what is compressed
// once more.
func (s *secretSite) lookInto(t *testing.T, p testkit.Package) {
	t.Helper()
	saw := false
	for name, data := range p.Contents {
		if strings.HasSuffix(name, ".gz") {
			z, err := gzip.NewReader(bytes.NewReader(data))
			if err == nil {
				data, err = io.ReadAll(z)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		s.look(t, p.Format+" "+name, data)
		if strings.HasSuffix(name, "/spy_saw.json") {
			saw = bytes.Contains(data, []byte(`"PATH"`)) && bytes.Contains(data, []byte("backend"))
		}
	}
	if strings.Contains(s.lock, "spy") && !saw {
		t.Errorf("%s: the source distribution saw nothing", p.Format)
	}
	for name, data := range p.Control {
		s.look(t, p.Format+" "+name, []byte(data))
	}
	for name, text := range p.Fields {
		s.look(t, p.Format+" "+name, []byte(text))
	}
	for name, text := range p.Scripts {
		s.look(t, p.Format+" "+name, []byte(text))
	}
	s.look(t, p.Format+" changelog", []byte(p.Changelog))
}

// look tells of every secret in the data.
func (s *secretSite) look(t *testing.T, where string, data []byte) {
	t.Helper()
	for needle, what := range s.needles {
		if i := bytes.Index(data, []byte(needle)); i >= 0 {
			t.Errorf("%s is in %s: %q", what, where, data[max(0, i-80):min(len(data), i+len(needle)+20)])
		}
	}
}

// watchCommandLines collects the command lines of all processes that begin before
// it is stopped.
func watchCommandLines() (stop func() []byte) {
	before := map[string]bool{}
	for _, pid := range processIDs() {
		before[pid] = true
	}
	done, result := make(chan struct{}), make(chan []byte)
	go func() {
		seen := map[string]bool{}
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			for _, pid := range processIDs() {
				if !before[pid] {
					line, _ := os.ReadFile("/proc/" + pid + "/cmdline") // of those that have ended there is none
					seen[string(line)] = true
				}
			}
			select {
			case <-done:
				result <- []byte(strings.Join(slices.Sorted(maps.Keys(seen)), "\n"))
				return
			case <-tick.C:
			}
		}
	}()
	return func() []byte { close(done); return <-result }
}

func processIDs() []string {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // what could be read counts
	return slices.DeleteFunc(names, func(name string) bool { return name[0] < '0' || name[0] > '9' })
}
