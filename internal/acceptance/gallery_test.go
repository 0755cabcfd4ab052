//go:build acceptance

package acceptance

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// galleryPages are all pages of gallery, the last one with what a click loads.
var galleryPages = []string{"/", "/hills/", "/harbour/", "/orchard/", "/hills/#large"}

// fingerprinted is a name that bears a hash of its file's content.
var fingerprinted = regexp.MustCompile(`\.[0-9a-f]{12}\.[a-z]+$`)

// TestGallery installs the site whose static files went through sass, minify,
// fingerprint and compress, the same bytes in two builds, and looks at it through
// nginx as its example has it: by hand, and with a browser.
func TestGallery(t *testing.T) {
	t.Parallel()
	r, _ := buildTwice(t, "gallery", stranger)
	s := newSystem(t, "bookworm")
	s.run(t, "apt-get", "update", "--quiet")
	s.run(t, "apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium", "libnginx-mod-http-brotli-static")
	deb := s.put(t, r.file(t, "deb"), "/packages")
	s.boot(t)
	s.sh(t, "apt-get install --yes --quiet "+deb+`
sed 's/#brotli_static on/brotli_static on/' /usr/share/doc/gallery/examples/nginx.conf >/etc/nginx/conf.d/gallery.conf
rm -f /etc/nginx/sites-enabled/default
sed -i 's/gallery.example.org/localhost/' /etc/nginx/conf.d/gallery.conf
nginx -t && systemctl restart nginx`)

	static := map[string]bool{}
	for _, page := range galleryPages {
		a := s.get(t, page, "")
		if a.status != http.StatusOK {
			t.Fatalf("%s: status %d\n%s", page, a.status, a.body)
		}
		for _, m := range regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(string(a.body), -1) {
			if strings.HasPrefix(m[1], "/static/") {
				static[m[1]] = true
			} else if a := s.get(t, m[1], ""); a.status != http.StatusOK {
				t.Errorf("%s leads to %s: status %d", page, m[1], a.status)
			}
		}
	}
	if len(static) != 6 { // icon, style sheet, script, three drawings
		t.Errorf("the pages lead to %d static files: want 6: %v", len(static), static)
	}
	for name := range static {
		s.checkStatic(t, name)
	}
	if cache := s.get(t, "/static/gallery/js/gallery.js", "").header.Get("Cache-Control"); cache != "no-cache" {
		t.Errorf("a file whose name has no hash: Cache-Control %q, want no-cache", cache)
	}
	for _, page := range galleryPages {
		s.browse(t, page)
	}
}

// answer is what nginx sent.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// get asks nginx for a page as a client that accepts one content coding.
func (s *system) get(t testing.TB, page, accept string) answer {
	t.Helper()
	page, _, _ = strings.Cut(page, "#")
	s.sh(t, fmt.Sprintf("curl --silent --show-error --dump-header /var/lib/head --output /var/lib/body --header 'Accept-Encoding: %s' 'http://localhost%s'", accept, page))
	head, err := os.ReadFile(s.path("/var/lib/head"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(s.path("/var/lib/body"))
	if err != nil {
		t.Fatal(err)
	}
	a := answer{header: http.Header{}, body: body}
	for line := range strings.Lines(string(head)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			a.header.Add(name, value)
		} else if a.status == 0 {
			fmt.Sscanf(line, "HTTP/1.1 %d", &a.status)
		}
	}
	return a
}

// checkStatic asks for a static file as clients with each content coding do.
func (s *system) checkStatic(t *testing.T, name string) {
	t.Helper()
	plain := s.get(t, name, "identity")
	want, err := os.ReadFile(s.path("/usr/share/gallery" + name))
	if err != nil || plain.status != http.StatusOK || !bytes.Equal(plain.body, want) {
		t.Errorf("%s: status %d, %d bytes: want the file's %d (%v)", name, plain.status, len(plain.body), len(want), err)
	}
	if cache := plain.header.Get("Cache-Control"); !fingerprinted.MatchString(name) || cache != "public, max-age=31536000, immutable" {
		t.Errorf("%s: Cache-Control %q: want a name with a hash, to be kept for ever", name, cache)
	}
	small := path.Ext(name) == ".png" // compressed by itself
	for _, c := range []struct {
		accept, coding, suffix string
		open                   func(io.Reader) (io.Reader, error)
	}{
		{"gzip", "gzip", ".gz", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{"br", "br", ".br", func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }},
		{"gzip, deflate, br, zstd", "br", ".br", func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }},
		// Debian has no module that would send it.
		{"zstd", "", ".zst", func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) }},
	} {
		a := s.get(t, name, c.accept)
		coding := c.coding
		variant, err := os.ReadFile(s.path("/usr/share/gallery" + name + c.suffix))
		if small {
			if coding = ""; err == nil {
				t.Errorf("%s has a variant %s", name, c.suffix)
			}
			variant, c.open = want, func(r io.Reader) (io.Reader, error) { return r, nil }
		} else if err != nil {
			t.Errorf("%s has no variant %s", name, c.suffix)
			continue
		}
		if got := a.header.Get("Content-Encoding"); a.status != http.StatusOK || got != coding {
			t.Errorf("%s for who accepts %q: status %d, Content-Encoding %q, want %q", name, c.accept, a.status, got, coding)
		}
		if coding != "" {
			if !strings.Contains(a.header.Get("Vary"), "Accept-Encoding") {
				t.Errorf("%s for who accepts %q: Vary %q", name, c.accept, a.header.Get("Vary"))
			}
			variant = a.body
		}
		r, err := c.open(bytes.NewReader(variant))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s for who accepts %q: decoded to %d bytes, want %d (%v)", name, c.accept, len(got), len(want), err)
		}
	}
}

