package ci

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readCommandFile reads a file of names and values as the runner does
// (FileCommandManager.cs): NAME=VALUE, or NAME<<DELIMITER and lines up to one
// that is the delimiter; whichever sign comes first in a line decides.
func readCommandFile(text string) (map[string]string, error) {
	values := map[string]string{}
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		equals, heredoc := strings.Index(line, "="), strings.Index(line, "<<")
		switch {
		case line == "":
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			values[line[:equals]] = line[equals+1:]
		case heredoc >= 0:
			name, delimiter := line[:heredoc], line[heredoc+2:]
			if name == "" || delimiter == "" {
				return nil, fmt.Errorf("invalid format %q", line)
			}
			var value []string
			for {
				line, rest, ended := strings.Cut(text, "\n")
				if text = rest; line == delimiter {
					break
				}
				if !ended {
					return nil, fmt.Errorf("matching delimiter not found %q", delimiter)
				}
				value = append(value, line)
			}
			values[name] = strings.Join(value, "\n")
		default:
			return nil, fmt.Errorf("invalid format %q", line)
		}
	}
	return values, nil
}

func TestGitHubOutputIsWhatTheRunnerReads(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "output")
	if err := os.WriteFile(file, []byte("earlier=kept\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g, log := onRunner(map[string]string{"GITHUB_OUTPUT": file})
	want := map[string]string{
		"version":      "1.4.0",
		"empty":        "",
		"packages":     "[\n  {\"path\": \"dist/x.deb\"}\n]",
		"line-ends":    "\n\na\r\nb\n",
		"heredoc":      "deb<<EOF\nevil\nEOF",
		"equals":       "deb=evil",
		"with a space": "x",
		"long":         strings.Repeat("0123456789\n", 10000),
	}
	for name, value := range want {
		if err := g.Output(name, value); err != nil {
			t.Fatal(err)
		}
	}
	// A value that knows the delimiters of earlier outputs cannot end its own.
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want["lookalike"] = string(text)
	if err := g.Output("lookalike", string(text)); err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile(file); err != nil {
		t.Fatal(err)
	}
	got, err := readCommandFile(string(text))
	if err != nil {
		t.Fatal(err)
	}
	want["earlier"] = "kept"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if log.Len() > 0 {
		t.Errorf("outputs in the log:\n%s", log)
	}
}

func TestGitHubOutputDelimiterIsNeverTheSame(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "output")
	g, _ := onRunner(map[string]string{"GITHUB_OUTPUT": file})
	seen := map[string]bool{}
	for range 50 {
		os.Remove(file)
		if err := g.Output("x", "y"); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		if seen[first] || len(first) < 30 {
			t.Fatalf("delimiter %q again, or short", first)
		}
		seen[first] = true
	}
}

func TestGitHubOutputRefusesNames(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "output")
	g, _ := onRunner(map[string]string{"GITHUB_OUTPUT": file})
	for _, name := range []string{"a=b", "a<<b", "a\nb", "a\rb"} {
		err := g.Output(name, "x")
		if want := fmt.Sprintf("set output %q: a name holds neither =, << nor line ends", name); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("something was written all the same")
	}
}

func TestGitHubOutsideOfAStepWritesNoFile(t *testing.T) {
	t.Parallel()
	g, log := onRunner(nil)
	if err := errors.Join(g.Output("version", "1"), g.Summary("# x")); err != nil {
		t.Error(err)
	}
	want := "::debug::GITHUB_OUTPUT is not set: not written\n::debug::GITHUB_STEP_SUMMARY is not set: not written\n"
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestGitHubSaysWhichFileItCannotWrite(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "missing", "file")
	g, _ := onRunner(map[string]string{"GITHUB_OUTPUT": file, "GITHUB_STEP_SUMMARY": file})
	for variable, err := range map[string]error{"GITHUB_OUTPUT": g.Output("x", "y"), "GITHUB_STEP_SUMMARY": g.Summary("x")} {
		want := "write " + variable + ": open " + file + ": no such file or directory"
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestGitHubSummaryStaysBelowTheLimit(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "summary")
	g, _ := onRunner(map[string]string{"GITHUB_STEP_SUMMARY": file})
	err := g.Summary(strings.Repeat("x", 1<<20))
	if want := "write step summary: 1048576 bytes: GitHub takes 1048575"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("something was written all the same")
	}
	markdown := strings.Repeat("x", 1<<20-1)
	if err := g.Summary(markdown); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); string(got) != markdown+"\n" || err != nil {
		t.Errorf("%d bytes in the file, %v; want %d", len(got), err, 1<<20)
	}
}
