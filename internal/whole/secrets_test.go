package whole

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinpack/pinpack/internal/testkit"
)

// TestSecretsAreNowhere puts a password in each place that is made for one. Each
// index wants its own, so a build that succeeds has used it; then they are looked
// for in all that pinpack prints, writes and runs.
func TestSecretsAreNowhere(t *testing.T) {
	for _, installer := range []string{"uv", "pip"} {
		t.Run(installer, func(t *testing.T) {
			t.Parallel()
			step := newStep(t)
			for _, setup := range secretSetups {
				t.Run(setup.name, func(t *testing.T) {
					s := newSecretSite(t, step, installer)
					setup.prepare(t, s)
					s.write(t)
					s.quiet(t, nil, "plan", "tiny")
					s.quiet(t, nil, "plan", "tiny", "--json")
					s.build(t, nil, "build", "-v", "tiny", "--build-path", "stage")
					if installer == "uv" { // pip is slow, and the rest does not depend on it
						s.build(t, nil, "build", "--json", "tiny", "--build-path", "stage")
					}
					if installer == "uv" || setup.name == "uv.lock" {
						s.build(t, s.inAction(t), "action")
					}
				})
			}
		})
	}
}

var secretSetups = []struct {
	name    string
	prepare func(*testing.T, *secretSite)
}{
	{"environment", inEnvironment},
	{"requirements", inRequirements},
	{"uv.lock", inUVLock},
}

// inEnvironment has the default index's password in its URL, and those of three
// more in a URL, in uv's variables for an index with a name, and in ~/.netrc.
func inEnvironment(t *testing.T, s *secretSite) {
	byURL, byName, byNetrc := s.index(t, "dep-url"), s.index(t, "dep-name"), s.index(t, "dep-netrc")
	s.env = append(s.env,
		"PIP_INDEX_URL="+s.tools.AuthURL(),
		"PIP_EXTRA_INDEX_URL="+byURL.AuthURL(),
		"UV_INDEX=corp="+byName.URL(), "UV_INDEX_CORP_USERNAME="+secretUser, "UV_INDEX_CORP_PASSWORD="+byName.password,
		"UV_EXTRA_INDEX_URL="+byNetrc.URL(),
	)
	s.netrc(t, filepath.Join(s.home, ".netrc"), "127.0.0.1", byNetrc)
	s.lock = s.tools.Requirements("spy")
	for _, x := range []secretIndex{byURL, byName, byNetrc} {
		s.lock += x.Requirements()
		s.own(x)
	}
}

// inRequirements has the passwords of the lock's own indexes in variables that it
// names, and in the file that NETRC names. They are reached over TLS.
func inRequirements(t *testing.T, s *secretSite) {
	byVariable, byNetrc := s.tlsIndex(t, "dep-variable"), s.tlsIndex(t, "dep-netrc")
	netrc := filepath.Join(s.home, "corp")
	s.netrc(t, netrc, "localhost", byNetrc)
	s.env = append(s.env, "UV_DEFAULT_INDEX="+s.tools.AuthURL(), "PIP_CORP_USER="+secretUser, "PIP_CORP_PASSWORD="+escaped(byVariable.password), "NETRC="+netrc)
	s.lock = "--index-url " + strings.Replace(byVariable.URL(), "://", "://${PIP_CORP_USER}:${PIP_CORP_PASSWORD}@", 1) + "\n--extra-index-url " + byNetrc.URL() + "\n" +
		byVariable.Requirements() + byNetrc.Requirements()
	s.own(byNetrc)
}

