//go:build acceptance

package asset_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// readers is what real Django, WhiteNoise and Flask make of what we wrote.
const readers = `
import gzip, json, os, sys
import brotli, django, flask
from django.conf import settings

root = sys.argv[1]
settings.configure(
    SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF="__main__", INSTALLED_APPS=["django.contrib.staticfiles"], STATIC_URL="/static/", STATIC_ROOT=root,
    MIDDLEWARE=["whitenoise.middleware.WhiteNoiseMiddleware"], TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    STORAGES={"staticfiles": {"BACKEND": sys.argv[2]}},
)
urlpatterns = []
django.setup()

from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import engines
from django.test import Client

template = engines["django"].from_string("{% load static %}{% static name %}")
client, answers = Client(), {}
for name in json.loads(sys.stdin.read()):
    url = template.render({"name": name})
    assert staticfiles_storage.manifest_strict
    entry = {"url": url, "encodings": {}}
    for encoding, decode in {"identity": bytes, "gzip": gzip.decompress, "br": brotli.decompress}.items():
        response = client.get(url, headers={"accept-encoding": encoding})
        body = decode(b"".join(response)) if response.headers.get("Content-Encoding") == encoding or encoding == "identity" else None
        entry["encodings"][encoding] = body is not None and body == open(root + "/" + url.removeprefix("/static/"), "rb").read()
        entry["status"], entry["cache"] = response.status_code, response.headers.get("Cache-Control", "")
    answers[name] = entry

with open(root + "/rev-manifest.json") as f:
    manifest = json.load(f)
app = flask.Flask("shop", static_folder=root, static_url_path="/static")
app.template_global()(lambda name: None)
app.add_template_global(lambda name: flask.url_for("static", filename=manifest[name]), "asset")
with app.test_request_context():
    for name in answers:
        answers[name]["flask"] = flask.render_template_string("{{ asset(name) }}", name=name)
        answers[name]["flask status"] = app.test_client().get(answers[name]["flask"]).status_code
print(json.dumps(answers))
`

// TestDjango holds that real Django, WhiteNoise and Flask find each file by its
// own name, and serve it under the fingerprinted one.
func TestDjango(t *testing.T) {
	testkit.NeedNetwork(t)
	python := testkit.NeedPip(t)
	lib := t.TempDir()
	install := exec.Command(python, "-m", "pip", "install", "--quiet", "--target", lib, "django>=4.2", "whitenoise>=6", "brotli", "flask>=3")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var files []string
	must(t, filepath.WalkDir("testdata/site", func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, strings.TrimPrefix(name, "testdata/site/"))
		}
		return err
	}))
	input, err := json.Marshal(files)
	must(t, err)
	for _, storage := range []string{"django.contrib.staticfiles.storage.ManifestStaticFilesStorage", "whitenoise.storage.CompressedManifestStaticFilesStorage"} {
		for _, remove := range []bool{false, true} {
			dir := prepare(t, remove)
			run := exec.Command(python, "-c", readers, dir, storage)
			run.Env = append(os.Environ(), "PYTHONPATH="+lib)
			run.Stdin, run.Stderr = strings.NewReader(string(input)), os.Stderr
			out, err := run.Output()
			must(t, err)
			var answers map[string]struct {
				URL, Cache, Flask string
				Status            int
				FlaskStatus       int `json:"flask status"`
				Encodings         map[string]bool
			}
			must(t, json.Unmarshal(out, &answers))
			compressed, immutable := 0, 0
			for _, name := range files {
				a := answers[name]
				if a.Status != 200 || !a.Encodings["identity"] || strings.ReplaceAll(a.Flask, "%20", " ") != a.URL || a.FlaskStatus != 200 {
					t.Errorf("%s: %+v", name, a)
				}
				if a.Encodings["br"] && a.Encodings["gzip"] {
					compressed++
				}
				if strings.Contains(a.Cache, "immutable") {
					immutable++
				} else if a.URL != "/static/"+name {
					t.Errorf("%s is at %s, and for a short time: %q", name, a.URL, a.Cache)
				}
			}
			if compressed < 6 || immutable != len(files)-6 { // two pages, sw.js, favicon.ico, robots.txt, security.txt
				t.Errorf("%s, remove %v: %d compressed, %d of %d immutable", storage, remove, compressed, immutable, len(files))
			}
		}
	}
}
