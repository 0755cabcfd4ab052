package whole

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pinpack/pinpack/internal/testkit"
)

// secretUser is the user of every password.
const secretUser = "ci-robot"

// secretSite is a project whose build takes passwords. It knows all of them.
type secretSite struct {
	*step
	installer string
	home      string
	env       []string
	token     string
	tools     secretIndex       // has uv and pip, and a source distribution that tells what it sees
	needles   map[string]string // what nobody may see, and what it is
	trust     string            // file of authorities

	project  string // more lines of [project]
	tables   string // more tables of pyproject.toml
	owners   []string
	lockFile string
	lock     string
}

// secretIndex is an index that wants a password of its own.
type secretIndex struct {
	*testkit.Index
	password string
	name     string // of the distribution that it has
	file     string
}

func newSecretSite(t *testing.T, step *step, installer string) *secretSite {
	t.Helper()
	s := &secretSite{step: step, installer: installer, home: t.TempDir(), needles: map[string]string{}, lockFile: "requirements.txt"}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	s.token = s.secret("the token", "x-access-token")
	deploy := s.secret("an env input", "")
	s.tools = s.serve(t, testkit.NewIndex, "spy", toolWheels(t, cache)...)
	s.trust = filepath.Join(s.home, "authorities.pem")
	write(t, s.home, "authorities.pem", "")
	s.env = []string{
		"HOME=" + s.home, "XDG_CACHE_HOME=" + cache, "UV_NO_CACHE=1", "PIP_NO_CACHE_DIR=1", "NO_PROXY=127.0.0.1,localhost",
		"GITHUB_TOKEN=" + s.token, "DEPLOY_TOKEN=" + deploy,
	}
	return s
}

// toolWheels are uv's and pip's: where the project's code is kept apart, they are
// fetched for each build, and the default index is to have them.
func toolWheels(t *testing.T, cache string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(cache, "pinpack", "*.whl"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// secret makes a value that nobody may see, with characters that are written in
// several ways. With a user it is a password.
func (s *secretSite) secret(what, user string) string {
	value := fmt.Sprintf("s3/cr+t%d@%x", len(s.needles), time.Now().UnixNano())
	for _, form := range []string{value, escaped(value), url.QueryEscape(value), url.PathEscape(value), base64.StdEncoding.EncodeToString([]byte(user + ":" + value))} {
		s.needles[form] = what
	}
	return value
}

// escaped writes a password as it stands in a URL.
func escaped(password string) string {
	_, after, _ := strings.Cut(url.UserPassword("", password).String(), ":")
	return after
}

// index serves one distribution, by the same name, to who has the password.
func (s *secretSite) index(t *testing.T, name string) secretIndex {
	t.Helper()
	return s.serve(t, testkit.NewIndex, name)
}

// tlsIndex is an index whose authority the build is told to trust.
func (s *secretSite) tlsIndex(t *testing.T, name string) secretIndex {
	t.Helper()
	return s.serve(t, func(t testing.TB, files ...string) *testkit.Index {
		x, authority := testkit.NewTLSIndex(t, files...)
		all, err := os.ReadFile(s.trust)
		if err != nil {
			t.Fatal(err)
		}
		more, err := os.ReadFile(authority)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.trust, append(all, more...), 0o644); err != nil {
			t.Fatal(err)
		}
		s.env = append(s.env, "SSL_CERT_FILE="+s.trust)
		return x
	}, name)
}

func (s *secretSite) serve(t *testing.T, open func(testing.TB, ...string) *testkit.Index, name string, more ...string) secretIndex {
	t.Helper()
	x := secretIndex{name: name, password: s.secret("the password of the index with "+name, secretUser)}
	if name == "spy" {
		x.file = testkit.SDist(t, t.TempDir(), "spy", "2.0", spy)
	} else {
		x.file = testkit.Wheel{Name: name, Version: "1.0"}.Write(t, t.TempDir())
	}
	x.Index = open(t, append(more, x.file)...)
	x.RequireAuth(secretUser, x.password)
	return x
}

// own has the index answer for its distribution.
func (s *secretSite) own(x secretIndex) { s.owners = append(s.owners, x.URL()+" "+x.name) }

func (s *secretSite) netrc(t *testing.T, file, host string, x secretIndex) {
	t.Helper()
	text := fmt.Sprintf("machine %s login %s password %s\n", host, secretUser, x.password)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// write writes the project. Its test step prints a secret.
func (s *secretSite) write(t *testing.T) {
	t.Helper()
	dir := filepath.Join(s.dir, "tiny")
	source, err := os.ReadFile(filepath.Join("..", "..", "testdata", "tiny", "pyproject.toml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(source), "\n[project.scripts]", s.project+"\n[project.scripts]", 1) + "\n" + s.tables
	inputs := "installer = '" + s.installer + "'\n" +
		"test = 'echo \"printed: $DEPLOY_TOKEN\"'\nenv = 'DEPLOY_TOKEN'\naudit-allow = '/**/spy_saw.json'\n"
	if s.owners != nil {
		inputs += fmt.Sprintf("index-owners = '''\n%s'''\n", strings.Join(s.owners, "\n"))
	}
	const table = "[tool.pinpack]\n"
	if !strings.Contains(text, table) {
		t.Fatalf("testdata/tiny has no %s", table)
	}
	text = strings.Replace(text, table, table+inputs, 1)
	write(t, dir, "pyproject.toml", text)
	for _, name := range []string{"requirements.txt", "uv.lock"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, s.lockFile, s.lock)
}

// spy is a source distribution whose build writes all that it can see into its wheel.
var spy = map[string]string{
	"pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
	"backend.py": `import base64, glob, hashlib, json, os, zipfile


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    seen = {"environment": dict(os.environ), "processes": []}
    for name in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            seen["processes"].append(open(name).read())
        except OSError:
            pass
    info = "spy-2.0.dist-info/"
    files = {
        "spy_saw.json": json.dumps(seen, indent=1),
        info + "METADATA": "Metadata-Version: 2.1\nName: spy\nVersion: 2.0\n",
        info + "WHEEL": "Wheel-Version: 1.0\nGenerator: spy\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        record += "%s,sha256=%s,%d\n" % (name, digest, len(text.encode()))
    files[info + "RECORD"] = record + info + "RECORD,,\n"
    with zipfile.ZipFile(os.path.join(wheel_directory, "spy-2.0-py3-none-any.whl"), "w") as z:
        for name, text in files.items():
            z.writestr(zipfile.ZipInfo(name), text)
    return "spy-2.0-py3-none-any.whl"
`,
}
