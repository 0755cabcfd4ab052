package lock

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Poetry, PDM and Pipenv keep in their lock the SHA-256 of what they locked, written
// as Python's json.dumps(sort_keys=True) does it.

// pythonHash returns the hash of a TOML value. The separators between items and after
// keys are ", " and ": " in Python where nobody says otherwise.
func pythonHash(value any, item, key string) string {
	var b strings.Builder
	pythonJSON(&b, value, item, key)
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

func pythonJSON(b *strings.Builder, value any, item, key string) {
	switch v := value.(type) {
	case string:
		pythonString(b, v)
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case float64:
		b.WriteString(pythonFloat(v))
	case []any:
		for i, inner := range v {
			b.WriteString(pick(i == 0, "[", item))
			pythonJSON(b, inner, item, key)
		}
		b.WriteString(pick(len(v) == 0, "[]", "]"))
	case []map[string]any:
		list := make([]any, len(v))
		for i, inner := range v {
			list[i] = inner
		}
		pythonJSON(b, list, item, key)
	case map[string]any:
		for i, name := range slices.Sorted(maps.Keys(v)) {
			b.WriteString(pick(i == 0, "{", item))
			pythonString(b, name)
			b.WriteString(key)
			pythonJSON(b, v[name], item, key)
		}
		b.WriteString(pick(len(v) == 0, "{}", "}"))
	default: // nothing, or a date, which none of the tools can lock
		b.WriteString("null")
	}
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

var pythonEscapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`,
}

// pythonString writes a text in ASCII.
func pythonString(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch escape, ok := pythonEscapes[r]; {
		case ok:
			b.WriteString(escape)
		case ' ' <= r && r <= '~':
			b.WriteRune(r)
		case r < 1<<16:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		}
	}
	b.WriteByte('"')
}

// pythonFloat writes a number as Python's repr does: the shortest that is the same,
// with an exponent below 1e-4 and from 1e16.
func pythonFloat(f float64) string {
	text := strconv.FormatFloat(f, 'e', -1, 64)
	_, exponent, ok := strings.Cut(text, "e")
	if !ok { // NaN, +Inf, -Inf
		return strings.NewReplacer("+Inf", "Infinity", "Inf", "Infinity").Replace(text)
	}
	if n, err := strconv.Atoi(exponent); err != nil || n < -4 || n >= 16 {
		return text
	}
	text = strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// readBeside reads a TOML file in the folder of a lock file, and returns its text, too;
// one that is not there is nil.
func readBeside(fsys fs.FS, lock, base string) (doc map[string]any, text string, err error) {
	name := path.Join(path.Dir(lock), base)
	if _, err := fs.Stat(fsys, name); errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	text, err = readTOML(fsys, name, &doc)
	return doc, text, err
}

// tableAt returns the table under a path of keys, and nil where there is none.
func tableAt(doc map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		doc, _ = doc[key].(map[string]any)
	}
	return doc
}

// stale says that a lock was made from something else than what stands beside it.
func stale(lock, beside, relock string) string {
	return fmt.Sprintf("%s was not locked from the dependencies that %s has now: want it locked again with %q", lock, beside, relock)
}
