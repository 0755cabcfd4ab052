package interpreter_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/interpreter"
	"github.com/pinpack/pinpack/internal/testkit"
	"github.com/pinpack/pinpack/internal/venv"
)

// TestFindFetchesByUV serves an archive as python-build-standalone makes them,
// and bundles what uv installs of it.
func TestFindFetchesByUV(t *testing.T) {
	t.Parallel()
	testkit.NeedNetwork(t)
	dir := t.TempDir()
	if err := venv.FetchUV(t.Context(), nil, dir); err != nil {
		t.Fatal(err)
	}
	made := debianBundle(t)
	archive := filepath.Join(dir, "archive.tar.gz")
	do(t, "tar", "--create", "--gzip", "--directory", filepath.Dir(made.Dir), "--file", archive, "python")
	minor := strings.TrimPrefix(filepath.Base(made.Path), "python")
	config := serve(t, archive, made.Version)

	fetched := 0
	run := runner()
	run.Log = func(line string) {
		if strings.Contains(line, " python install ") {
			fetched++
		}
	}
	f := interpreter.Finder{Run: run, Bin: "/usr/bin", UV: &interpreter.UV{
		Program: func(context.Context) (string, error) { return filepath.Join(dir, "uv"), nil },
		Config:  command.Merge(config, []string{"HOME=" + dir, "UV_CACHE_DIR=" + dir + "/cache"}),
		Dir:     dir + "/pythons",
	}}
	for _, wanted := range []string{minor, made.Version} {
		py, err := f.Find(t.Context(), wanted, ">=3.6", true)
		if err != nil {
			t.Fatal(err)
		}
		if py.Version != made.Version || py.Packaged || !strings.HasPrefix(py.Path, f.UV.Dir+"/cpython-"+made.Version) {
			t.Errorf("found %+v", py)
		}
	}
	if fetched != 2 {
		t.Errorf("uv was asked to install %d times", fetched)
	}
	py, err := f.Find(t.Context(), minor, "", true)
	if err != nil {
		t.Fatal(err)
	}
	again, err := interpreter.Bundle(t.Context(), run, py, filepath.Join(dir, "again"), final)
	if err != nil {
		t.Fatal(err)
	}
	complete(t, again)
	if len(again.Libraries) != len(made.Libraries) || again.Removed != nil {
		t.Errorf("libraries %+v, without %q", again.Libraries, again.Removed)
	}

	// What uv manages already is used as it is.
	fetched, f.UV.Config = 0, command.Merge(f.UV.Config, []string{"UV_PYTHON_INSTALL_DIR=" + f.UV.Dir, "UV_PYTHON_DOWNLOADS_JSON_URL=http://localhost:1/"})
	if found, err := f.Find(t.Context(), minor, "", true); err != nil || found.Path != py.Path || fetched != 0 {
		t.Errorf("found %+v, %v, with %d installs", found, err, fetched)
	}
	if _, err := f.Find(t.Context(), "3.5", "", true); err == nil || !strings.Contains(err.Error(), `python "3.5": fetch by uv: `) {
		t.Errorf("a version that is nowhere: %v", err)
	}
}

// serve serves an archive, and tells uv of it.
func serve(t *testing.T, archive, version string) []string {
	t.Helper()
	data, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(archive))))
	t.Cleanup(server.Close)
	arch := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	part := strings.Split(version, ".")
	list := filepath.Join(t.TempDir(), "downloads.json")
	write(t, list, fmt.Sprintf(`{"cpython-%s-linux-%s-gnu": {"name": "cpython", "arch": {"family": %q, "variant": null}, "os": "linux", "libc": "gnu",
		"major": %s, "minor": %s, "patch": %s, "prerelease": "", "url": "%s/%s", "sha256": "%x", "variant": null, "build": "20240107"}}`,
		version, arch, arch, part[0], part[1], part[2], server.URL, filepath.Base(archive), sha256.Sum256(data)))
	return []string{"UV_PYTHON_DOWNLOADS_JSON_URL=" + list}
}
