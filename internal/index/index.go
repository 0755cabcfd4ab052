// Package index is a client of Python package indexes: the simple repository API
// in HTML (PEP 503) and JSON (PEP 691), with sizes (PEP 700), and find-links.
// See https://packaging.python.org/en/latest/specifications/simple-repository-api/.
//
// It also says where indexes, credentials, certificates and proxies come from:
// the environment that it is given, in which uv's and pip's own variables count
// alike. No error of this package shows a credential.
package index

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Public is the Python Package Index, the default.
const Public = "https://pypi.org/simple/"

// pageLimit bounds what is read of one page, in bytes.
const pageLimit = 64 << 20

// File is a file that an index offers.
type File struct {
	Name           string   // "demo-1.0-py3-none-any.whl"
	URL            string   // absolute, without credentials; or a path on this machine
	Hashes         []string // "sha256:…" and stronger; Download wants one of them, if there are any
	Size           int64    // bytes; 0 when the index does not say
	RequiresPython string   // version specifiers; "" for any
	Yanked         bool
}

// Client asks one index, or one place of find-links.
type Client struct {
	access *Access
	url    string
	flat   bool
}

// Open returns a client of the index with this URL. Credentials in the URL are
// used, else those that the Access knows.
func (a *Access) Open(index string) Client { return Client{a, withSlash(index), false} }

// OpenLinks returns a client of find-links: a directory, or a page with links to
// files of any project.
func (a *Access) OpenLinks(place string) Client { return Client{a, place, true} }

// Files lists what there is of a project, whose name is normalised. Of a project
// that the index does not know, the error is a *StatusError with 404.
func (c Client) Files(ctx context.Context, name string) ([]File, error) {
	if c.flat {
		return c.links(ctx, name)
	}
	return c.page(ctx, c.url+name+"/")
}

func (c Client) page(ctx context.Context, link string) ([]File, error) {
	var files []File
	err := c.access.get(ctx, link, c.url, "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1", func(resp *http.Response) error {
		text, err := readLimited(resp.Body, pageLimit)
		if err != nil {
			return err
		}
		files, err = parsePage(resp.Request.URL, resp.Header.Get("Content-Type"), text)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", Redact(link), err)
	}
	return files, nil
}

// links lists find-links, and keeps what belongs to the project.
func (c Client) links(ctx context.Context, name string) ([]File, error) {
	dir, local := strings.CutPrefix(c.url, "file://")
	var all []File
	if local || !strings.Contains(c.url, "://") {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("look for links: %w", err)
		}
		for _, e := range entries {
			all = append(all, File{Name: e.Name(), URL: filepath.Join(dir, e.Name())})
		}
	} else {
		var err error
		if all, err = c.page(ctx, c.url); err != nil {
			return nil, err
		}
	}
	var files []File
	for _, f := range all {
		if _, ok := f.Version(name); ok {
			files = append(files, f)
		}
	}
	return files, nil
}

// IsWheel tells whether the file is a wheel.
func (f File) IsWheel() bool { return strings.HasSuffix(f.Name, ".whl") }

// IsSource tells whether the file is a source distribution in a format that is
// in use: .tar.gz (PEP 625) or .zip.
func (f File) IsSource() bool {
	return strings.HasSuffix(f.Name, ".tar.gz") || strings.HasSuffix(f.Name, ".zip")
}

// Version takes the version from the name of a wheel or source distribution. ok
// is false when the file is neither, or of another project; the project's name
// is normalised.
func (f File) Version(project string) (version string, ok bool) {
	if stem, wheel := strings.CutSuffix(f.Name, ".whl"); wheel {
		parts := strings.Split(stem, "-")
		ok = (len(parts) == 5 || len(parts) == 6) && normalize(parts[0]) == project
		if !ok {
			return "", false
		}
		return strings.ReplaceAll(parts[1], "_", "-"), true
	}
	if !f.IsSource() {
		return "", false
	}
	stem := strings.TrimSuffix(strings.TrimSuffix(f.Name, ".tar.gz"), ".zip")
	for i, c := range stem {
		if c == '-' && normalize(stem[:i]) == project {
			return stem[i+1:], true
		}
	}
	return "", false
}

var separators = regexp.MustCompile(`[-_.]+`)

func normalize(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "-"))
}

func withSlash(link string) string { return strings.TrimSuffix(link, "/") + "/" }

// Redact shows a URL without what may be a secret in it: user, password, query.
func Redact(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return "an unreadable address"
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return u.String()
}

// Same tells whether two URLs mean one index: credentials and a slash at the end
// make no difference.
func Same(a, b string) bool { return withSlash(Redact(a)) == withSlash(Redact(b)) }
