package reference

import (
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

func plain(url string) string { return url }

// cssEscape is an escape of CSS: hexadecimal digits with at most one space, a
// newline, or any other character (CSS Syntax 3, 4.3.7).
var cssEscape = regexp.MustCompile(`(?s)\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\r\n\f])?|\r\n|.)`)

// decodeCSS is what a URL or string of a style sheet says. A NUL is U+FFFD there
// (CSS Syntax 3, 3.3), written as such or escaped.
func decodeCSS(s string) string {
	s = strings.ReplaceAll(s, "\x00", "\ufffd")
	if !strings.Contains(s, `\`) {
		return s
	}
	return cssEscape.ReplaceAllStringFunc(s, func(escape string) string {
		digits := strings.TrimRight(escape[1:], " \t\r\n\f")
		if n, err := strconv.ParseUint(digits, 16, 32); err == nil && len(digits) <= 6 {
			if n == 0 || n > utf8.MaxRune || n >= 0xd800 && n <= 0xdfff {
				n = utf8.RuneError
			}
			return string(rune(n))
		}
		if digits == "" && escape != `\ ` && escape != "\\\t" {
			return "" // a newline
		}
		return escape[1:]
	})
}

func encodeCSSURL(url string) string { return escapeCSS(url, "\"'()\\ \t") }

func encodeCSSString(url string, quote byte) string { return escapeCSS(url, `\`+string(quote)) }

func escapeCSS(url, special string) string {
	var b strings.Builder
	for i := range len(url) { // bytes, which need not be UTF-8
		switch c := url[i]; {
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\%x `, c)
		case strings.IndexByte(special, c) >= 0:
			b.WriteString(`\` + string(c))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// entity is a character reference. One without a semicolon is left: in an
// attribute it is text more often than not (?a=1&copy=2).
var entity = regexp.MustCompile(`&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);`)

func decodeAttribute(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return entity.ReplaceAllStringFunc(s, html.UnescapeString)
}

// encodeAttribute writes a value into the quotes that it had. One without
// quotes gets some if it must.
func encodeAttribute(value string, quote byte) string {
	value = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(value)
	switch quote {
	case '\'':
		return strings.ReplaceAll(value, "'", "&#39;")
	case 0:
		if value != "" && !strings.ContainsAny(value, " \t\r\n\f\"'=<>`") {
			return value
		}
		return `"` + strings.ReplaceAll(value, `"`, "&quot;") + `"`
	}
	return strings.ReplaceAll(value, `"`, "&quot;")
}

// jsEscape is an escape in a string literal (ECMA-262, 12.9.4).
var jsEscape = regexp.MustCompile(`(?s)\\(?:u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r\n|.)`)

func decodeJS(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return jsEscape.ReplaceAllStringFunc(s, func(escape string) string {
		switch rest := escape[1:]; rest[0] {
		case 'u', 'x':
			if n, err := strconv.ParseUint(strings.Trim(rest[1:], "{}"), 16, 32); err == nil && n <= utf8.MaxRune {
				return string(rune(n))
			}
			return rest
		case 'n':
			return "\n"
		case 't':
			return "\t"
		case 'r':
			return "\r"
		case 'b':
			return "\b"
		case 'f':
			return "\f"
		case 'v':
			return "\v"
		case '\n', '\r':
			return ""
		default:
			return rest
		}
	})
}

func encodeJS(url string, quote byte) string {
	var b strings.Builder
	for i := range len(url) {
		switch c := url[i]; {
		case c == '\\' || c == quote || quote == '`' && c == '$':
			b.WriteString(`\` + string(c))
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return strings.NewReplacer("\u2028", `\u2028`, "\u2029", `\u2029`).Replace(b.String())
}
