package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"path"
	"strconv"
	"strings"
)

func (c *serviceCall) json(status int, v any) {
	c.w.Header().Set("Content-Type", "application/json")
	c.status = status
	c.answer, _ = json.Marshal(v)
}

// is tells whether the call is this one. In the pattern * is an element of the
// path, as it was sent; what they are goes to parts, decoded.
func (c *serviceCall) is(method, pattern string, parts *[]string) bool {
	ok, _ := path.Match(pattern, c.path)
	if !ok || c.r.Method != method {
		return false
	}
	*parts = nil
	want, got := strings.Split(pattern, "/"), strings.Split(c.path, "/")
	for i := range want {
		if strings.Contains(want[i], "*") {
			*parts = append(*parts, unescaped(got[i]))
		}
	}
	return true
}

// form reads a multipart form of one file, exactly: its fields in order, and the
// file's name and content.
func (c *serviceCall) form() (fields []string, name, content string, err error) {
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil, "", "", fmt.Errorf("Content-Type %q", c.r.Header.Get("Content-Type"))
	}
	for in := multipart.NewReader(bytes.NewReader(c.body), params["boundary"]); ; {
		part, err := in.NextRawPart()
		if err == io.EOF {
			return fields, name, content, nil
		} else if err != nil {
			return nil, "", "", err
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, "", "", err
		}
		if part.FileName() == "" {
			fields = append(fields, part.FormName()+"="+string(data))
			continue
		}
		fields = append(fields, part.FormName()+"=@")
		name, content = part.FileName(), string(data)
	}
}

// described reads what a package says of itself; those of fast tests are lines of
// a key and a value.
func described(content string) (name, version, arch string) {
	for magic, parse := range map[string]func([]byte) (Package, error){"!<arch>\n": parseDeb, "\xed\xab\xee\xdb": parseRPM} {
		if !strings.HasPrefix(content, magic) {
			continue
		}
		p, err := parse([]byte(content))
		if err != nil {
			return "", "", ""
		}
		version = p.Version + "-" + p.Release
		if p.Epoch != "" && p.Epoch != "0" {
			version = p.Epoch + ":" + version
		}
		return p.Name, version, p.Arch
	}
	values := map[string]string{}
	for line := range strings.Lines(content) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		values[key] = value
	}
	return values["name"], values["version"], values["arch"]
}

// put keeps a content under a name; one more where the name is taken.
func (g *Service) put(name, content string) { g.files[name] = append(g.files[name], content) }

// newest is the content that people get.
func (g *Service) newest(name string) (string, bool) {
	list := g.files[name]
	if len(list) == 0 {
		return "", false
	}
	return list[len(list)-1], true
}

// download answers with a file, or with 404.
func (g *Service) download(c *serviceCall, name string) {
	content, ok := g.newest(name)
	if !ok {
		c.json(404, map[string]string{"message": "404 Not Found"})
		return
	}
	c.status, c.answer = 200, []byte(content)
	c.w.Header().Set("Content-Length", strconv.Itoa(len(content)))
}
