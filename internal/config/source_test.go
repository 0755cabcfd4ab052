package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFromEnviron(t *testing.T) {
	t.Parallel()
	s := FromEnviron([]string{
		"INPUT_NAME=whois", "INPUT_BUILD-PATH=stage", "INPUT_TEST=a=b\nc", "INPUT_UNKNOWN-ONE=x",
		"INPUT_EMPTY=", "INPUT_BLANK= \n", "INPUT_ARGS=action", "INPUT_ENTRYPOINT=/bin/sh",
		"NAME=not ours", "XINPUT_NAME=not ours", "input_name=not ours", "INPUT_NO SIGN",
	})
	want := map[string][]string{
		"name": {"whois"}, "build-path": {"stage"}, "test": {"a=b\nc"}, "unknown-one": {"x"},
	}
	if diff := cmp.Diff(want, s.Values); diff != "" || s.Fixed != nil {
		t.Errorf("%v; values (-want +got):\n%s", s.Fixed, diff)
	}
}

func TestFromTable(t *testing.T) {
	t.Parallel()
	s := FromTable(map[string]any{
		"name": "whois", "iteration": int64(2), "test": []any{"a", "b"}, "formats": []any{}, "unknown": true,
		// Each of these is wrong.
		"version": 1.10, "lock": []any{"a", int64(1)}, "env": map[string]any{"A": "1"},
		"section": time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), "directory": "src",
	})
	want := map[string][]string{
		"name": {"whois"}, "iteration": {"2"}, "test": {"a", "b"}, "formats": nil, "unknown": {"true"},
		"version": nil, "lock": nil, "env": nil, "section": nil,
	}
	if diff := cmp.Diff(want, s.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	wrong := []string{
		"pyproject.toml: tool.pinpack.directory: want it as a flag or an action's input: it says where this file is",
		"pyproject.toml: tool.pinpack.env: a map[string]interface {}: want a string or an array of strings",
		"pyproject.toml: tool.pinpack.lock: array of int64: want strings",
		"pyproject.toml: tool.pinpack.section: a time.Time: want a string or an array of strings",
		"pyproject.toml: tool.pinpack.version: 1.1: want it in quotes: a number loses its zeros",
	}
	var got []string
	for _, err := range s.Fixed {
		got = append(got, err.Error())
	}
	if diff := cmp.Diff(wrong, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestReadFromTable(t *testing.T) {
	t.Parallel()
	got, err := Read(FromTable(map[string]any{
		"iteration": int64(3), "formats": "deb", "test": []any{"pytest -x\n", "ruff"}, "lock": "a.txt b.txt", "scripts": []any{"none"},
	}))
	want := defaults
	want.Iteration, want.Formats, want.Scripts = "3", []string{"deb"}, []string{}
	want.Steps.Auto = false
	want.Steps.Test, want.Lock = []string{"pytest -x", "ruff"}, []string{"a.txt", "b.txt"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v; config (-want +got):\n%s", err, diff)
	}
	_, err = Read(FromTable(map[string]any{"name": []any{"a", "b"}, "nmae": "x"}))
	lines := []string{
		`pyproject.toml: tool.pinpack.nmae: unknown input "nmae": did you mean "name"?`,
		`pyproject.toml: tool.pinpack.name: 2 values: want one`,
	}
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(lines, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}