// netLog is what Chromium logs of its requests (--log-net-log).
type netLog struct {
	Constants struct {
		LogEventTypes map[string]int
	}
	Events []struct {
		Type   int
		Source struct{ ID int }
		Params struct {
			URL      string
			Headers  []string
			NetError int `json:"net_error"`
		}
	}
}

// browse opens a page in a new Chromium, which has nothing in its cache: every request that it makes for it succeeds,
// and its scripts have run.
func (s *system) browse(t *testing.T, page string) {
	t.Helper()
	dom := s.sh(t, `rm -rf /var/lib/browser && mkdir /var/lib/browser
cd /var/lib/browser && timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking --disable-component-update --no-first-run \
  --user-data-dir=/var/lib/browser/profile --log-net-log=/var/lib/browser/net.json --virtual-time-budget=5000 --dump-dom 'http://localhost`+page+`' 2>/var/lib/browser/log`)
	if !strings.Contains(dom, `<html lang="en" class="scripts">`) {
		t.Errorf("%s: its script did not run:\n%s", page, dom)
	}
	if large := strings.HasSuffix(page, "#large"); large != strings.Contains(dom, `class="lens"`) {
		t.Errorf("%s: large: %t\n%s", page, !large, dom)
	}
	data, err := os.ReadFile(s.path("/var/lib/browser/net.json"))
	if err != nil {
		t.Fatal(err)
	}
	var log netLog
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatalf("read Chromium's log of %s: %v", page, err)
	}
	urls, answered := map[int]string{}, map[string]string{}
	for _, e := range log.Events {
		url := urls[e.Source.ID]
		switch e.Type {
		case log.Constants.LogEventTypes["URL_REQUEST_START_JOB"]:
			if strings.HasPrefix(e.Params.URL, "http://localhost") {
				urls[e.Source.ID] = e.Params.URL
				answered[e.Params.URL] = "no answer"
			}
		case log.Constants.LogEventTypes["HTTP_TRANSACTION_READ_RESPONSE_HEADERS"]:
			if url != "" && len(e.Params.Headers) > 0 {
				answered[url] = e.Params.Headers[0]
			}
		}
		if url != "" && e.Params.NetError != 0 {
			answered[url] = fmt.Sprintf("net error %d", e.Params.NetError)
		}
	}
	wanted := 4 // page, style sheet, two scripts
	if len(answered) < wanted {
		t.Errorf("%s: %d requests: want %d at least: %v", page, len(answered), wanted, answered)
	}
	var list []string
	for url, status := range answered {
		if !strings.HasPrefix(status, "HTTP/1.1 200") {
			t.Errorf("%s: %s: %s", page, url, status)
		}
		list = append(list, strings.TrimPrefix(url, "http://localhost"))
	}
	slices.Sort(list)
	t.Logf("%s: %d requests, all answered: %s", page, len(list), strings.Join(list, " "))
}