// inUVLock has the password of an index that pyproject.toml gives a name to.
func inUVLock(t *testing.T, s *secretSite) {
	named := s.index(t, "dep-name")
	s.env = append(s.env, "UV_DEFAULT_INDEX=main="+s.tools.URL(), "UV_INDEX_MAIN_USERNAME="+secretUser, "UV_INDEX_MAIN_PASSWORD="+s.tools.password,
		"UV_INDEX_CORP_MAIN_USERNAME="+secretUser, "UV_INDEX_CORP_MAIN_PASSWORD="+named.password)
	s.project = `dependencies = ["dep-name==1.0", "spy==2.0"]`
	s.tables = fmt.Sprintf("[[tool.uv.index]]\nname = \"corp-main\"\nurl = %q\nexplicit = true\n", named.URL())
	s.lockFile = "uv.lock"
	s.lock = fmt.Sprintf(`version = 1
requires-python = ">=3.8"

[[package]]
name = "dep-name"
version = "1.0"
source = { registry = %q }
wheels = [{ url = "%sx/dep_name-1.0-py3-none-any.whl", hash = "sha256:%s" }]

[[package]]
name = "spy"
version = "2.0"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.example.org/spy-2.0.tar.gz", hash = "sha256:%s" }

[[package]]
name = "tiny"
version = "1.2.3"
source = { editable = "." }
dependencies = [{ name = "dep-name" }, { name = "spy" }]
[package.metadata]
requires-dist = [{ name = "dep-name", specifier = "==1.0" }, { name = "spy", specifier = "==2.0" }]
`, strings.TrimSuffix(named.URL(), "/"), named.URL(), testkit.SHA256(t, named.file), testkit.SHA256(t, s.tools.file))
}

// TestPasswordInLock has one where none should be, and hides it all the same.
func TestPasswordInLock(t *testing.T) {
	t.Parallel()
	s := newSecretSite(t, &step{workshop: newWorkshop(t)}, "uv")
	x := s.index(t, "dep-lock")
	s.env = append(s.env, "UV_DEFAULT_INDEX="+s.tools.AuthURL(), "UV_HTTP_RETRIES=0")
	s.lock = "--index-url " + x.AuthURL() + "\n" + x.Requirements()
	s.write(t)
	s.quiet(t, nil, "plan", "tiny")
	s.quiet(t, nil, "plan", "tiny", "--json")
	s.build(t, nil, "build", "-v", "tiny", "--build-path", "stage")
	// One that does not let us in, and one of whom nobody speaks, are named without it.
	x.RequireAuth(secretUser, "another")
	if out, status := s.run(t, nil, "build", "-v", "tiny", "--build-path", "stage"); status != 1 {
		t.Errorf("exit status %d, want 1\n%s", status, out)
	}
	s.lock = "--extra-index-url " + s.index(t, "dep-extra").AuthURL() + "\n" + s.lock
	s.write(t)
	if out, status := s.run(t, nil, "build", "-v", "tiny"); status != 2 || !strings.Contains(out, "dependency confusion") {
		t.Errorf("exit status %d, want 2\n%s", status, out)
	}
}

// TestRefusedPasswordIsHidden has each index refuse its password: the error, and
// what the installer says of it, are without it.
func TestRefusedPasswordIsHidden(t *testing.T) {
	t.Parallel()
	step := &step{workshop: newWorkshop(t)}
	for _, installer := range []string{"uv", "pip"} {
		s := newSecretSite(t, step, installer)
		x := s.index(t, "dep-url")
		s.env = append(s.env, "UV_DEFAULT_INDEX="+s.tools.AuthURL(), "PIP_EXTRA_INDEX_URL="+x.AuthURL(), "PIP_RETRIES=0")
		s.own(x)
		s.lock = x.Requirements()
		s.write(t)
		x.RequireAuth(secretUser, "another")
		out, status := s.run(t, nil, "build", "-v", "tiny", "--build-path", "stage")
		if status != 1 || !strings.Contains(out, "install locked distributions") {
			t.Errorf("%s: exit status %d, want 1 and an error of the installation\n%s", installer, status, out)
		}
		if _, err := os.Lstat(filepath.Join(s.dir, "dist")); err == nil {
			t.Errorf("%s: something is left", installer)
		}
	}
}
