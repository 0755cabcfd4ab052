package steps

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pinpack/pinpack/internal/ci"
	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/sandbox"
	"github.com/pinpack/pinpack/internal/step"
	"github.com/pinpack/pinpack/internal/testreport"
)

// Tests is what came of a test step that wrote a report.
type Tests struct {
	Step     string               `json:"step"`
	Passed   int                  `json:"passed"`
	Failed   int                  `json:"failed"`
	Skipped  int                  `json:"skipped"`
	Flaky    int                  `json:"flaky"`
	Seconds  float64              `json:"seconds"`
	Slowest  []testreport.Case    `json:"slowest,omitempty"`
	Failures []testreport.Case    `json:"failures,omitempty"` // and flaky ones; the first hundred
	Coverage *testreport.Coverage `json:"coverage,omitempty"`
}

// ErrNoTests is in the chain when a test step found nothing to test.
var ErrNoTests = errors.New("no tests were found")

// run is a test step at work, once or several times.
type run struct {
	r      *Runner
	step   step.Step
	rules  plan.StepRules
	work   *sandbox.Work
	file   string // that pytest is told to write
	own    string // that the project itself has pytest write; "": none
	report testreport.Report
	wrote  bool // there is a report
}

var pytestWord = regexp.MustCompile(`\b(pytest|py\.test)\b`)

// builds tells whether a step makes environments of its own from the project, which
// must be whole for that.
func builds(s step.Step) bool {
	return regexp.MustCompile(`(^|[\s;&|(/])(tox|nox)($|[\s;&|)])`).MatchString(s.Command) && !strings.Contains(s.Command, "--no-venv")
}

// begin prepares a run: pytest, whoever starts it, is told where to write a report.
func (t *run) begin(env []string) ([]string, error) {
	dir, err := t.r.folder("reports", "")
	if err != nil {
		return nil, err
	}
	if err := t.r.Run.Own(dir); err != nil {
		return nil, err
	}
	t.file = filepath.Join(dir, fileOf(t.step)+".xml")
	if err := os.RemoveAll(t.file); err != nil {
		return nil, err
	}
	options, _ := command.Lookup(env, "PYTEST_ADDOPTS")
	said := options + " " + t.step.Command
	if m := junitxml.FindStringSubmatch(said); m != nil {
		t.own = path.Clean(m[1])
	} else if t.own = t.configured(); t.own == "" && !strings.Contains(said, "junit") {
		options = strings.TrimSpace(options + " --junitxml=" + command.Quote(t.file))
	}
	if options == "" {
		return env, nil
	}
	return command.Merge(env, []string{"PYTEST_ADDOPTS=" + options}), nil
}

// addopts are what a project's configuration has pytest do in any case, of which the
// last report that is asked for would win.
var (
	addopts  = regexp.MustCompile(`(?m)^addopts\s*=[^\n]*(?:\n[ \t\]"'][^\n]*)*`)
	junitxml = regexp.MustCompile(`--junit-?xml["',=\s]+([^"',\s;&|)]+)`)
	pytests  = []string{"pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"}
)

// configured is the report that the project's own configuration has pytest write, a
// path; "" is none.
func (t *run) configured() string {
	for _, dir := range slices.Compact([]string{"", t.step.Dir}) {
		for _, name := range pytests {
			found := ""
			_ = open(filepath.Join(t.work.Dir, filepath.FromSlash(dir), name), func(in io.Reader) error {
				text, err := io.ReadAll(in)
				if m := junitxml.FindSubmatch(addopts.Find(text)); m != nil {
					found = path.Clean(string(m[1]))
				}
				return err
			})
			if found != "" {
				return found
			}
		}
	}
	return ""
}

// judge reads what the run wrote, and refuses one that found no tests.
func (t *run) judge(err error, out *output) error {
	earlier, had := t.report, t.wrote
	t.report, t.wrote = testreport.Report{}, false
	readErr := t.read()
	if had {
		t.report = t.report.Retried(earlier)
	}
	var c *command.Error
	status := 0
	if errors.As(err, &c) {
		status = c.Status
	}
	empty := status == 5 && (out.none || pytestWord.MatchString(t.step.Command)) || err == nil && (out.nothing() || t.wrote && len(t.report.Cases) == 0)
	switch {
	case !empty:
		return errors.Join(err, readErr)
	case t.rules.Found:
		t.r.Host.Warn(t.step.Name + " (" + t.step.Command + "): no tests were found: say with the input test what runs them, or none")
		return nil
	}
	return ErrNoTests
}

// mostReport is how much of a report is read, in bytes.
const mostReport = 64 << 20

