package registry

import (
	"fmt"
	"strings"
)

// expand fills a URL's template: {name} is a value, escaped as one segment of a
// path or one value of a query; {/name} is a path of its own, with a slash before
// it, or nothing where the value is empty. A name that nothing says is an error.
func expand(template string, vars map[string]string) (string, error) {
	var b strings.Builder
	for rest := template; ; {
		before, after, ok := strings.Cut(rest, "{")
		b.WriteString(before)
		if !ok {
			return b.String(), nil
		}
		name, after, ok := strings.Cut(after, "}")
		if !ok {
			return "", fmt.Errorf("template %q: want } after {%s", template, name)
		}
		rest = after
		path, isPath := strings.CutPrefix(name, "/")
		value, known := vars[path]
		switch {
		case !known:
			return "", fmt.Errorf("template %q: unknown field {%s}: want %s", template, name, fields)
		case !isPath:
			b.WriteString(escape(value))
		case value != "":
			for part := range strings.SplitSeq(strings.Trim(value, "/"), "/") {
				b.WriteString("/" + escape(part))
			}
		}
	}
}

// fields are those that a user's own template may have.
const fields = "{name}, {version}, {arch}, {format} or {file}"

// escape writes everything but letters, digits, - . and _ as %XX: what stands for
// itself in some places, such as + and ~, is another thing to some servers.
func escape(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_':
			b.WriteByte(c)
		default:
			b.WriteString("%" + string(digits[c>>4]) + string(digits[c&15]))
		}
	}
	return b.String()
}
