package venv

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/command"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/plan"
	"github.com/pinpack/pinpack/internal/testkit"
)

// site is a machine to build testdata/tiny on: with a lock, and whatever the
// environment says of indexes.
type site struct {
	t      *testing.T
	b      Builder
	pl     plan.Plan
	output bytes.Buffer // of programs
	said   []string     // commands and what Say got
}

// newSite needs the installer: in the user's cache, or from PyPI.
func newSite(t *testing.T, installer string, env ...string) *site {
	t.Helper()
	python, err := filepath.EvalSymlinks(testkit.Need(t, "/usr/bin/python3"))
	if err != nil {
		t.Fatal(err)
	}
	minor := strings.TrimPrefix(filepath.Base(python), "python")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t}
	source := filepath.Join(t.TempDir(), "tiny")
	if err := os.CopyFS(source, os.DirFS(filepath.Join("..", "..", "testdata", "tiny"))); err != nil {
		t.Fatal(err)
	}
	environ := append([]string{"PATH=" + command.DefaultPath, "HOME=" + t.TempDir(), "NO_PROXY=127.0.0.1,localhost"}, env...)
	s.b = Builder{
		Run:     &command.Runner{Env: command.Clean(environ, ""), Log: func(line string) { s.said = append(s.said, line) }},
		Config:  append(command.Installer(environ), "UV_NO_CACHE=1", "PIP_NO_CACHE_DIR=1", "UV_HTTP_RETRIES=0", "PIP_RETRIES=0"),
		Scratch: t.TempDir(),
		Cache:   filepath.Join(cache, "pinpack"),
		Output:  &s.output,
		Say:     func(line string) { s.said = append(s.said, line) },
	}
	s.pl = plan.Plan{
		Name: "tiny", Prefix: "/opt/tiny", Source: source, Root: source, Dir: ".", Out: filepath.Join(source, "dist"), Installer: installer,
		Python: plan.Python{Path: python, Minor: minor}, Time: time.Unix(1700000000, 0),
	}
	s.warm(installer)
	return s
}

// warm has the installer fetched before an index is asked that does not have it.
func (s *site) warm(installer string) {
	s.t.Helper()
	b := Builder{Run: &command.Runner{Env: []string{"PATH=" + command.DefaultPath}}, Scratch: s.t.TempDir(), Cache: s.b.Cache}
	if _, err := b.installer(s.t.Context(), plan.Plan{Installer: installer, Source: s.pl.Source, Python: s.pl.Python}); err != nil {
		testkit.NeedNetwork(s.t)
		s.t.Fatal(err)
	}
}

// lock reads the text of a requirements file as the lock.
func (s *site) lock(text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.pl.Source, "requirements.txt"), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
	l, err := lock.Read(os.DirFS(s.pl.Source), "requirements.txt")
	if err != nil {
		s.t.Fatal(err)
	}
	s.pl.Lock = l
}

// build builds the virtualenv; what was told comes with an error.
func (s *site) build() (Env, error) {
	env, err := s.b.Build(s.t.Context(), s.pl)
	if err != nil {
		err = fmt.Errorf("%w\n%s\n%s", err, strings.Join(s.said, "\n"), s.output.String())
	}
	return env, err
}

// mustBuild returns the names and versions that are installed.
func (s *site) mustBuild() (Env, string) {
	s.t.Helper()
	env, err := s.build()
	if err != nil {
		s.t.Fatal(err)
	}
	list, err := env.Distributions()
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, d := range list {
		names = append(names, d.Name+" "+d.Version)
	}
	return env, strings.Join(names, ", ")
}

// holders lists where a secret is: in the log, in programs' output, in files below
// the directories.
func (s *site) holders(secret string, dirs ...string) []string {
	s.t.Helper()
	var list []string
	if strings.Contains(strings.Join(s.said, "\n"), secret) {
		list = append(list, "log")
	}
	if strings.Contains(s.output.String(), secret) {
		list = append(list, "output")
	}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(name)
			if bytes.Contains(data, []byte(secret)) {
				list = append(list, name)
			}
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return list
}

// inTree is a build backend within its own source distribution. It writes a wheel
// with the given module, and does before what the text says.
func inTree(name, version, does string) map[string]string {
	return map[string]string{
		"pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
		"backend.py": `import os, zipfile
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    extra = {}
` + does + `
    name, version = "` + name + `", "` + version + `"
    info = name + "-" + version + ".dist-info/"
    files = {name + ".py": "", info + "METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version),
             info + "WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    files.update(extra)
    import base64, hashlib
    def row(name):
        data = files[name].encode()
        return "%s,sha256=%s,%d\n" % (name, base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("="), len(data))
    record = "".join(row(n) for n in sorted(files)) + info + "RECORD,,\n"
    file = "%s-%s-py3-none-any.whl" % (name, version)
    with zipfile.ZipFile(os.path.join(wheel_directory, file), "w") as z:
        for n in sorted(files):
            z.writestr(zipfile.ZipInfo(n), files[n])
        z.writestr(zipfile.ZipInfo(info + "RECORD"), record)
    return file
`,
	}
}

// both runs a test with each installer.
func both(t *testing.T, test func(t *testing.T, installer string)) {
	for _, installer := range []string{"uv", "pip"} {
		t.Run(installer, func(t *testing.T) {
			t.Parallel()
			test(t, installer)
		})
	}
}