// read reads all reports that are new since the step began.
func (t *run) read() error {
	changed, err := t.work.Changed()
	if err != nil {
		return err
	}
	files := []string{t.file}
	for _, name := range changed {
		if in := strings.TrimPrefix(filepath.ToSlash(name), t.step.Dir+"/"); step.Match(t.rules.Reports, in) || in == t.own {
			files = append(files, filepath.Join(t.work.Dir, name))
		}
		if read := coverages[path.Base(name)]; read != nil {
			t.cover(filepath.Join(t.work.Dir, name), read)
		}
	}
	for _, file := range files {
		err := open(file, func(in io.Reader) error {
			r, err := testreport.ReadJUnit(in)
			if err == nil {
				t.report.Cases, t.wrote = append(t.report.Cases, r.Cases...), true
			}
			return err
		})
		if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, testreport.ErrOther) {
			t.r.Host.Warn(fmt.Sprintf("%s: test report %q: %v", t.step.Name, filepath.Base(file), err))
		}
	}
	return nil
}

// coverages reads reports on coverage, by their files' usual names.
var coverages = map[string]func(io.Reader) (testreport.Coverage, error){
	"coverage.xml": testreport.ReadCobertura, "cobertura.xml": testreport.ReadCobertura,
	"cobertura-coverage.xml": testreport.ReadCobertura, "coverage.json": testreport.ReadCoverageJSON,
}

func (t *run) cover(file string, read func(io.Reader) (testreport.Coverage, error)) {
	err := open(file, func(in io.Reader) error {
		c, err := read(in)
		if err == nil {
			t.report.Coverage = &c
		}
		return err
	})
	if err != nil && !errors.Is(err, testreport.ErrOther) {
		t.r.Host.Warn(fmt.Sprintf("%s: %q: %v", t.step.Name, filepath.Base(file), err))
	}
}

// open reads a regular file that a step made, which must be no link to one of ours.
func open(file string, read func(io.Reader) error) error {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer root.Close()
	info, err := root.Lstat(filepath.Base(file))
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("is no file: want one")
	}
	in, err := root.Open(filepath.Base(file))
	if err != nil {
		return err
	}
	defer in.Close()
	return read(io.LimitReader(in, mostReport))
}

// mostAnnotations is how many there are of each level; the error at the end is one,
// too, and GitHub keeps ten.
const mostAnnotations = 8

// tell reports on the tests: annotations where they failed, and what the summary
// says. The error is the one that is given.
func (t *run) tell(err error) error {
	if !t.wrote {
		return err
	}
	sum := Tests{
		Step: t.step.Name, Seconds: t.report.Seconds(), Slowest: t.report.Slowest(5), Coverage: t.report.Coverage,
		Passed: t.report.Count(testreport.Passed), Failed: t.report.Count(testreport.Failed),
		Skipped: t.report.Count(testreport.Skipped), Flaky: t.report.Count(testreport.Flaky),
	}
	told := map[testreport.Status]int{}
	for _, c := range t.report.Cases {
		if c.Status != testreport.Failed && c.Status != testreport.Flaky {
			continue
		}
		c.File, c.Line = c.Place(t.resolve)
		if len(sum.Failures) < 100 {
			sum.Failures = append(sum.Failures, c)
		}
		if told[c.Status]++; told[c.Status] > mostAnnotations {
			continue
		}
		a := ci.Annotation{Warning: c.Status == testreport.Flaky, Title: c.Name, Message: strings.TrimSpace(c.Message + "\n\n" + c.Text), Line: c.Line}
		if a.Warning {
			a.Title = "flaky: " + a.Title
		}
		if c.File != "" {
			a.File = filepath.Join(t.r.Source, c.File)
		}
		t.r.Host.Annotate(a)
	}
	for status, n := range told {
		if n > mostAnnotations {
			t.r.Host.Notice(fmt.Sprintf("%s: %d more tests are %s: they are in the log", t.step.Name, n-mostAnnotations, status))
		}
	}
	t.r.Tests = append(t.r.Tests, sum)
	return err
}

// resolve makes a path in a report one of the project's.
func (t *run) resolve(name string) (string, bool) {
	if filepath.IsAbs(name) {
		rel, err := filepath.Rel(t.work.Dir, name)
		if err != nil {
			return "", false
		}
		name = rel
	}
	for _, dir := range slices.Compact([]string{"", t.step.Dir}) {
		at := filepath.Join(filepath.FromSlash(dir), name)
		if !filepath.IsLocal(at) {
			continue
		}
		if info, err := os.Lstat(filepath.Join(t.work.Dir, at)); err == nil && info.Mode().IsRegular() {
			return at, true
		}
	}
	return "", false
}
