package service

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// procfileLine is foreman's and honcho's grammar; other lines are comments.
var procfileLine = regexp.MustCompile(`^([A-Za-z0-9_-]+):\s*(.+)$`)

// usesPort finds the variable that foreman gives to each process.
var usesPort = regexp.MustCompile(`\$(PORT\b|\{PORT\b)`)

// ParseProcfile reads the processes of a Procfile in the order of its lines. A
// name that stands there twice is an error, as is a command that is no shell
// command; every one is reported.
func ParseProcfile(text string) ([]Process, error) {
	var list []Process
	var errs []error
	first := map[string]int{}
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		m := procfileLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		at := fmt.Sprintf("Procfile:%d: %s", i+1, m[1])
		if first[m[1]] > 0 {
			errs = append(errs, fmt.Errorf("%s: stands in line %d, too: want each process once", at, first[m[1]]))
			continue
		}
		first[m[1]] = i + 1
		if _, err := parseCommand(m[2]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", at, err))
		}
		list = append(list, Process{Name: m[1], Command: m[2]})
	}
	return list, errors.Join(errs...)
}

// foremanPort is that of `foreman export`: from 5000 in steps of 100.
func foremanPort(i int) string { return strconv.Itoa(5000 + 100*max(i, 0)) }
