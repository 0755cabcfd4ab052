package lock

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// lineLimit bounds a line with its continuations, in bytes. The longest in real lock
// files, with a hundred hashes, have 10 kB.
const lineLimit = 1 << 20

// line is a logical line: continuations joined, the comment gone, never empty.
type line struct {
	number int // of its first line in the file, from 1
	text   string
}

// readText returns a text file's content with line ends as "\n" and without a
// byte-order mark.
func readText(fsys fs.FS, name string) (string, error) {
	data, err := fs.ReadFile(fsys, name)
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("read lock %q: %w", name, err)
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return "", fmt.Errorf("read lock %q: it is UTF-16 text: want UTF-8 (PowerShell's \">\" writes UTF-16)", name)
	case !utf8.Valid(data), bytes.IndexByte(data, 0) >= 0:
		return "", fmt.Errorf("read lock %q: it is not text: want UTF-8", name)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), nil
}

// logicalLines does what pip does, in its order: a backslash at the end of a line
// joins the next one to it, a line that is a comment ends such a chain, and then
// comments go.
func logicalLines(text string) []line {
	var lines []line
	var parts []string
	first := 0
	flush := func() {
		if text := strings.TrimSpace(uncomment(strings.Join(parts, ""))); text != "" {
			lines = append(lines, line{first, text})
		}
		parts = nil
	}
	number := 0
	for physical := range strings.SplitSeq(text, "\n") {
		number++
		if parts == nil {
			first = number
		}
		if strings.HasPrefix(strings.TrimSpace(physical), "#") {
			parts = append(parts, " "+physical)
			flush()
			continue
		}
		parts = append(parts, strings.TrimRight(physical, `\`))
		if !strings.HasSuffix(physical, `\`) {
			flush()
		}
	}
	flush() // the last line may end in a backslash
	return lines
}

// uncomment drops a comment: a # at the beginning or after a blank, outside quotes.
func uncomment(s string) string {
	if at := indexUnquoted(s, func(i int) bool { return s[i] == '#' && (i == 0 || isBlank(s[i-1])) }); at >= 0 {
		return s[:at]
	}
	return s
}

// indexUnquoted returns the first index outside quotes where found holds, or -1. A
// quote that is never closed is a character like any other.
func indexUnquoted(s string, found func(i int) bool) int {
	unclosed := ""
	for i := 0; i < len(s); i++ {
		if found(i) {
			return i
		}
		if c := s[i]; (c == '"' || c == '\'') && strings.IndexByte(unclosed, c) < 0 {
			end := strings.IndexByte(s[i+1:], c)
			if end < 0 {
				unclosed += string(c)
				continue
			}
			i += 1 + end
		}
	}
	return -1
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\f' || c == '\v' }

// words splits at blanks outside quotes and takes the quotes away.
func words(s string) ([]string, error) {
	var list []string
	var word strings.Builder
	started, quote := false, rune(0)
	for _, r := range s {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, started = r, true
		case quote == 0 && r < utf8.RuneSelf && isBlank(byte(r)):
			if started {
				list = append(list, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("%s: a quote is not closed: want %c at its end", clip(s), quote)
	}
	if started {
		list = append(list, word.String())
	}
	return list, nil
}

// clip is %q for an error message, shortened when a line is a book.
func clip(s string) string {
	const limit = 80
	if len(s) <= limit {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q…", strings.ToValidUTF8(s[:limit], ""))
}
