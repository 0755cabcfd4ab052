package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pinpack/pinpack/internal/pipeline"
	"github.com/pinpack/pinpack/internal/steps"
	"github.com/pinpack/pinpack/internal/testreport"
)

// tests is the part of the summary on tests that wrote reports.
func tests(r pipeline.Result) string {
	if len(r.Tests) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n#### Tests\n\n| step | passed | failed | flaky | skipped | time | coverage |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, t := range r.Tests {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %.1f s | %s |\n", code(t.Step), t.Passed, t.Failed, t.Flaky, t.Skipped, t.Seconds, coverage(t))
	}
	for _, t := range r.Tests {
		b.WriteString(failures(t))
	}
	b.WriteString("\n<details><summary>The slowest tests</summary>\n\n| test | time |\n| --- | ---: |\n")
	for _, t := range r.Tests {
		for _, c := range t.Slowest {
			fmt.Fprintf(&b, "| %s | %.2f s |\n", code(c.Name), c.Seconds)
		}
	}
	b.WriteString("\n</details>\n")
	return b.String()
}

// failed tells on the page of the run what its tests say.
func (a *app) failed(r pipeline.Result) error {
	if text := tests(r); text != "" {
		return a.host.Summary(text)
	}
	return nil
}

func coverage(t steps.Tests) string {
	switch {
	case t.Coverage == nil:
		return ""
	case t.Coverage.Valid > 0:
		return fmt.Sprintf("%.1f %% (%d of %d lines)", 100*t.Coverage.Rate, t.Coverage.Covered, t.Coverage.Valid)
	}
	return fmt.Sprintf("%.1f %%", 100*t.Coverage.Rate)
}

// failures lists what failed, with where and why.
func failures(t steps.Tests) string {
	const most = 25
	if len(t.Failures) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n| failed | where | why |\n| --- | --- | --- |\n")
	for i, c := range t.Failures {
		if i == most {
			fmt.Fprintf(&b, "| and %d more | | |\n", t.Failed+t.Flaky-most)
			break
		}
		where := c.File
		if c.Line > 0 {
			where += ":" + strconv.Itoa(c.Line)
		}
		name := code(c.Name)
		if c.Status == testreport.Flaky {
			name += ", flaky"
		}
		why := []rune(c.Message)
		if len(why) > 200 {
			why = append(why[:200], '…')
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, or(where, ""), or(string(why), ""))
	}
	return b.String()
}

// keptLogs is how many builds' logs are kept in the cache.
const keptLogs = 10

// logs is where this build's steps leave what they print, unless the plan says
// where: a directory of its own in the cache. Those of the oldest builds go.
func (a *app) logs(name string) string {
	cache := a.cache()
	if cache == "" {
		return ""
	}
	all := filepath.Join(cache, "logs")
	entries, err := os.ReadDir(all)
	if err == nil && len(entries) >= keptLogs {
		slices.SortFunc(entries, older)
		for _, e := range entries[:len(entries)-keptLogs+1] {
			if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > time.Hour { // none that is at work
				_ = os.RemoveAll(filepath.Join(all, e.Name())) // another build may have been faster
			}
		}
	}
	return filepath.Join(all, fmt.Sprintf("%s-%s-%d", name, time.Now().UTC().Format("20060102T150405"), os.Getpid()))
}

// older orders directories by when something was put into them.
func older(a, b os.DirEntry) int {
	x, errX := a.Info()
	y, errY := b.Info()
	if errX != nil || errY != nil {
		return 0
	}
	return x.ModTime().Compare(y.ModTime())
}
