package venv

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/index"
	"github.com/pinpack/pinpack/internal/lock"
	"github.com/pinpack/pinpack/internal/testkit"
)

// secret is a password as nothing else holds it.
const secret = "hunter2-hunter2"

// spy notes what a build can see: its environment, and the text of a file.
func spy(file string) string {
	return `    import json
    seen = dict(os.environ)
    try:
        seen["read"] = open("` + file + `").read()
    except OSError as e:
        seen["unread"] = str(e)
    here = os.getppid()
    try:
        seen["cmdline"] = open("/proc/%d/cmdline" % here).read()
    except OSError:
        pass
    extra["src_seen.json"] = json.dumps(seen)
`
}

// TestCredentialsAreSeenByNobodyElse puts a password in each place for it, and
// looks for it: in command lines, output, what a hostile source distribution
// sees, what is installed.
func TestCredentialsAreSeenByNobodyElse(t *testing.T) {
	both(t, func(t *testing.T, installer string) {
		places := []string{"PIP_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL", "NETRC", "UV_INDEX_CORP_PASSWORD", "lock"}
		if installer == "pip" {
			places = places[1:3] // it is slow, and given what uv is given
		}
		for _, place := range places {
			dir := t.TempDir()
			x := testkit.NewIndex(t,
				testkit.Wheel{Name: "dep", Version: "1.0"}.Write(t, dir),
				testkit.Wheel{Name: "tool", Version: "1.0"}.Write(t, dir),
				testkit.SDist(t, dir, "src", "2.0", inTree("src", "2.0", spy("/nowhere"))))
			requirements := x.Requirements("dep", "src")
			x.RequireAuth("jo", secret)
			var env []string
			var owners []index.Owner
			switch place {
			case "NETRC":
				netrc := filepath.Join(t.TempDir(), "netrc")
				if err := os.WriteFile(netrc, []byte("machine 127.0.0.1 login jo password "+secret+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				env = []string{"NETRC=" + netrc, "PIP_INDEX_URL=" + x.URL()}
			case "UV_INDEX_CORP_PASSWORD":
				env = []string{"UV_INDEX_CORP_USERNAME=jo", place + "=" + secret, "UV_DEFAULT_INDEX=corp=" + x.URL()}
			case "PIP_EXTRA_INDEX_URL", "UV_EXTRA_INDEX_URL":
				env = []string{place + "=" + x.AuthURL()}
				owners = []index.Owner{{URL: x.URL(), Names: []string{"dep", "src"}}}
			case "lock":
				requirements = "--index-url " + strings.Replace(x.URL(), "://", "://jo:${PIP_PASSWORD}@", 1) + "\n" + requirements
				env = []string{"PIP_PASSWORD=" + secret}
			default:
				env = []string{place + "=" + x.AuthURL()}
			}
			s := newSite(t, installer, env...)
			s.b.Owners = owners
			s.lock(requirements)
			made, got := s.mustBuild()
			if got != "dep 1.0, src 2.0, tiny 1.2.3" {
				t.Errorf("%s: installed %s", place, got)
			}
			if list := s.holders(secret, s.b.Scratch); list != nil {
				t.Errorf("%s: the password is in %q", place, list)
			}
			seen, err := os.ReadFile(filepath.Join(made.Site(), "src_seen.json"))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"PIP_", "UV_", "NETRC", "INDEX"} {
				if strings.Contains(string(seen), `"`+name) {
					t.Errorf("%s: the build sees %s…: %s", place, name, seen)
				}
			}
		}
	})
}

// Two indexes have a distribution of one name: only its owner is asked for it.
func TestOnlyTheOwnerIsAsked(t *testing.T) {
	both(t, func(t *testing.T, installer string) {
		theirs, ours := t.TempDir(), t.TempDir()
		evil := testkit.Wheel{Name: "acme-core", Version: "1.0", Files: map[string]string{"evil.py": ""}}.Write(t, theirs)
		public := testkit.NewIndex(t, evil, testkit.Wheel{Name: "dep", Version: "1.0"}.Write(t, theirs))
		private := testkit.NewIndex(t, testkit.Wheel{Name: "acme-core", Version: "1.0"}.Write(t, ours), testkit.Wheel{Name: "dep", Version: "1.0"}.Write(t, ours))
		s := newSite(t, installer, "PIP_INDEX_URL="+public.URL(), "PIP_EXTRA_INDEX_URL="+private.URL())
		s.lock("acme-core==1.0\ndep==1.0\n") // not even hashes would tell them apart
		_, err := s.build()
		var unowned *index.Unowned
		if !errors.As(err, &unowned) || len(public.Requests())+len(private.Requests()) > 0 {
			t.Fatalf("error %v", err)
		}
		s = newSite(t, installer, "PIP_INDEX_URL="+public.URL(), "PIP_EXTRA_INDEX_URL="+private.URL())
		s.b.Owners = []index.Owner{{URL: private.URL(), Names: []string{"acme-*"}}}
		s.lock("acme-core==1.0\ndep==1.0\n")
		made, _ := s.mustBuild()
		if _, err := os.Stat(filepath.Join(made.Site(), "evil.py")); err == nil {
			t.Error("the wrong one is installed")
		}
		if public.Count("/simple/acme-core/") != 0 || private.Count("/simple/dep/") != 0 {
			t.Errorf("asked the public one for %q, the private one for %q", public.Requests(), private.Requests())
		}
	})
}

func TestGroups(t *testing.T) {
	hash := []string{"sha256:x"}
	l := lock.Lock{Requirements: []lock.Requirement{
		{Name: "loose", Specifier: ">=1"}, {Name: "a", Version: "1", Hashes: hash}, {Name: "acme-x", Version: "1", Hashes: hash, Index: "https://pypi.org/simple"},
		{Name: "b", Version: "1"}, {Name: "c", Version: "1", Hashes: hash, Index: "https://locked.org/simple"}, {Name: "d", Version: "1", Hashes: hash, Index: "https://pypi.org/simple"},
	}}
	c := index.Config{Default: "https://jo:pw@mirror.org/simple/", Extra: []string{"https://jo:pw@acme.org/simple/", "https://locked.org/simple/"}}
	owners := []index.Owner{{URL: "https://acme.org/simple", Names: []string{"acme-*"}}, {URL: "https://second.org", Names: []string{"acme-x"}}}
	groups, err := groupsOf(l, c, owners)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range groups {
		var names []string
		for _, r := range g.list {
			names = append(names, r.Name)
		}
		got = append(got, g.index+" "+map[bool]string{true: "pinned ", false: "unpinned "}[g.pinned]+map[bool]string{true: "hashed ", false: "unhashed "}[g.hashed]+strings.Join(names, " "))
	}
	want := []string{
		"https://jo:pw@mirror.org/simple/ pinned hashed a d",
		"https://jo:pw@acme.org/simple/ pinned hashed acme-x",
		"https://jo:pw@mirror.org/simple/ pinned unhashed b",
		"https://locked.org/simple/ pinned hashed c",
		"https://jo:pw@mirror.org/simple/ unpinned unhashed loose",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if _, err := groupsOf(l, c, owners[1:]); err == nil || !strings.Contains(err.Error(), "https://acme.org/simple/: each could answer for any of the 6 distributions") || strings.Contains(err.Error(), "pw") {
		t.Errorf("error %v", err)
	}
}

func TestUnpinnedBringsItsDependencies(t *testing.T) {
	both(t, func(t *testing.T, installer string) {
		dir := t.TempDir()
		x := testkit.NewIndex(t,
			testkit.Wheel{Name: "loose", Version: "3.0", Requires: []string{"dep", "more"}}.Write(t, dir),
			testkit.Wheel{Name: "more", Version: "1.0"}.Write(t, dir),
			testkit.Wheel{Name: "dep", Version: "1.0", Requires: []string{"never"}}.Write(t, dir),
			testkit.Wheel{Name: "dep", Version: "2.0"}.Write(t, dir))
		s := newSite(t, installer, "PIP_INDEX_URL="+x.URL())
		s.lock("loose\n" + x.Requirements("dep==2.0"))
		made, err := s.build()
		list, listErr := made.Distributions()
		if listErr != nil || len(list) != 4 || list[0].Version != "2.0" || list[2].Name != "more" {
			t.Errorf("installed %v, error %v", list, err)
		}
	})
}

// A company's authority in any one variable is enough for uv, pip and us.
func TestTrustIsTheSameForAll(t *testing.T) {
	both(t, func(t *testing.T, installer string) {
		dir := t.TempDir()
		x, authority := testkit.NewTLSIndex(t,
			testkit.Wheel{Name: "dep", Version: "1.0"}.Write(t, dir),
			testkit.SDist(t, dir, "src", "2.0", inTree("src", "2.0", "")))
		variables := index.CertificateVariables
		if installer == "pip" {
			variables = variables[:1]
		}
		for _, name := range variables {
			value := authority
			if name == "SSL_CERT_DIR" {
				value = filepath.Dir(authority)
			}
			s := newSite(t, installer, "PIP_INDEX_URL="+x.URL(), name+"="+value)
			s.lock(x.Requirements("dep", "src"))
			if _, err := s.build(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		s := newSite(t, installer, "PIP_INDEX_URL="+x.URL())
		s.lock(x.Requirements("dep"))
		if _, err := s.build(); !errors.Is(err, index.ErrUntrusted) || !strings.Contains(err.Error(), "SSL_CERT_FILE") {
			t.Errorf("none: error %v", err)
		}
	})
}
