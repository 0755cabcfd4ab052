package project

import (
	"errors"
	"fmt"
	"strings"
)

// headers are the fields of a METADATA file by lower-case name, in file order.
type headers map[string][]string

// parseMetadata reads core metadata, an e-mail header with a description after it.
// It knows versions 1.0 to 2.5, and takes any later 2.x as the specification wants.
// https://packaging.python.org/en/latest/specifications/core-metadata/
func parseMetadata(text string) (Project, headers, error) {
	h, body, err := parseHeaders(text)
	if err != nil {
		return Project{}, nil, err
	}
	version := h.get("metadata-version")
	if !strings.HasPrefix(version, "1.") && !strings.HasPrefix(version, "2.") {
		return Project{}, nil, fmt.Errorf("metadata version %q: want 1.0 to 2.x", version)
	}
	p := Project{
		Name:           h.get("name"),
		Version:        h.get("version"),
		Summary:        oneLine(h.get("summary")),
		Readme:         body,
		ReadmeType:     h.get("description-content-type"),
		License:        h.get("license-expression"),
		RequiresPython: h.get("requires-python"),
		Authors:        h.people("author"),
		Maintainers:    h.people("maintainer"),
	}
	fill(&p.License, h.get("license"))
	if strings.TrimSpace(p.Readme) == "" {
		p.Readme = h.get("description")
	}
	if url := h.get("home-page"); url != "" {
		p.URLs = with(p.URLs, "Homepage", url)
	}
	for _, value := range h["project-url"] {
		if label, url, ok := strings.Cut(value, ","); ok {
			p.URLs = with(p.URLs, strings.TrimSpace(label), strings.TrimSpace(url))
		}
	}
	return p, h, nil
}

// get returns a field's first value. Old setuptools wrote UNKNOWN for none.
func (h headers) get(name string) string {
	if values := h[name]; len(values) > 0 && values[0] != "UNKNOWN" {
		return values[0]
	}
	return ""
}

// people joins the fields for names and for addresses, which may hold names, too:
// a backend writes those it has an address of into the latter only.
func (h headers) people(role string) []Person {
	names, emails := parsePeople(h.get(role)), parsePeople(h.get(role+"-email"))
	if len(names) == 1 && len(emails) == 1 && emails[0].Name == "" {
		return []Person{{names[0].Name, emails[0].Email}}
	}
	return append(names, emails...)
}

// parseHeaders splits the text into header fields and body. Lines that begin with a
// blank continue a field.
func parseHeaders(text string) (h headers, body string, err error) {
	h = headers{}
	last := ""
	rest := strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	for i := 1; rest != ""; i++ {
		var line string
		if line, rest, _ = strings.Cut(rest, "\n"); line == "" {
			return h, rest, nil
		}
		if line[0] == ' ' || line[0] == '\t' {
			if last == "" {
				return nil, "", errors.New("line 1: want a field, \"Name: value\"")
			}
			values := h[last]
			values[len(values)-1] += "\n" + unfold(line)
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, "", fmt.Errorf("line %d: %.80q: want a field, \"Name: value\"", i, line)
		}
		last = strings.ToLower(name)
		h[last] = append(h[last], strings.TrimSpace(value))
	}
	return h, "", nil
}

// unfold drops what a writer put before a continued line: seven blanks and a bar in
// core metadata, eight blanks in what distutils wrote, one in e-mail.
func unfold(line string) string {
	for _, indentation := range []string{"       |", "        "} {
		if rest, ok := strings.CutPrefix(line, indentation); ok {
			return rest
		}
	}
	return strings.TrimLeft(line, " \t")
}
