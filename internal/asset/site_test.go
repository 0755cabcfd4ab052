package asset_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/asset/compress"
	"github.com/pinpack/pinpack/internal/asset/fingerprint"
	"github.com/pinpack/pinpack/internal/asset/minify"
	"github.com/pinpack/pinpack/internal/testkit"
)

// prepare runs the three tools on a copy of testdata/site.
func prepare(t *testing.T, remove bool) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "static")
	must(t, os.CopyFS(dir, os.DirFS("testdata/site")))
	tools(t, dir, remove)
	return dir
}

func tools(t *testing.T, dir string, remove bool) (changed int) {
	t.Helper()
	d, err := asset.Open(dir)
	must(t, err)
	m, err := minify.Run(t.Context(), d, minify.Options{})
	must(t, err)
	must(t, d.Close())
	for _, k := range m.Kinds {
		changed += k.Changed
	}
	d, err = asset.Open(dir)
	must(t, err)
	f, err := fingerprint.Run(t.Context(), d, fingerprint.Options{URL: "/static/", Manifests: []string{"django", "json"}, Keep: fingerprint.DefaultKeep, RemoveOriginals: remove})
	must(t, err)
	must(t, d.Close())
	d, err = asset.Open(dir)
	must(t, err)
	defer d.Close()
	c, err := compress.Run(t.Context(), d, compress.Options{MinSize: 100})
	must(t, err)
	for _, e := range c.Encodings {
		changed += e.Written
	}
	return changed + f.Written + f.Removed
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestSite crawls a site as a browser would, after the tools have been at it, by
// means of its own: x/net/html and some expressions.
func TestSite(t *testing.T) {
	t.Parallel()
	for _, remove := range []bool{false, true} {
		dir := prepare(t, remove)
		server := httptest.NewServer(http.StripPrefix("/static/", http.FileServerFS(os.DirFS(dir))))
		defer server.Close()
		seen := map[string]bool{}
		for _, page := range []string{"index.html", "about.html", "sw.js"} {
			crawl(t, server.URL, "/static/"+page, "", seen)
		}
		hashed := 0
		for address := range seen {
			if regexp.MustCompile(`\.[0-9a-f]{12}\.`).MatchString(address) {
				hashed++
			}
		}
		if want := 21; hashed != want || len(seen) != hashed+4 { // and two pages, a worker, an icon
			t.Errorf("crawled %d, of them %d with a hash; want %d: %v", len(seen), hashed, want, seen)
		}
		page, err := os.ReadFile(filepath.Join(dir, "index.html"))
		must(t, err)
		if m := regexp.MustCompile(`src=["']?(js/vendor/old[^"' >]+)["']? integrity=["']?sha256-([^"' >]+)`).FindStringSubmatch(string(page)); m == nil {
			t.Errorf("no script with integrity in\n%s", page)
		} else if text, err := os.ReadFile(filepath.Join(dir, m[1])); err != nil || m[2] != sha256Base64(text) {
			t.Errorf("%s is said to hash to %s: %v", m[1], m[2], err)
		}
		decode(t, dir)
		before := testkit.TreeDump(t, dir)
		if n := tools(t, dir, remove); n != 0 {
			t.Errorf("the second time, %d files changed", n)
		}
		if diff := cmp.Diff(before, testkit.TreeDump(t, dir)); diff != "" {
			t.Errorf("files (-first +second):\n%s", diff)
		}
		if diff := cmp.Diff(before, testkit.TreeDump(t, prepare(t, remove))); diff != "" {
			t.Errorf("files (-here +elsewhere):\n%s", diff)
		}
	}
}

func sha256Base64(text []byte) string {
	sum := sha256.Sum256(text)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// crawl fetches a file and what it refers to.
func crawl(t *testing.T, server, at, from string, seen map[string]bool) {
	t.Helper()
	if seen[at] {
		return
	}
	seen[at] = true
	response, err := http.Get(server + at)
	must(t, err)
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	must(t, err)
	if response.StatusCode != 200 {
		t.Errorf("%s refers to %s: status %d", from, at, response.StatusCode)
		return
	}
	base, refs := references(at, body)
	for _, ref := range refs {
		here, err := url.Parse(server + at)
		must(t, err)
		there, err := here.Parse(base)
		must(t, err)
		there, err = there.Parse(ref)
		if err != nil {
			t.Errorf("%s refers to %q: %v", at, ref, err)
			continue
		}
		if there.Host == here.Host && strings.HasPrefix(there.Path, "/static/") && !strings.HasSuffix(there.Path, "/") {
			crawl(t, server, there.EscapedPath(), at, seen)
		}
	}
}

var inText = map[string]*regexp.Regexp{
	".css": regexp.MustCompile(`url\(\s*["']?([^"')]+)|@import\s*["']([^"']+)|image-set\(["']([^"']+)[^,]*,\s*["']([^"']+)|sourceMappingURL=(\S+)`),
	".js":  regexp.MustCompile(`(?:from|import)\s*["'](\.[^"']+)|import\(["']([^"']+)|URL\(["']([^"']+)|sourceMappingURL=(\S+)`),
	".svg": regexp.MustCompile(`href=["']?([^"' >]+)`), ".webmanifest": regexp.MustCompile(`"src":\s*"([^"]+)"`), ".map": regexp.MustCompile(`"(\w+\.[0-9a-f]{12}\.scss)"`),
}

func references(name string, body []byte) (base string, refs []string) {
	ext := filepath.Ext(name)
	if ext != ".html" {
		return "", find(ext, string(body))
	}
	z := html.NewTokenizer(bytes.NewReader(body))
	var tag string
	for {
		switch z.Next() {
		case html.ErrorToken:
			return base, refs
		case html.TextToken:
			text := string(z.Text())
			switch tag {
			case "style":
				refs = append(refs, find(".css", text)...)
			case "script":
				refs = append(refs, find(".js", text)...)
				for _, m := range regexp.MustCompile(`"cart":\s*"([^"]+)"`).FindAllStringSubmatch(text, -1) {
					refs = append(refs, m[1])
				}
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			tag = token.Data
			for _, a := range token.Attr {
				switch {
				case tag == "base" && a.Key == "href":
					base = a.Val
				case a.Key == "srcset":
					for part := range strings.SplitSeq(a.Val, ",") {
						refs = append(refs, strings.Fields(part)[0])
					}
				case a.Key == "src" || a.Key == "href" || a.Key == "poster" || a.Key == "content" && strings.HasPrefix(a.Val, "/"):
					refs = append(refs, a.Val)
				case a.Key == "style":
					refs = append(refs, find(".css", a.Val)...)
				}
			}
		}
	}
}

func find(ext, text string) []string {
	var refs []string
	if re := inText[ext]; re != nil {
		for _, m := range re.FindAllStringSubmatch(text, -1) {
			for _, ref := range m[1:] {
				if ref != "" && !strings.Contains(ref, "not-there") {
					refs = append(refs, ref)
				}
			}
		}
	}
	return refs
}

// decode has the real programs read every variant.
func decode(t *testing.T, dir string) {
	t.Helper()
	n := 0
	must(t, filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		tool := map[string]string{".gz": "gzip", ".br": "brotli", ".zst": "zstd"}[filepath.Ext(name)]
		if tool == "" || err != nil {
			return err
		}
		n++
		decoded, err := exec.Command(testkit.Need(t, tool), "-dc", name).Output()
		original, readErr := os.ReadFile(strings.TrimSuffix(name, filepath.Ext(name)))
		if err != nil || readErr != nil || !bytes.Equal(decoded, original) {
			t.Errorf("%s: %v, %v", name, err, readErr)
		}
		return nil
	}))
	if n < 20 {
		t.Errorf("%d variants", n)
	}
}
