package testkit

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP answers as an index does; failures come before authentication.
func (x *Index) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if status := x.refuse(r); status != 0 {
		if status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Basic realm="index"`)
		}
		http.Error(w, http.StatusText(status), status)
		return
	}
	if name, ok := strings.CutPrefix(r.URL.Path, "/files/"); ok {
		x.serveFile(w, r, name)
		return
	}
	if r.URL.Path+"/" == "/simple/" {
		http.Redirect(w, r, "/simple/", http.StatusMovedPermanently)
		return
	}
	if name, ok := strings.CutPrefix(r.URL.Path, "/simple/"); ok {
		x.servePage(w, r, name)
		return
	}
	http.NotFound(w, r)
}

// refuse records the request and returns the status it is to fail with, or 0.
func (x *Index) refuse(r *http.Request) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.requests = append(x.requests, r.URL.Path)
	if f, ok := x.failures[r.URL.Path]; ok {
		if f.left--; f.left == 0 {
			delete(x.failures, r.URL.Path)
		} else {
			x.failures[r.URL.Path] = f
		}
		return f.status
	}
	user, password, _ := r.BasicAuth()
	if x.user != "" && (user != x.user || password != x.password) {
		return http.StatusUnauthorized
	}
	return 0
}

func (x *Index) serveFile(w http.ResponseWriter, r *http.Request, name string) {
	for _, f := range x.files {
		if f.name != name {
			continue
		}
		body := f.body
		x.mu.Lock()
		if x.corrupt[name] {
			body = slices.Clone(body)
			body[len(body)/2] ^= 0xff
		}
		x.mu.Unlock()
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
		return
	}
	http.NotFound(w, r)
}

// The ways to write a page of the simple API, the one for a client that does not
// care first. See https://packaging.python.org/en/latest/specifications/simple-repository-api/
var pageTypes = []string{
	"text/html",
	"application/vnd.pypi.simple.v1+html",
	"application/vnd.pypi.simple.v1+json",
}

// servePage answers for "" (all projects) or "demo/" below /simple/.
func (x *Index) servePage(w http.ResponseWriter, r *http.Request, name string) {
	project, ok := strings.CutSuffix(name, "/")
	if clean := normalName(project); name != "" && (!ok || clean != project) {
		http.Redirect(w, r, "/simple/"+clean+"/", http.StatusMovedPermanently)
		return
	}
	var files []indexFile
	for _, f := range x.files {
		if f.project == project {
			files = append(files, f)
		}
	}
	if name != "" && len(files) == 0 {
		http.NotFound(w, r)
		return
	}
	contentType := negotiate(r.Header.Get("Accept"))
	if contentType == "" {
		http.Error(w, http.StatusText(http.StatusNotAcceptable), http.StatusNotAcceptable)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Vary", "Accept")
	var page string
	switch asJSON := strings.HasSuffix(contentType, "+json"); {
	case asJSON && name == "":
		page = projectsJSON(x.projects())
	case asJSON:
		page = filesJSON(project, files)
	case name == "":
		page = projectsHTML(x.projects())
	default:
		page = filesHTML(files)
	}
	fmt.Fprint(w, page)
}

// negotiate picks the page type that the Accept header likes best, or none.
func negotiate(accept string) string {
	if accept == "" {
		return pageTypes[0]
	}
	best, bestQuality := "", 0.0
	for _, part := range strings.Split(accept, ",") {
		wanted, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality, err := strconv.ParseFloat(params["q"], 64)
		if err != nil {
			quality = 1
		}
		wanted = strings.Replace(wanted, ".latest+", ".v1+", 1)
		for _, offered := range pageTypes {
			matches := wanted == offered || wanted == "*/*" || wanted == strings.Split(offered, "/")[0]+"/*"
			if matches && quality > bestQuality {
				best, bestQuality = offered, quality
			}
		}
	}
	return best
}
