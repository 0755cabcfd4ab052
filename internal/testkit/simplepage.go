package testkit

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
)

const (
	htmlHead = "<!DOCTYPE html>\n<html>\n<head><meta name=\"pypi:repository-version\" content=\"1.0\"></head>\n<body>\n"
	htmlFoot = "</body>\n</html>\n"
)

func projectsHTML(projects []string) string {
	page := htmlHead
	for _, name := range projects {
		page += fmt.Sprintf("<a href=\"%s/\">%s</a><br>\n", name, name)
	}
	return page + htmlFoot
}

func filesHTML(files []indexFile) string {
	page := htmlHead
	for _, f := range files {
		python := ""
		if f.requiresPython != "" {
			python = fmt.Sprintf(" data-requires-python=%q", html.EscapeString(f.requiresPython))
		}
		page += fmt.Sprintf("<a href=\"%s#sha256=%s\"%s>%s</a><br>\n", f.href(), f.digest, python, f.name)
	}
	return page + htmlFoot
}

// href leads from a project's page to the file.
func (f indexFile) href() string {
	return "../../files/" + url.PathEscape(f.name)
}

type pageMeta struct {
	APIVersion string `json:"api-version"`
}

func projectsJSON(names []string) string {
	type project struct {
		Name string `json:"name"`
	}
	projects := make([]project, len(names))
	for i, name := range names {
		projects[i].Name = name
	}
	return toJSON(struct {
		Meta     pageMeta  `json:"meta"`
		Projects []project `json:"projects"`
	}{pageMeta{"1.0"}, projects})
}

func filesJSON(project string, files []indexFile) string {
	type file struct {
		Filename       string            `json:"filename"`
		URL            string            `json:"url"`
		Hashes         map[string]string `json:"hashes"`
		RequiresPython string            `json:"requires-python,omitempty"`
	}
	list := make([]file, len(files))
	for i, f := range files {
		list[i] = file{f.name, f.href(), map[string]string{"sha256": f.digest}, f.requiresPython}
	}
	return toJSON(struct {
		Meta  pageMeta `json:"meta"`
		Name  string   `json:"name"`
		Files []file   `json:"files"`
	}{pageMeta{"1.0"}, project, list})
}

func toJSON(page any) string {
	text, err := json.Marshal(page)
	if err != nil {
		panic(err) // strings and maps of strings only
	}
	return string(text)
}
