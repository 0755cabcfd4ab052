package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
)

// readTOML reads a lock file into a struct, and returns its text.
func readTOML(fsys fs.FS, name string, into any) (string, error) {
	text, err := readText(fsys, name)
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(text) == "" {
		return "", fmt.Errorf("read lock %q: it is empty", name)
	}
	_, err = toml.Decode(text, into)
	if syntax := (toml.ParseError{}); errors.As(err, &syntax) {
		return "", fmt.Errorf("%s:%d:%d: %s: want TOML", name, syntax.Position.Line, syntax.Position.Col, syntax.Message)
	} else if m := wrongType.FindStringSubmatch(fmt.Sprint(err)); m != nil {
		return "", fmt.Errorf("%s: %s: want %s, have %s", name, m[1], m[3], m[2])
	} else if err != nil {
		return "", fmt.Errorf("%s: %s: want a lock file as the tool wrote it", name, strings.TrimPrefix(err.Error(), "toml: "))
	}
	return text, nil
}

// wrongType matches how the decoder says that a value is of another type. The line that
// it names is that of the last key of the name, so it is left out.
var wrongType = regexp.MustCompile(`\(last key "(.*)"\): incompatible types: TOML value has type (.+); destination has type (.+)$`)

// headerLines returns the lines, from 1, that are an array's header, "[[package]]": the
// place of each of its items in the text.
func headerLines(text, header string) []int {
	var lines []int
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		if strings.TrimSpace(line) == header {
			lines = append(lines, number)
		}
	}
	return lines
}

// item returns a list's item, and 0 where there is none.
func item(lines []int, i int) int {
	if i < len(lines) {
		return lines[i]
	}
	return 0
}
