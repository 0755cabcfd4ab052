package reference

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// jsonValue is a string in a JSON text, or a null.
type jsonValue struct {
	path       []string // keys from the outermost; "" for an element of an array
	text       string
	start, end int // with the quotes
	null       bool
	key        [2]int // where the last key of path stands
	object     int    // where the innermost object begins
}

// walkJSON calls each for the strings and nulls of a JSON text.
func walkJSON(data []byte, offset int, each func(v jsonValue)) error {
	type level struct {
		array bool
		start int
		key   string
		at    [2]int
		value bool // the next token of the object is a value
	}
	var levels []level
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	for {
		before := int(d.InputOffset())
		t, err := d.Token()
		if errors.Is(err, io.EOF) && len(levels) == 0 {
			return nil
		}
		if err != nil {
			at := int(d.InputOffset())
			for at < len(data) && bytes.IndexByte([]byte(" \t\r\n,:"), data[at]) >= 0 {
				at++
			}
			return &SyntaxError{offset + min(at, len(data)), "want JSON: " + strings.TrimPrefix(err.Error(), "json: ")}
		}
		end := int(d.InputOffset())
		start := before
		for start < end && bytes.IndexByte([]byte(" \t\r\n,:"), data[start]) >= 0 {
			start++
		}
		if t == json.Delim('}') || t == json.Delim(']') {
			levels = levels[:len(levels)-1]
			continue
		}
		if n := len(levels); n > 0 && !levels[n-1].array {
			if at := &levels[n-1]; !at.value {
				at.key, at.at, at.value = t.(string), [2]int{start, end}, true
				continue
			}
			levels[n-1].value = false
		}
		switch v := t.(type) {
		case json.Delim:
			if len(levels) >= 1000 {
				return &SyntaxError{offset + start, "want JSON that is less deep"}
			}
			levels = append(levels, level{array: v == '[', start: start})
		case string, nil:
			value := jsonValue{start: start, end: end, null: v == nil}
			value.text, _ = v.(string)
			for _, l := range levels {
				value.path, value.key = append(value.path, l.key), l.at
				if !l.array {
					value.object = l.start
				}
			}
			each(value)
		}
	}
}

func encodeJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // strings can be encoded
	return strings.TrimSuffix(b.String(), "\n")
}

// string has a string of a JSON text visited.
func (e *editor) string(v jsonValue, r Ref, offset int) {
	r.URL = v.text
	e.ref(r, offset+v.start, offset+v.end, encodeJSON)
}

// sourceMap reads a source map (ECMA-426): sources that it does not bring along
// are what a debugger fetches.
func (e *editor) sourceMap(data []byte) error {
	offset := 0
	if bytes.HasPrefix(data, []byte(")]}")) { // against inclusion as a script
		offset = bytes.IndexByte(data, '\n') + 1
	}
	type sources struct {
		list    []jsonValue
		content []bool
		root    string
	}
	maps := map[int]*sources{} // by where their object begins: there may be sections
	var order []*sources
	err := walkJSON(data[offset:], offset, func(v jsonValue) {
		if len(v.path) == 0 {
			return
		}
		key := v.path[len(v.path)-1]
		if key == "" && len(v.path) > 1 {
			key = v.path[len(v.path)-2]
		}
		if key != "sources" && key != "sourcesContent" && key != "sourceRoot" {
			return
		}
		m := maps[v.object]
		if m == nil {
			m = &sources{}
			maps[v.object], order = m, append(order, m)
		}
		switch key {
		case "sources":
			m.list = append(m.list, v)
		case "sourcesContent":
			m.content = append(m.content, !v.null)
		case "sourceRoot":
			m.root = v.text
		}
	})
	if err != nil {
		return err
	}
	for _, m := range order {
		for i, v := range m.list {
			if v.null || i < len(m.content) && m.content[i] {
				continue
			}
			r := Ref{Where: "sources", Optional: true}
			if m.root != "" {
				r.Base = strings.TrimSuffix(m.root, "/") + "/"
			}
			e.string(v, r, offset)
		}
	}
	return nil
}

// webManifest reads the pictures of a web app manifest.
func (e *editor) webManifest(data []byte) error {
	return walkJSON(data, 0, func(v jsonValue) {
		n := len(v.path)
		if v.null || n < 3 || v.path[n-1] != "src" {
			return
		}
		switch v.path[n-3] {
		case "icons", "screenshots":
			e.string(v, Ref{Where: v.path[n-3]}, 0)
		}
	})
}

// importMap reads an import map (HTML, 8.1.6.2): where its names lead, and what
// the files must hash to.
func (e *editor) importMap(data []byte, offset int, base string) error {
	if templated(string(data)) {
		return nil
	}
	return walkJSON(data, offset, func(v jsonValue) {
		switch n := len(v.path); {
		case v.null:
		case n == 2 && v.path[0] == "imports", n == 3 && v.path[0] == "scopes":
			e.string(v, Ref{Base: base, Where: "importmap", Optional: strings.HasSuffix(v.text, "/")}, offset)
		case n == 2 && v.path[0] == "integrity":
			r := Ref{URL: v.path[1], Integrity: v.text, Base: base, Where: "importmap", Offset: offset + v.key[0], Optional: true}
			was := r
			e.visit(&r)
			if r.URL != was.URL {
				e.replace(offset+v.key[0], offset+v.key[1], encodeJSON(r.URL))
			}
			if r.Integrity != was.Integrity {
				e.replace(offset+v.start, offset+v.end, encodeJSON(r.Integrity))
			}
		}
	})
}
