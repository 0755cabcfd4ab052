package venv

import (
	"fmt"
	"regexp"
)

// BuildError is a distribution whose wheel could not be built.
type BuildError struct {
	Name, Version string // "" when only the wheel would have said
	From          string // the source distribution's file, or a folder of the repository
	Tail          string // the end of the backend's output, if a program failed
	Err           error
}

func (e *BuildError) Error() string { return fmt.Sprintf("build wheel of %q: %v", e.From, e.Err) }
func (e *BuildError) Unwrap() error { return e.Err }

// lacks are the ways in which compilers, linkers and build systems say that a
// system's package is not there. The group is what they miss.
var lacks = []*regexp.Regexp{
	regexp.MustCompile(`fatal error: ([^\s:]+\.h(?:pp)?): No such file`),
	regexp.MustCompile(`(?:Error: |^|\s)([a-z][a-z0-9_-]*) executable not found`),
	regexp.MustCompile(`cannot find -l([^\s:]+)`),
	regexp.MustCompile(`[Pp]ackage '?([^\s',]+)'?(?:, required by '[^']+',)? not found`),
	regexp.MustCompile(`No package '([^']+)' found`),
	regexp.MustCompile(`Dependency "([^"]+)" not found`),
	regexp.MustCompile(`Could NOT find ([A-Za-z0-9_]+)`),
	regexp.MustCompile(`command '([^']+)' failed: No such file`),
	regexp.MustCompile(`unable to execute '([^']+)'`),
	regexp.MustCompile(`No such file or directory: '([A-Za-z0-9_+.-]+)'`),
	regexp.MustCompile(`([a-z0-9_+.-]+): (?:command )?not found`),
	regexp.MustCompile(`can't find (Rust) compiler`),
}

// Missing guesses the header, library or program that the build did not find,
// such as "Python.h" or "pg_config"; "" when the output tells of none. The input
// build-deps installs what brings it.
func (e *BuildError) Missing() string {
	for _, pattern := range lacks {
		if m := pattern.FindStringSubmatch(e.Tail); m != nil {
			return m[1]
		}
	}
	return ""
}
