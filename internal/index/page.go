package index

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"
)

// parsePage reads a project's page that was found at a URL.
func parsePage(at *url.URL, contentType string, text []byte) ([]File, error) {
	kind, _, _ := mime.ParseMediaType(contentType)
	if strings.HasSuffix(kind, "json") {
		return parseJSON(at, text)
	}
	return parseHTML(at, text)
}

func parseJSON(at *url.URL, text []byte) ([]File, error) {
	var page struct {
		Meta struct {
			Version string `json:"api-version"`
		}
		Files []struct {
			Filename       string
			URL            string
			Hashes         map[string]string
			Size           int64
			RequiresPython string `json:"requires-python"`
			Yanked         any    // a boolean, or the reason
		}
	}
	if err := json.Unmarshal(text, &page); err != nil {
		return nil, fmt.Errorf("read the page: %w: want the simple API's JSON (PEP 691)", err)
	}
	if major, _, _ := strings.Cut(page.Meta.Version, "."); major != "1" {
		return nil, fmt.Errorf("read the page: api-version %q: want 1.x", page.Meta.Version)
	}
	var files []File
	for _, f := range page.Files {
		file := File{Name: f.Filename, Size: f.Size, RequiresPython: f.RequiresPython, Yanked: f.Yanked != nil && f.Yanked != false}
		for algorithm, digest := range f.Hashes {
			file.addHash(algorithm, digest)
		}
		if file.locate(at, f.URL) {
			files = append(files, file)
		}
	}
	return files, nil
}

// parseHTML takes every link of a page whose last part is a file's name.
func parseHTML(at *url.URL, text []byte) ([]File, error) {
	var files []File
	tokens := html.NewTokenizer(bytes.NewReader(text))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if err := tokens.Err(); err != io.EOF {
				return nil, fmt.Errorf("read the page: %w", err)
			}
			return files, nil
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			href, has := attribute(token, "href")
			if token.Data == "base" && has {
				if base, err := at.Parse(href); err == nil {
					at = base
				}
			}
			if token.Data != "a" || !has {
				continue
			}
			href, fragment, _ := strings.Cut(href, "#")
			file := File{}
			file.RequiresPython, _ = attribute(token, "data-requires-python")
			_, file.Yanked = attribute(token, "data-yanked")
			algorithm, digest, _ := strings.Cut(fragment, "=")
			file.addHash(algorithm, digest)
			if file.locate(at, href) {
				files = append(files, file)
			}
		}
	}
}

func attribute(token html.Token, name string) (value string, ok bool) {
	for _, a := range token.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// addHash keeps a hash that is strong enough to tell a file by.
func (f *File) addHash(algorithm, digest string) {
	if _, ok := algorithms[algorithm]; ok {
		f.Hashes = append(f.Hashes, algorithm+":"+strings.ToLower(digest))
	}
}

// locate sets the file's absolute URL, and its name if the page gives none. It
// is false for what cannot be fetched, or whose name is no plain file's.
func (f *File) locate(at *url.URL, link string) bool {
	u, err := at.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || strings.HasSuffix(u.Path, "/") {
		return false
	}
	if f.Name == "" {
		f.Name = path.Base(u.Path)
	}
	u.User, u.Fragment = nil, ""
	f.URL = u.String()
	return f.Name != "." && f.Name != ".." && !strings.ContainsAny(f.Name, "/\x00")
}
